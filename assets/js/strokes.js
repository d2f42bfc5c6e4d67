// Pen strokes to the network's 28×28 picture: the twin of the program's own rasteriser, preprocess/strokes.py, which
// says why it is made like this. A test draws thousands of strokes through both.

export const SIDE = 28; // pixels of a picture's side
const BOX = 20; // pixels that the longer side of the digit fills
const PEN_RADIUS = 1.2; // pixels

const SIGMA = 0.75; // pixels
const FALLOFF = 1 / (2 * SIGMA ** 2);
const UNIT = SIGMA * Math.sqrt(2 * Math.PI); // the mass that makes a lone Gaussian as high as a line's
const REACH = 5; // pixels, beyond which a Gaussian's height of 2e-10 is left out
const TOLERANCE = 1e-3; // pixels; what rounding errors may move a corner or a centre that lies between two pixels

const SPACING = 0.6; // pixels between the points of a resampled stroke
const MAX_SAMPLES = 2000;
const MAX_VERTICES = 400; // of a stroke; longer ones are averaged down

const across = new Float64Array(2 * REACH + 2);

/**
 * A drawing as the network's input.
 *
 * @param {number[][][]} strokes each a list of [x, y], y downwards, finite, in any unit and anywhere
 * @returns {Float32Array} 784 pixels row by row, 0 paper to 1 ink; all zeros when nothing is drawn
 */
export function rasterise(strokes) {
  const drawn = strokes.filter((stroke) => stroke.length);
  if (!drawn.length) return new Float32Array(SIDE * SIDE);
  const { left, top, width, height } = bounds(drawn);
  const scale = BOX / Math.max(width, height, 1e-9);
  const scaled = drawn.map((stroke) => thinOut(stroke.map(([x, y]) => [(x - left) * scale, (y - top) * scale])));
  const length = scaled.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
  const spacing = Math.max(SPACING, length / MAX_SAMPLES);
  return centred(inked(fit(scaled.map((stroke) => resample(stroke, spacing)))));
}

function bounds(strokes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return { left, top, width: right - left, height: bottom - top };
}

/** Runs of neighbours averaged, ends kept: a trembling mouse's thousands of points would count as a long way. */
function thinOut(stroke) {
  const count = stroke.length;
  if (count <= MAX_VERTICES) return stroke;
  const starts = Array.from({ length: MAX_VERTICES }, (_, i) => Math.floor(i * (count / MAX_VERTICES)));
  const runs = starts.map((start, i) => {
    const end = starts[i + 1] ?? count;
    let [x, y] = [0, 0];
    for (let j = start; j < end; j += 1) {
      x += stroke[j][0];
      y += stroke[j][1];
    }
    return [x / (end - start), y / (end - start)];
  });
  return [stroke[0], ...runs, stroke[count - 1]];
}

const distance = (a, b) => Math.sqrt((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2);

function lengthOf(stroke) {
  let length = 0;
  for (let i = 1; i < stroke.length; i += 1) length += distance(stroke[i - 1], stroke[i]);
  return length;
}

/** A stroke by points at equal distances along it, as many as make these at most `spacing`; its ends stay. */
function resample(stroke, spacing) {
  const length = lengthOf(stroke);
  if (length === 0) return [stroke[0]];
  const parts = Math.ceil(length / spacing);
  const step = length / parts;
  const points = [stroke[0]];
  let [passed, i] = [0, 1]; // the way to point i - 1
  let span = distance(stroke[0], stroke[1]);
  for (let k = 1; k < parts; k += 1) {
    while (i < stroke.length - 1 && passed + span <= k * step) {
      passed += span;
      i += 1;
      span = distance(stroke[i - 1], stroke[i]);
    }
    const share = span > 0 ? Math.min((k * step - passed) / span, 1) : 1;
    const [a, b] = [stroke[i - 1], stroke[i]];
    points.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
  }
  points.push(stroke.at(-1));
  return points;
}

/** Scaled and moved so that what the pen draws has its longer side in the 20 pixels of the box. */
function fit(strokes) {
  const { left, top, width, height } = bounds(strokes);
  const scale = (BOX - 2 * PEN_RADIUS) / Math.max(width, height, 1e-6); // a dot stays a dot
  // the outline's corner lies on whole pixels, as it did in MNIST, where a box of pixels was moved
  const corner = (size) => Math.floor((SIDE - size * scale) / 2 - PEN_RADIUS + TOLERANCE) + PEN_RADIUS;
  const [right, down] = [corner(width), corner(height)];
  return strokes.map((stroke) => stroke.map(([x, y]) => [(x - left) * scale + right, (y - top) * scale + down]));
}

/** Strokes in pixels -> 784 pixels of ink, from the distance of each pixel's middle to the nearest curve. */
function inked(strokes) {
  const total = new Float64Array(SIDE * SIDE);
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 1) {
      // the length that the point stands for, and half a disc more where a stroke ends
      const before = i ? distance(stroke[i - 1], stroke[i]) / 2 : UNIT / 2;
      const after = i < stroke.length - 1 ? distance(stroke[i], stroke[i + 1]) / 2 : UNIT / 2;
      add(total, stroke[i], (before + after) / UNIT);
    }
  }
  const ink = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < ink.length; i += 1) {
    if (total[i] === 0) continue;
    const nearest = Math.sqrt(Math.max(Math.log(total[i]) / -FALLOFF, 0));
    ink[i] = Math.min(Math.max(PEN_RADIUS - nearest + 0.5, 0), 1);
  }
  return ink;
}

/** Add a Gaussian of this mass about a point. */
function add(total, [x, y], mass) {
  const [left, right] = [Math.max(Math.ceil(x - 0.5 - REACH), 0), Math.min(Math.floor(x - 0.5 + REACH), SIDE - 1)];
  const [top, bottom] = [Math.max(Math.ceil(y - 0.5 - REACH), 0), Math.min(Math.floor(y - 0.5 + REACH), SIDE - 1)];
  for (let column = left; column <= right; column += 1) {
    across[column - left] = Math.exp(-FALLOFF * (column + 0.5 - x) ** 2);
  }
  for (let row = top; row <= bottom; row += 1) {
    const height = mass * Math.exp(-FALLOFF * (row + 0.5 - y) ** 2);
    const first = row * SIDE;
    for (let column = left; column <= right; column += 1) total[first + column] += height * across[column - left];
  }
}

/** Moved by whole pixels so that the centre of mass lies where MNIST's lie. */
function centred(ink) {
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < ink.length; i += 1) {
    mass += ink[i];
    x += ink[i] * ((i % SIDE) + 0.5);
    y += ink[i] * (Math.floor(i / SIDE) + 0.5);
  }
  const shift = (centre) => Math.min(Math.max(Math.ceil(SIDE / 2 - centre - TOLERANCE), -SIDE / 2), SIDE / 2);
  const [right, down] = [shift(x / mass), shift(y / mass)];
  if (!right && !down) return ink;
  const moved = new Float32Array(SIDE * SIDE);
  for (let row = Math.max(down, 0); row < SIDE + Math.min(down, 0); row += 1) {
    for (let column = Math.max(right, 0); column < SIDE + Math.min(right, 0); column += 1) {
      moved[row * SIDE + column] = ink[(row - down) * SIDE + column - right];
    }
  }
  return moved;
}
