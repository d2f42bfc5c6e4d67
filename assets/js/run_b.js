// The run that the visitor compares the present network with: B. Its card chooses it, other tabs ask for it.

/** @typedef {import("./service.js").Run} Run */

const listeners = new Set();
let chosen = null;

/** @returns {?Run} */
export const runB = () => chosen;

/** @param {?Run} run */
export function chooseRun(run) {
  if (run?.id === chosen?.id) return;
  chosen = run;
  for (const listener of listeners) listener(chosen);
}

/** Call `listener` now and whenever another one is chosen. @param {(run: ?Run) => void} listener */
export function onRun(listener) {
  listeners.add(listener);
  listener(chosen);
}
