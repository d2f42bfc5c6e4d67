// The visitor's drawing, one for all tabs, and the pads to draw it on. Strokes are vectors in 0..1 of the pad, y down.

import { onTheme } from "./paint.js";

const PEN = 0.055; // of the pad's side
const PLACED = 0.7; // of the pad's side, that the longer side of a drawing from elsewhere takes
const KEPT = "mnist-demo-drawing"; // where the browser keeps the strokes while its tab is open
const MOST_STROKES = 200; // that the server takes
const MOST_POINTS = 20000;

// four decimals are a twentieth of a pixel on the largest pad, and half the bytes
const round = (value) => Math.round(value * 1e4) / 1e4;

/** A drawing, its past, and the pads that show it. @param {number[][][]} begun its strokes at first */
export function makeDrawing(begun = []) {
  const listeners = new Set();
  let strokes = begun;
  let past = []; // what undo brings back, newest last
  let future = []; // what redo brings back
  let picture = null; // the file shown instead of strokes
  let image = null; // and its Image
  let pointer = null; // the one that draws
  let kind = ""; // of that pointer: mouse, touch or pen
  let given = null; // what redo would bring back if its stroke were taken back

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

  // As if the present stroke had never begun.
  function takeBack() {
    ({ strokes, picture, image } = past.pop());
    future = given;
    pointer = null;
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

  // The strokes as the server takes them: the shortest and every so many points are left out of what is too much.
  function sendable() {
    let some = strokes;
    if (some.length > MOST_STROKES) {
      const least = some.map((stroke) => stroke.length).sort((a, b) => b - a)[MOST_STROKES - 1];
      some = some.filter((stroke) => stroke.length >= least).slice(-MOST_STROKES);
    }
    const step = Math.ceil(some.reduce((sum, stroke) => sum + stroke.length, 0) / (MOST_POINTS - MOST_STROKES));
    if (step > 1) some = some.map((stroke) => stroke.filter((_, i) => i % step === 0 || i === stroke.length - 1));
    return some.map((stroke) => stroke.map(([x, y]) => [round(x), round(y)]));
  }

  // Lets people draw on a canvas, and keeps it showing the drawing.
  function attach(canvas) {
    const context = canvas.getContext("2d");

    // Beyond the pad's edge too, so that a digit that leaves it keeps its form.
    function point(event) {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    }

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      if (pointer !== null) {
        if (kind !== "touch" || event.pointerType !== "pen") return; // a second finger, or the palm beside the pen
        takeBack(); // the palm came first
      }
      event.preventDefault();
      canvas.classList.add("pointed"); // no focus ring about the pad for those who see where their pen is
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      still(true);
      pointer = event.pointerId;
      kind = event.pointerType;
      given = future;
      remember();
      picture = image = null;
      strokes.push([point(event)]);
      changed();
    });
    // else Chromium takes a stroke for the beginning of a fling, and the next quick tap, on Clear, for its end
    canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const move of moves.length ? moves : [event]) strokes.at(-1).push(point(move));
      changed();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== pointer) return;
        if (name === "pointercancel") takeBack();
        pointer = null;
        still(false);
        changed();
      });
    }
    document.addEventListener("keydown", ({ key }) => key === "Tab" && canvas.classList.remove("pointed"));

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
      paintStrokes(context, strokes, side, getComputedStyle(canvas).color);
    }

    listeners.add(draw);
    new ResizeObserver(draw).observe(canvas);
    onTheme(draw);
  }

  // Show these strokes, each a list of [x, y] of any size, in the middle of the pad.
  function place(drawn) {
    const all = drawn.flat();
    const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
    const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const scale = PLACED / Math.max(right - left, bottom - top, 1e-9);
    const centred = (value, low, high) => 0.5 + (value - (low + high) / 2) * scale;
    remember();
    strokes = drawn.map((stroke) => stroke.map(([x, y]) => [centred(x, left, right), centred(y, top, bottom)]));
    picture = image = null;
    changed();
  }

  return {
    attach,
    clear,
    show,
    place,
    undo: () => restore(past, future),
    redo: () => restore(future, past),
    /** Call `listener` with every change. @param {() => void} listener */
    onChange(listener) { listeners.add(listener); },
    get blank() { return blank(); },
    /** @returns {?Blob} */
    get picture() { return picture; },
    /** @returns {number[][][]} strokes of [x, y], 0..1 within the pad */
    get strokes() { return sendable(); },
    /** @returns {?CanvasImageSource} the picture as the browser shows it */
    get image() { return image; },
    /** Whether the pen is on the pad just now. */
    get drawing() { return pointer !== null; },
    get canUndo() { return past.length > 0; },
    get canRedo() { return future.length > 0; },
  };
}

// What grows in the page with a stroke must not move the pad under the pen, to keep something else in its place.
function still(on) {
  document.documentElement.style.overflowAnchor = on ? "none" : "";
}

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    const coordinate = (value) => Number.isFinite(value) && Math.abs(value) < 100;
    const stroke = (points) => points.length > 0 && points.every((point) => point.length === 2 && point.every(coordinate));
    return found.every(stroke) ? found : [];
  } catch {
    return []; // storage is blocked, or holds something else
  }
}

/** What the visitor has drawn, or the picture taken instead. */
export const drawing = makeDrawing(kept());

function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(drawing.strokes));
  } catch {
    // see kept()
  }
}
addEventListener("pagehide", keep);

/** Strokes on a square of that side, smoothed: from the middle of two points to the middle of the next two. */
export function paintStrokes(context, strokes, side, colour) {
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = PEN * side;
  context.strokeStyle = context.fillStyle = colour;
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * side, y * side]);
    const [[x, y], last] = [points[0], points.at(-1)];
    context.beginPath();
    if (points.every((other) => other[0] === x && other[1] === y)) {
      context.arc(x, y, (PEN * side) / 2, 0, 2 * Math.PI); // a line of no length isn't painted
      context.fill();
      continue;
    }
    context.moveTo(x, y);
    for (let i = 1; i < points.length - 1; i += 1) {
      const [here, next] = [points[i], points[i + 1]];
      context.quadraticCurveTo(...here, (here[0] + next[0]) / 2, (here[1] + next[1]) / 2);
    }
    context.lineTo(...last);
    context.stroke();
  }
}

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
    if (asked === wanted || drawing.drawing) show(answer, mine);
  }
}
