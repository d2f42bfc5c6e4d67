// The section "Why?" of the tab "How it works": images most alike to what is shown there, and what of it counts.

import { number, text } from "./i18n.js";
import { bytes, colour, grey, mixed, paint } from "./paint.js";
import * as service from "./service.js";

/**
 * @param {HTMLElement} section
 * @returns {{about: (pixels: Uint8Array) => void, render: () => void}} `about`: what picture it is to be about
 */
export function why(section) {
  const find = (selector) => section.querySelector(selector);
  const [button, trouble, counts, alike] = ["button", ".trouble", ".counts", ".alike"].map(find);
  const seen = counts.querySelector("canvas");
  let pixels = null; // the picture's, in base64
  let found = null; // what is said of it
  let asking = false;

  function about(picture) {
    const now = btoa(String.fromCharCode(...picture));
    if (now === pixels) return;
    pixels = now;
    found = null;
    trouble.hidden = true;
    render();
  }

  button.addEventListener("click", async () => {
    const asked = pixels;
    asking = true;
    render();
    let failed = "";
    const answer = await service.why(asked).catch((error) => { failed = service.failure(error); });
    asking = false;
    if (asked === pixels) {
      found = answer ?? null;
      trouble.textContent = failed;
      trouble.hidden = !failed;
    }
    render();
  });

  function render() {
    button.disabled = !pixels || asking;
    counts.hidden = alike.hidden = !found;
    if (!found) return;
    const [ink, lost] = [bytes(pixels), new Int8Array(bytes(found.lost).buffer)];
    const [plus, minus] = [colour("plus"), colour("minus")];
    paint(seen, [...lost.keys()], 28, 28, (i) =>
      mixed(grey(ink[i]), lost[i] < 0 ? minus : plus, (0.8 * Math.abs(lost[i])) / 127));
    const most = number(100 * found.most, 0);
    counts.querySelector("figcaption").textContent = text("why.counts", { digit: found.digit, most });
    alike.querySelector(".row").replaceChildren(...found.alike.map(({ pixels: image, label }) => {
      const [one, canvas, words] = ["div", "canvas", "span"].map((name) => document.createElement(name));
      canvas.width = canvas.height = 28;
      canvas.role = "img";
      canvas.setAttribute("aria-label", text("why.image", { label }));
      paint(canvas, bytes(image), 28, 28, grey);
      words.textContent = label;
      one.append(canvas, words);
      return one;
    }));
    alike.querySelector("figcaption").textContent = text("why.alike", { images: number(found.images) });
  }

  return { about, render };
}
