// The single file: two tabs, a choice of language, and nothing to ask for.

import * as draw from "./draw_tab.js";
import { language, onLanguage, setLanguage, translate } from "./i18n.js";
import * as network from "./network_tab.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.body.classList.toggle("dark", dark.matches);
dark.addEventListener("change", shade);
shade();

const find = (selector) => document.querySelector(selector);
const choice = find("#language");
choice.value = language;
choice.addEventListener("change", () => setLanguage(choice.value));
onLanguage(() => translate(document.body));

const tabs = [...document.querySelectorAll("[role=tab]")];
function open(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.classList.toggle("selected", chosen);
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
  }
}
for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const next = tabs[(i + 1) % tabs.length];
    open(next);
    next.focus();
  });
}
open(tabs[0]);
draw.start(find("#tab-draw"));
network.start(find("#tab-network"));
for (const part of document.querySelectorAll(".demo")) part.classList.add("started");
