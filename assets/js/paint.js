// Pixels on canvases, in the stylesheet's colours.

/** base64 -> bytes. @param {string} base64 @returns {Uint8Array} */
export const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** An image's ink from 0 to 255. @param {Float32Array} image 0 paper to 1 ink @returns {Uint8Array} */
export const pixels = (image) => Uint8Array.from(image, (ink) => Math.round(255 * ink));

/**
 * Values row by row as pixels of a canvas.
 * @param {ArrayLike<number>} values width × height of them
 * @param {(value: number) => number[]} shade [red, green, blue] of a value, 0..255 each
 */
export function paint(canvas, values, width, height, shade, left = 0, top = 0) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  const { data } = image;
  for (let i = 0; i < width * height; i += 1) {
    const rgb = shade(values[i]);
    data[4 * i] = rgb[0];
    data[4 * i + 1] = rgb[1];
    data[4 * i + 2] = rgb[2];
    data[4 * i + 3] = 255;
  }
  pen.putImageData(image, left, top);
}

const colours = new Map(); // by theme and name: each question to the stylesheet can cost a layout

/** A colour of the stylesheet, "#rrggbb", as [red, green, blue]. @param {string} name without the dashes */
export function colour(name) {
  const key = `${document.body.className} ${name}`;
  if (!colours.has(key)) {
    const hex = getComputedStyle(document.body).getPropertyValue(`--${name}`).trim().slice(1);
    if (!hex) return [0, 0, 0]; // the stylesheet is still to come
    colours.set(key, [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  }
  return colours.get(key);
}

/** The colour between two, share 0..1. */
export const mixed = (from, to, share) => from.map((value, i) => Math.round(value + (to[i] - value) * share));

const GREYS = Array.from({ length: 256 }, (_, ink) => [ink, ink, ink]);

/** Light ink on black, as the network sees it. @param {number} ink a whole number, 0..255 */
export const grey = (ink) => GREYS[ink];

const LIFT = 0.7; // the power that lifts small weights out of the ground's colour

/** Shades of numbers from -127 to 127: one colour for plus, one for minus. @returns {(value: number) => number[]} */
export function signedShades() {
  const [low, plus, minus] = [colour("low"), colour("plus"), colour("minus")];
  return (value) => mixed(low, value < 0 ? minus : plus, (Math.abs(value) / 127) ** LIFT);
}

/** Call `listener` when the page becomes light or dark, or goes to paper. @param {() => void} listener */
export function onTheme(listener) {
  matchMedia("print").addEventListener("change", listener);
  new MutationObserver(listener).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

/** A button with a 28×28 picture, dark on light, and words under it. @param {Uint8Array} pixels */
export function tile(pixels, label, caption) {
  const [button, canvas, words] = ["button", "canvas", "span"].map((name) => document.createElement(name));
  button.className = "tile";
  canvas.width = canvas.height = 28;
  paint(canvas, pixels, 28, 28, (ink) => grey(255 - ink));
  button.setAttribute("aria-label", label);
  words.textContent = caption;
  button.append(canvas, words);
  return button;
}
