// The Training tab's upper part: progress, curves, kernels, facts, the button that trains anew, files to take along.

const SVG = "http://www.w3.org/2000/svg";
const find = (selector) => element.querySelector(selector);
const say = find(".phase");
const bar = find("progress");
const left = find(".left");
const form = find("#retrain");
const reply = form.querySelector(".reply");
const takes = [...element.querySelectorAll(".take button")];
const takeReply = find(".take .reply");
const KERNELS = 32;
let drawn = {}; // what each part shows now
let latest = null; // the status that the curves show

page.onLanguage(() => {
  page.translate(element);
  drawn = {};
});

page.onStatus((status) => {
  say.textContent = page.text(status.message);
  element.dataset.phase = status.phase;
  bar.value = status.progress;
  bar.classList.toggle("done", status.phase === "ready");
  left.textContent = status.seconds_left ? page.text("training.left", { time: duration(status.seconds_left) }) : "";
  const past = [status.eval_points, status.epochs, page.language];
  once("curves", past, () => curves(status));
  once("epochs", past, () => epochs(status));
  once("rate", [status.learning_rates, status.progress, past], () => rate(status));
  once("strips", past, () => strips(status));
  once("facts", [status.source, status.device, status.seconds, status.test_accuracy, page.language], () => facts(status));
  form.hidden = !status.may_train;
  const busy = !["ready", "failed"].includes(status.phase);
  form.querySelector("button").disabled = busy;
  for (const button of takes) button.disabled = status.phase !== "ready";
});

// Draw a part again only when what it shows has changed.
function once(name, value, build) {
  const told = JSON.stringify(value);
  if (drawn[name] === told) return;
  drawn[name] = told;
  build();
}

function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? page.text("training.seconds", { n: whole })
    : page.text("training.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
}

// curves

function curves(status) {
  latest = status;
  const empty = !status.eval_points.length;
  element.querySelector(".curves").classList.toggle("empty", empty);
  const pick = (name) => status.eval_points.map((check) => [check.at, check[name]]);
  const pair = (name) => [{ kind: "train", points: pick(name) }, { kind: "test", points: pick(`test_${name}`) }];
  plot(find("#accuracy"), pair("accuracy"), { epochs: status.epochs, format: page.percent, bound: 1, percent: true });
  plot(find("#loss"), pair("loss"), { epochs: status.epochs, format: page.number, bound: 0 });
}

// A plain sentence for each epoch; those to come have their place already, so that nothing below moves.
function epochs(status) {
  const past = status.history.length;
  const count = Math.max(past, status.epochs);
  find(".epochs").replaceChildren(...Array.from({ length: count }, (_, i) => {
    const item = document.createElement("li");
    const right = page.number(Math.round(1000 * (status.history[i]?.test_accuracy ?? 0)));
    const values = { epoch: i + 1, epochs: count, right, of: page.number(1000) };
    item.textContent = page.text(i < past ? "training.sentence" : "training.ahead", values);
    item.classList.toggle("newest", i === past - 1);
    return item;
  }));
}

// The learning rate from the training's start to its end, and how far it has come.
function rate(status) {
  const svg = find("#rate");
  const rates = status.learning_rates;
  if (!rates.length) return svg.replaceChildren();
  const last = Math.max(status.epochs, 1);
  const line = rates.map((value, i) => [(i / (rates.length - 1)) * last, value]);
  const done = ["training", "ready"].includes(status.phase) ? status.progress : 0;
  const at = Math.round(done * (rates.length - 1));
  const series = [{ kind: "train", points: line, plain: true }, { kind: "train", points: [line[at]], name: "training.rate" }];
  plot(svg, series, { epochs: last, format: page.number, bound: 0 });
}

// The first convolution's kernels, those of each epoch: all large where they are few, else the newest large and each
// in a row. Those to come have their place already.
function strips(status) {
  const [low, plus, minus] = [page.colour("low"), page.colour("high"), page.colour("minus")];
  const shade = (value) => page.mixed(low, value < 0 ? minus : plus, Math.abs(value) / 127);

  function row(epoch, across) {
    const [line, name, canvas] = ["div", "span", "canvas"].map((tag) => document.createElement(tag));
    const values = new Int8Array(page.bytes(epoch.kernels ?? "").buffer);
    [canvas.width, canvas.height] = [across * 4 - 1, (KERNELS / across) * 4 - 1];
    for (let i = 0; i < values.length / 9; i += 1) {
      page.paint(canvas, values.subarray(9 * i, 9 * i + 9), 3, 3, shade, 4 * (i % across), 4 * Math.floor(i / across));
    }
    name.textContent = epoch.epoch;
    if (epoch.kernels) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", page.text("training.kernels_of", { epoch: epoch.epoch }));
    }
    line.append(name, canvas);
    return line;
  }

  const known = status.history.filter((epoch) => epoch.kernels);
  const ahead = status.epochs - status.history.length;
  const next = Array.from({ length: Math.max(ahead, 0) }, (_, i) => ({ epoch: status.history.length + i + 1 }));
  const rows = [...known, ...next];
  const few = rows.length <= 4;
  const large = few ? rows : rows.slice(Math.max(known.length - 1, 0)).slice(0, 1);
  find(".strips").classList.toggle("few", few);
  find(".strips").replaceChildren(...large.map((e) => row(e, 16)), ...(few ? [] : rows).map((e) => row(e, 32)));
}
page.onTheme(() => latest && strips(latest));

