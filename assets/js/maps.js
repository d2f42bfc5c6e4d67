// A layer's maps on one canvas, and the chosen one larger beside it, with the kernel that made it.

import { language, number, text, write } from "./i18n.js";
import { colour, mixed, paint, signedShades } from "./paint.js";
import { products } from "./products.js";

const GAP = 2;

/** Shades of a layer's output, 0..most: from the card's colour to the accent. @param {number} most */
export function shades(most) {
  const [from, to] = [colour("low"), colour("high")];
  const table = Array.from({ length: 256 }, (_, i) => mixed(from, to, i / 255));
  const scale = most > 0 ? 255 / most : 0;
  return (value) => table[Math.min(Math.max(Math.round(value * scale), 0), 255)];
}

/** @param {Float32Array} values of which none is below zero */
function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i] > most) most = values[i];
  return most;
}

/** The map that a group of layers shows: `over` while the mouse is on it, else `pinned`, by click or key. */
export const choice = () => ({ pinned: -1, over: null, chosen: false });

/**
 * @param {HTMLElement} section the layer's card
 * @param {ReturnType<typeof choice>} chosen shared with the pooling after a convolution: its map is the same, smaller
 * @param {() => void} redraw draws all that share the choice
 */
export function maps(section, chosen, redraw) {
  const canvas = section.querySelector(".sheet");
  const frame = section.querySelector(".frame");
  const count = Number(canvas.getAttribute("aria-valuemax"));
  const map = section.querySelector(".map");
  const kernel = section.querySelector(".kernel canvas");
  const caption = section.querySelector(".caption");
  const side = Number(canvas.dataset.side);
  const detail = section.querySelector(".products") && products(section);
  let values = null; // (side, side, count)
  let layer = null; // of the network that made them
  let image = null;
  let most = 0;
  let columns = 8;
  let weighed = []; // what the kernel was drawn for

  const index = () => chosen.over ?? chosen.pinned;

  function part(i) {
    const one = new Float32Array(side * side);
    for (let at = 0; at < one.length; at += 1) one[at] = values[at * count + i];
    return one;
  }

  // Until somebody chooses: the map that shows most, by the variance of its values.
  function telling() {
    const [sums, squares] = [new Float64Array(count), new Float64Array(count)];
    for (let at = 0; at < values.length; at += 1) {
      sums[at % count] += values[at];
      squares[at % count] += values[at] ** 2;
    }
    const variances = squares.map((square, i) => square - sums[i] ** 2 / (side * side));
    return variances.indexOf(Math.max(...variances));
  }

  function show(network, reading) {
    layer = network.layers.find(({ name }) => name === section.dataset.layer);
    values = reading.activations[layer.name];
    image = reading.image;
    most = largest(values);
    if (kernel && !chosen.chosen) chosen.pinned = telling();
    draw();
  }

  // How many maps are in a row, so that a sheet is about as tall as what stands beside it.
  function across() {
    if (canvas.clientWidth < 360 || side > 20) return 8;
    if (!matchMedia("(min-width: 761px)").matches) return 16;
    return kernel ? 8 : count > 32 ? 16 : 11;
  }

  function draw() {
    const step = side + GAP;
    const [width, height] = [columns * step + GAP, Math.ceil(count / columns) * step + GAP];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    frame.hidden = !values;
    if (!values) return; // the place is kept, so that nothing moves when the first answer comes
    const shade = shades(most);
    canvas.getContext("2d").clearRect(0, 0, width, height);
    for (let i = 0; i < count; i += 1) {
      paint(canvas, part(i), side, side, shade, GAP + (i % columns) * step, GAP + Math.floor(i / columns) * step);
    }
    const i = index();
    frame.style.left = `${(100 * (i % columns) * step) / width}%`;
    frame.style.top = `${(100 * Math.floor(i / columns) * step) / height}%`;
    frame.style.width = `${(100 * (step + GAP)) / width}%`;
    frame.style.height = `${(100 * (step + GAP)) / height}%`;
    canvas.setAttribute("aria-valuenow", i + 1);
    canvas.setAttribute("aria-valuetext", text("network.map", { map: i + 1, maps: count }));
    const one = part(i);
    paint(map, one, side, side, shade);
    const peak = largest(one);
    write(caption, text(peak > 0 ? "network.map_most" : "network.map_dark",
      { map: i + 1, maps: count, most: number(peak, 2) }));
    const now = [layer, i, document.body.className, language];
    if (kernel && now.some((value, k) => value !== weighed[k])) weights(i);
    weighed = now;
    detail?.show(layer, image, one, i);
  }

  // A kernel over several maps has a square part for each of them.
  function weights(i) {
    const { kernel: all, size, filters } = layer;
    const inputs = all.length / (size * size * filters);
    const most = all.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    const across = Math.ceil(Math.sqrt(inputs));
    const gap = inputs > 1 ? 1 : 0;
    const step = size + gap;
    kernel.width = across * step - gap;
    kernel.height = Math.ceil(inputs / across) * step - gap;
    const signed = signedShades();
    for (let j = 0; j < inputs; j += 1) {
      const square = Array.from({ length: size * size }, (_, at) => all[(at * inputs + j) * filters + i]);
      const scaled = square.map((weight) => (127 * weight) / most);
      paint(kernel, scaled, size, size, signed, (j % across) * step, Math.floor(j / across) * step);
      if (inputs === 1) written(square, scaled.map(signed));
    }
  }

  // Whether black is easier to read on a colour than white: its luminance as the web's guidelines define it.
  function light(shade) {
    const [red, green, blue] = shade.map((value) => ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
  }

  // The numbers of a kernel, written on its colours.
  function written(square, colours) {
    const words = square.map((weight) => number(Math.round(weight * 100) / 100 || 0, 2)); // never -0
    const grid = section.querySelector(".weights");
    grid.style.gridTemplateColumns = `repeat(${layer.size}, 1fr)`;
    grid.replaceChildren(...words.map((word, j) => {
      const cell = document.createElement("span");
      cell.textContent = word;
      cell.style.color = light(colours[j]) ? "#000" : "#fff";
      return cell;
    }));
    kernel.setAttribute("aria-label", `${text("network.kernel")}: ${words.join(" ")}`);
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * Math.ceil(count / columns));
    return Math.min(Math.max(row * columns + column, 0), count - 1);
  }

  function hover(i) {
    if (!values || i === chosen.over) return;
    chosen.over = i;
    redraw();
  }

  function pin(i) {
    if (!values || i < 0 || i >= count) return;
    Object.assign(chosen, { pinned: i, over: null, chosen: true });
    redraw();
  }

  canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && hover(under(event)));
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("click", (event) => pin(under(event)));
  canvas.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const next =
      event.key in steps ? index() + steps[event.key]
      : event.key === "Home" ? 0
      : event.key === "End" ? count - 1
      : null;
    if (next === null) return;
    event.preventDefault();
    pin(next);
  });
  new ResizeObserver(() => {
    columns = across();
    draw();
  }).observe(canvas);
  return { show, draw, chosen };
}
