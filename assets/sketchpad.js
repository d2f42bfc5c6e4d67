// The drawing pad and the answer beside it. Strokes are kept as vectors in 0..1 of the pad, y downwards.
// While the pen moves at most one question is under way, always about the latest strokes.

const canvas = element.querySelector("canvas");
const context = canvas.getContext("2d");
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
const buttons = { undo: "#undo", redo: "#redo", clear: "#clear" };
for (const name in buttons) buttons[name] = element.querySelector(buttons[name]);
const file = element.querySelector("#picture");
const PEN = 0.055; // of the pad's side

let strokes = []; // what is drawn
let past = []; // what undo brings back, newest last
let future = []; // what redo brings back
let picture = null; // base64 of the picture shown instead of strokes
let image = null; // and its Image
let pointer = null; // the one that draws
let version = 0; // grows with every change
let asked = 0; // the version of the last question sent
let asking = false;
let shown = null; // the answer on the page
let speaking = 0;

// drawing

function point(event) {
  const box = canvas.getBoundingClientRect();
  const clip = (value) => Math.min(1, Math.max(0, value));
  return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
}

function remember() {
  past.push({ strokes: strokes.map((stroke) => [...stroke]), picture, image });
  if (past.length > 100) past.shift();
  future = [];
}

canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button > 0) return; // a second finger or the palm doesn't draw
  event.preventDefault();
  canvas.classList.add("pointed"); // no focus ring about the pad for those who see where their pen is
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  pointer = event.pointerId;
  remember();
  picture = image = null;
  strokes.push([point(event)]);
  changed();
});

canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  for (const move of moves.length ? moves : [event]) strokes.at(-1).push(point(move));
  changed();
});

for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
  canvas.addEventListener(name, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    changed();
  });
}

function restore(from, to) {
  if (!from.length || pointer !== null) return;
  to.push({ strokes, picture, image });
  ({ strokes, picture, image } = from.pop());
  changed();
}

function clear() {
  if (pointer !== null || (!strokes.length && !picture)) return;
  remember();
  strokes = [];
  picture = image = null;
  changed();
}

buttons.undo.addEventListener("click", () => restore(past, future));
buttons.redo.addEventListener("click", () => restore(future, past));
buttons.clear.addEventListener("click", clear);

document.addEventListener("keydown", (event) => {
  canvas.classList.remove("pointed");
  if (!element.isConnected || !canvas.offsetParent) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (command && key === "z") event.shiftKey ? restore(future, past) : restore(past, future);
  else if (command && key === "y") restore(future, past);
  else if (!command && (key === "delete" || key === "backspace" || key === "escape")) clear();
  else return;
  event.preventDefault();
});

function changed() {
  version += 1;
  draw();
  ask();
}

function draw() {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (side && canvas.width !== side) canvas.width = canvas.height = side;
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (image) {
    const scale = Math.min(canvas.width / image.width, canvas.height / image.height);
    const [w, h] = [image.width * scale, image.height * scale];
    context.drawImage(image, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
  }
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = PEN * canvas.width;
  context.strokeStyle = style.color;
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0][0] * canvas.width, stroke[0][1] * canvas.height);
    for (const [x, y] of stroke) context.lineTo(x * canvas.width, y * canvas.height);
    context.stroke();
  }
  const blank = !strokes.length && !picture;
  hint.hidden = !blank;
  buttons.undo.disabled = !past.length;
  buttons.redo.disabled = !future.length;
}

new ResizeObserver(draw).observe(canvas);
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });

// asking

async function ask() {
  if (asking) return;
  asking = true;
  while (asked !== version) {
    asked = version;
    if (!strokes.length && !picture) {
      show(null);
      continue;
    }
    try {
      const question = picture ? server.recognize_picture(picture) : server.recognize(strokes.map(brief));
      const reply = await page.answered(question);
      if (asked === version || (pointer !== null && strokes.length)) show(reply);
    } catch {
      if (asked === version) show({ error: {} });
    }
  }
  asking = false;
}

// four decimals are a twentieth of a pixel on the largest pad, and half the bytes
const brief = (stroke) => stroke.map(([x, y]) => [Math.round(x * 1e4) / 1e4, Math.round(y * 1e4) / 1e4]);

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
  const pen = seen.getContext("2d");
  pen.clearRect(0, 0, 28, 28);
  seen.parentElement.classList.toggle("empty", !pixels);
  for (const name in saves) saves[name].disabled = !pixels;
  if (!pixels) return;
  const bytes = page.bytes(pixels);
  const data = pen.createImageData(28, 28);
  bytes.forEach((ink, i) => data.data.set([ink, ink, ink, 255], 4 * i));
  pen.putImageData(data, 0, 0);
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
  const training = status.phase === "training" && status.answering_epoch > 0;
  line.hidden = status.phase === "ready";
  line.querySelector("span").textContent =
    status.phase === "failed" ? page.text("state.failed")
    : training ? page.text("state.training", { epoch: status.answering_epoch, epochs: status.epochs })
    : page.text("state.waiting", { message: page.text(status.message) });
  line.querySelector("progress").value = status.progress;
  line.querySelector("progress").hidden = status.phase === "failed";
  if (status.answering_epoch !== answering) {
    answering = status.answering_epoch;
    version += 1; // a better network has come: what is drawn deserves its answer
    ask();
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
  remember();
  strokes = [];
  picture = url.slice(url.indexOf(",") + 1);
  image = next.width ? next : null;
  changed();
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

draw();
