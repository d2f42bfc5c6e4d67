// The one place that talks to the server: its routes under /demo. What they answer is described in `web/schemas.py`.

import { onLanguage, percent, text } from "./i18n.js";
import { fromFloat16 } from "./network.js";
import { Phase } from "./phase.js";

/** @typedef {{key: string, values: Object<string, any>}} Sentence */
/** @typedef {{error: string, detail: string, sentence: Sentence}} Failure */
/** @typedef {{epoch: number, test_accuracy: number, kernels: string}} Epoch */
/** @typedef {{at: number, accuracy: number, loss: number, test_accuracy: number, test_loss: number}} EvalPoint */
/** @typedef {{at: number, test_accuracy: ?number, version: string}} Moment */
/** @typedef {{images: string, labels: number[]}} Samples */
/** @typedef {{spec: import("./network.js").Layer[], learning_rates: number[], samples: ?Samples}} Training */
/**
 * @typedef {{run: string, version: number, phase: string, message: Sentence, notices: Sentence[], source: ?Sentence,
 *   epochs: number, progress: number, seconds_left: ?number, test_accuracy: ?number, device: string,
 *   parameters: number, seconds: ?number, answering_epoch: number, model_version: string, evaluated: boolean,
 *   test_images: number, can_fetch: boolean, may_train: boolean, runs_version: number, run_training: boolean,
 *   usual_epochs: number, earlier_accuracy: ?number, data: string, training_number: number, training: ?Training,
 *   moments_number: number, moments: Moment[], history: Epoch[], eval_points: EvalPoint[]}} Status
 */
/**
 * @typedef {{pixels: ?string, waiting: boolean, digit: ?number, confidence: number, probabilities: number[]}} Answer
 */
/** @typedef {{pixels: string, label: number}} Alike */
/** @typedef {{digit: number, lost: string, most: number, images: number, alike: Alike[]}} Why */
/** @typedef {{number: number, label: number, pixels: string}} TestPicture */
/** @typedef {{number: number, label: number, answer: number, confidence: number, pixels: string}} TestImage */
/** @typedef {{confusion: number[][], mistakes: TestImage[]}} Evaluation */
/** @typedef {{images: TestImage[]}} Cell */

/**
 * @typedef {{id: string, name: string, recipe: string, images: ?number, epochs: number, generated: number,
 *   augmented: boolean, batch: number, max_lr: number, averaged: boolean, device: string, accuracy: number,
 *   test_accuracy: number, seconds: number[], eval_points: EvalPoint[], version: string, moments: Moment[]}} Run
 */
/** @typedef {{name: string, progress: number, seconds_left: ?number, eval_points: EvalPoint[]}} RunTraining */
/** @typedef {{present: Run, runs: Run[], training: ?RunTraining, failure: ?Sentence}} Runs */
/** @typedef {{number: number, label: number, present: number, run: number, pixels: string}} RunImage */
/**
 * @typedef {{present: number[][], run: number[][], counts: number[], only_present: RunImage[], only_run: RunImage[]
 *   }} RunComparison
 */

/** What the program is doing. */

const ROUTES = new URL("../../", import.meta.url); // this file is /demo/static/<hash>/service.js

/** A question without an answer: `sentence` is the server's, or null when it can't be reached. */
export class ServiceError extends Error {
  /** @param {?Sentence} sentence */
  constructor(sentence) {
    super(sentence?.key ?? "no answer");
    this.sentence = sentence;
  }
}

const connectionListeners = new Set();
let reached = true; // at the last attempt

/** Call `listener` now and whenever the server can be reached again or no longer. */
export function onConnection(listener) {
  connectionListeners.add(listener);
  listener(reached);
}

function connected(now) {
  if (now === reached) return;
  reached = now;
  for (const listener of connectionListeners) listener(reached);
}

/** One line that says what went wrong. @param {ServiceError} error */
export const failure = (error) => text(error.sentence ?? "page.offline");

async function ask(path, options = {}, seconds = 10) {
  let reply, body;
  try {
    reply = await fetch(new URL(path, ROUTES), { signal: AbortSignal.timeout(1000 * seconds), ...options });
    body = await reply.blob();
  } catch {
    connected(false);
    throw new ServiceError(null);
  }
  connected(true);
  if (reply.ok) return { reply, body };
  const said = await body.text().then(JSON.parse).catch(() => null);
  throw new ServiceError(said?.sentence ?? null); // a proxy's own page says nothing that would help
}

/** The answer to a question at a route of ours; null if it has none. Raises `ServiceError`. */
export async function json(path, options, seconds) {
  const { reply, body } = await ask(path, options, seconds);
  return reply.status === 204 ? null : JSON.parse(await body.text());
}

/** The same for one that sends something. */
export function post(path, value, seconds) {
  const headers = { "Content-Type": "application/json" };
  return json(path, { method: "POST", headers, body: JSON.stringify(value) }, seconds);
}

/** @param {{strokes: number[][][]} | {image: string}} drawing @returns {Promise<Answer>} */
export const recognize = (drawing) => post("recognize", drawing, 5);

/** The weights of the network of that version, one after the other. @returns {Promise<Float32Array>} */
export async function weights(version) {
  const { body } = await ask(`weights/${version}`, {}, 60);
  return fromFloat16(await body.arrayBuffer());
}

const images = new WeakMap(); // a picture's 28×28 pixels, so that it is sent once only