// Series over epochs: a full line with dots (kind "train"), a dashed one with squares ("test"), or a plain line. Marks
// are small within an epoch, and left out there where they would touch.
function plot(svg, series, { epochs, format, bound, percent = false }) {
  const width = svg.clientWidth || 480; // so that the text keeps its size on every screen
  const [height, margin] = [240, { left: 56, right: 16, top: 12, bottom: 40 }];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const ticks = nice(Math.min(...values, bound), Math.max(...values, bound));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const last = Math.max(epochs, 1);
  const places = Math.max(0, Math.ceil(-Math.log10(ticks[1] - ticks[0]) - 1e-9) - (percent ? 2 : 0));
  const x = (epoch) => margin.left + (epoch / last) * (width - margin.left - margin.right);
  const y = (value) => height - margin.bottom - ((value - low) / (high - low)) * (height - margin.top - margin.bottom);
  const parts = [];
  for (const tick of ticks) {
    parts.push(node("line", { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick), class: "grid" }));
    parts.push(node("text", { x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick, places)));
  }
  const step = Math.ceil(last / (width / 45));
  for (let epoch = 0; epoch <= last; epoch += step) {
    parts.push(node("text", { x: x(epoch), y: height - 22, "text-anchor": "middle" }, epoch));
  }
  parts.push(node("text", { x: (margin.left + width - margin.right) / 2, y: height - 4, "text-anchor": "middle" }, page.text("training.epoch")));
  for (const { kind, points, plain, name = `training.${kind}` } of series) {
    if (points.length > 1) {
      parts.push(node("polyline", { points: points.map(([e, v]) => `${x(e)},${y(v)}`).join(" "), class: kind }));
    }
    for (const [epoch, value] of plain ? [] : points) {
      const within = epoch % 1 > 0 && points.length > 1;
      if (within && x(0.125) - x(0) < 8) continue;
      const half = within ? 2.5 : 4;
      const mark = kind === "test" ? node("rect", { x: x(epoch) - half, y: y(value) - half, width: 2 * half, height: 2 * half, class: kind })
        : node("circle", { cx: x(epoch), cy: y(value), r: half, class: kind });
      const where = `${page.text(name)}, ${page.text("training.epoch")} ${Number(epoch.toFixed(2))}`;
      mark.append(node("title", {}, `${where}: ${format(value, percent ? 2 : 4)}`));
      parts.push(mark);
    }
  }
  svg.replaceChildren(...parts);
}

// Round tick values from below low to above high.
function nice(low, high) {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low === high) [low, high] = [0, 1];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const ticks = [];
  for (let i = Math.floor(low / step + 1e-9); i * step < high + step * (1 - 1e-9); i += 1) ticks.push(i * step);
  return ticks;
}

function node(name, attributes, words) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (words !== undefined) made.textContent = words;
  return made;
}

new ResizeObserver(() => latest && (curves(latest), rate(latest))).observe(find(".curves"));

// facts

function facts(status) {
  const rows = {
    "facts.source": status.source ? page.text(status.source) : "–",
    "facts.device": status.device || "–",
    "facts.parameters": page.number(status.parameters),
    "facts.seconds": status.seconds ? duration(status.seconds) : "–",
    "facts.accuracy": status.test_accuracy !== null ? page.percent(status.test_accuracy, 2) : "–",
  };
  find("dl").replaceChildren(...Object.entries(rows).flatMap(([key, value]) => {
    const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = page.text(key);
    fact.textContent = value;
    return [term, fact];
  }));
}

page.bounded(form.querySelector("input"));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const epochs = form.querySelector("input").value;
  const result = await page.answered(server.retrain({ epochs: epochs ? Number(epochs) : null, fetch: false }))
    .catch(() => ({ error: {} }));
  reply.textContent = result.error ? page.failure(result.error) : "";
  page.hurry();
});

// files to take along

for (const button of takes) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy")) return; // not disabled, so that it keeps the keyboard's focus
    button.setAttribute("aria-busy", "true");
    const result = await page.answered(server.take(button.dataset.kind), 60).catch(() => ({ error: {} }));
    button.removeAttribute("aria-busy");
    takeReply.textContent = result.error ? page.failure(result.error) : "";
    if (!result.error) page.save(result.name, new Blob([page.bytes(result.content)]));
  });
}
