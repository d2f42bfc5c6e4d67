// Title, language switch, lasting remarks.

import "./address.js";
import { language, onLanguage, setLanguage, text, translate } from "./i18n.js";
import { Phase } from "./phase.js";
import { failure, onConnection, onStatus, retrain } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const notices = element.querySelector("#notices");
  const choice = element.querySelector("#language");

  choice.value = language;
  choice.addEventListener("change", () => setLanguage(choice.value));
  onLanguage(() => translate(element));
  onConnection((reached) => (element.querySelector("#offline").hidden = reached));

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
