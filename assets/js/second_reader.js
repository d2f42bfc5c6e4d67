// The drawing once more: as the chosen run B reads it, and as it would be read if the pad were merely shrunk.

import { onLanguage, percent, text, translate } from "./i18n.js";
import { argmax, softmax } from "./network.js";
import { answering, chosenVersion, load, onNetwork } from "./networks.js";
import { drawing } from "./pad.js";
import { grey, paint, pixels } from "./paint.js";
import { onReading, read as asPresent } from "./reading.js";
import { onRun } from "./run_b.js";
import { status } from "./service.js";
import { SIDE } from "./strokes.js";

const FINE = 10; // lines of a pixel that are drawn before it is shrunk to one
const PEN = 0.055; // of the pad's side, as on the pad

/** @param {HTMLElement} element of the part */
export function start(element) {
  const line = document.querySelector("#answer .run-b");
  const details = element.querySelector(".shrunk");
  const figures = [...element.querySelectorAll("figure")];
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE * FINE, height: SIDE * FINE });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let run = null; // B
  let network = null; // and its network, once it is here
  let wanted = ""; // the version of the one that is to come
  let image = null; // what is drawn, in MNIST's form

  onLanguage(() => {
    translate(element);
    show();
  });

  onReading((reading) => {
    image = reading?.image ?? null;
    show();
  });

  onRun((chosen) => {
    run = chosen;
    network = null;
    show();
    renew();
  });
  onNetwork(renew);

  async function renew() {
    if (!run) return;
    const moment = momentOf(run);
    wanted = moment.version;
    const found = await load(moment).catch(() => null);
    if (wanted !== moment.version || !found) return; // another one was chosen meanwhile
    network = found.network;
    show();
  }

  details.addEventListener("toggle", show);

  function show() {
    const answer = network && image && read(network, image);
    line.hidden = !run;
    line.dataset.digit = answer ? answer.digit : "";
    if (run) line.textContent = text("draw.run", { name: run.name, answer: answer ? words(answer) : "–" });
    if (details.open) compare();
  }

  function compare() {
    const strokes = drawing.strokes;
    const shown = strokes.length && image ? [shrunk(strokes), image] : [null, null];
    element.querySelector(".nothing").hidden = Boolean(shown[0]);
    figures.forEach((figure, i) => {
      figure.hidden = !shown[0];
      if (!shown[i]) return;
      paint(figure.querySelector("canvas"), pixels(shown[i]), SIDE, SIDE, grey);
      const answers = {
        ...(answering() && { "shrunk.answer_a": asPresent(shown[i]) }), // what it was taught included
        ...(network && { "shrunk.answer_b": read(network, shown[i]) }),
      };
      const lines = Object.entries(answers).map(([key, answer]) => {
        const item = document.createElement("li");
        item.dataset.digit = answer.digit;
        item.textContent = network ? text(key, { answer: words(answer) }) : words(answer);
        return item;
      });
      figure.querySelector("ul").replaceChildren(...lines);
    });
  }

  const words = ({ digit, confidence }) => text("shrunk.words", { digit, confidence: percent(confidence) });

  /** The whole pad, each pixel the mean of the ink in its place, as `drawImage` or Pillow's `resize` would have it. */
  function shrunk(strokes) {
    const side = canvas.width;
    pen.clearRect(0, 0, side, side);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = PEN * side;
    for (const stroke of strokes) {
      pen.beginPath();
      pen.moveTo(stroke[0][0] * side, stroke[0][1] * side);
      for (const [x, y] of stroke) pen.lineTo(x * side, y * side);
      pen.stroke();
    }
    const { data } = pen.getImageData(0, 0, side, side);
    const small = new Float32Array(SIDE * SIDE);
    for (let i = 0; i < side * side; i += 1) {
      small[Math.floor(i / side / FINE) * SIDE + Math.floor((i % side) / FINE)] += data[4 * i + 3] / (255 * FINE * FINE);
    }
    return small;
  }
}

/** B as far in its learning as the present network is at the moment that the visitor looks back at. */
function momentOf(run) {
  const whole = { version: run.version, at: run.epochs };
  if (chosenVersion() === null) return whole;
  const at = (answering().at / Math.max(status.history.length, 1)) * run.epochs;
  return run.moments.toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0] ?? whole;
}

function read(network, image) {
  const probabilities = softmax(network.logits(image));
  const digit = argmax(probabilities);
  return { digit, confidence: probabilities[digit] };
}
