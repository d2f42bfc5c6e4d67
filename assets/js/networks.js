// The networks in the page: the newest one, and those of its learning that the visitor looks back at.

import { Network } from "./network.js";
import { Phase } from "./phase.js";
import { onStatus, status, weights } from "./service.js";

const PAUSE = 2000; // ms between two networks of a training that goes on
const AGAIN = 3000; // ms until weights that did not come are asked for again

/** @typedef {{network: Network, version: string, at: number}} Learned a network after `at` epochs, 0: untrained */

const loaded = new Map(); // version -> Promise<Network>
const listeners = new Set();
let newest = null;
let chosen = null; // the moment that the visitor looks back at
let wanted = null; // its version, also while its weights are on their way
let fetched = -Infinity; // when the newest weights were asked for
let timer = 0;

/** The network that answers: of the chosen moment, or the newest; null while there is none. @returns {?Learned} */
export const answering = () => chosen ?? newest;

/** The version of the chosen moment; null: the newest network. @returns {?string} */
export const chosenVersion = () => wanted;

/** Call `listener` whenever another network answers. @param {() => void} listener */
export const onNetwork = (listener) => listeners.add(listener);

function tell() {
  for (const listener of listeners) listener();
}

/** @param {import("./service.js").Moment} moment @returns {Promise<Learned>} */
export async function load({ version, at }) {
  if (!loaded.has(version)) {
    const network = weights(version).then((values) => new Network(status.training.spec, values));
    loaded.set(version, network);
    network.catch(() => loaded.delete(version));
  }
  return { network: await loaded.get(version), version, at };
}

/** Let the network of a moment answer; null: the newest. @param {?import("./service.js").Moment} moment */
export async function choose(moment) {
  wanted = moment?.version ?? null;
  const learned = moment && (await load(moment));
  if (wanted !== (moment?.version ?? null)) return; // another one was chosen meanwhile
  chosen = learned;
  tell();
}

async function renew() {
  clearTimeout(timer);
  const version = status.model_version || status.moments[0].version;
  if (version === newest?.version) return;
  const wait = status.phase === Phase.TRAINING && newest?.at ? fetched + PAUSE - performance.now() : 0;
  if (wait > 0) {
    timer = setTimeout(renew, wait);
    return;
  }
  fetched = performance.now();
  try {
    newest = await load({ version, at: status.answering_epoch });
  } catch {
    timer = setTimeout(renew, AGAIN);
    return;
  }
  if (wanted && !status.moments.some((moment) => moment.version === wanted)) wanted = chosen = null;
  const kept = new Set([version, ...status.moments.map((moment) => moment.version)]);
  for (const old of loaded.keys()) if (!kept.has(old)) loaded.delete(old);
  tell();
  if (status.model_version && status.model_version !== version) renew(); // it has gone on meanwhile
}

onStatus(renew);
