// The visitor's drawing, one for all tabs, and the pads to draw it on. Strokes are vectors in 0..1 of the pad, y down.

import { onTheme } from "./paint.js";

const PEN = 0.055; // of the pad's side
const listeners = new Set();
let strokes = [];
let past = []; // what undo brings back, newest last
let future = []; // what redo brings back
let picture = null; // the file shown instead of strokes
let image = null; // and its Image
let pointer = null; // the one that draws

function remember() {
  past.push({ strokes: strokes.map((stroke) => [...stroke]), picture, image });
  if (past.length > 100) past.shift();
  future = [];
}

function changed() {
  for (const listener of listeners) listener();
}

function restore(from, to) {
  if (!from.length || pointer !== null) return;
  to.push({ strokes, picture, image });
  ({ strokes, picture, image } = from.pop());
  changed();
}

const blank = () => !strokes.length && !picture;

function clear() {
  if (pointer !== null || blank()) return;
  remember();
  strokes = [];
  picture = image = null;
  changed();
}

function show(file, shown) {
  remember();
  strokes = [];
  picture = file;
  image = shown;
  changed();
}

// Lets people draw on a canvas, and keeps it showing the drawing.
function attach(canvas) {
  const context = canvas.getContext("2d");

  function point(event) {
    const box = canvas.getBoundingClientRect();
    const clip = (value) => Math.min(1, Math.max(0, value));
    return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
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
  document.addEventListener("keydown", () => canvas.classList.remove("pointed"));

  function draw() {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!side) return; // in a tab that isn't shown
    if (canvas.width !== side) canvas.width = canvas.height = side;
    context.clearRect(0, 0, side, side);
    if (image) {
      const scale = Math.min(side / image.width, side / image.height);
      const [w, h] = [image.width * scale, image.height * scale];
      context.drawImage(image, (side - w) / 2, (side - h) / 2, w, h);
    }
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = PEN * side;
    context.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(stroke[0][0] * side, stroke[0][1] * side);
      for (const [x, y] of stroke) context.lineTo(x * side, y * side);
      context.stroke();
    }
  }

  listeners.add(draw);
  new ResizeObserver(draw).observe(canvas);
  onTheme(draw);
}

// four decimals are a twentieth of a pixel on the largest pad, and half the bytes
const round = (value) => Math.round(value * 1e4) / 1e4;

/** What the visitor has drawn, or the picture taken instead. */
export const drawing = {
  attach,
  clear,
  show,
  undo: () => restore(past, future),
  redo: () => restore(future, past),
  /** Call `listener` with every change. @param {() => void} listener */
  onChange(listener) { listeners.add(listener); },
  get blank() { return blank(); },
  /** @returns {?Blob} */
  get picture() { return picture; },
  /** @returns {number[][][]} strokes of [x, y] */
  get strokes() { return strokes.map((stroke) => stroke.map(([x, y]) => [round(x), round(y)])); },
  get canUndo() { return past.length > 0; },
  get canRedo() { return future.length > 0; },
};

/**
 * A function that asks the server about what is drawn now: one question at a time, and once it is answered the latest,
 * if something has changed meanwhile. A question whose answer was lost is asked again after a while.
 *
 * `question` says what to ask now, `send` asks it, `show` gets the answer and the question that it belongs to, `fail`
 * the error and the question, `may` says whether now is a time to ask. The function's argument is whether there is
 * something new to ask.
 */
export function asker({ question, send, show, fail, may = () => true }) {
  let wanted = 0; // grows with every reason to ask
  let asked = 0; // what it was at the last question
  let asking = false;
  let retrying = 0;

  return ask;

  async function ask(something = true) {
    if (something) wanted += 1;
    if (asking || !may()) return;
    clearTimeout(retrying);
    asking = true;
    try {
      while (asked !== wanted && may()) {
        asked = wanted;
        await once(question());
      }
    } finally {
      asking = false;
    }
  }

  async function once(mine) {
    let answer;
    try {
      answer = await send(mine);
    } catch (error) {
      if (asked !== wanted) return;
      fail(error, mine);
      if (!error.sentence) retrying = setTimeout(ask, 3000);
      return;
    }
    if (asked === wanted || pointer !== null) show(answer, mine);
  }
}
