// The third step of the tab "Class": a training with the class's digits, and what it changed, side by side.

import { comparison, train as begin } from "./class_service.js";
import { number, onLanguage, percent, text, write } from "./i18n.js";
import { bytes, tile } from "./paint.js";
import { failure } from "./service.js";

/**
 * @param {HTMLElement} section
 * @param {() => void} changed to be called when a training has been asked for
 * @returns {(state: import("./class_service.js").ClassState) => void} to be told the state of the class
 */
export function train(section, changed) {
  const find = (selector) => section.querySelector(selector);
  const [button, going, compared] = [find('[name="train"]'), find(".going"), find(".compared")];
  let state = null;
  let found = null; // the last comparison
  let trouble = "";

  onLanguage(show);

  button.addEventListener("click", async () => {
    button.disabled = true;
    trouble = "";
    found = null;
    await begin().catch((error) => (trouble = failure(error)));
    changed();
    show();
  });

  async function tell(next) {
    const ended = state?.training && !next.training;
    state = next;
    if (next.training || !next.compared) found = null;
    show();
    if (!next.compared || (found && !ended) || next.training) return;
    try {
      found = await comparison();
    } catch (error) {
      trouble = failure(error);
    }
    show();
  }

  function show() {
    if (!state) return;
    const counts = { learnable: number(state.learnable), testable: number(state.testable) };
    const few = state.learnable ? "" : text("class.few");
    find(".ready").textContent = [trouble, text("class.ready", counts), few].filter(Boolean).join(" ");
    button.disabled = Boolean(state.training) || !state.learnable;
    going.hidden = !state.training;
    if (state.training) {
      going.querySelector("progress").value = state.training.progress;
      const left = state.training.seconds_left;
      going.querySelector(".left").textContent =
        left === null ? text("class.preparing") : text("training.left", { time: text("training.seconds", { n: Math.ceil(left) }) });
    }
    compared.hidden = !found;
    if (found) sides();
  }

  function sides() {
    const rows = [
      [text("class.side_tested", { digits: number(found.tested.digits), writers: number(found.tested.writers) }), found.tested],
      [text("class.side_usual", { digits: number(found.usual.digits) }), found.usual],
    ];
    const cell = (tag, words, scope) => {
      const node = document.createElement(tag);
      if (scope) node.scope = scope;
      node.textContent = words;
      return node;
    };
    const line = (...cells) => {
      const node = document.createElement("tr");
      node.append(...cells);
      return node;
    };
    const share = (right, digits) => (digits ? `${percent(right / digits, 2)} (${text("class.wrong", { n: number(digits - right) })})` : "–");
    find(".sides").replaceChildren(
      line(cell("td", ""), cell("th", text("class.before"), "col"), cell("th", text("class.after"), "col")),
      ...rows.map(([words, side]) =>
        line(cell("th", words, "row"), cell("td", share(side.right_before, side.digits)), cell("td", share(side.right_after, side.digits)))),
    );
    const { digits, right } = found.learned;
    write(find(".learned"), text("class.learned", { right: number(right), digits: number(digits), seconds: number(found.seconds) }));
    find(".changes").replaceChildren(...rows.filter(([, side]) => side.changed).flatMap(([words, side]) => {
      const title = cell("h3", text("class.changed", { n: number(side.changed), where: words }));
      const how = cell("p", text("class.changes_how", { shown: number(side.changes.length) }));
      how.className = "quiet";
      const gallery = document.createElement("div");
      gallery.className = "gallery";
      gallery.append(...side.changes.map(picture));
      return [title, how, gallery];
    }));
  }

  // An image with its two answers. Nothing happens when it is chosen, so it is no button.
  function picture({ label, before, after, pixels }) {
    const figure = document.createElement("figure");
    const sign = after === label ? " ✓" : before === label ? " ✗" : "";
    const made = tile(bytes(pixels), "", "");
    const canvas = made.querySelector("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text("class.change", { label, before, after }));
    const caption = document.createElement("figcaption");
    caption.textContent = `${label}: ${before} → ${after}${sign}`;
    figure.className = "tile";
    figure.classList.toggle("wrong", before === label);
    figure.append(canvas, caption);
    return figure;
  }

  return tell;
}
