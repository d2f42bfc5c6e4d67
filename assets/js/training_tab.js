// The Training tab's upper part: progress, curves, kernels, facts, the button that trains anew, files to take along.

import { slider } from "./learning.js";
import { bounded, save } from "./controls.js";
import { language, number, onLanguage, percent, text, translate } from "./i18n.js";
import { bytes, onTheme, paint, signedShades } from "./paint.js";
import { plot } from "./plot.js";
import { exported, failure, onStatus, Phase, retrain } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  slider(element.querySelector(".learning"));
  const find = (selector) => element.querySelector(selector);
  const message = find(".phase");
  const bar = find("progress");
  const left = find(".left");
  const form = find("#retrain");
  const reply = form.querySelector(".reply");
  const takes = [...element.querySelectorAll(".take button")];
  const takeReply = find(".take .reply");
  const KERNELS = 32;
  let drawn = {}; // what each part shows now, see once()
  let latest = null; // the status that the curves show

  onLanguage(() => {
    translate(element);
    drawn = {};
  });

  onStatus((status) => {
    message.textContent = text(status.message);
    element.dataset.phase = status.phase;
    bar.value = status.progress;
    bar.classList.toggle("done", status.phase === Phase.READY);
    left.textContent = status.seconds_left ? text("training.left", { time: duration(status.seconds_left) }) : "";
    const past = [status.eval_points, status.epochs, language];
    once("curves", past, () => curves(status));
    once("epochs", past, () => epochs(status));
    once("rate", [status.training_number, status.progress, past], () => rate(status));
    once("strips", past, () => strips(status));
    once("facts", [status.source, status.device, status.seconds, status.test_accuracy, language], () => facts(status));
    form.hidden = !status.may_train;
    const busy = ![Phase.READY, Phase.FAILED].includes(status.phase);
    form.querySelector("button").disabled = busy;
    for (const button of takes) button.disabled = status.phase !== Phase.READY;
  });

  // Draw a part again only when what it shows has changed.
  function once(name, value, build) {
    const shown = JSON.stringify(value);
    if (drawn[name] === shown) return;
    drawn[name] = shown;
    build();
  }

  function duration(seconds) {
    const whole = Math.ceil(seconds);
    return whole < 60 ? text("training.seconds", { n: whole })
      : text("training.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
  }

  // curves

  function curves(status) {
    latest = status;
    const empty = !status.eval_points.length;
    element.querySelector(".curves").classList.toggle("empty", empty);
    const pick = (name) => status.eval_points.map((point) => [point.at, point[name]]);
    const pair = (train, test) => [{ kind: "train", points: pick(train) }, { kind: "test", points: pick(test) }];
    plot(find("#accuracy"), pair("accuracy", "test_accuracy"), { epochs: status.epochs, format: percent, bound: 1, percent: true });
    plot(find("#loss"), pair("loss", "test_loss"), { epochs: status.epochs, format: number, bound: 0 });
  }

  // A plain sentence for each epoch; those to come have their place already, so that nothing below moves.
  function epochs(status) {
    const past = status.history.length;
    const count = Math.max(past, status.epochs);
    find(".epochs").replaceChildren(...Array.from({ length: count }, (_, i) => {
      const item = document.createElement("li");
      const right = number(Math.round(1000 * (status.history[i]?.test_accuracy ?? 0)));
      const values = { epoch: i + 1, epochs: count, right, of: number(1000) };
      item.textContent = text(i < past ? "training.sentence" : "training.ahead", values);
      item.classList.toggle("newest", i === past - 1);
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
    plot(svg, series, { epochs: last, format: number, bound: 0 });
  }

  // The first convolution's kernels, those of each epoch: all large where they are few, else the newest large and each
  // in a row. Those to come have their place already.
  function strips(status) {
    const shade = signedShades();

    function row(epoch, across) {
      const [line, name, canvas] = ["div", "span", "canvas"].map((tag) => document.createElement(tag));
      const values = new Int8Array(bytes(epoch.kernels ?? "").buffer);
      [canvas.width, canvas.height] = [across * 4 - 1, (KERNELS / across) * 4 - 1];
      for (let i = 0; i < values.length / 9; i += 1) {
        paint(canvas, values.subarray(9 * i, 9 * i + 9), 3, 3, shade, 4 * (i % across), 4 * Math.floor(i / across));
      }
      name.textContent = epoch.epoch;
      if (epoch.kernels) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", text("training.kernels_of", { epoch: epoch.epoch }));
      }
      line.append(name, canvas);
      return line;
    }

    const known = status.history.filter((epoch) => epoch.kernels);
    const ahead = status.epochs - status.history.length;
    const next = Array.from({ length: Math.max(ahead, 0) }, (_, i) => ({ epoch: status.history.length + i + 1 }));
    const rows = [...known, ...next];
    const few = rows.length <= 4;
    const large = few ? rows : rows.slice(Math.max(known.length - 1, 0)).slice(0, 1);
    find(".strips").classList.toggle("few", few);
    find(".strips").replaceChildren(...large.map((e) => row(e, 16)), ...(few ? [] : rows).map((e) => row(e, 32)));
  }
  onTheme(() => latest && strips(latest));

  new ResizeObserver(() => latest && (curves(latest), rate(latest))).observe(find(".curves"));

  // facts

  function facts(status) {
    const rows = {
      "facts.source": status.source ? text(status.source) : "–",
      "facts.device": status.device || "–",
      "facts.parameters": number(status.parameters),
      "facts.seconds": status.seconds ? duration(status.seconds) : "–",
      "facts.accuracy": status.test_accuracy !== null ? percent(status.test_accuracy, 2) : "–",
    };
    find("dl").replaceChildren(...Object.entries(rows).flatMap(([key, value]) => {
      const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = text(key);
      fact.textContent = value;
      return [term, fact];
    }));
  }

  bounded(form.querySelector("input"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const epochs = form.querySelector("input").value;
    reply.textContent = "";
    await retrain({ epochs: epochs ? Number(epochs) : null, fetch: false }).catch((error) => (reply.textContent = failure(error)));
  });

  // files to take along

  for (const button of takes) {
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-busy")) return; // not disabled, so that it keeps the keyboard's focus
      button.setAttribute("aria-busy", "true");
      takeReply.textContent = "";
      try {
        const { name, blob } = await exported(button.dataset.kind);
        save(name, blob);
      } catch (error) {
        takeReply.textContent = failure(error);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
}
