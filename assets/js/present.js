// Presentation: pad, digit and bars fill the screen, to be read from the last row.

import { text } from "./i18n.js";
import { onKeys } from "./keyboard.js";

/** @param {HTMLElement} element of the Draw tab @param {HTMLButtonElement} button that begins and ends it */
export function presentation(element, button) {
  const presenting = () => element.classList.contains("presenting");
  let full = false; // the browser fills the screen, and was not asked to end that

  function show(on) {
    if (on === presenting()) return;
    element.classList.toggle("presenting", on);
    document.documentElement.classList.toggle("presentation", on);
    name();
    for (let node = element; node !== document.body; node = node.parentElement) {
      for (const other of node.parentElement.children) if (other !== node) other.inert = on; // it lies under the pad
    }
    if (on) document.documentElement.requestFullscreen?.().catch(() => {}); // refused in some frames: the window is filled
    else if (document.fullscreenElement) leave();
  }

  function leave() {
    full = false;
    document.exitFullscreen().catch(() => {}); // it has ended by itself
  }

  function name() {
    const words = text(presenting() ? "present.leave" : "present.start");
    button.title = `${words} (${presenting() ? "Esc" : "P"})`; // its name, too
  }

  button.addEventListener("click", () => show(!presenting()));
  document.addEventListener("fullscreenchange", () => {
    const ended = full && !document.fullscreenElement; // by the browser's own means
    full = Boolean(document.fullscreenElement);
    if (ended) show(false);
    else if (full && !presenting()) leave(); // ended before it had begun
  });
  // before all others, so that it does not clear the drawing too
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !presenting()) return;
    event.stopImmediatePropagation();
    show(false);
  }, { capture: true });
  onKeys(element, { p: () => show(!presenting()) });
  return name;
}
