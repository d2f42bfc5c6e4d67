// The Draw tab: the drawing pad and the answer beside it.

import { copied, save } from "./controls.js";
import { correction } from "./correction.js";
import { address } from "./files.js";
import { onLanguage, percent, text, translate, write } from "./i18n.js";
import { names, onKeys } from "./keyboard.js";
import { course, slider } from "./learning.js";
import * as networks from "./networks.js";
import { drawing } from "./pad.js";
import { grey, paint, pixels } from "./paint.js";
import { onFile, take } from "./pictures.js";
import { presentation } from "./present.js";
import { onReading } from "./reading.js";
import { Phase } from "./phase.js";
import { answering, onStatus } from "./service.js";
import * as share from "./share.js";

const SURE = 0.9; // from this confidence on it is a digit, before it only looks like one
const SETTLED = 700; // ms without a new reading, after which it is spoken
const SAID = 5000; // ms for a screen reader to fetch it

/** @param {HTMLElement} element of the part */
export function start(element) {
  const canvas = element.querySelector("#sketchpad canvas");
  const answer = element.querySelector("#answer");
  const digit = element.querySelector(".digit");
  const verdict = element.querySelector(".verdict");
  const hint = element.querySelector(".pad-hint");
  const note = element.querySelector(".pad-note");
  const trouble = element.querySelector(".trouble");
  const spoken = element.querySelector(".spoken");
  const seen = element.querySelector(".seen canvas");
  const saves = ["copy-picture", "save-picture", "save-png", "save-row"].map((id) => element.querySelector(`#${id}`));
  const [copyPicture, savePicture, savePng, saveRow] = saves;
  const bars = [...element.querySelectorAll(".bar")].map((row) => ({
    row, fill: row.querySelector(".fill"), value: row.querySelector(".value"),
  }));
  const buttons = {};
  for (const name of ["undo", "redo", "clear"]) buttons[name] = element.querySelector(`#${name}`);
  const file = element.querySelector("#picture");

  let digits = []; // those in large type
  let shown = null; // the reading on the page
  let failed = null; // or why there is none
  let speaking = 0;

  // drawing

  drawing.attach(canvas);
  for (const name in buttons) {
    buttons[name].title = names[name];
    buttons[name].addEventListener("click", drawing[name]);
  }

  onKeys(element, { undo: drawing.undo, redo: drawing.redo, clear: drawing.clear, Escape: drawing.clear });
  const namePresentation = presentation(element.querySelector(".draw"), element.querySelector("#present"));

  drawing.onChange(() => {
    state();
    fault(null);
    replaced();
  });

  // A stroke takes the picture's place, which is said until the next one.
  let pictured = false;
  function replaced() {
    if (pictured && !drawing.picture && !drawing.blank) note.hidden = false;
    else if (!note.hidden && drawing.strokes.length !== 1) note.hidden = true;
    pictured = Boolean(drawing.picture);
  }

  function state() {
    hint.hidden = !drawing.blank;
    const able = { undo: drawing.canUndo, redo: drawing.canRedo, clear: !drawing.blank };
    for (const name in able) {
      // who works with the keyboard must not lose their place
      if (!able[name] && document.activeElement === buttons[name]) canvas.focus({ preventScroll: true });
      buttons[name].disabled = !able[name];
    }
  }

  // The pad is as large as what is above it in the window allows.
  function measure() {
    const above = Math.min(element.getBoundingClientRect().top + scrollY, innerHeight / 2);
    if (element.offsetParent) element.style.setProperty("--above", `${above}px`);
  }
  new ResizeObserver(measure).observe(document.body);
  measure();

  // showing

  // The reading, or null while there is none: the pad is blank, or there is an error.
  function show(reading, error = null) {
    const emptied = shown && !reading;
    [shown, failed] = [reading, error];
    const answered = reading !== null && reading.digit !== null;
    const known = answered && !reading.untrained;
    answer.dataset.digit = known ? reading.digit : "";
    answer.dataset.confidence = known ? reading.confidence : "";
    answer.classList.toggle("known", known);
    digits = known ? guesses(reading) : [];
    answer.classList.toggle("unsure", digits.length > 1);
    if (digit.textContent !== digits.join("")) digit.replaceChildren(...digits.map(large));
    write(verdict, error ? "" : words(reading, known));
    bars.forEach((bar, i) => {
      const p = answered ? reading.probabilities[i] : 0;
      bar.row.classList.toggle("best", digits.length === 1 && i === reading.digit);
      bar.fill.style.transform = `scaleX(${p})`;
      write(bar.value, answered ? percent(p) : "–");
    });
    showImage(reading?.image);
    fault(error);
    clearTimeout(speaking);
    speaking = setTimeout(speak, SETTLED, error ? "" : reading ? verdict.textContent : emptied ? text("draw.hint") : "");
  }

  // For those who hear the page: once the pen rests, and not to be found a second time by those who read on.
  function speak(said) {
    spoken.textContent = said;
    if (said) speaking = setTimeout(() => (spoken.textContent = ""), SAID);
  }

  function fault(error) {
    write(trouble, error ? text(error.sentence ?? "answer.offline") : "");
    trouble.hidden = !error;
  }

  // The digits to be shown large: none that it does not believe in, two between which it hesitates.
  function guesses({ confidence, digit: best, probabilities }) {
    if (confidence < Number(answer.dataset.noDigit)) return [];
    if (confidence >= Number(answer.dataset.unsure)) return [best];
    return probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]).slice(0, 2).map(([, i]) => i);
  }

  function large(guess) {
    const node = document.createElement("span");
    node.textContent = guess;
    return node;
  }

  function words(reading, known) {
    if (!reading) return text("answer.blank");
    if (reading.waiting) return text("answer.waiting");
    if (reading.untrained) return text("answer.untrained");
    if (!known) return text("answer.nothing");
    if (!digits.length) return text(reading.early ? "answer.early" : "answer.none");
    if (digits.length > 1) return text("answer.unsure", { first: digits[0], second: digits[1] });
    const key = reading.confidence < SURE ? "answer.likely" : "answer.sure";
    return text(key, { digit: reading.digit, confidence: percent(reading.confidence) });
  }

  function showImage(image) {
    seen.parentElement.classList.toggle("empty", !image);
    if (image) paint(seen, pixels(image), 28, 28, grey);
    else seen.getContext("2d").clearRect(0, 0, 28, 28);
    for (const button of saves) button.disabled = !image;
  }

  // the answer to show around

  const shared = () => share.picture({ digits, verdict: verdict.textContent, probabilities: shown.probabilities });
  const done = element.querySelector(".done");
  copyPicture.hidden = !globalThis.ClipboardItem || !navigator.clipboard;
  copyPicture.addEventListener("click", async () => {
    done.textContent = text((await copied(shared())) ? "share.copied" : "share.refused");
    setTimeout(() => (done.textContent = ""), 4000);
  });
  savePicture.addEventListener("click", async () => save(fileName("-answer.png"), await shared()));

  // what the network sees, to take along: MNIST's own form, ink 255 on 0

  const fileName = (ending) => `digit${answer.dataset.digit && `-${answer.dataset.digit}`}${ending}`;

  savePng.addEventListener("click", () => seen.toBlob((blob) => save(fileName(".png"), blob)));

  // As in the widespread mnist_train.csv: the label, then the pixels row by row. The label is what the network read,
  // for the visitor to correct, and empty while there is no network.
  saveRow.addEventListener("click", () => {
    const row = [answer.dataset.digit, ...pixels(shown.image)].join(",");
    save(fileName(".csv"), new Blob([`${row}\r\n`], { type: "text/csv" }));
  });

  onReading(show);
  slider(element.querySelector(".learning"));
  course(element.querySelector(".course"));
  correction(element.querySelector(".correction"));
  const inPage = () => (element.querySelector(".private").hidden = !networks.answering());
  networks.onNetwork(inPage);
  inPage(); // it may have come before this part of the page
  onLanguage(() => {
    translate(element);
    namePresentation();
    spoken.textContent = ""; // what is said next is said in this language
    show(shown, failed);
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

  // One that can't be taken leaves the drawing and its answer as they are.
  async function taken(blob) {
    const offline = { sentence: "page.offline" };
    await take(blob).catch((error) => fault(error.sentence ? error : offline));
    // on a phone the pictures are far below
    if (digit.getBoundingClientRect().top < 0) element.querySelector(".draw").scrollIntoView({ block: "start" });
  }

  for (const example of element.querySelectorAll(".example")) {
    const picture = example.querySelector("img");
    picture.src = address(picture.dataset.file);
    example.addEventListener("click", async () => taken(await (await fetch(picture.src)).blob()));
  }
  element.querySelector("#upload").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files[0]) taken(file.files[0]);
    file.value = "";
  });
  onFile(taken);

  state();
}
