// In the single file nobody is asked: the network and its learning lie in it, and there are no pictures to be read.

import { given } from "./files.js";
import { text } from "./i18n.js";
import { fromFloat16 } from "./network.js";
import { bytes } from "./paint.js";

export const status = given.status;

/** Call `listener` with the status, which never changes. */
export const onStatus = (listener) => listener(status);

export class ServiceError extends Error {
  constructor(sentence) {
    super(sentence.key);
    this.sentence = sentence;
  }
}

export const failure = (error) => text(error.sentence);
export const answering = ({ answering_epoch: epoch, epochs }) => text("state.epoch", { epoch, epochs });

/** The weights of the network of that version; those of earlier moments in 63 steps. @returns {Promise<Float32Array>} */
export async function weights(version) {
  const { packed, steps } = given.weights[version];
  const stream = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const content = await new Response(stream).arrayBuffer();
  if (!steps) return fromFloat16(content);
  const values = Float32Array.from(new Int8Array(content));
  let at = 0;
  for (const [count, step] of steps) for (const end = at + count; at < end; at += 1) values[at] *= step;
  return values;
}

async function nobody() {
  throw new ServiceError({ key: "alone.pictures", values: {} });
}
export const recognize = nobody;
export const recognizePicture = nobody;
export const testImage = nobody;
export const evaluation = nobody;
export const why = nobody;
