// The slider through the network's learning, one on every tab: whichever moment is chosen, its network answers everywhere.

import { number, onLanguage, text, write } from "./i18n.js";
import { softmax } from "./network.js";
import { answering, choose, chosenVersion, load, onNetwork } from "./networks.js";
import { colour, onTheme, paint, signedShades } from "./paint.js";
import { idle, onReading } from "./reading.js";
import { onStatus, status } from "./service.js";

const WHOLE = 8000; // ms from the untrained network to the newest
const KERNELS = 16; // in a row
const PER = 10000; // test images that mistakes are counted in

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const sliders = new Set(); // what shows each of them
let playing = null; // what tells one Play from the next
let between = null; // while it plays: where the sliders are on their way to the chosen moment

const last = () => status.moments.length - 1;
const place = () => {
  const found = status.moments.findIndex((moment) => moment.version === chosenVersion());
  return found < 0 ? last() : found;
};
const go = (index) => choose(index === last() ? null : status.moments[index]);

/** What is known of a moment, in words. */
function told({ at, test_accuracy: accuracy }) {
  const mistakes = accuracy === null ? "" : text("learning.mistakes", { mistakes: number(Math.round(PER * (1 - accuracy))), of: number(PER) });
  if (!at) return [text("learning.untrained"), mistakes].filter(Boolean).join(" · ");
  const after = text("learning.after", { epochs: number(at, at % 1 ? 2 : 0) });
  return [after, mistakes].filter(Boolean).join(" · ");
}

/** The whole learning: sliders and bars glide from moment to moment, or go in steps where motion is not wanted. */
async function play() {
  const mine = (playing = {});
  const moments = [...status.moments];
  const step = WHOLE / moments.length;
  document.body.style.setProperty("--moment", `${step}ms`);
  document.body.classList.add("playing");
  try {
    await Promise.all(moments.map(load));
    const begun = performance.now();
    for (let i = 0; playing === mine && i < moments.length; i += 1) {
      if (!calm.matches) between = Math.max(0, i - 1);
      await choose(i === moments.length - 1 ? null : moments[i]);
      for (let share = 0; playing === mine && share < 1; ) {
        if (!calm.matches) between = Math.max(0, i - 1 + share);
        showAll();
        await new Promise(requestAnimationFrame);
        share = (performance.now() - begun) / step - i;
      }
    }
  } finally {
    if (playing === mine) stop();
  }
}

function stop() {
  playing = null;
  between = null;
  document.body.classList.remove("playing");
  showAll();
}

function showAll() {
  for (const show of sliders) show();
}

/** Fill an element with the slider. @param {HTMLElement} host */
export function slider(host) {
  const [button, label, range, words] = ["button", "label", "input", "output"].map((name) => document.createElement(name));
  const title = document.createElement("span");
  button.className = "button play";
  range.type = "range";
  range.min = 0;
  range.step = 1;
  words.className = "quiet";
  words.ariaLive = "off"; // the slider says it
  label.append(title, range);
  host.append(button, label, words);
  const kernels = host.dataset.kernels === undefined ? null : document.createElement("canvas");
  if (kernels) host.append(kernels);

  function show() {
    const empty = !status || !answering() || status.moments.length < 2;
    host.style.visibility = empty ? "hidden" : ""; // its place is kept, so that nothing moves when there is more
    if (empty) return;
    range.max = last();
    range.step = between === null ? 1 : "any";
    range.value = between ?? place();
    write(button, text(playing ? "learning.pause" : "learning.play"));
    write(words, told(status.moments[place()]));
    range.setAttribute("aria-valuetext", words.textContent);
  }

  function failed() {
    words.ariaLive = "polite";
    write(words, text("learning.lost"));
  }

  range.addEventListener("input", () => {
    const index = Math.round(range.value);
    stop();
    range.value = index;
    write(words, told(status.moments[index]));
    go(index).then(show, failed);
  });
  button.addEventListener("click", () => {
    if (playing) return stop();
    play().catch(failed);
    showAll();
  });
  sliders.add(show);
  onNetwork(show);
  onStatus(show);
  onLanguage(() => {
    title.textContent = text("learning.title");
    show();
  });
  if (kernels) for (const on of [onNetwork, onLanguage, onTheme]) on(() => answering() && paintKernels(kernels));
}

