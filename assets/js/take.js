// The network as files to take along.

import { explain, save } from "./controls.js";
import { onLanguage, translate } from "./i18n.js";
import { Phase } from "./phase.js";
import { exported, failure, onStatus } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const takes = [...element.querySelectorAll("[data-kind]")];
  const takeReply = element.querySelector(".reply");

  onLanguage(() => {
    translate(element);
    explain(element);
  });

  onStatus((status) => {
    for (const button of takes) button.disabled = status.phase !== Phase.READY;
  });

  for (const button of takes) {
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-busy")) return; // not disabled, so that it keeps the keyboard's focus
      button.setAttribute("aria-busy", "true");
      takeReply.textContent = "";
      try {
        const { name, blob } = await exported(button.dataset.kind);
        save(name, blob);
      } catch (error) {
        takeReply.textContent = failure(error);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
}
