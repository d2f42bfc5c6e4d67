// Presentation: pad, digit and bars fill the screen, to be read from the last row.

import { text } from "./i18n.js";
import { onKeys } from "./keyboard.js";

/** @param {HTMLElement} element of the Draw tab @param {HTMLButtonElement} button that begins and ends it */
export function presentation(element, button) {
  const presenting = () => element.classList.contains("presenting");
  let full = false; // the browser fills the screen
  let leaving = false; // and was asked to end that: it tells of both later than it does them

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
    if (leaving) return;
    leaving = true;
    document.exitFullscreen().catch(() => (leaving = false)); // it has ended by itself
  }

  function name() {
    const words = text(presenting() ? "present.leave" : "present.start");
    button.title = `${words} (${presenting() ? "Esc" : "P"})`; // its name, too
  }

  button.addEventListener("click", () => show(!presenting()));
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement) {
      full = true;
      if (!presenting()) leave(); // ended before it had begun
      return;
    }
    const ended = full && !leaving; // by the browser's own means
    full = leaving = false;
    if (ended) show(false);
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
