// What the page's buttons and fields share.

import { number, text } from "./i18n.js";

/** A number field that says in the page's language, not the browser's, what it takes. @param {HTMLInputElement} input */
export function bounded(input) {
  input.addEventListener("invalid", () => {
    input.setCustomValidity(text("page.range", { least: number(Number(input.min)), most: number(Number(input.max)) }));
  });
  for (const kind of ["input", "click"]) input.form.addEventListener(kind, () => input.setCustomValidity(""));
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
