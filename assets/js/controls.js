// What the page's buttons and fields share.

import { number, text } from "./i18n.js";

const SURE = 4000; // ms in which a second press counts

let glossary = null; // the one explanation that is open

/** A number field that says in the page's language, not the browser's, what it takes. @param {HTMLInputElement} input */
export function bounded(input) {
  input.addEventListener("invalid", () => {
    input.setCustomValidity(text("page.range", { least: number(Number(input.min)), most: number(Number(input.max)) }));
  });
  for (const kind of ["input", "click"]) input.form.addEventListener(kind, () => input.setCustomValidity(""));
}

/**
 * A button that acts when it is pressed again within four seconds; the first time it asks.
 * @param {HTMLButtonElement} button
 * @param {() => string} question
 * @param {() => void} act
 */
export function twice(button, question, act) {
  let before = null; // what it said
  let asked = ""; // what it says instead
  let timer = null;
  const said = () => [button.textContent, button.getAttribute("aria-label")];
  const say = ([words, label]) => {
    button.textContent = words;
    if (label !== null) button.setAttribute("aria-label", label);
  };
  const rest = () => {
    clearTimeout(timer);
    if (button.textContent === asked) say(before); // and is not in another language by now
    before = null;
  };
  button.addEventListener("click", () => {
    if (before) {
      rest();
      act();
      return;
    }
    before = said();
    asked = question();
    say([asked, before[1] === null ? null : asked]);
    timer = setTimeout(rest, SURE);
  });
}

/**
 * One stop for the tab key in a group of buttons; the arrow keys move inside it.
 * @param {Element} group
 * @returns {() => void} to be called when the buttons have changed
 */
export function rove(group) {
  const all = () => [...group.querySelectorAll("button")];
  group.addEventListener("keydown", (event) => {
    const buttons = all();
    const here = buttons.indexOf(event.target);
    if (here < 0) return;
    const box = event.target.getBoundingClientRect();
    const inRow = (y) => buttons.filter((b) => Math.abs(b.getBoundingClientRect().y - y) < 2);
    const away = (button) => Math.abs(button.getBoundingClientRect().x - box.x);
    const nearest = (list) => list.toSorted((a, b) => away(a) - away(b))[0];
    const rows = [...new Set(buttons.map((b) => Math.round(b.getBoundingClientRect().y)))].sort((a, b) => a - b);
    const row = rows.findIndex((y) => Math.abs(y - box.y) < 2);
    const next =
      event.key === "ArrowRight" ? buttons[here + 1]
      : event.key === "ArrowLeft" ? buttons[here - 1]
      : event.key === "ArrowDown" ? nearest(inRow(rows[row + 1]))
      : event.key === "ArrowUp" ? nearest(inRow(rows[row - 1]))
      : event.key === "Home" ? buttons[0]
      : event.key === "End" ? buttons.at(-1)
      : undefined;
    if (!next) return;
    event.preventDefault();
    buttons.forEach((button) => (button.tabIndex = -1));
    next.tabIndex = 0;
    next.focus();
  });
  return () => all().forEach((button, i) => (button.tabIndex = i ? -1 : 0));
}

/** Hand the visitor a file that is in the browser already. @param {string} name @param {Blob} blob */
export function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // some browsers read it only after a question
}

/** Put a picture into the clipboard -> whether the browser let us. @param {Promise<Blob>} png */
export async function copied(png) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
    return true;
  } catch {
    return false;
  }
}

/** A time in words. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? text("training.seconds", { n: whole })
    : text("training.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
}

/** Let every [data-term] button below an element open what the glossary says of its term. @param {Element} root */
export function explain(root) {
  for (const button of root.querySelectorAll("[data-term]")) {
    button.textContent = "?";
    button.type = "button";
    button.setAttribute("aria-label", text("glossary.what", { term: text(`term.${button.dataset.term}`) }));
    button.onclick = () => open(button);
    const heading = button.closest("h2, h3");
    if (heading) heading.ariaLabel = heading.firstElementChild.textContent; // without the button's name
  }
}

function open(button) {
  glossary?.remove();
  glossary = document.createElement("div");
  glossary.className = "demo started glossary";
  glossary.popover = "auto"; // closed by Escape, or a click elsewhere
  glossary.role = "dialog";
  glossary.tabIndex = -1;
  const [term, meaning] = [document.createElement("strong"), document.createElement("p")];
  term.textContent = text(`term.${button.dataset.term}`);
  meaning.textContent = text(`glossary.${button.dataset.term}`);
  glossary.ariaLabel = `${term.textContent}: ${meaning.textContent}`;
  glossary.append(term, meaning);
  glossary.addEventListener("toggle", ({ newState }) => newState === "closed" && button.focus({ preventScroll: true }));
  button.after(glossary);
  glossary.showPopover();
  glossary.focus({ preventScroll: true }); // so that it is read
  const [at, box] = [button.getBoundingClientRect(), glossary.getBoundingClientRect()];
  glossary.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  glossary.style.top = `${at.bottom + 8 + box.height < innerHeight ? at.bottom + 8 : Math.max(8, at.top - box.height - 8)}px`;
}
