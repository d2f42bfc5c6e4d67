// What the network reads rightly and wrongly: who is taken for whom, and the images themselves.

import { openTab } from "./address.js";
import { rove } from "./controls.js";
import { number, onLanguage, percent, text, translate } from "./i18n.js";
import { bytes, tile } from "./paint.js";
import * as service from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const parts = element.querySelector(".matrix-and-cell");
  const wait = element.querySelector(".wait");
  const trouble = element.querySelector(".trouble");
  const matrix = element.querySelector("#confusion");
  const gallery = element.querySelector(".gallery");
  const galleryTitle = element.querySelector(".gallery-title");
  const back = element.querySelector(".back");
  let pressed = null; // the cell whose images are shown
  const firstCell = rove(matrix);
  const firstImage = rove(gallery);
  let found = null; // what the server said of the network that answers
  let version = ""; // of that network

  onLanguage(() => {
    translate(element);
    if (found) show();
  });

  service.onStatus(load);

  async function load(status) {
    wait.hidden = status.evaluated;
    parts.classList.toggle("waiting", !status.evaluated);
    if (!status.evaluated || version === status.model_version) return;
    version = status.model_version;
    try {
      found = await service.evaluation();
    } catch {
      version = "";
      setTimeout(() => load(service.status), 3000);
      return;
    }
    show();
  }

  function show() {
    table();
    mistakes();
  }

  function table() {
    const head = document.createElement("tr");
    head.append(corner(), ...found.confusion.map((_, digit) => heading(digit, "col")), heading(text("evaluation.right"), "col"));
    const body = found.confusion.map((row, label) => {
      const line = document.createElement("tr");
      const total = row.reduce((a, b) => a + b, 0);
      line.append(heading(label, "row"), ...row.map((count, answer) => cell(count, total, label, answer)));
      const share = document.createElement("td");
      share.className = "share";
      share.textContent = total ? percent(row[label] / total) : "–";
      line.append(share);
      return line;
    });
    const parts = ["thead", "tbody"].map((name) => document.createElement(name));
    parts[0].append(head);
    parts[1].append(...body);
    const caption = document.createElement("caption");
    caption.textContent = text("evaluation.axes");
    matrix.replaceChildren(caption, ...parts);
    firstCell();
  }

  function corner() {
    const node = document.createElement("td");
    node.className = "corner";
    return node;
  }

  function heading(words, scope) {
    const node = document.createElement("th");
    node.scope = scope;
    node.textContent = words;
    return node;
  }

  function cell(count, total, label, answer) {
    const node = document.createElement("td");
    if (!count) {
      node.className = "zero";
      node.textContent = "·";
      return node;
    }
    const button = document.createElement("button");
    button.textContent = count; // four digits have to fit a phone, so no separator
    button.className = label === answer ? "right" : "wrong";
    // wrong answers are few among thousands: their shade goes with the logarithm
    button.style.setProperty("--share", label === answer ? count / total : Math.min(1, 0.25 + Math.log2(count) / 6));
    button.setAttribute("aria-label", words(count, label, answer));
    button.addEventListener("click", () => cellImages(button, label, answer, count));
    node.append(button);
    return node;
  }

  const words = (count, label, answer) => text("evaluation.cell", { count: number(count), label, answer });

  function press(button) {
    pressed?.setAttribute("aria-pressed", "false");
    pressed = button;
    pressed?.setAttribute("aria-pressed", "true");
  }

  async function cellImages(button, label, answer, count) {
    trouble.hidden = true;
    let cell;
    try {
      cell = await service.cell(label, answer);
    } catch (error) {
      trouble.textContent = service.failure(error);
      trouble.hidden = false;
      return;
    }
    press(button);
    images(cell.images, words(count, label, answer));
    back.hidden = false;
  }

  function mistakes() {
    back.hidden = true;
    press(null);
    images(found.mistakes, text(found.mistakes.length ? "evaluation.mistakes" : "evaluation.none"));
  }
  back.addEventListener("click", () => {
    mistakes();
    gallery.querySelector("button")?.focus({ preventScroll: true }); // the button that had it is gone
  });

  function images(some, title) {
    galleryTitle.textContent = title;
    gallery.replaceChildren(...some.map(({ number: which, label, answer, confidence, pixels }) => {
      const values = { number: number(which), label, answer, confidence: percent(confidence) };
      const caption = label === answer ? values.confidence : `${label} → ${answer}\n${values.confidence}`;
      const button = tile(bytes(pixels), text("evaluation.image", values), caption);
      button.querySelector("canvas").title = text("evaluation.image", values);
      button.addEventListener("click", () => openTab("how-it-works", `test/${which}`));
      return button;
    }));
    firstImage();
  }
}
