// One cell of the first convolution, written out: the kernel's numbers times the pixels under it, their sum, and ReLU.

import { number, text } from "./i18n.js";
import { SIDE } from "./strokes.js";

const two = (value) => number(Math.round(value * 100) / 100 || 0, 2); // never -0

/** @param {HTMLElement} section the layer's card */
export function products(section) {
  const map = section.querySelector(".map");
  const box = section.querySelector(".products");
  const frames = [section.querySelector(".cell"), section.closest(".network").querySelector(".seen .cell")];
  let [layer, image, values, index] = [null, null, null, 0];
  let pinned = null; // the cell's number, row by row; null: the brightest
  let over = null; // while the mouse is on it

  const side = () => Math.sqrt(values.length);
  const cell = () => over ?? pinned ?? values.indexOf(Math.max(...values));

  function show(...shown) {
    [layer, image, values, index] = shown;
    draw();
  }

  function draw() {
    if (!values) return;
    const { kernel, bias, size, filters } = layer;
    const at = cell();
    const [row, column] = [Math.floor(at / side()), at % side()];
    const terms = Array.from({ length: size * size }, (_, i) => {
      const pixel = image[(row + Math.floor(i / size)) * SIDE + column + (i % size)];
      return [pixel, kernel[i * filters + index]];
    });
    const sum = terms.reduce((total, [pixel, weight]) => total + pixel * weight, 0);
    const grid = document.createElement("div");
    grid.className = "terms";
    grid.style.gridTemplateColumns = `repeat(${size}, minmax(0, 1fr))`;
    grid.append(...terms.map(([pixel, weight]) => {
      const term = document.createElement("span");
      term.textContent = `${two(pixel)} × ${two(weight)}`;
      term.classList.toggle("none", pixel === 0);
      const product = document.createElement("b");
      product.textContent = two(pixel * weight);
      term.append(product);
      return term;
    }));
    const total = document.createElement("p");
    const values_ = { row: row + 1, column: column + 1, sum: two(sum), bias: two(bias[index]), result: two(values[at]) };
    total.textContent = text("network.sum", values_);
    box.replaceChildren(grid, total);
    map.setAttribute("aria-valuenow", at + 1);
    map.setAttribute("aria-valuetext", total.textContent);
    place(frames[0], row, column, 1, side());
    place(frames[1], row, column, size, SIDE);
  }

  function place(frame, row, column, size, of) {
    frame.hidden = false;
    frame.style.left = `${(100 * column) / of}%`;
    frame.style.top = `${(100 * row) / of}%`;
    frame.style.width = frame.style.height = `${(100 * size) / of}%`;
  }

  function under(event) {
    const area = map.getBoundingClientRect();
    const along = (start, length) => Math.min(Math.max(Math.floor((start / length) * side()), 0), side() - 1);
    return along(event.clientY - area.top, area.height) * side() + along(event.clientX - area.left, area.width);
  }

  const hover = (at) => {
    if (!values || at === over) return;
    over = at;
    draw();
  };
  const pin = (at) => {
    if (!values || at < 0 || at >= values.length) return;
    [pinned, over] = [at, null];
    draw();
  };

  map.addEventListener("pointermove", (event) => event.pointerType === "mouse" && values && hover(under(event)));
  map.addEventListener("pointerleave", () => hover(null));
  map.addEventListener("click", (event) => values && pin(under(event)));
  map.addEventListener("keydown", (event) => {
    if (!values) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: side(), ArrowUp: -side() };
    if (!(event.key in steps)) return;
    event.preventDefault();
    pin(cell() + steps[event.key]);
  });
  return { show };
}
