// The Draw tab: the drawing pad and the answer beside it.

import { save } from "./controls.js";
import { correction } from "./correction.js";
import { onLanguage, percent, text, translate } from "./i18n.js";
import { course, slider } from "./learning.js";
import { onNetwork } from "./networks.js";
import { drawing } from "./pad.js";
import { grey, paint, pixels } from "./paint.js";
import { onReading } from "./reading.js";
import { answering, onStatus, Phase, ServiceError } from "./service.js";

const SURE = 0.6; // below this confidence the page says that it is not sure, and shows two guesses
const LARGEST = 20e6; // bytes of a picture

/** @param {HTMLElement} element of the part */
export function start(element) {
  const canvas = element.querySelector("#sketchpad canvas");
  const answer = element.querySelector("#answer");
  const digit = element.querySelector(".digit");
  const verdict = element.querySelector(".verdict");
  const hint = element.querySelector(".pad-hint");
  const trouble = element.querySelector(".trouble");
  const spoken = element.querySelector(".spoken");
  const seen = element.querySelector(".seen canvas");
  const saves = { png: "#save-png", row: "#save-row" };
  for (const name in saves) saves[name] = element.querySelector(saves[name]);
  const bars = [...element.querySelectorAll(".bar")];
  const buttons = {};
  for (const name of ["undo", "redo", "clear"]) buttons[name] = element.querySelector(`#${name}`);
  const file = element.querySelector("#picture");

  let shown = null; // the reading on the page
  let failed = null; // or why there is none
  let speaking = 0;

  // drawing

  drawing.attach(canvas);
  for (const name in buttons) buttons[name].addEventListener("click", drawing[name]);

  document.addEventListener("keydown", (event) => {
    if (!element.isConnected || !canvas.offsetParent) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && key === "z") event.shiftKey ? drawing.redo() : drawing.undo();
    else if (command && key === "y") drawing.redo();
    else if (!command && (key === "delete" || key === "backspace" || key === "escape")) drawing.clear();
    else return;
    event.preventDefault();
  });

  drawing.onChange(state);

  function state() {
    hint.hidden = !drawing.blank;
    buttons.undo.disabled = !drawing.canUndo;
    buttons.redo.disabled = !drawing.canRedo;
  }

  // showing

  // The reading, or null while there is none: the pad is blank, or there is an error.
  function show(reading, error = null) {
    [shown, failed] = [reading, error];
    const answered = reading !== null && reading.digit !== null;
    const known = answered && !reading.untrained;
    answer.dataset.digit = known ? reading.digit : "";
    answer.dataset.confidence = known ? reading.confidence : "";
    answer.classList.toggle("known", known);
    const order = known ? reading.probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]) : [];
    const unsure = known && reading.confidence < SURE;
    answer.classList.toggle("unsure", unsure);
    digit.textContent = known ? reading.digit : "";
    verdict.textContent = error ? "" : words(reading, known, unsure, order);
    bars.forEach((bar, i) => {
      const p = answered ? reading.probabilities[i] : 0;
      bar.classList.toggle("best", known && i === reading.digit);
      bar.querySelector(".fill").style.transform = `scaleX(${p})`;
      bar.querySelector(".value").textContent = answered ? percent(p) : "–";
    });
    showInk(reading?.image);
    trouble.textContent = error ? text(error.sentence ?? "answer.offline") : "";
    trouble.hidden = !error;
    clearTimeout(speaking);
    if (known) speaking = setTimeout(() => (spoken.textContent = verdict.textContent), 700);
  }

  function words(reading, known, unsure, order) {
    if (!reading) return text("answer.blank");
    if (reading.waiting) return text("answer.waiting");
    if (reading.untrained) return text("answer.untrained");
    if (unsure) return text("answer.unsure", { first: order[0][1], second: order[1][1] });
    if (known) return text("answer.sure", { digit: reading.digit, confidence: percent(reading.confidence) });
    return text("answer.nothing");
  }

  function showInk(image) {
    seen.parentElement.classList.toggle("empty", !image);
    if (image) paint(seen, pixels(image), 28, 28, grey);
    for (const name in saves) saves[name].disabled = !image;
  }

  // what the network sees, to take along: MNIST's own form, ink 255 on 0

  const fileName = (ending) => `digit${answer.dataset.digit && `-${answer.dataset.digit}`}.${ending}`;

  saves.png.addEventListener("click", () => seen.toBlob((blob) => save(fileName("png"), blob)));

  // As in the widespread mnist_train.csv: the label, then the pixels row by row. The label is what the network read,
  // for the visitor to correct, and empty while there is no network.
  saves.row.addEventListener("click", () => {
    const row = [answer.dataset.digit, ...pixels(shown.image)].join(",");
    save(fileName("csv"), new Blob([`${row}\r\n`], { type: "text/csv" }));
  });

  onReading(show);
  slider(element.querySelector(".learning"));
  course(element.querySelector(".course"));
  correction(element.querySelector(".correction"));
  onNetwork(() => (element.querySelector(".private").hidden = false));
  onLanguage(() => {
    translate(element);
    show(shown, failed);
    if (spoken.textContent) spoken.textContent = verdict.textContent;
  });

  onStatus((status) => {
    const line = element.querySelector(".state");
    const training = status.phase === Phase.TRAINING && status.model_version;
    line.hidden = status.phase === Phase.READY;
    line.querySelector("span").textContent =
      status.phase === Phase.FAILED ? text("state.failed")
      : training ? answering(status)
      : text("state.waiting", { message: text(status.message) });
    line.querySelector("progress").value = status.progress;
    line.querySelector("progress").hidden = status.phase === Phase.FAILED;
  });

  // pictures

  async function take(blob) {
    if (blob.size > LARGEST) return show(null, new ServiceError({ key: "page.large", values: {} }));
    const next = new Image();
    next.src = URL.createObjectURL(blob);
    await next.decode().catch(() => {}); // what the browser can't show the server may still read, or say why not
    URL.revokeObjectURL(next.src);
    drawing.show(blob, next.width ? next : null);
  }

  for (const example of element.querySelectorAll(".example")) {
    const picture = example.querySelector("img");
    picture.src = new URL(picture.dataset.file, import.meta.url);
    example.addEventListener("click", async () => take(await (await fetch(picture.src)).blob()));
  }
  element.querySelector("#upload").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files[0]) take(file.files[0]);
    file.value = "";
  });
  const pad = element.querySelector(".pad");
  pad.addEventListener("dragover", (event) => event.preventDefault());
  pad.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  state();
}
