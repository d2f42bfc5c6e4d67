// Another recipe beside the present network's: training it, the kept runs, and both compared on the same test images.

import { openTab } from "./address.js";
import { bounded, duration, rove, twice } from "./controls.js";
import { EXPERIMENTS, LESSON, USUAL } from "./experiments.js";
import { number, onLanguage, percent, text, translate, write } from "./i18n.js";
import { bytes, tile } from "./paint.js";
import { mistakes, plot } from "./plot.js";
import { chooseRun, onRun, runB } from "./run_b.js";
import { Phase } from "./phase.js";
import * as service from "./service.js";

const LEAST = 100; // training images
const AGAIN = 3000; // ms until runs that didn't come are asked for again

/** @param {HTMLElement} element of the part */
export function start(element) {
  const find = (selector) => element.querySelector(selector);
  const [form, going, kept, comparison] = ["#try", ".going", ".kept", ".comparison"].map(find);
  const { elements: fields } = form;
  const reply = form.querySelector(".reply");
  const outcome = form.querySelector(".outcome");
  const axis = find(".axis");
  const galleries = { present: find(".gallery-a"), run: find(".gallery-b") };
  const rovers = [rove(galleries.present), rove(galleries.run)];
  let found = null; // what the server said of all runs
  let trained = null; // the name of the one that was in training then
  let known = ""; // of which moment that is
  let compared = null; // what the server said of the chosen one
  let experiment = null; // the prepared one that the fields show
  let named = false; // whether the visitor has chosen a name
  let filled = null; // the prepared one or the recipe that the fields were last filled with, its `choice` and its `name`

  onLanguage(() => {
    translate(element);
    suggestName();
    if (found) show();
  });

  // asking

  service.onStatus(renew);

  async function renew(status) {
    find(".try").hidden = !status.may_train || status.phase !== Phase.READY;
    fields.epochs.defaultValue = String(status.usual_epochs); // what is written there already stays
    if (status.phase !== Phase.READY) {
      known = "";
      [kept, comparison].forEach((card) => (card.hidden = true));
      return;
    }
    const moment = `${status.run} ${status.runs_version} ${status.model_version}`;
    if (moment === known) return;
    known = moment;
    try {
      found = await service.runs();
    } catch {
      known = "";
      setTimeout(() => renew(service.status), AGAIN);
      return;
    }
    chooseRun(found.runs.find((run) => run.id === runB()?.id) ?? null);
    compared = null;
    show();
    compare();
  }

  onRun(() => {
    compared = null;
    if (found) show();
    compare();
  });

  async function compare() {
    const run = runB();
    if (!run || !found) return;
    const answer = await service.runComparison(run.id).catch(() => null);
    if (!answer || runB()?.id !== run.id) return;
    compared = answer;
    difference();
  }

  // choosing a recipe

  for (const input of form.querySelectorAll("input[type=number]")) bounded(input);

  for (const button of form.querySelectorAll("[data-experiment]")) {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      experiment = EXPERIMENTS[button.dataset.experiment];
      fill(experiment);
    });
  }

  function fill(prepared) {
    const { name: recipe, ...values } = prepared.choice;
    filled = prepared;
    named = false;
    fields.recipe.value = recipe;
    for (const key of ["images", "epochs", "rate"]) fields[key].value = values[key];
    for (const key of ["generated", "augmented"]) fields[key].checked = values[key];
    told();
  }

  function told() {
    for (const button of form.querySelectorAll("[data-experiment]")) {
      button.setAttribute("aria-pressed", String(EXPERIMENTS[button.dataset.experiment] === experiment));
    }
    suggestName();
  }

  function suggestName() {
    outcome.textContent = experiment ? text(experiment.outcome) : "";
    if (named) return;
    const name = text(filled?.name ?? `runs.${fields.recipe.value}`);
    const asFilled = !filled || Object.entries(chosen()).every(([key, value]) => value === filled.choice[key]);
    fields.name.value = asFilled ? name : text("runs.changed", { name });
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "name") named = fields.name.value !== "";
    else {
      experiment = null;
      const name = `runs.${fields.recipe.value}`;
      if (event.target.name !== "recipe") told();
      else fill({ choice: fields.recipe.value === "lesson" ? LESSON : { ...USUAL, epochs: service.status.usual_epochs }, name });
    }
  });

  const chosen = () => ({
    name: fields.recipe.value,
    images: Number(fields.images.value),
    generated: fields.generated.checked,
    augmented: fields.augmented.checked,
    epochs: Number(fields.epochs.value),
    rate: Number(fields.rate.value),
  });

  // none, or enough of them: what a number field can't say by itself
  fields.images.addEventListener("change", () => {
    const images = Number(fields.images.value);
    if (images > 0 && images < LEAST) fields.images.setCustomValidity(text("runs.images_least", { least: LEAST }));
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    reply.textContent = "";
    const variation = { run: fields.name.value.trim(), ...chosen() };
    await service.trainBeside(variation).catch((error) => (reply.textContent = service.failure(error)));
  });

  find(".stop").addEventListener("click", () => service.stopBeside().catch(() => {}));

  // showing

  function show() {
    const { training, failure, runs } = found;
    form.hidden = Boolean(training);
    going.hidden = !training;
    if (training) progress(training);
    else if (failure) reply.textContent = text(failure);
    else if (trained) ended(runs.find((run) => run.name === trained));
    trained = training?.name;
    kept.hidden = !runs.length;
    find(".list").replaceChildren(...runs.map(line));
    comparison.hidden = !runB();
    if (runB()) overview();
  }

  function ended(run) {
    reply.textContent = run
      ? text("runs.ended", { name: run.name, accuracy: percent(run.test_accuracy, 2) })
      : text("runs.stopped", { name: trained });
  }

  function progress({ name, progress: share, seconds_left: left, eval_points: points }) {
    const last = points.at(-1);
    write(find(".doing"), last ? text("runs.doing", { name, accuracy: percent(last.test_accuracy, 2) }) : text("runs.beginning", { name }));
    find(".going .left").textContent = left ? text("training.left", { time: duration(left) }) : "";
    going.querySelector("progress").value = share;
  }

  function line(run) {
    const [item, words, choose, remove] = ["li", "span", "button", "button"].map((tag) => document.createElement(tag));
    words.textContent = text("runs.line", { name: run.name, accuracy: percent(run.test_accuracy, 2) });
    choose.className = remove.className = "button";
    choose.textContent = text("runs.compare");
    choose.setAttribute("aria-label", text("runs.compare_with", { name: run.name }));
    choose.setAttribute("aria-pressed", String(run.id === runB()?.id));
    choose.addEventListener("click", () => chooseRun(run.id === runB()?.id ? null : run));
    remove.textContent = text("runs.delete");
    remove.setAttribute("aria-label", text("runs.delete_which", { name: run.name }));
    remove.hidden = !service.status.may_train;
    twice(remove, () => text("page.delete_sure"), () =>
      service.deleteRun(run.id).catch((error) => (reply.textContent = service.failure(error))));
    item.append(words, choose, remove);
    return item;
  }

  // comparing

  const sides = () => [found.present, runB()];
  const nameOf = (run) => (run.id ? `B, ${run.name}` : text("runs.present"));

  function overview() {
    comparison.querySelector("h2").textContent = text("runs.versus", { name: runB().name });
    find(".comparison .table").href = service.runTable(runB().id);
    legend();
    curves();
    facts();
    for (const part of [".difference", ".gallery-a", ".gallery-b", ".only-a", ".only-b"]) find(part).replaceChildren();
    if (compared) difference();
  }

  function legend() {
    const lines = sides().flatMap((run, i) => ["test", "train"].map((kind) => {
      const word = document.createElement("span");
      word.className = `key ${"ab"[i]} ${kind}`;
      word.textContent = `${"AB"[i]}: ${text(`training.${kind}`)}`;
      return word;
    }));
    find(".comparison .legend").replaceChildren(...lines);
  }

  function curves() {
    const seconds = axis.value === "seconds";
    const series = sides().flatMap((run, i) => ["test", "train"].map((kind) => ({
      kind: `${"ab"[i]} ${kind}`,
      name: `${"AB"[i]}, ${text(`training.${kind}`)}`, // no key of a text, so it stays as it is
      points: run.eval_points.map((point) => [
        seconds ? secondsAt(run, point.at) : point.at,
        mistakes(kind === "test" ? point.test_accuracy : point.accuracy),
      ]),
    })));
    plot(find(".comparison .curves"), series, {
      title: text("runs.curves"),
      epochs: Math.max(...series.flatMap(({ points }) => points.map(([x]) => x))),
      axis: seconds ? "runs.by_seconds" : "runs.by_epochs",
      format: number,
      log: true,
    });
  }
  axis.addEventListener("change", curves);
  new ResizeObserver(() => runB() && found && curves()).observe(comparison);

  function secondsAt(run, at) {
    const whole = Math.min(Math.floor(at), run.seconds.length);
    const before = run.seconds.slice(0, whole).reduce((a, b) => a + b, 0);
    return before + (at - whole) * (run.seconds[whole] ?? 0);
  }

  function facts() {
    const yes = (value) => text(value ? "runs.yes" : "runs.no");
    const rows = {
      "runs.recipe": (run) => text(`runs.${run.recipe}`),
      "runs.seen": (run) => (run.images === null ? text("runs.all") : number(run.images)),
      "runs.written": (run) => number(run.generated),
      "runs.augmented": (run) => yes(run.augmented),
      "runs.averaged": (run) => yes(run.averaged),
      "runs.batch": (run) => number(run.batch),
      "runs.max_lr": (run) => String(Number(run.max_lr.toPrecision(2))),
      "runs.epochs": (run) => number(run.epochs),
      "facts.seconds": (run) => duration(run.seconds.reduce((a, b) => a + b, 0)),
      "runs.train_accuracy": (run) => percent(run.accuracy, 2),
      "facts.accuracy": (run) => percent(run.test_accuracy, 2),
    };
    const head = document.createElement("tr");
    head.append(heading("", "col"), ...sides().map((run) => heading(nameOf(run), "col")));
    const body = Object.entries(rows).map(([key, write]) => {
      const row = document.createElement("tr");
      row.append(heading(text(key), "row"), ...sides().map((run) => data(write(run))));
      return row;
    });
    fillTable(find(".comparison .facts"), head, body);
  }

  // How many more of each label and answer B has than A.
  function difference() {
    const { present, run, counts } = compared;
    const head = document.createElement("tr");
    head.append(heading("", "col"), ...present.map((_, digit) => heading(digit, "col")));
    const body = present.map((row, label) => {
      const line = document.createElement("tr");
      line.append(heading(label, "row"), ...row.map((count, answer) => changed(run[label][answer] - count, label, answer)));
      return line;
    });
    fillTable(find(".comparison .difference"), head, body, text("evaluation.axes"));
    find(".only-a").textContent = text("runs.only", { count: number(counts[0]), reader: "A", other: "B" });
    find(".only-b").textContent = text("runs.only", { count: number(counts[1]), reader: "B", other: "A" });
    gallery(galleries.present, compared.only_present);
    gallery(galleries.run, compared.only_run);
    rovers.forEach((first) => first());
  }

  function changed(more, label, answer) {
    const cell = data(more ? `${more > 0 ? "+" : "−"}${number(Math.abs(more))}` : "·");
    const better = label === answer ? more > 0 : more < 0;
    cell.className = more ? (better ? "better" : "worse") : "zero";
    cell.style.setProperty("--share", Math.min(1, 0.15 + Math.log2(Math.abs(more) + 1) / 8));
    return cell;
  }

  function gallery(node, images) {
    node.replaceChildren(...images.map(({ number: which, label, present, run, pixels }) => {
      const words = text("runs.image", { number: number(which), label, present, run });
      const button = tile(bytes(pixels), words, `A: ${present}, B: ${run}`);
      button.title = words;
      button.addEventListener("click", () => openTab("how-it-works", `test/${which}`));
      return button;
    }));
  }

  function heading(words, scope) {
    const node = document.createElement(words === "" ? "td" : "th");
    if (words !== "") node.scope = scope;
    node.textContent = words;
    return node;
  }

  function data(words) {
    const node = document.createElement("td");
    node.textContent = words;
    return node;
  }

  function fillTable(table, head, body, words) {
    const parts = ["thead", "tbody"].map((name) => document.createElement(name));
    parts[0].append(head);
    parts[1].append(...body);
    const caption = document.createElement("caption");
    caption.textContent = words ?? "";
    table.replaceChildren(...(words ? [caption] : []), ...parts);
  }
}
