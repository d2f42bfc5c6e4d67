// The lesson: six steps, each in its tab with one thing to do and one question; and the worksheet, for the printer.

import { openTab } from "./address.js";
import { onLanguage, text, translate } from "./i18n.js";

// where each step happens: a tab as in the address, and what it is about there
const STEPS = [
  ["draw", "#sketchpad .pad"],
  ["draw", "#answer .seen"],
  ["draw", "#answer .bars"],
  ["how-it-works", ".layer.maps"],
  ["training", ".card:has(> #mistakes)"],
  ["training", ".matrix-and-cell"],
];

const SETTLED = 700; // ms after which what a tab shows for the first time has its place

const behavior = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

/** @param {HTMLElement} element of the part */
export function start(element) {
  const panel = element.querySelector(".lesson");
  const [back, next, print, close] = ["back", "next", "print", "close"].map((name) => panel.querySelector(`[name=${name}]`));
  const open = document.querySelector("#lesson");
  let step = 0; // 1..6, or 0 while there is no lesson
  let target = null; // what is marked

  // what else stays at the window's top keeps below it
  const height = () => document.documentElement.style.setProperty("--lesson", `${panel.offsetHeight}px`);
  new ResizeObserver(height).observe(panel);

  onLanguage(() => {
    translate(element);
    if (step) words();
  });

  function words() {
    panel.querySelector("h2").textContent = text("lesson.step", { step, steps: STEPS.length, title: text(`lesson.title_${step}`) });
    panel.querySelector(".do").textContent = text(`lesson.do_${step}`);
    panel.querySelector(".question").textContent = text(`lesson.ask_${step}`);
    next.textContent = text(step === STEPS.length ? "lesson.end" : "lesson.next");
    close.hidden = step === STEPS.length; // the next one does it
  }

  function go(to) {
    target?.classList.remove("lesson-target");
    step = to >= 1 && to <= STEPS.length ? to : 0;
    panel.hidden = !step;
    open.setAttribute("aria-expanded", step > 0);
    if (!step) return open.focus({ preventScroll: true });
    words();
    back.disabled = step === 1;
    const [tab, selector] = STEPS[step - 1];
    openTab(tab);
    panel.querySelector("h2").focus({ preventScroll: true });
    requestAnimationFrame(() => {
      target = document.querySelector(selector);
      target?.classList.add("lesson-target");
      if (tab === "draw") return scrollTo({ top: 0, behavior: behavior() });
      const seek = () => to === step && target?.scrollIntoView({ block: "start", behavior: behavior() });
      seek();
      setTimeout(seek, SETTLED);
    });
  }

  open.addEventListener("click", () => go(step ? 0 : 1));
  back.addEventListener("click", () => go(step - 1));
  next.addEventListener("click", () => go(step + 1));
  close.addEventListener("click", () => go(0));
  print.addEventListener("click", () => {
    document.documentElement.classList.add("prints-worksheet");
    window.print();
  });
  addEventListener("afterprint", () => document.documentElement.classList.remove("prints-worksheet"));
}
