// The tab "How it works": what each layer makes of the drawing, or of a test image, and the kernels that do it.

import { onPlace, setPlace } from "./address.js";
import { bounded } from "./controls.js";
import { number, onLanguage, percent, text, translate, write } from "./i18n.js";
import { slider } from "./learning.js";
import { choice, maps, shades } from "./maps.js";
import { answering, chosenVersion, onNetwork } from "./networks.js";
import { drawing } from "./pad.js";
import { bytes, grey, onTheme, paint, pixels } from "./paint.js";
import { onReading, read } from "./reading.js";
import { Phase } from "./phase.js";
import * as service from "./service.js";
import { why } from "./why.js";

const TOP = 3; // digits beside the picture

const PLACE = "how-it-works"; // in the page's address

/** Base64 of 784 pixels -> as the network takes them. */
const imageOf = (base64) => Float32Array.from(bytes(base64), (ink) => ink / 255);

/** @param {HTMLElement} element of the part */
export function start(element) {
  const find = (selector) => element.querySelector(selector);
  const trouble = find(".trouble");
  const seen = find(".seen canvas");
  const source = find(".source");
  const picker = find("#test-image");
  const field = picker.querySelector("input");
  const reasons = why(find("#why"));
  let chosen = null;
  const sheets = [...element.querySelectorAll(".maps")].map((section) => {
    if (section.querySelector(".kernel")) chosen = choice();
    const shared = chosen;
    return maps(section, shared, () => sheets.forEach((one) => one.chosen === shared && one.draw()));
  });

  let test = null; // the test image that is looked at: {image, number, label}
  let drawn = null; // the reading of the drawing; null while there is none
  let asked = 0; // grows with every test image that is asked for
  let visible = false; // asking the page for it at every movement of the pen would cost a layout each

  slider(find(".learning"));
  drawing.attach(find(".pad canvas"));
  drawing.onChange(() => {
    if (test && visible) setPlace(PLACE);
    test = null;
    asked += 1;
    state();
  });
  find("#network-clear").addEventListener("click", () => {
    test = null;
    drawing.clear();
    render();
  });
  new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    render();
  }).observe(element);
  onReading((reading, error) => {
    drawn = reading;
    say(error ? service.failure(error) : reading && !reading.image ? text("answer.nothing") : "");
    render();
  });
  onNetwork(render);

  // test images

  picker.addEventListener("submit", (event) => {
    event.preventDefault();
    take(() => service.testImage(Number(field.value)));
  });
  picker.querySelector("[name=random]").addEventListener("click", () => {
    take(() => service.testImage(Math.floor(Math.random() * (Number(field.max) + 1))));
  });
  picker.querySelector("[name=wrong]").addEventListener("click", () => {
    take(async () => {
      const { mistakes } = await service.evaluation();
      if (mistakes.length) return mistakes[Math.floor(Math.random() * mistakes.length)];
      const reason = { key: "reason.no_mistakes", values: {} };
      throw new service.ServiceError({ key: "error.test_image", values: { reason } });
    });
  });
  bounded(field);

  async function take(get) {
    const mine = (asked += 1);
    let found;
    try {
      found = await get();
    } catch (error) {
      if (mine === asked) say(service.failure(error));
      return;
    }
    if (mine !== asked) return; // something else is wanted meanwhile
    say("");
    test = { ...found, image: imageOf(found.pixels) };
    field.value = found.number;
    setPlace(PLACE, `test/${found.number}`);
    render();
  }

  onPlace(PLACE, (rest) => {
    const [, which] = rest.match(/^test\/(\d+)$/) ?? [];
    if (which) return take(() => service.testImage(Number(which)));
    test = null;
    render();
  });

  service.onStatus((status) => {
    field.max = Math.max(status.test_images - 1, 0);
    for (const control of picker.querySelectorAll("input, [name=show], [name=random]")) {
      control.disabled = !status.test_images;
    }
    picker.querySelector("[name=wrong]").disabled = !status.evaluated;
    picker.querySelector(".wait").hidden = status.evaluated;
    render();
  });

  // showing

  // Which network the page shows here; the slider tells of earlier ones.
  function which() {
    const { status } = service;
    find(".which").textContent = !status || chosenVersion() ? ""
      : status.model_version ? service.answering(status)
      : status.phase === Phase.FAILED ? text("state.failed")
      : text("answer.untrained");
  }

  function state() {
    find(".pad-hint").hidden = !drawing.blank && !test;
    find(".pad").classList.toggle("aside", Boolean(test)); // it is not what is looked at
    find("#network-clear").disabled = drawing.blank && !test;
  }

  function say(words) {
    write(trouble, words);
    trouble.hidden = !words;
  }

  // What is looked at: a test image, the drawing, or the first training image until something is drawn.
  function subject() {
    if (test) return { kind: "test", ...test };
    if (drawn?.image) return { kind: "drawing", image: drawn.image };
    const samples = service.status?.training?.samples;
    return drawing.blank && samples ? { kind: "sample", image: imageOf(samples.images).subarray(0, 784), label: samples.labels[0] } : null;
  }

  function render() {
    if (!visible) return;
    state();
    which();
    const looked = subject();
    if (!looked || !answering()) return;
    const reading = looked.kind === "drawing" && drawn.activations ? drawn : read(looked.image);
    if (!reading.activations) return;
    const { network } = answering();
    paint(seen, pixels(reading.image), 28, 28, grey);
    words(looked, reading);
    for (const one of sheets) one.show(network, reading);
    for (const canvas of element.querySelectorAll(".strip")) strip(canvas, reading);
    outputs(reading, looked.label);
    reasons.about(pixels(reading.image));
  }

  function words({ kind, label, number: which }, reading) {
    const { digit, confidence, probabilities } = reading;
    source.textContent =
      kind === "test" ? text(digit === label ? "network.is_test" : "network.is_wrong", { number: number(which), label, answer: digit })
      : kind === "sample" ? text("network.is_sample", { label })
      : text("network.is_drawing");
    const guess = find(".guess");
    guess.textContent = reading.untrained || confidence < Number(guess.dataset.noDigit) ? "?" : digit;
    const order = probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]).slice(0, TOP);
    find(".guesses").replaceChildren(...order.map(([p, i]) => {
      const line = document.createElement("li");
      line.textContent = `${i}  ${percent(p)}`;
      return line;
    }));
  }

  function strip(canvas, reading) {
    const values = reading.activations[canvas.closest("[data-layer]").dataset.layer];
    paint(canvas, values, canvas.width, canvas.height, shades(values.reduce((a, b) => Math.max(a, b), 0)));
  }

  function outputs({ logits, probabilities, digit: best }, label) {
    const rows = [...element.querySelectorAll(".outputs tbody tr")];
    const most = Math.max(...Array.from(logits, Math.abs));
    rows.forEach((row, digit) => {
      const [logit, share] = [logits[digit], probabilities[digit]];
      row.classList.toggle("best", digit === best);
      row.classList.toggle("right", digit === label);
      row.querySelector("th").dataset.truth = digit === label ? text("network.truth") : "";
      write(row.querySelector(".logit"), number(logit, 2));
      write(row.querySelector(".share"), percent(share, 2));
      const bar = row.querySelector(".signed .fill");
      bar.classList.toggle("minus", logit < 0);
      bar.style.width = `${(50 * Math.abs(logit)) / most}%`;
      row.querySelector(".track .fill").style.width = `${100 * share}%`;
    });
  }

  function counts() {
    for (const node of element.querySelectorAll("[data-count]")) {
      const count = Number(node.dataset.count);
      node.textContent = count ? text("network.parameters", { count: number(count) }) : text("network.none");
    }
  }

  onLanguage(() => {
    translate(element);
    counts();
    render();
    reasons.render();
  });
  onTheme(() => {
    render();
    reasons.render();
  });
}
