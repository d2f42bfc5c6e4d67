// What the tab "Class" asks the server. What it answers is described in `web/class_schemas.py`.

import { downloaded, json, post } from "./service.js";

/** @typedef {{number: number}} ClassGiven */
/** @typedef {{removed: number}} ClassRemoved */
/** @typedef {{number: number}} ClassBrought */
/** @typedef {{digits: number, right: number}} ClassCount */
/** @typedef {{number: number, name: string, group: string, digits: number, right: number, tested: boolean}} ClassWriter */
/**
 * @typedef {{number: number, writer: number, label: number, answer: number, confidence: number, pixels: string,
 *   strokes: number[][][]}} ClassDigit
 */
/**
 * @typedef {{everybody: ClassCount, mine: ClassCount, by_digit: ClassCount[], writers: ClassWriter[],
 *   shown: ClassDigit[]}} ClassReading
 */
/** @typedef {{progress: number, seconds_left: ?number}} ClassTraining */
/**
 * @typedef {{teacher: boolean, digits: number, writers: number, mine: number, learnable: number, testable: number,
 *   address: ?string, qr: ?string, training: ?ClassTraining, compared: boolean, taught: boolean}} ClassState
 */
/** @typedef {{label: number, before: number, after: number, pixels: string}} ClassChange */
/**
 * @typedef {{digits: number, writers: number, right_before: number, right_after: number, changed: number,
 *   changes: ClassChange[]}} ClassSide
 */
/** @typedef {{learned: ClassCount, seconds: number, tested: ClassSide, usual: ClassSide}} ClassComparison */

const KEPT = "mnist-demo-writer"; // where the browser keeps who writes here
const ID = /^[0-9a-f]{32}$/;

/** An id that nobody else has. */
export function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    if (ID.test(found.id)) return { id: found.id, name: String(found.name), group: String(found.group) };
  } catch {
    // nothing is kept, or storage is blocked: the writer then lasts as long as the page
  }
  return { id: random(), name: "", group: "" };
}

/** Who writes on this device: a random id, which the server alone is told, a nickname and a group. */
export const writer = kept();

/** @param {string} name @param {string} group */
export function callWriter(name, group) {
  Object.assign(writer, { name, group });
  try {
    localStorage.setItem(KEPT, JSON.stringify(writer));
  } catch {
    // see kept()
  }
}

const ask = (path, value = {}, seconds = 10) => post(`class/${path}`, { writer: writer.id, ...value }, seconds);

/** @returns {Promise<ClassState>} */
export const state = () => ask("state");

/**
 * @param {{key: string, label: number, strokes: number[][][]}} digit may be given again when no answer has come: by its
 *   key, an id of its own, it is kept once
 * @returns {Promise<ClassGiven>}
 */
export const give = (digit) => ask("digit", { name: writer.name, group: writer.group, ...digit });

/** @param {?number} of the number of a writer of whom all digits are wanted @returns {Promise<ClassReading>} */
export const reading = (of) => ask("reading", { of }, 30);

/**
 * Some digits, or everything of this device, or of everyone.
 * @param {{numbers?: number[], everything?: boolean}} which
 * @returns {Promise<ClassRemoved>}
 */
export const remove = (which) => ask("remove", which);

/** @param {string} pin */
export const enter = (pin) => ask("pin", { pin });

export const train = () => ask("train");

/** @returns {Promise<ClassComparison>} */
export const comparison = () => json("class/comparison", {}, 30);

/** @param {boolean} taught whether the class's network is to answer */
export const answerWith = (taught) => ask("network", { taught });

/** @param {string} kind @returns {Promise<{name: string, blob: Blob}>} */
export const exported = (kind) => downloaded(`class/export/${kind}`);

/** @param {Blob} file @returns {Promise<ClassBrought>} */
export const bringIn = (file) =>
  json("class/import", { method: "POST", headers: { "Content-Type": "application/json" }, body: file }, 60);
