// The tab "How it works": what each layer makes of the drawing, or of a test image, and the kernels that do it.

const find = (selector) => element.querySelector(selector);
const trouble = find(".trouble");
const seen = find(".seen canvas");
const source = find(".source");
const picker = find("#test-image");
const number = picker.querySelector("input");
// a pooling's map is its convolution's, made smaller, so the two have one choice
const choices = [{ map: -1, chosen: false }, { map: -1, chosen: false }];
const sheets = [...element.querySelectorAll(".maps")].map((section, i) => sheet(section, choices[i >> 1], i % 2 === 0));

let wish = null; // { test: number or "wrong" }, or null for the drawing
let shown = null; // the last answer
let kernels = null; // of the network that answered last
let known = 0; // and its number

// asking: like the Draw tab, one question at a time, and only while the tab is open

const visible = () => element.isConnected && seen.offsetParent !== null;

function question() {
  if (wish) return { ...wish, known };
  if (drawing.picture) return { picture: drawing.picture, known };
  if (!drawing.blank) return { strokes: drawing.strokes, known };
  return { sample: 0, known };
}

const ask = drawing.asker({
  question,
  send: (mine) => page.answered(server.look(mine)),
  show,
  may: () => visible() && Boolean(page.status?.network),
});

drawing.attach(find(".pad canvas"));
drawing.onChange(() => {
  wish = null;
  state();
  ask();
});
find("#network-clear").addEventListener("click", () => {
  wish = null;
  drawing.clear();
  ask();
});
new IntersectionObserver(() => ask(false)).observe(element);

picker.addEventListener("submit", (event) => {
  event.preventDefault();
  take(Number(number.value));
});
picker.querySelector("[name=random]").addEventListener("click", () => take(Math.floor(Math.random() * (Number(number.max) + 1))));
picker.querySelector("[name=wrong]").addEventListener("click", () => take("wrong"));

page.bounded(number);

function take(test) {
  wish = { test };
  ask();
}

page.takeTest = () => {
  if (page.test === undefined) return;
  take(page.test);
  page.test = undefined;
};

page.onStatus((status) => {
  number.max = Math.max(status.test_images - 1, 0);
  for (const control of picker.querySelectorAll("input, [name=show], [name=random]")) {
    control.disabled = !status.network || !status.test_images;
  }
  picker.querySelector("[name=wrong]").disabled = !status.evaluated;
  picker.querySelector(".wait").hidden = status.evaluated;
  which(status);
  if (status.network !== known) ask();
});

// showing

// Which network the page shows here, and what it waits for as long as there is none.
function which(status) {
  find(".which").textContent = status.network ? page.answering(status)
    : status.phase === "failed" ? page.text("state.failed")
    : page.text("network.waiting", { message: status.message });
}

function state() {
  find(".pad-hint").hidden = !drawing.blank;
  find("#network-clear").disabled = drawing.blank && !wish;
}

function show(reply, asked) {
  state();
  trouble.textContent = reply.error ? page.failure(reply.error) : reply.blank ? page.text("answer.nothing") : "";
  trouble.hidden = !trouble.textContent;
  if (!reply.layers) return;
  if (reply.kernels) {
    kernels = reply.kernels;
    known = reply.network;
  }
  // the picture is one of its list's, whatever "wrong" chose: the same question again shows the same one
  if (asked.test === "wrong" && wish === null) return;
  if (asked.test === "wrong") wish = { test: reply.number };
  if (reply.number !== undefined) number.value = reply.number;
  shown = reply;
  render();
}

function render() {
  if (!shown) return;
  state();
  page.paint(seen, page.bytes(shown.pixels), 28, 28, (ink) => [ink, ink, ink]);
  const { number: test, sample, label } = shown;
  const best = shown.probabilities.indexOf(Math.max(...shown.probabilities));
  source.textContent =
    test !== undefined ? page.text(best === label ? "network.is_test" : "network.is_wrong", { number: page.number(test), label, answer: best })
    : sample !== undefined ? page.text("network.is_sample", { label })
    : page.text("network.is_drawing");
  for (const one of sheets) one.show(shown);
  strip("flatten");
  strip("dense");
  outputs();
}

