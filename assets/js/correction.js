// "It was a 4": what the visitor says of an answer is learned in the page, at once, and leaves it never.

import { onLanguage, text, write } from "./i18n.js";
import { answering, chosenVersion, onNetwork } from "./networks.js";
import { memory, onReading, readAgain } from "./reading.js";

/** Fill an element with the question whether the answer is right. @param {HTMLElement} host */
export function correction(host) {
  const make = (name, className, parent) => {
    const node = document.createElement(name);
    node.className = className;
    parent.append(node);
    return node;
  };
  const question = make("div", "question", host);
  const words = make("span", "quiet", question);
  const right = make("button", "button", question);
  const wrong = make("button", "button", question);
  const digits = make("div", "choices", host);
  const adapted = make("p", "quiet adapted", host);
  const told = make("span", "", adapted);
  const reset = make("button", "link", adapted);
  let reading = null;

  digits.hidden = true;
  digits.setAttribute("role", "group");
  for (let digit = 0; digit < 10; digit += 1) {
    const button = make("button", "button", digits);
    button.textContent = digit;
    button.addEventListener("click", () => teach(digit));
  }

  function teach(digit) {
    memory.teach(answering().network, reading.image, digit);
    readAgain();
    wrong.focus({ preventScroll: true });
  }

  function show() {
    // an earlier network of its learning is shown as it was
    const askable = Boolean(reading?.activations) && !reading.early && !chosenVersion();
    question.hidden = !askable;
    if (!askable) close();
    adapted.hidden = !memory.size || Boolean(chosenVersion());
    // where it names no one digit, there is nothing to say yes to
    right.hidden = reading?.confidence < Number(host.closest("#answer").dataset.unsure);
    write(words, text(right.hidden ? "correct.what" : "correct.ask"));
    write(wrong, text(right.hidden ? "correct.was" : "correct.wrong"));
    digits.setAttribute("aria-label", wrong.textContent);
    write(told, text("correct.adapted", { count: memory.size }));
  }

  function name() {
    right.textContent = text("correct.right");
    reset.textContent = text("correct.reset");
    show();
  }

  function close() {
    digits.hidden = true;
    wrong.setAttribute("aria-expanded", "false");
  }

  right.addEventListener("click", () => {
    close();
    teach(reading.digit);
  });
  wrong.addEventListener("click", () => {
    digits.hidden = !digits.hidden;
    wrong.setAttribute("aria-expanded", !digits.hidden);
  });
  reset.addEventListener("click", () => {
    memory.forget();
    readAgain();
  });
  onReading((next) => {
    if (next?.image !== reading?.image) close();
    reading = next;
    show();
  });
  onNetwork(show);
  onLanguage(name);
}
