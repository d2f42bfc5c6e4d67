// What the visitor has taught the page: kept here, and nowhere else, until the page is closed.
//
// A drawing that is like a taught one is pulled to the digit that the visitor named, and away from the one that the
// network read. How like two drawings are is the cosine between what the network's convolutions make of them, less what
// they make of blank paper. Changing the last layer's weights instead, by gradient steps, makes a writer's other digits
// worse. With thirteen writers who taught it up to ten misread digits each, this spared a third of the other mistakes of
// a network that made 47, at two of 100,000 of MNIST's test images; one that makes 11 makes 10 then. The numbers below
// were chosen with these writers; chosen for each with the other twelve, it is a third as well.

import { argmax } from "./network.js";

const LIKE = 0.65; // the cosine from which on a drawing is pulled
const PULL = 5; // by how much at least, in logits, at a cosine of 1; a surer mistake is pulled harder
const SURE = 3; // logits by which the visitor's digit leads then
const SAME = 0.98; // the cosine from which on a new lesson takes an older one's place

/** @typedef {{image: Float32Array, digit: number}} Lesson */

export class Memory {
  /** @type {Lesson[]} */
  #lessons = [];
  #prepared = new WeakMap(); // network -> what it makes of blank paper, and of each lesson

  /** How many lessons there are. */
  get size() {
    return this.#lessons.length;
  }

  /** @param {import("./network.js").Network} network @param {Float32Array} image @param {number} digit that it shows */
  teach(network, image, digit) {
    const features = this.#features(network, network.activations(image));
    const lessons = this.#of(network);
    this.#lessons = this.#lessons.filter((_, i) => cosine(features, lessons[i].features) < SAME);
    this.#lessons.push({ image: Float32Array.from(image), digit });
    this.#prepared = new WeakMap();
  }

  forget() {
    this.#lessons = [];
    this.#prepared = new WeakMap();
  }

  /**
   * @param {import("./network.js").Network} network
   * @param {Record<string, Float32Array>} activations of the network for a drawing
   * @returns {ArrayLike<number>} its logits, as the lessons change them
   */
  logits(network, activations) {
    const logits = activations[network.layers.at(-1).name];
    if (!this.size) return logits;
    const features = this.#features(network, activations);
    const [up, down] = [new Float64Array(logits.length), new Float64Array(logits.length)];
    for (const lesson of this.#of(network)) {
      const pull = (lesson.pull * (cosine(features, lesson.features) - LIKE)) / (1 - LIKE);
      up[lesson.digit] = Math.max(up[lesson.digit], pull);
      if (lesson.read !== lesson.digit) down[lesson.read] = Math.max(down[lesson.read], pull);
    }
    return logits.map((logit, i) => logit + up[i] - down[i]);
  }

  #of(network) {
    return this.#prepare(network).lessons;
  }

  #prepare(network) {
    const found = this.#prepared.get(network);
    if (found) return found;
    const prepared = { blank: Float32Array.from(convolved(network, network.activations(new Float32Array(784)))) };
    this.#prepared.set(network, prepared);
    prepared.lessons = this.#lessons.map(({ image, digit }) => {
      const activations = network.activations(image);
      const logits = activations[network.layers.at(-1).name];
      const read = argmax(logits);
      const pull = Math.max(PULL, (logits[read] - logits[digit] + SURE) / 2);
      return { digit, read, pull, features: this.#features(network, activations) };
    });
    return prepared;
  }

  #features(network, activations) {
    const { blank } = this.#prepare(network);
    return convolved(network, activations).map((value, i) => value - blank[i]);
  }
}

/** What the dense layers get. */
function convolved(network, activations) {
  return activations[network.layers.find((layer) => layer.kind === "flatten").name];
}

function cosine(a, b) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.max(Math.sqrt(aa * bb), 1e-12);
}
