// Picture files from the visitor: chosen, pasted, or dropped anywhere on the page.

import { drawing } from "./pad.js";
import { recognizePicture, ServiceError } from "./service.js";

const LARGEST = 20e6; // bytes of a picture
const LONGEST = 2000; // pixels of a side, when the browser has to write it anew
const SERVERS = ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp", "image/tiff"]; // that it decodes

/**
 * Take a picture in place of the strokes.
 * @param {Blob} file
 * @throws {ServiceError} when it is too large, or neither browser nor server can read it
 */
export async function take(file) {
  if (file.size > LARGEST) throw new ServiceError({ key: "page.large", values: {} });
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await image.decode().catch(() => {});
  URL.revokeObjectURL(image.src);
  const shown = image.width ? image : null;
  if (!shown) await recognizePicture(file); // the server may still read it, or says why not
  drawing.show(shown && !SERVERS.includes(file.type) ? await decoded(shown) : file, shown);
}

// AVIF, SVG, HEIC, ICO and whatever else the browser can show, as PNG.
async function decoded(image) {
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done));
}

/** Call `listener` with every file that is pasted or dropped. @param {(file: Blob) => void} listener */
export function onFile(listener) {
  const first = (transfer) => [...(transfer?.files ?? [])].find(({ type }) => !type || type.startsWith("image/"));
  document.addEventListener("paste", (event) => {
    const file = first(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    listener(file);
  });
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const file = first(event.dataTransfer);
    if (file) listener(file);
  });
}
