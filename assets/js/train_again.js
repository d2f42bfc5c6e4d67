// The network itself: its facts, and training it again.

import { bounded, duration, explain } from "./controls.js";
import { number, onLanguage, percent, text, translate } from "./i18n.js";
import { Phase } from "./phase.js";
import { failure, goBack, onStatus, retrain } from "./service.js";

/** @param {HTMLElement} element of the part */
export function start(element) {
  const find = (selector) => element.querySelector(selector);
  const form = find("#retrain");
  const epochs = find("#retrain input");
  const reply = find("#retrain .reply");
  const [ask, yes, no, earlier] = ["ask", "yes", "no", "earlier"].map((name) => find(`[name=${name}]`));
  const sure = find(".sure");
  const progress = find(".progress");

  onLanguage(() => {
    translate(element);
    explain(element);
  });

  onStatus((status) => {
    facts(status);
    const busy = ![Phase.READY, Phase.FAILED].includes(status.phase);
    form.hidden = !status.may_train;
    ask.disabled = busy;
    if (busy) sure.hidden = true;
    progress.hidden = !busy;
    epochs.placeholder = text("training.default", { epochs: status.usual_epochs });
    earlier.hidden = busy || status.earlier_accuracy === null;
    earlier.textContent = text("training.earlier", { accuracy: percent(status.earlier_accuracy ?? 0, 2) });
    progress.querySelector(".phase").textContent = text(status.message);
    progress.querySelector(".left").textContent = status.seconds_left ? text("training.left", { time: duration(status.seconds_left) }) : "";
    progress.querySelector("progress").value = status.progress;
  });

  function facts(status) {
    const rows = {
      "facts.source": status.source ? text(status.source) : "–",
      "facts.device": status.device || "–",
      "facts.parameters": number(status.parameters),
      "facts.seconds": status.seconds ? duration(status.seconds) : "–",
      "facts.accuracy": status.test_accuracy !== null ? percent(status.test_accuracy, 2) : "–",
    };
    find("dl").replaceChildren(...Object.entries(rows).flatMap(([key, value]) => {
      const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = text(key);
      fact.textContent = value;
      return [term, fact];
    }));
  }

  // training again: for everyone, so it asks first

  bounded(epochs);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reply.textContent = "";
    sure.hidden = false;
    yes.focus();
  });
  no.addEventListener("click", () => {
    sure.hidden = true;
    ask.focus();
  });
  yes.addEventListener("click", () => {
    sure.hidden = true;
    attempt(retrain({ epochs: epochs.value ? Number(epochs.value) : null, fetch: false }));
  });
  earlier.addEventListener("click", () => attempt(goBack()));

  function attempt(request) {
    reply.textContent = "";
    request.catch((error) => (reply.textContent = failure(error)));
  }
}
