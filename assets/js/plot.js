// Curves over epochs, as SVG.

import { text } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Draw series over epochs: a full line with dots (kind "train"), a dashed one with squares ("test"), or a plain line.
 * Marks are small within an epoch, and left out there where they would touch.
 *
 * `format(value, digits)` writes a value; `bound` is a value that the axis has to reach.
 * @param {SVGElement} svg
 * @param {{kind: string, points: number[][], plain?: boolean, name?: string}[]} series
 */
export function plot(svg, series, { epochs, format, bound, percent = false }) {
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
  const middle = { x: (margin.left + width - margin.right) / 2, y: height - 4, "text-anchor": "middle" };
  parts.push(node("text", middle, text("training.epoch")));
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
      const where = `${text(name)}, ${text("training.epoch")} ${Number(epoch.toFixed(2))}`;
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

/** An SVG element with words in it. */
export function node(name, attributes, words) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (words !== undefined) made.textContent = words;
  return made;
}
