// The tab "Class": its four steps, who may do what, and what is kept.

import { collect } from "./class_collect.js";
import * as service from "./class_service.js";
import { test } from "./class_test.js";
import { train } from "./class_train.js";
import { save } from "./controls.js";
import { number, onLanguage, text, translate, write } from "./i18n.js";
import { failure, onStatus, poll } from "./service.js";

const BUSY = 1000; // ms between two looks while a training goes on
const TEACHING = 3000; // and for a teacher, who wants to see the digits come in
const IDLE = 15000;

/** @param {HTMLElement} element of the part */
export function start(element) {
  const find = (selector) => element.querySelector(selector);
  const step = (name) => find(`section[data-step="${name}"]`);
  const steps = [...element.querySelectorAll(".steps button")];
  const [trouble, keep, pin] = [find(".trouble"), step("keep"), find(".pin")];
  const reply = keep.querySelector(".reply");
  let state = null;
  let open = "collect";
  let version = ""; // of the network that answers
  let timer = 0;

  const tellMine = collect(step("collect"), look);
  const read = test(step("test"), look);
  const tellTraining = train(step("train"), look);

  onLanguage(() => {
    translate(element);
    show();
  });
  onStatus((status) => {
    if (status.model_version === version) return;
    version = status.model_version;
    if (open === "test" && state) read(state.teacher);
    look();
  });

  // The state, again and again while the tab is seen.
  async function look() {
    clearTimeout(timer);
    if (!document.hidden && element.getClientRects().length) {
      try {
        const before = state;
        state = await service.state();
        trouble.hidden = true;
        show();
        const came = before && (before.digits !== state.digits || before.teacher !== state.teacher || before.taught !== state.taught);
        if (came && open === "test") read(state.teacher);
      } catch (error) {
        trouble.textContent = failure(error);
        trouble.hidden = false;
      }
    }
    clearTimeout(timer);
    timer = setTimeout(look, state?.training ? BUSY : state?.teacher ? TEACHING : IDLE);
  }
  document.addEventListener("visibilitychange", () => document.hidden || look());
  new ResizeObserver(() => element.getClientRects().length && look()).observe(element);

  function show() {
    if (!state) return;
    const { teacher, address, qr } = state;
    find(".join").hidden = !address || open !== "collect";
    if (address) {
      find(".address").textContent = address;
      const code = find(".qr");
      if (code.dataset.of !== address) code.innerHTML = qr; // made by the server out of the address alone
      code.dataset.of = address;
    }
    find(".privacy").hidden = open !== "collect";
    for (const button of steps) {
      const name = button.dataset.step;
      button.hidden = !teacher && ["train", "keep"].includes(name);
      button.setAttribute("aria-pressed", name === open);
      step(name).hidden = name !== open;
    }
    pin.hidden = teacher;
    tellMine(state.mine);
    tellTraining(state);
    write(keep.querySelector(".which"), text(state.taught ? "class.answers_taught" : "class.answers_before"));
    keep.querySelector('[name="taught"]').disabled = !state.compared || state.taught;
    keep.querySelector('[name="before"]').disabled = !state.taught;
    for (const button of keep.querySelectorAll("[data-kind], [name='everything']")) button.disabled = !state.digits;
  }

  for (const button of steps) {
    button.addEventListener("click", () => {
      open = button.dataset.step;
      show();
      look();
      if (open === "test") read(Boolean(state?.teacher));
    });
  }

  // what only a teacher may do; `work` may give words to be said afterwards
  async function does(button, work) {
    if (button.getAttribute("aria-busy")) return; // not disabled, so that it keeps the keyboard's focus
    button.setAttribute("aria-busy", "true");
    reply.textContent = "";
    reply.textContent = (await work().catch(failure)) ?? "";
    button.removeAttribute("aria-busy");
    look();
  }

  for (const [name, taught] of [["taught", true], ["before", false]]) {
    const button = keep.querySelector(`[name="${name}"]`);
    button.addEventListener("click", () => does(button, () => service.answerWith(taught).finally(poll)));
  }
  for (const button of keep.querySelectorAll("[data-kind]")) {
    button.addEventListener("click", () => does(button, async () => {
      const { name, blob } = await service.exported(button.dataset.kind);
      save(name, blob);
    }));
  }
  const [bring, file] = [keep.querySelector('[name="bring-in"]'), keep.querySelector('[type="file"]')];
  bring.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const chosen = file.files[0];
    file.value = "";
    if (chosen) does(bring, async () => text("class.brought", { n: number((await service.bringIn(chosen)).number) }));
  });
  const everything = keep.querySelector('[name="everything"]');
  everything.addEventListener("click", () => {
    if (!confirm(text("class.clear_sure", { digits: number(state.digits), writers: number(state.writers) }))) return;
    does(everything, async () => text("class.cleared", { n: number((await service.remove({ everything: true })).removed) }));
  });

  pin.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      await service.enter(pin.elements.pin.value);
      pin.reset();
      await look();
    } catch (error) {
      trouble.textContent = failure(error);
      trouble.hidden = false;
    }
  });
}