/**
 * The first convolution's kernels, each row by row, from -127 to 127, which is the largest size there is.
 * @param {import("./network.js").Network} network
 */
export function firstKernels(network) {
  const { kernel, size, filters } = network.layers.find((layer) => layer.kind === "convolution");
  const inputs = kernel.length / (size * size * filters);
  const largest = kernel.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  const one = (i) => Array.from({ length: size * size }, (_, at) => (127 * kernel[at * inputs * filters + i]) / largest);
  return Array.from({ length: filters }, (_, i) => one(i));
}

/** In rows, as the network that answers has them. */
function paintKernels(canvas) {
  const kernels = firstKernels(answering().network);
  const size = Math.sqrt(kernels[0].length);
  const step = size + 1;
  const shade = signedShades();
  const across = Math.min(kernels.length, KERNELS);
  [canvas.width, canvas.height] = [across * step - 1, Math.ceil(kernels.length / across) * step - 1];
  kernels.forEach((kernel, i) => paint(canvas, kernel, size, size, shade, (i % across) * step, Math.floor(i / across) * step));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text("learning.kernels"));
}

/**
 * The small picture of what the network made of this drawing at every moment: a line for each digit. It is drawn once
 * somebody has looked back, as all the weights are needed for it.
 * @param {HTMLElement} frame with a canvas
 */
export function course(frame) {
  const canvas = frame.querySelector("canvas");
  canvas.style.visibility = "hidden"; // and silent, until it shows something
  let image = null;
  let known = new Map(); // version of a network -> what it makes of the image
  let drawn = 0; // grows with every picture that is begun

  async function draw() {
    const mine = (drawn += 1);
    const found = known;
    if (image && (playing || chosenVersion())) frame.hidden = false; // and keeps its place from now on
    if (frame.hidden) return;
    if (!image) return void (canvas.style.visibility = "hidden");
    const moments = status.moments;
    const learned = await Promise.all(moments.map(load)).catch(() => null);
    for (const { network, version } of learned ?? []) {
      if (found.has(version)) continue;
      await idle(); // the pen may move again meanwhile
      if (found !== known || mine !== drawn) return;
      found.set(version, softmax(network.logits(image)));
    }
    if (learned && mine === drawn) plot(learned.map(({ version }) => found.get(version)));
  }

  function plot(probabilities) {
    const [width, height] = [canvas.clientWidth * devicePixelRatio, canvas.clientHeight * devicePixelRatio];
    if (!width) return;
    canvas.style.visibility = "";
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    const margin = 6 * devicePixelRatio;
    const x = (i) => margin + (i / Math.max(probabilities.length - 1, 1)) * (width - 4 * margin);
    const y = (p) => margin + (1 - p) * (height - 2 * margin);
    const final = probabilities.at(-1);
    const best = final.indexOf(Math.max(...final));
    const ink = (digit) => `rgb(${colour(digit === best ? "accent" : "edge").join(" ")})`;
    pen.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    pen.textBaseline = "middle";
    // the one that it came to see in the end lies above the others
    for (const digit of [...Array(10).keys()].sort((a, b) => (a === best) - (b === best))) {
      pen.strokeStyle = pen.fillStyle = ink(digit);
      pen.lineWidth = (digit === best ? 2.5 : 1) * devicePixelRatio;
      pen.beginPath();
      probabilities.forEach((all, i) => pen[i ? "lineTo" : "moveTo"](x(i), y(all[digit])));
      pen.stroke();
      if (digit === best) pen.fillText(digit, x(probabilities.length - 1) + margin, y(final[digit]));
    }
    pen.fillStyle = `rgb(${colour("quiet").join(" ")})`;
    pen.fillRect(x(place()), 0, devicePixelRatio, height);
    const [first, later] = [Math.round(100 * probabilities[0][best]), Math.round(100 * final[best])];
    canvas.setAttribute("aria-label", text("learning.course", { digit: best, first: `${first}%`, last: `${later}%` }));
  }

  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 60); // not in the frame in which the pen moves
  };
  onReading((reading) => {
    if (image !== (reading?.image ?? null)) known = new Map();
    image = reading?.image ?? null;
    soon();
  });
  onNetwork(soon);
  onLanguage(soon);
  onTheme(soon);
  new ResizeObserver(soon).observe(frame);
}
