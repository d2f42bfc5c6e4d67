// The first training images, the numbers that one of them consists of, and what MNIST is.

import { rove } from "./controls.js";
import { onLanguage, text, translate } from "./i18n.js";
import { bytes, tile } from "./paint.js";
import { onStatus } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const grid = element.querySelector(".samples");
  const numbers = element.querySelector(".numbers");
  const firstSample = rove(grid);
  let drawn = null; // what is shown

  onLanguage(() => {
    translate(element);
    drawn = null;
  });

  onStatus(({ training, data }) => {
    const about = element.querySelector(".about-mnist");
    about.hidden = !["mnist", "generated"].includes(data);
    about.textContent = text(data === "generated" ? "mnist.generated" : "mnist.what");
    if (drawn === training) return;
    drawn = training;
    samples(training.samples);
  });

  function samples(given) {
    numbers.hidden = true;
    if (!given) return grid.replaceChildren();
    const all = bytes(given.images);
    grid.replaceChildren(...given.labels.map((label, i) => {
      const pixels = all.subarray(i * 784, (i + 1) * 784);
      const button = tile(pixels, text("training.sample", { label }), label);
      button.addEventListener("click", () => look(button, pixels, label));
      return button;
    }));
    firstSample();
  }

  function look(button, pixels, label) {
    const open = button.getAttribute("aria-pressed") === "true";
    for (const other of grid.children) other.setAttribute("aria-pressed", other === button && !open);
    numbers.hidden = open;
    numbers.querySelector("h3").textContent = open ? "" : text("training.numbers", { label });
    const sheet = numbers.querySelector(".sheet");
    sheet.setAttribute("aria-label", text("training.numbers", { label }));
    sheet.replaceChildren(...[...pixels].map((ink) => {
      const cell = document.createElement("span");
      cell.textContent = ink;
      cell.style.background = `rgb(${255 - ink} ${255 - ink} ${255 - ink})`;
      cell.style.color = ink > 137 ? "#fff" : ink ? "#000" : "#767676"; // contrast of 4.5 everywhere
      return cell;
    }));
    const scroll = sheet.parentElement;
    scroll.scrollLeft = (scroll.scrollWidth - scroll.clientWidth) / 2; // the middle is where the ink is
  }
}
