// The Training tab: phase, progress, curves, sample images, facts, the button that trains anew, files to take along.

const SVG = "http://www.w3.org/2000/svg";
const find = (selector) => element.querySelector(selector);
const say = find(".phase");
const bar = find("progress");
const left = find(".left");
const form = find("#retrain");
const reply = form.querySelector(".reply");
const takes = [...element.querySelectorAll(".take button")];
const takeReply = find(".take .reply");
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
  once("curves", [status.history, status.epochs, page.language], () => curves(status));
  once("samples", [status.samples?.labels, status.samples?.images, page.language], () => samples(status.samples));
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
  const empty = !status.history.length;
  element.querySelector(".curves").classList.toggle("empty", empty);
  const pick = (name) => status.history.map((epoch) => [epoch.epoch, epoch[name]]);
  plot(find("#accuracy"), [pick("accuracy"), pick("test_accuracy")], status.epochs, page.percent, 1);
  plot(find("#loss"), [pick("loss"), pick("test_loss")], status.epochs, (v, digits) => v.toFixed(digits), 0);
}

// Two series over epochs 1..epochs: a full line with dots (training) and a dashed one with squares (test).
function plot(svg, series, epochs, format, bound) {
  const width = svg.clientWidth || 480; // so that the text keeps its size on every screen
  const [height, margin] = [240, { left: 56, right: 16, top: 12, bottom: 40 }];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const values = series.flat().map(([, value]) => value);
  const ticks = nice(Math.min(...values, bound), Math.max(...values, bound));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const last = Math.max(epochs, 2);
  const places = Math.max(0, Math.ceil(-Math.log10(ticks[1] - ticks[0]) - 1e-9) - (bound ? 2 : 0));
  const x = (epoch) => margin.left + ((epoch - 1) / (last - 1)) * (width - margin.left - margin.right);
  const y = (value) => height - margin.bottom - ((value - low) / (high - low)) * (height - margin.top - margin.bottom);
  const parts = [];
  for (const tick of ticks) {
    parts.push(node("line", { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick), class: "grid" }));
    parts.push(node("text", { x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick, places)));
  }
  const step = Math.ceil(last / (width / 45));
  for (let epoch = 1; epoch <= last; epoch += step) {
    parts.push(node("text", { x: x(epoch), y: height - 22, "text-anchor": "middle" }, epoch));
  }
  parts.push(node("text", { x: (margin.left + width - margin.right) / 2, y: height - 4, "text-anchor": "middle" }, page.text("training.epoch")));
  series.forEach((points, i) => {
    const kind = i ? "test" : "train";
    if (points.length > 1) {
      parts.push(node("polyline", { points: points.map(([e, v]) => `${x(e)},${y(v)}`).join(" "), class: kind }));
    }
    for (const [epoch, value] of points) {
      const mark = i ? node("rect", { x: x(epoch) - 4, y: y(value) - 4, width: 8, height: 8, class: kind })
        : node("circle", { cx: x(epoch), cy: y(value), r: 4, class: kind });
      const where = `${page.text(`training.${kind}`)}, ${page.text("training.epoch")} ${epoch}`;
      mark.append(node("title", {}, `${where}: ${format(value, bound ? 2 : 3)}`));
      parts.push(mark);
    }
  });
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

new ResizeObserver(() => latest && curves(latest)).observe(find(".curves"));

// sample images

function samples(given) {
  const grid = find(".samples");
  grid.replaceChildren();
  if (!given) return;
  const bytes = page.bytes(given.images);
  given.labels.forEach((label, i) => {
    const figure = document.createElement("figure");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 28;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", page.text("training.sample", { label }));
    const pen = canvas.getContext("2d");
    const data = pen.createImageData(28, 28);
    bytes.subarray(i * 784, (i + 1) * 784).forEach((ink, j) => data.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * j));
    pen.putImageData(data, 0, 0);
    const caption = document.createElement("figcaption");
    caption.textContent = label;
    figure.append(canvas, caption);
    grid.append(figure);
  });
}

// facts

function facts(status) {
  const rows = {
    "facts.source": status.source ? page.text(status.source) : "–",
    "facts.device": status.device || "–",
    "facts.parameters": status.parameters.toLocaleString("en"),
    "facts.seconds": status.seconds ? duration(status.seconds) : "–",
    "facts.accuracy": status.test_accuracy ? page.percent(status.test_accuracy, 2) : "–",
  };
  find("dl").replaceChildren(...Object.entries(rows).flatMap(([key, value]) => {
    const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = page.text(key);
    fact.textContent = value;
    return [term, fact];
  }));
}

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
    const result = await page.answered(server.take(button.dataset.kind)).catch(() => ({ error: {} }));
    button.removeAttribute("aria-busy");
    takeReply.textContent = result.error ? page.failure(result.error) : "";
    if (!result.error) page.save(result.name, new Blob([page.bytes(result.content)]));
  });
}
