// The second step of the tab "Class": how the network reads the class's digits, by digit and writer, and its mistakes.

import { openTab } from "./address.js";
import { reading, remove } from "./class_service.js";
import { rove, twice } from "./controls.js";
import { number, onLanguage, percent, text, write } from "./i18n.js";
import { drawing } from "./pad.js";
import { bytes, tile } from "./paint.js";
import { failure } from "./service.js";

const narrow = matchMedia("(max-width: 560px)");

/**
 * @param {HTMLElement} section
 * @param {() => void} changed to be called when digits have gone
 * @returns {(teacher: boolean) => Promise<void>} asks the server again, and shows it
 */
export function test(section, changed) {
  const find = (selector) => section.querySelector(selector);
  const [table, writers, gallery, chosen] = [find(".by-digit"), find(".writers ul"), find(".gallery"), find(".chosen")];
  const firstTile = rove(gallery);
  let found = null; // the last reading
  let teacher = false;
  let of = null; // the writer of whom all digits are shown
  let digit = null; // the one that is chosen
  let loads = 0;

  onLanguage(show);

  async function load(asTeacher = teacher) {
    teacher = asTeacher;
    const mine = (loads += 1);
    try {
      const next = await reading(of);
      if (mine !== loads) return; // the answer to an older question
      found = next;
      show();
    } catch (error) {
      if (mine === loads) find(".total").textContent = failure(error);
    }
  }

  function show() {
    if (!found) return;
    choose(null);
    const [total, mine] = [found.everybody, found.mine];
    const share = ({ right, digits }) => ({ right: number(right), digits: number(digits), share: digits ? percent(right / digits) : "–" });
    write(find(".total"), [
      total.digits ? text("class.total", share(total)) : text("class.nothing"),
      mine.digits && !teacher ? text("class.yours", share(mine)) : "",
    ].filter(Boolean).join(" "));
    digits();
    people();
    tiles();
  }

  function digits() {
    table.hidden = !found.by_digit.some(({ digits }) => digits);
    const row = (key, cells, tag) => {
      const line = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = text(key);
      line.append(head, ...cells.map((words) => {
        const cell = document.createElement(tag);
        if (tag === "th") cell.scope = "col";
        cell.textContent = words;
        return cell;
      }));
      return line;
    };
    const heads = found.by_digit.map((_, i) => i);
    const cells = found.by_digit.map(({ right, digits }) => (digits ? `${right}/${digits}` : "–"));
    const parts = narrow.matches ? [[0, 5], [5]] : [[0]]; // of the ten digits, below each other
    table.replaceChildren(...parts.flatMap((part) => [
      row("network.digit", heads.slice(...part), "th"),
      row("class.right", cells.slice(...part), "td"),
    ]));
  }

  function people() {
    find(".writers").hidden = !found.writers.length;
    writers.replaceChildren(...found.writers.map((each) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.className = "writer";
      const [name, bar, value] = ["span", "meter", "span"].map((tag) => document.createElement(tag));
      name.textContent = [`${each.number}`, each.name, each.group && `(${each.group})`].filter(Boolean).join(" ");
      bar.value = each.digits ? each.right / each.digits : 0;
      bar.setAttribute("aria-hidden", "true");
      value.textContent = `${each.right}/${each.digits}${each.tested ? ` · ${text("class.tested")}` : ""}`;
      button.append(name, bar, value);
      button.setAttribute("aria-pressed", each.number === of);
      button.addEventListener("click", () => {
        of = each.number === of ? null : each.number;
        load();
      });
      item.append(button);
      return item;
    }));
  }

  function tiles() {
    const someone = found.writers.find((each) => each.number === of);
    write(find(".gallery-title"), someone ? text("class.all_of", { n: someone.number })
      : !found.shown.length ? ""
      : text(teacher ? "class.misread" : "class.all_mine"));
    gallery.replaceChildren(...found.shown.map((each) => {
      const values = { label: each.label, answer: each.answer, confidence: percent(each.confidence), writer: each.writer };
      const right = each.label === each.answer;
      const caption = right ? `${each.label} ✓` : `${each.label} → ${each.answer}`;
      const button = tile(bytes(each.pixels), text("class.digit", values), caption);
      button.classList.toggle("wrong", !right);
      button.addEventListener("click", () => choose(each, button));
      return button;
    }));
    firstTile();
  }

  function choose(which, button) {
    digit = which;
    for (const other of gallery.querySelectorAll("[aria-pressed]")) other.removeAttribute("aria-pressed");
    button?.setAttribute("aria-pressed", "true");
    chosen.hidden = !which;
    if (!which) return;
    const values = { label: which.label, answer: which.answer, confidence: percent(which.confidence), writer: which.writer };
    chosen.querySelector("p").textContent = text("class.digit", values);
  }

  find('[name="follow"]').addEventListener("click", () => {
    drawing.place(digit.strokes);
    openTab("how-it-works");
  });
  twice(find('[name="remove"]'), () => text("page.delete_sure"), async () => {
    try {
      await remove({ numbers: [digit.number] });
    } catch (error) {
      chosen.querySelector("p").textContent = failure(error);
      return;
    }
    changed();
    await load();
    gallery.querySelector("button")?.focus({ preventScroll: true }); // the button that had it is gone
  });

  return load;
}
