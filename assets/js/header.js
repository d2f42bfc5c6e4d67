// Title, language switch, lasting remarks.

import "./address.js";
import { language, onLanguage, setLanguage, text, translate } from "./i18n.js";
import { onNetwork } from "./networks.js";
import { Phase } from "./phase.js";
import { idle } from "./reading.js";
import { failure, onConnection, onStatus, retrain } from "./service.js";

// what the tabs are made of that are not open at first
const LATER = ["training_tab", "evaluation", "samples", "train_again", "runs", "take", "network_tab", "class_tab"];
const RESTED = 2000; // ms after which a drawing goes on no more

/** @param {HTMLElement} element of the part */
export function start(element) {
  const notices = element.querySelector("#notices");
  const choice = element.querySelector("#language");

  choice.value = language;
  choice.addEventListener("change", () => setLanguage(choice.value));
  onLanguage(() => translate(element));
  // what comes above the pad moves it, so not under the pen nor between two strokes
  const offline = element.querySelector("#offline");
  let waiting = null;
  let drawn = -RESTED; // when a pen was last on a pad
  for (const kind of ["pointerdown", "pointermove", "pointerup"]) {
    addEventListener(kind, ({ target, buttons }) => {
      if (target.tagName === "CANVAS" && (buttons || kind === "pointerup")) drawn = performance.now();
    }, { passive: true });
  }
  onConnection((reached) => {
    clearInterval(waiting);
    const show = () => {
      if (performance.now() - drawn < RESTED) return;
      clearInterval(waiting);
      offline.hidden = reached;
    };
    waiting = setInterval(show, 200);
    show();
  });

  // before the server can be gone
  let asked = null;
  onNetwork(() => {
    asked ??= idle().then(() => LATER.forEach((module) => import(`./${module}.js`).catch(() => {})));
  });

  // Gradio draws the tabs' names and its footer itself, in the browser's language, and again whenever it likes.
  const names = { "tab-draw": "tab.draw", "tab-training": "tab.training", "tab-network": "tab.network", "tab-class": "tab.class" };
  function nameTabs() {
    for (const [id, key] of Object.entries(names)) say(document.getElementById(`${id}-button`), text(key));
    say(document.querySelector("footer .show-api"), text("page.api"));
    document.querySelector("footer")?.removeAttribute("aria-label");
    document.querySelector("footer .show-api img")?.setAttribute("alt", "");
  }

  function say(node, words) {
    const written = [...(node?.childNodes ?? [])].find((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (written && written.data.trim() !== words) written.data = written.data.replace(written.data.trim(), words);
  }
  onLanguage(nameTabs);
  new MutationObserver(nameTabs).observe(document.body, { childList: true, subtree: true });

  onStatus((status) => {
    const shown = JSON.stringify([status.notices, status.can_fetch && status.may_train, status.phase, language]);
    if (notices.dataset.shown === shown) return;
    notices.dataset.shown = shown;
    notices.replaceChildren(...status.notices.map((notice) => line(text(notice))));
    if (status.phase === Phase.FAILED) notices.append(line(text(status.message)));
    const again = status.may_train && (status.phase === Phase.FAILED || (status.can_fetch && status.phase === Phase.READY));
    if (again) notices.append(button(status.phase === Phase.FAILED ? "page.retry" : "page.fetch", status.can_fetch));
    notices.hidden = !notices.children.length;
  });

  function line(words) {
    const node = document.createElement("p");
    node.textContent = words;
    return node;
  }

  function button(key, fetchMnist) {
    const node = document.createElement("button");
    node.className = "button";
    node.textContent = text(key);
    node.addEventListener("click", async () => {
      node.disabled = true;
      await retrain({ epochs: null, fetch: fetchMnist }).catch((error) => notices.append(line(failure(error))));
    });
    return node;
  }
}
