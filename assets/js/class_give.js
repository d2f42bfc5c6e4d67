// In the Draw tab: what is drawn, given to the class with the digit that it was meant to be.

import { give, random } from "./class_service.js";
import { onLanguage, text, translate } from "./i18n.js";
import { drawing } from "./pad.js";
import { failure } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const form = element.querySelector("form");
  const reply = form.querySelector(".reply");
  const label = form.querySelector("select");
  const button = form.querySelector("button");
  let key = random(); // until it is another digit

  onLanguage(() => translate(element));

  drawing.onChange(() => {
    form.hidden = drawing.blank || Boolean(drawing.picture);
    if (form.hidden) label.value = ""; // which digit the next one is has to be said anew
    ready();
    reply.textContent = "";
    key = random();
  });
  label.addEventListener("change", () => {
    key = random();
    ready();
  });

  function ready() {
    button.disabled = !label.value;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await give({ key, label: Number(label.value), strokes: drawing.strokes });
      reply.textContent = text("class.given", { digit: label.value });
    } catch (error) {
      reply.textContent = failure(error);
    }
    ready();
  });
}