function counts() {
  for (const node of element.querySelectorAll("[data-count]")) {
    const count = Number(node.dataset.count);
    node.textContent = count ? page.text("network.parameters", { count: page.number(count) }) : page.text("network.none");
  }
}

// Shades of a layer's output: from the card's colour to the accent.
function shades() {
  const [from, to] = [page.colour("low"), page.colour("high")];
  const table = Array.from({ length: 256 }, (_, i) => page.mixed(from, to, i / 255));
  return (value) => table[value];
}

// Shades of a kernel's numbers, -127..127: one colour for plus, one for minus.
function signedShades() {
  const [low, plus, minus] = [page.colour("low"), page.colour("high"), page.colour("minus")];
  return (value) => page.mixed(low, value < 0 ? minus : plus, Math.abs(value) / 127);
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

  function show(reply) {
    const layer = reply.layers[name];
    values = page.bytes(layer.values);
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
      page.paint(canvas, part(i), side, side, colours, GAP + (i % columns) * step, GAP + Math.floor(i / columns) * step);
    }
    const i = choice.map;
    frame.style.left = `${(100 * (i % columns) * step) / width}%`;
    frame.style.top = `${(100 * Math.floor(i / columns) * step) / height}%`;
    frame.style.width = `${(100 * (step + GAP)) / width}%`;
    frame.style.height = `${(100 * (step + GAP)) / height}%`;
    canvas.setAttribute("aria-valuenow", i + 1);
    canvas.setAttribute("aria-valuetext", page.text("network.map", { map: i + 1, maps }));
    closer(i);
  }

  function closer(i) {
    const colours = shades();
    page.paint(map, part(i), side, side, colours);
    const largest = Math.max(...part(i)) / 255;
    caption.textContent = page.text(largest ? "network.map_most" : "network.map_dark",
      { map: i + 1, maps, most: page.number(most * largest, 2) });
    if (!kernels?.[name]) return;
    // a kernel of the second convolution has a 3×3 part for each of the first one's 32 maps
    const all = new Int8Array(page.bytes(kernels[name].values).buffer);
    const inputs = all.length / 9 / maps;
    const across = Math.ceil(Math.sqrt(inputs));
    const gap = inputs > 1 ? 1 : 0;
    kernel.width = across * (3 + gap) - gap;
    kernel.height = Math.ceil(inputs / across) * (3 + gap) - gap;
    if (inputs === 1) weights(all.subarray(i * 9, i * 9 + 9), kernels[name].most / 127);
    const signed = signedShades();
    for (let j = 0; j < inputs; j += 1) {
      const at = (i * inputs + j) * 9;
      page.paint(kernel, all.subarray(at, at + 9), 3, 3, signed, (j % across) * (3 + gap), Math.floor(j / across) * (3 + gap));
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
    const words = [...values].map((value) => page.number(Math.round(value * unit * 100) / 100 || 0, 2)); // never -0
    section.querySelector(".weights").replaceChildren(...words.map((word, j) => {
      const cell = document.createElement("span");
      cell.textContent = word;
      cell.style.color = light(signed(values[j])) ? "#000" : "#fff";
      return cell;
    }));
    kernel.setAttribute("aria-label", `${page.text("network.kernel")}: ${words.join(" ")}`);
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
  page.paint(canvas, page.bytes(shown.layers[name].values), canvas.width, canvas.height, shades());
}

function outputs() {
  const rows = [...element.querySelectorAll(".outputs tbody tr")];
  const most = Math.max(...shown.logits.map(Math.abs));
  const best = shown.probabilities.indexOf(Math.max(...shown.probabilities));
  rows.forEach((row, digit) => {
    const [logit, share] = [shown.logits[digit], shown.probabilities[digit]];
    row.classList.toggle("best", digit === best);
    row.classList.toggle("right", digit === shown.label);
    row.querySelector(".logit").textContent = page.number(logit, 2);
    row.querySelector(".share").textContent = page.percent(share, 2);
    const bar = row.querySelector(".signed .fill");
    bar.classList.toggle("minus", logit < 0);
    bar.style.width = `${(50 * Math.abs(logit)) / most}%`;
    row.querySelector(".track .fill").style.width = `${100 * share}%`;
  });
}

page.onLanguage(() => {
  page.translate(element);
  counts();
  state();
  render();
});
page.onTheme(render);
page.takeTest();
