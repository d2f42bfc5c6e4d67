// The Draw tab: the drawing pad and the answer beside it.
// While the pen moves at most one question is under way, always about the latest strokes.

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

const ask = drawing.asker({ question: () => ({ picture: drawing.picture, strokes: drawing.strokes }), send, show });
let shown = null; // the answer on the page
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

drawing.onChange(() => {
  state();
  ask();
});

function state() {
  hint.hidden = !drawing.blank;
  buttons.undo.disabled = !drawing.canUndo;
  buttons.redo.disabled = !drawing.canRedo;
}

// asking

function send({ picture, strokes }) {
  if (picture) return page.answered(server.recognize_picture(picture), 30);
  return strokes.length ? page.answered(server.recognize(strokes), 5) : null;
}

// showing

function show(reply) {
  shown = reply;
  const known = reply && reply.digit !== undefined && reply.digit !== null;
  answer.dataset.digit = known ? reply.digit : "";
  answer.dataset.confidence = known ? reply.confidence : "";
  answer.classList.toggle("known", Boolean(known));
  const order = known ? reply.probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]) : [];
  const unsure = known && reply.confidence < reply.sure;
  answer.classList.toggle("unsure", Boolean(unsure));
  digit.textContent = known ? reply.digit : "";
  verdict.textContent = words(reply, known, unsure, order);
  bars.forEach((bar, i) => {
    const p = known ? reply.probabilities[i] : 0;
    bar.classList.toggle("best", known && i === reply.digit);
    bar.querySelector(".fill").style.transform = `scaleX(${p})`;
    bar.querySelector(".value").textContent = known ? page.percent(p) : "–";
  });
  showInk(reply?.pixels);
  trouble.textContent = reply?.error ? page.failure(reply.error) : "";
  trouble.hidden = !reply?.error;
  clearTimeout(speaking);
  if (known) speaking = setTimeout(() => (spoken.textContent = verdict.textContent), 700);
}

function words(reply, known, unsure, order) {
  if (!reply) return page.text("answer.blank");
  if (reply.waiting) return page.text("answer.waiting");
  if (unsure) return page.text("answer.unsure", { first: order[0][1], second: order[1][1] });
  if (known) return page.text("answer.sure", { digit: reply.digit, confidence: page.percent(reply.confidence) });
  return reply.error ? "" : page.text("answer.nothing");
}

function showInk(pixels) {
  seen.parentElement.classList.toggle("empty", !pixels);
  if (pixels) page.paint(seen, page.bytes(pixels), 28, 28, (ink) => [ink, ink, ink]);
  for (const name in saves) saves[name].disabled = !pixels;
}

// what the network sees, to take along: MNIST's own form, ink 255 on 0

const fileName = (ending) => `digit${answer.dataset.digit && `-${answer.dataset.digit}`}.${ending}`;

saves.png.addEventListener("click", () => seen.toBlob((blob) => page.save(fileName("png"), blob)));

// As in the widespread mnist_train.csv: the label, then the pixels row by row. The label is what the network read,
// for the visitor to correct, and empty while there is no network.
saves.row.addEventListener("click", () => {
  const row = [answer.dataset.digit, ...page.bytes(shown.pixels)].join(",");
  page.save(fileName("csv"), new Blob([`${row}\r\n`], { type: "text/csv" }));
});

page.onLanguage(() => {
  page.translate(element);
  show(shown);
});

let answering = 0;
page.onStatus((status) => {
  const line = element.querySelector(".state");
  const training = status.phase === "training" && status.network;
  line.hidden = status.phase === "ready";
  line.querySelector("span").textContent =
    status.phase === "failed" ? page.text("state.failed")
    : training ? page.answering(status)
    : page.text("state.waiting", { message: page.text(status.message) });
  line.querySelector("progress").value = status.progress;
  line.querySelector("progress").hidden = status.phase === "failed";
  if (status.network !== answering) {
    answering = status.network;
    ask(); // a better network has come: what is drawn deserves its answer
  }
});

// pictures

async function take(blob) {
  if (blob.size > 20e6) return show({ error: { key: "page.large", values: {} } });
  const url = await new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = fail;
    reader.readAsDataURL(blob);
  });
  const next = new Image();
  next.src = url;
  await next.decode().catch(() => {}); // what the browser can't show the server may still read, or say why not
  drawing.show(url.slice(url.indexOf(",") + 1), next.width ? next : null);
}

for (const example of element.querySelectorAll(".example")) {
  example.addEventListener("click", async () => take(await (await fetch(example.querySelector("img").src)).blob()));
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
