// The first step of the tab "Class": digits are asked for in turn, ten seconds each, and sent as they are written.

import { callWriter, give, random, remove, writer } from "./class_service.js";
import { twice } from "./controls.js";
import { onLanguage, text, write } from "./i18n.js";
import { makeDrawing } from "./pad.js";
import { failure } from "./service.js";

const SECONDS = 10; // for a digit
const ROUND = 20; // digits

/**
 * @param {HTMLElement} section
 * @param {() => void} changed to be called when digits have come or gone
 * @returns {(mine: number) => void} to be told how many digits of this device there are
 */
export function collect(section, changed) {
  const find = (selector) => section.querySelector(selector);
  const [form, writing, clock] = [find(".begin"), find(".writing"), find(".clock")];
  const pad = makeDrawing();
  let labels = []; // of this round
  let at = 0; // the place of the one that is asked for
  let deadline = 0;
  let timer = 0;
  let mine = 0;
  const waiting = []; // written, but not sent yet
  let sending = false;
  let trouble = "";

  pad.attach(find("canvas"));
  form.elements.name.value = writer.name;
  form.elements.group.value = writer.group;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    callWriter(form.elements.name.value.trim(), form.elements.group.value);
    if (at >= labels.length) [labels, at] = [shuffled(), 0];
    trouble = "";
    occupy(true);
    next();
    writing.scrollIntoView({ block: "nearest" });
    clearInterval(timer);
    timer = setInterval(tick, 100);
  });

  // Nothing but the pad is wanted while somebody writes: on a phone it fills the window.
  function occupy(on) {
    [form.hidden, writing.hidden] = [on, !on];
    (on ? find("canvas") : form.querySelector("button")).focus({ preventScroll: true }); // what was pressed is out of sight
    section.closest(".demo").classList.toggle("busy", on);
  }

  // Each digit as often as the others, no two alike after each other.
  function shuffled() {
    const digits = Array.from({ length: ROUND }, (_, i) => i % 10);
    do {
      for (let i = digits.length - 1; i > 0; i -= 1) {
        const j = Math.floor(Math.random() * (i + 1));
        [digits[i], digits[j]] = [digits[j], digits[i]];
      }
    } while (digits.some((digit, i) => digit === digits[i - 1]));
    return digits;
  }

  function next() {
    pad.clear();
    if (at >= labels.length) return stop();
    deadline = performance.now() + 1000 * SECONDS;
    show();
  }

  function tick() {
    const left = Math.max(deadline - performance.now(), 0);
    clock.value = left / (1000 * SECONDS);
    if (left > 0 || pad.drawing) return; // who writes just now may finish
    if (pad.blank) stop();
    else done();
  }

  function done() {
    if (pad.blank || pad.drawing) return;
    waiting.push({ key: random(), label: labels[at], strokes: pad.strokes });
    at += 1;
    next();
    send();
  }

  function stop() {
    clearInterval(timer);
    pad.clear();
    occupy(false);
    show();
  }

  find('[name="done"]').addEventListener("click", done);
  find('[name="clear"]').addEventListener("click", pad.clear);
  find('[name="stop"]').addEventListener("click", stop);

  // One after the other, each until the server has it: what the network loses is sent again.
  async function send() {
    if (sending) return;
    sending = true;
    while (waiting.length) {
      try {
        await give(waiting[0]);
        waiting.shift();
        mine += 1;
        trouble = "";
        changed();
      } catch (error) {
        trouble = failure(error);
        if (error.sentence) { // it is refused, and would be again
          waiting.length = 0;
          stop();
        } else {
          show();
          await new Promise((later) => setTimeout(later, 3000));
        }
      }
      show();
    }
    sending = false;
  }

  twice(find('[name="take-back"]'), () => text("class.take_back_sure", { n: mine }), async () => {
    trouble = "";
    waiting.length = 0;
    labels = [];
    stop(); // a round that goes on begins anew
    await remove({}).then(() => (mine = 0), (error) => (trouble = failure(error)));
    if (!trouble) trouble = text("class.taken_back");
    changed();
    show();
  });

  function show() {
    write(find(".ask"), at < labels.length ? text("class.write", { digit: labels[at] }) : "");
    find(".count").textContent = text("class.count", { n: Math.min(at + 1, ROUND), of: ROUND });
    const begun = labels.length && at < labels.length;
    form.querySelector("button").textContent = text(begun ? "class.go_on" : mine ? "class.again" : "class.begin");
    const words = [mine ? text("class.mine", { n: mine }) : "", trouble && waiting.length ? text("class.waiting", { n: waiting.length }) : ""];
    write(find(".mine"), [trouble, ...words].filter(Boolean).join(" "));
    find('[name="take-back"]').hidden = !mine;
  }
  onLanguage(show);

  return (known) => {
    if (sending || known === mine) return;
    mine = known;
    show();
  };
}
