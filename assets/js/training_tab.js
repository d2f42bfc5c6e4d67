// How the network learned: progress, curves, kernels.

import { duration, explain } from "./controls.js";
import { language, number, onLanguage, percent, text, translate, write } from "./i18n.js";
import { firstKernels, slider } from "./learning.js";
import { load } from "./networks.js";
import { bytes, onTheme, paint, signedShades } from "./paint.js";
import { mistakes, plot } from "./plot.js";
import { Phase } from "./phase.js";
import { onStatus } from "./service.js";

const MOST = 9; // epochs that have a sentence and a row of kernels of their own

/** @param {HTMLElement} element of the part */
export function start(element) {
  slider(element.querySelector(".learning"));
  const find = (selector) => element.querySelector(selector);
  const message = find(".phase");
  const bar = find("progress");
  const left = find(".left");
  const KERNELS = 32;
  let drawn = {}; // what each part shows now, see once()
  let latest = null; // the status that is shown
  let noise = null; // the kernels before the training: {version, kernels}
  let ghost = null; // that of the training before, as far as this page has seen it

  onLanguage(() => {
    translate(element);
    explain(element);
    drawn = {};
  });

  onStatus((status) => {
    write(message, text(status.message));
    element.dataset.phase = status.phase;
    bar.value = status.progress;
    bar.style.visibility = status.phase === Phase.READY ? "hidden" : ""; // its place is kept
    write(left, status.seconds_left ? text("training.left", { time: duration(status.seconds_left) }) : "");
    if (latest?.eval_points.length && latest.training_number !== status.training_number) ghost = latest;
    latest = status;
    const past = [status.eval_points, status.epochs, status.moments[0], language];
    once("curves", past, () => curves(status));
    once("epochs", past, () => epochs(status));
    once("rate", [status.training_number, status.progress, past], () => rate(status));
    once("strips", past, () => strips(status));
    untrained();
  });

  // Draw a part again only when what it shows has changed.
  function once(name, value, build) {
    const shown = JSON.stringify(value);
    if (drawn[name] === shown) return;
    drawn[name] = shown;
    build();
  }

  // curves

  function curves(status) {
    const pick = (of, name) => of.eval_points.map((point) => [point.at, point[name]]);
    const pair = (train, test) => [
      ...(ghost ? [{ kind: "ghost", points: pick(ghost, test), plain: true }] : []),
      { kind: "train", points: pick(status, train) },
      { kind: "test", points: [...before(test), ...pick(status, test)] },
    ];
    // before it had seen anything
    const [first] = status.moments ?? [];
    const before = (name) =>
      name === "test_accuracy" && first?.at === 0 && first.test_accuracy !== null ? [[0, first.test_accuracy]] : [];
    // while the next training is got ready, what was seen last of the one before says 0 epochs already
    const epochs = Math.max(status.epochs, Math.ceil(ghost?.eval_points.at(-1).at ?? 0));
    const wrong = pair("accuracy", "test_accuracy").map((series) => ({
      ...series,
      points: series.points.map(([at, accuracy]) => [at, mistakes(accuracy)]),
    }));
    find(".before").hidden = !ghost;
    plot(find("#mistakes"), wrong, { title: text("training.mistakes"), epochs, format: number, log: true });
    const accuracy = { title: text("training.accuracy"), epochs, format: percent, bound: 1, percent: true };
    plot(find("#accuracy"), pair("accuracy", "test_accuracy"), accuracy);
    plot(find("#loss"), pair("loss", "test_loss"), { title: text("training.loss"), epochs, format: number, bound: 0 });
  }

  // A plain sentence for each epoch, or some of many; those to come have their place already, so that nothing below moves.
  function epochs(status) {
    const past = status.history.length;
    const count = Math.max(past, status.epochs);
    const some = told(count);
    const newest = some.findLast((epoch) => epoch <= past);
    find(".epochs").replaceChildren(...some.map((epoch) => {
      const i = epoch - 1;
      const item = document.createElement("li");
      const right = number(Math.round(status.test_images * (status.history[i]?.test_accuracy ?? 0)));
      const values = { epoch, epochs: count, right, of: number(status.test_images) };
      item.textContent = text(i < past ? "training.sentence" : "training.ahead", values);
      item.classList.toggle("newest", epoch === newest);
      return item;
    }));
  }

  // The learning rate from the training's start to its end, and how far it has come.
  function rate(status) {
    const svg = find("#rate");
    const rates = status.training.learning_rates;
    if (!rates.length) return svg.replaceChildren();
    const last = Math.max(status.epochs, 1);
    const line = rates.map((value, i) => [(i / (rates.length - 1)) * last, value]);
    const done = [Phase.TRAINING, Phase.READY].includes(status.phase) ? status.progress : 0;
    const at = Math.round(done * (rates.length - 1));
    const series = [{ kind: "train", points: line, plain: true }, { kind: "train", points: [line[at]], name: "training.rate" }];
    plot(svg, series, { title: text("training.rate"), epochs: last, format: number, bound: 0 });
  }

  // The first convolution's kernels before the training and after each epoch: all large where they are few, else the
  // newest large and each in a row. Those to come have their place already.
  function strips(status) {
    const shade = signedShades();

    function row({ epoch, kernels }, across) {
      const [line, name, canvas] = ["div", "span", "canvas"].map((tag) => document.createElement(tag));
      [canvas.width, canvas.height] = [across * 4 - 1, (KERNELS / across) * 4 - 1];
      kernels.forEach((kernel, i) => paint(canvas, kernel, 3, 3, shade, 4 * (i % across), 4 * Math.floor(i / across)));
      name.textContent = epoch;
      if (kernels.length) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", text(epoch ? "training.kernels_of" : "training.kernels_untrained", { epoch }));
      }
      line.append(name, canvas);
      return line;
    }

    const first = status.moments[0]?.at === 0 ? [{ epoch: 0, kernels: noise?.kernels ?? [] }] : [];
    const known = status.history.filter((epoch) => epoch.kernels).map(({ epoch, kernels }) => ({ epoch, kernels: squares(kernels) }));
    const ahead = Math.max(status.epochs - status.history.length, 0);
    const next = Array.from({ length: ahead }, (_, i) => ({ epoch: status.history.length + i + 1, kernels: [] }));
    const count = Math.max(status.epochs, status.history.length);
    const rows = [...first, ...[...known, ...next].filter(({ epoch }) => told(count).includes(epoch))];
    const few = rows.length <= 5;
    const large = few ? rows : [known.at(-1) ?? next[0]];
    find(".strips").classList.toggle("few", few);
    find(".strips").replaceChildren(...large.map((e) => row(e, 16)), ...(few ? [] : rows).map((e) => row(e, 32)));
  }
  onTheme(() => latest && strips(latest));

  // The untrained network's kernels are random numbers to compare with: asked for once somebody looks.
  async function untrained() {
    const [first] = latest.moments;
    if (first?.at !== 0 || noise?.version === first.version || !find(".strips").offsetParent) return;
    noise = { version: first.version, kernels: [] };
    try {
      noise = { version: first.version, kernels: firstKernels((await load(first)).network) };
      strips(latest);
    } catch {
      noise = null; // and once more at the next news
    }
  }

  new ResizeObserver(() => latest && (curves(latest), rate(latest), untrained())).observe(find(".curves"));
}

/** Those of so many epochs that are told of: all, or some as far apart as can be. @param {number} count */
function told(count) {
  const some = Math.min(count, MOST);
  return Array.from({ length: some }, (_, i) => Math.round(1 + (i * (count - 1)) / Math.max(some - 1, 1)));
}

/** The kernels of an epoch, as the server packs them, each row by row. @param {string} packed */
function squares(packed) {
  const values = new Int8Array(bytes(packed).buffer);
  return Array.from({ length: values.length / 9 }, (_, i) => values.subarray(9 * i, 9 * i + 9));
}
