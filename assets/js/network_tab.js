// The tab "How it works": what each layer makes of the drawing, or of a test image, and the kernels that do it.

import { bounded } from "./controls.js";
import { slider } from "./learning.js";
import { number, onLanguage, percent, text, translate } from "./i18n.js";
import { asker, drawing } from "./pad.js";
import { bytes, colour, grey, mixed, onTheme, paint, signedShades } from "./paint.js";
import * as service from "./service.js";

let wanted; // the test image that another tab wants shown
let showWanted = () => {}; // does it, once this tab is there

/** Show the test image of that number in this tab. @param {number} test */
export function openTest(test) {
  wanted = test;
  const tab = document.getElementById("tab-network-button");
  tab.click();
  tab.focus({ preventScroll: true }); // what was chosen is not to be seen any more
  scrollTo({ top: 0 });
  showWanted();
}

/** @param {HTMLElement} element of the part */
export function start(element) {
  const find = (selector) => element.querySelector(selector);
  slider(find(".learning"));
  const trouble = find(".trouble");
  const seen = find(".seen canvas");
  const source = find(".source");
  const picker = find("#test-image");
  const field = picker.querySelector("input");
  // a pooling's map is its convolution's, made smaller, so the two have one choice
  let choice = null;
  const sheets = [...element.querySelectorAll(".maps")].map((section) => {
    const leads = section.querySelector(".kernel") !== null;
    if (leads) choice = { map: -1, chosen: false };
    return sheet(section, choice, leads);
  });

  let chosen = null; // { test: number or "wrong" }, or null for the drawing
  let shown = null; // the last answer
  let kernels = null; // of the network that answered last
  let client_version = ""; // and its version

  // asking: like the Draw tab, one question at a time, and only while the tab is open

  const visible = () => element.isConnected && seen.offsetParent !== null;

  function question() {
    if (chosen) return { ...chosen, client_version };
    if (drawing.picture) return { picture: drawing.picture, client_version };
    if (!drawing.blank) return { strokes: drawing.strokes, client_version };
    return { sample: 0, client_version };
  }

  const ask = asker({
    question,
    send: service.activations,
    show,
    fail: (error) => say(service.failure(error)),
    may: () => visible() && Boolean(service.status?.model_version),
  });

  drawing.attach(find(".pad canvas"));
  drawing.onChange(() => {
    chosen = null;
    state();
    ask();
  });
  find("#network-clear").addEventListener("click", () => {
    chosen = null;
    drawing.clear();
    ask();
  });
  new IntersectionObserver(() => ask(false)).observe(element);

  picker.addEventListener("submit", (event) => {
    event.preventDefault();
    take(Number(field.value));
  });
  picker.querySelector("[name=random]").addEventListener("click", () => {
    take(Math.floor(Math.random() * (Number(field.max) + 1)));
  });
  picker.querySelector("[name=wrong]").addEventListener("click", () => take("wrong"));

  bounded(field);

  function take(test) {
    chosen = { test };
    ask();
  }

  showWanted = () => {
    if (wanted === undefined) return;
    take(wanted);
    wanted = undefined;
  };

  service.onStatus((status) => {
    field.max = Math.max(status.test_images - 1, 0);
    for (const control of picker.querySelectorAll("input, [name=show], [name=random]")) {
      control.disabled = !status.model_version || !status.test_images;
    }
    picker.querySelector("[name=wrong]").disabled = !status.evaluated;
    picker.querySelector(".wait").hidden = status.evaluated;
    which(status);
    if (status.model_version !== client_version) ask();
  });

  // showing

  // Which network the page shows here, and what it waits for as long as there is none.
  function which(status) {
    find(".which").textContent = status.model_version ? service.answering(status)
      : status.phase === service.Phase.FAILED ? text("state.failed")
      : text("network.waiting", { message: status.message });
  }

  function state() {
    find(".pad-hint").hidden = !drawing.blank;
    find("#network-clear").disabled = drawing.blank && !chosen;
  }

  function say(words) {
    state();
    trouble.textContent = words;
    trouble.hidden = !words;
  }

  function show(activations, asked) {
    say(activations.pixels ? "" : text("answer.nothing"));
    if (!activations.pixels) return;
    if (activations.kernels) {
      kernels = activations.kernels;
      client_version = activations.model_version;
    }
    // the picture is one of its list's, whatever "wrong" chose: the same question again shows the same one
    if (asked.test === "wrong" && chosen === null) return;
    if (asked.test === "wrong") chosen = { test: activations.number };
    if (activations.number !== null) field.value = activations.number;
    shown = activations;
    render();
  }

  function render() {
    if (!shown) return;
    state();
    paint(seen, bytes(shown.pixels), 28, 28, grey);
    const { number: test, label } = shown;
    const best = shown.probabilities.indexOf(Math.max(...shown.probabilities));
    source.textContent =
      shown.source === "test" ? text(best === label ? "network.is_test" : "network.is_wrong", { number: number(test), label, answer: best })
      : shown.source === "sample" ? text("network.is_sample", { label })
      : text("network.is_drawing");
    for (const one of sheets) one.show(shown);
    strip("flatten");
    strip("dense");
    outputs();
  }

  function counts() {
    for (const node of element.querySelectorAll("[data-count]")) {
      const count = Number(node.dataset.count);
      node.textContent = count ? text("network.parameters", { count: number(count) }) : text("network.none");
    }
  }

  // Shades of a layer's output: from the card's colour to the accent.
  function shades() {
    const [from, to] = [colour("low"), colour("high")];
    const table = Array.from({ length: 256 }, (_, i) => mixed(from, to, i / 255));
    return (value) => table[value];
  }

  // One layer's maps on one canvas; the chosen one larger beside it, with its kernel.
  function sheet(section, choice, leads) {
    const name = section.dataset.layer;
    const canvas = section.querySelector(".sheet");
    const frame = section.querySelector(".frame");
    const maps = Number(canvas.getAttribute("aria-valuemax"));
    const map = section.querySelector(".map");
    const kernel = section.querySelector(".kernel canvas");
    const caption = section.querySelector(".caption");
    const side = Number(canvas.dataset.side);
    const GAP = 2;
    let values = null;
    let columns = 8;
    let most = 0;

    const part = (i) => values.subarray(i * side * side, (i + 1) * side * side);

    // Until somebody chooses: the map that shows most, by the variance of its values.
    function telling() {
      const variances = Array.from({ length: maps }, (_, i) => {
        const map = part(i);
        const mean = map.reduce((a, b) => a + b, 0) / map.length;
        return map.reduce((a, b) => a + (b - mean) ** 2, 0);
      });
      return variances.indexOf(Math.max(...variances));
    }

    function show(activations) {
      const layer = activations.layers[name];
      values = bytes(layer.values);
      most = layer.most;
      if (leads && !choice.chosen) choice.map = telling();
      draw();
    }

    function draw() {
      columns = canvas.clientWidth < 360 || side > 20 ? 8 : 16;
      const step = side + GAP;
      const [width, height] = [columns * step + GAP, (maps / columns) * step + GAP];
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      frame.hidden = !values;
      if (!values) return; // the place is kept, so that nothing moves when the first answer comes
      const colours = shades();
      const pen = canvas.getContext("2d");
      pen.clearRect(0, 0, width, height);
      for (let i = 0; i < maps; i += 1) {
        paint(canvas, part(i), side, side, colours, GAP + (i % columns) * step, GAP + Math.floor(i / columns) * step);
      }
      const i = choice.map;
      frame.style.left = `${(100 * (i % columns) * step) / width}%`;
      frame.style.top = `${(100 * Math.floor(i / columns) * step) / height}%`;
      frame.style.width = `${(100 * (step + GAP)) / width}%`;
      frame.style.height = `${(100 * (step + GAP)) / height}%`;
      canvas.setAttribute("aria-valuenow", i + 1);
      canvas.setAttribute("aria-valuetext", text("network.map", { map: i + 1, maps }));
      closer(i);
    }

    function closer(i) {
      const colours = shades();
      paint(map, part(i), side, side, colours);
      const largest = Math.max(...part(i)) / 255;
      caption.textContent = text(largest ? "network.map_most" : "network.map_dark",
        { map: i + 1, maps, most: number(most * largest, 2) });
      if (!kernels?.[name]) return;
      // a kernel of the second convolution has a 3×3 part for each of the first one's 32 maps
      const all = new Int8Array(bytes(kernels[name].values).buffer);
      const inputs = all.length / 9 / maps;
      const across = Math.ceil(Math.sqrt(inputs));
      const gap = inputs > 1 ? 1 : 0;
      kernel.width = across * (3 + gap) - gap;
      kernel.height = Math.ceil(inputs / across) * (3 + gap) - gap;
      if (inputs === 1) weights(all.subarray(i * 9, i * 9 + 9), kernels[name].most / 127);
      const signed = signedShades();
      for (let j = 0; j < inputs; j += 1) {
        const at = (i * inputs + j) * 9;
        paint(kernel, all.subarray(at, at + 9), 3, 3, signed, (j % across) * (3 + gap), Math.floor(j / across) * (3 + gap));
      }
    }

    // Whether black is easier to read on a colour than white: its luminance as the web's guidelines define it.
    function light(colour) {
      const [red, green, blue] = colour.map((value) => ((value / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
    }

    // The nine numbers of a kernel, written on its colours.
    function weights(values, unit) {
      const signed = signedShades();
      const words = [...values].map((value) => number(Math.round(value * unit * 100) / 100 || 0, 2)); // never -0
      section.querySelector(".weights").replaceChildren(...words.map((word, j) => {
        const cell = document.createElement("span");
        cell.textContent = word;
        cell.style.color = light(signed(values[j])) ? "#000" : "#fff";
        return cell;
      }));
      kernel.setAttribute("aria-label", `${text("network.kernel")}: ${words.join(" ")}`);
    }

    function under(event) {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
      const row = Math.floor(((event.clientY - box.top) / box.height) * (maps / columns));
      return Math.min(Math.max(row * columns + column, 0), maps - 1);
    }

    function choose(i) {
      if (!values || i === choice.map || i < 0 || i >= maps) return;
      Object.assign(choice, { map: i, chosen: true });
      for (const one of sheets) if (one.choice === choice) one.draw();
    }

    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && choose(under(event)));
    canvas.addEventListener("click", (event) => choose(under(event)));
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
      const next =
        event.key in steps ? choice.map + steps[event.key]
        : event.key === "Home" ? 0
        : event.key === "End" ? maps - 1
        : null;
      if (next === null) return;
      event.preventDefault();
      choose(next);
    });
    new ResizeObserver(draw).observe(canvas);
    return { show, draw, choice };
  }

  function strip(name) {
    const canvas = find(`[data-layer=${name}] .strip`);
    paint(canvas, bytes(shown.layers[name].values), canvas.width, canvas.height, shades());
  }

  function outputs() {
    const rows = [...element.querySelectorAll(".outputs tbody tr")];
    const most = Math.max(...shown.logits.map(Math.abs));
    const best = shown.probabilities.indexOf(Math.max(...shown.probabilities));
    rows.forEach((row, digit) => {
      const [logit, share] = [shown.logits[digit], shown.probabilities[digit]];
      row.classList.toggle("best", digit === best);
      row.classList.toggle("right", digit === shown.label);
      row.querySelector(".logit").textContent = number(logit, 2);
      row.querySelector(".share").textContent = percent(share, 2);
      const bar = row.querySelector(".signed .fill");
      bar.classList.toggle("minus", logit < 0);
      bar.style.width = `${(50 * Math.abs(logit)) / most}%`;
      row.querySelector(".track .fill").style.width = `${100 * share}%`;
    });
  }

  onLanguage(() => {
    translate(element);
    counts();
    state();
    render();
  });
  onTheme(render);
  showWanted();
}
