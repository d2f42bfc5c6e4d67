// What the network reads in the drawing: by the network in the page, in the frame in which something has changed. The
// server reads picture files, and drawings as long as no network has come.

import { argmax, softmax } from "./network.js";
import { Memory } from "./memory.js";
import { answering, chosenVersion, onNetwork } from "./networks.js";
import { asker, drawing } from "./pad.js";
import { bytes } from "./paint.js";
import { recognize, recognizePicture } from "./service.js";
import { rasterise } from "./strokes.js";

/**
 * @typedef {object} Reading
 * @property {?Float32Array} image 784 pixels as the network sees them, 0 paper to 1 ink; null: nothing is drawn
 * @property {boolean} waiting there is no network yet
 * @property {boolean} untrained the network has seen nothing yet
 * @property {boolean} early it has hardly seen anything
 * @property {?number} digit null: nothing is drawn, or `waiting`
 * @property {number} confidence
 * @property {number[]} probabilities of the digits 0 to 9
 * @property {?ArrayLike<number>} logits as the visitor's lessons have changed them; null from the server
 * @property {?Record<string, Float32Array>} activations by the layers' names; null from the server
 */

const NOTHING = {
  image: null, waiting: false, untrained: false, early: false, digit: null, confidence: 0, probabilities: [], logits: null, activations: null,
};
const EARLY = 0.25; // epochs
const WARMING = 40; // readings until Chromium has compiled all of it

/** What the visitor has taught the page. */
export const memory = new Memory();

const listeners = new Set();
const images = new WeakMap(); // picture file -> its image, once the server has read it
let last = [null, null];
let frame = 0;

/**
 * Call `listener` now and with every new reading of what is drawn: null while the pad is blank, with the error if there
 * is none for another reason.
 * @param {(reading: ?Reading, error: ?import("./service.js").ServiceError) => void} listener
 */
export function onReading(listener) {
  listeners.add(listener);
  listener(...last);
}

function tell(reading, error = null) {
  last = [reading, error];
  for (const listener of listeners) listener(reading, error);
}

/**
 * What the network that answers makes of an image; there has to be one.
 * @param {Float32Array} image
 * @returns {Reading}
 */
export function read(image) {
  if (!image.some((ink) => ink > 0)) return NOTHING;
  const { network, at } = answering();
  const activations = network.activations(image);
  const logits = chosenVersion() ? activations[network.layers.at(-1).name] : memory.logits(network, activations);
  const probabilities = softmax(logits);
  const digit = argmax(probabilities);
  const confidence = probabilities[digit];
  return { image, waiting: false, untrained: at === 0, early: at < EARLY, digit, confidence, probabilities, logits, activations };
}

const BLANK = new Float32Array(784); // of a picture without ink

// Whether what was asked is still for the server to say: the pad may have been cleared since, or a network have come.
const current = ({ picture }) => !drawing.blank && drawing.picture === picture && !answering();

const ask = asker({
  question: () => ({ picture: drawing.picture, strokes: drawing.strokes }),
  send: ({ picture, strokes }) => (picture ? recognizePicture(picture) : recognize({ strokes })),
  show(answer, question) {
    const image = answer.pixels && Float32Array.from(bytes(answer.pixels), (ink) => ink / 255);
    if (question.picture) images.set(question.picture, image ?? BLANK);
    if (current(question)) tell({ ...NOTHING, ...answer, image });
    else now();
  },
  fail(error, question) {
    if (current(question) || (question.picture && question.picture === drawing.picture)) tell(null, error);
    else now();
  },
});

function now() {
  frame = 0;
  if (drawing.blank) return tell(null);
  if (!answering()) return ask();
  const image = drawing.picture ? images.get(drawing.picture) : rasterise(drawing.strokes);
  if (!image) return ask();
  tell(read(image));
}

// Pointer events come before the frame's callbacks, so the answer is painted together with the ink.
function soon() {
  if (!frame) frame = requestAnimationFrame(now);
}

/** Read what is drawn once more: the visitor has taught something. */
export const readAgain = soon;

drawing.onChange(soon);
onNetwork(soon);
onNetwork(warmUp);

/** When the browser has nothing more urgent to do. @returns {Promise<void>} */
export const idle = () => new Promise((done) => (globalThis.requestIdleCallback ?? setTimeout)(() => done()));

let warm = false;

/** Browsers make code fast that has run for a while: before the first stroke, in pieces that hold nothing up. */
async function warmUp() {
  if (warm) return;
  warm = true;
  for (let i = 0; i < WARMING; i += 1) {
    await idle();
    read(rasterise([[[0, 0], [1, 0], [0.4, 2]], [[0.1, 1], [0.9, 1]]])); // a seven
  }
}