/** @param {Blob} picture @returns {Promise<Answer>} */
export async function recognizePicture(picture) {
  if (images.has(picture)) return recognize({ image: images.get(picture) });
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await json("picture", { method: "POST", headers, body: picture }, 30);
  if (answer.pixels) images.set(picture, answer.pixels);
  return answer;
}

/** @param {number} number @returns {Promise<TestPicture>} */
export const testImage = (number) => json(`test_image?number=${number}`);

/** Why the network reads a picture as it does. @param {string} image its pixels @returns {Promise<Why>} */
export const why = (image) => post("why", { image }, 60);

/** @returns {Promise<Evaluation>} */
export const evaluation = () => json("evaluation");

/** @param {number} label 0..9 @param {number} answer 0..9 @returns {Promise<Cell>} */
export const cell = (label, answer) => json(`cell?label=${label}&answer=${answer}`);

/** Train anew; epochs null: as many as usual. @param {{epochs: ?number, fetch: boolean}} asked */
export const retrain = (asked) => changed("retrain", asked);

/** The networks that can be compared. @returns {Promise<Runs>} */
export const runs = () => json("runs");

/** @param {string} id of a kept run @returns {Promise<RunComparison>} */
export const runComparison = (id) => json(`runs/${id}`);

/** Where the epochs of the present network and of a run are, as CSV. @param {string} id */
export const runTable = (id) => new URL(`runs/${id}/table`, ROUTES).href;

/**
 * Train another recipe beside the present network.
 * @param {{run: string, name: string, images: number, generated: boolean, augmented: boolean, epochs: number,
 *   rate: number}} asked `run` is what it is to be called
 */
export const trainBeside = (asked) => changed("runs/train", asked);

/** End the training of a run. */
export const stopBeside = () => changed("runs/stop", {});

/** @param {string} id of a kept run */
export const deleteRun = (id) => changed("runs/delete", { id });

async function changed(path, asked) {
  try {
    await post(path, asked);
  } finally {
    poll();
  }
}

/** Let the network from before the last training answer again, or the other way round. */
export async function goBack() {
  try {
    await post("earlier", {});
  } finally {
    poll();
  }
}

/** A file to take along. @param {string} kind @returns {Promise<{name: string, blob: Blob}>} */
export const exported = (kind) => downloaded(`export/${kind}`);

/** A file of one of our routes. @param {string} path @returns {Promise<{name: string, blob: Blob}>} */
export async function downloaded(path) {
  const { reply, body } = await ask(path, {}, 60);
  return { name: reply.headers.get("Content-Disposition").match(/filename="(.+)"/)[1], blob: body };
}

// the status: asked for in one place, told to all who listen, whole though only news travel

const FIRST = 200; // ms between polls in the seconds before a training's first network
const BUSY = 700; // while something moves
const IDLE = 20000; // and when nothing does: another visitor may have started a training
const AWAY = 3000; // while nobody looks, or the server can't be reached
const listeners = new Set();
let timer = 0;

/** The latest; null before the first. @type {?Status} */
export let status = null;

/** Call `listener` with the status now, if there is one, and whenever it has changed. */
export function onStatus(listener) {
  listeners.add(listener);
  if (status) listener(status);
}

function tell() {
  for (const listener of listeners) listener(status);
}
onLanguage(() => status && queueMicrotask(tell)); // once every part has heard of the language

function merged(news) {
  if (status?.run !== news.run) return news;
  const moments = news.moments ?? status.moments;
  if (status.training_number !== news.training_number) return { ...news, moments };
  const history = [...status.history, ...news.history];
  const eval_points = [...status.eval_points, ...news.eval_points];
  return { ...news, training: status.training, moments, history, eval_points };
}

function query() {
  if (!status) return "";
  const { run, version, training_number: training, moments_number: moments, history, eval_points } = status;
  const had = { run, version, training, moments, epochs: history.length, points: eval_points.length };
  return `?${new URLSearchParams(had)}`;
}

/** Ask for the status now, when something is known to have changed. */
export async function poll() {
  clearTimeout(timer);
  let wait = BUSY;
  try {
    const before = status;
    const news = await json(`status${query()}`);
    if (news && before === status) { // else another poll was quicker, and these are no news
      status = merged(news);
      tell();
    }
    if ([Phase.READY, Phase.FAILED].includes(status.phase) && !status.run_training) wait = IDLE;
    if (status.phase === Phase.TRAINING && !status.eval_points.length) wait = FIRST;
  } catch (error) {
    if (!(error instanceof ServiceError)) setTimeout(() => { throw error; }); // a listener's fault, not the server's
    wait = AWAY;
  }
  clearTimeout(timer);
  timer = setTimeout(poll, document.hidden ? Math.max(wait, AWAY) : wait);
}

document.addEventListener("visibilitychange", () => document.hidden || poll());
poll();

/** Which network answers: its epochs, or that it is an older one than the one in training. There has to be one. */
export function answering({ phase, progress, answering_epoch: at, epochs }) {
  const training = phase === Phase.TRAINING;
  const earlier = training && at > epochs * progress + 0.01; // which is rounded
  if (phase === Phase.LOADING || earlier) return text("state.before");
  return text(training ? "state.training" : "state.epoch", { epoch: Number(at.toFixed(2)), epochs, share: percent(at / epochs, 0) });
}
