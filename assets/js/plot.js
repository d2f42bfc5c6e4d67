// Curves over epochs, as SVG.

import { text } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const OF = 10000; // images, of which mistakes are counted
const LEAST = 0.5; // mistakes, where there are none: a logarithmic axis has no zero

/** Mistakes in 10,000 images, for a logarithmic axis. @param {number} accuracy 0..1 */
export const mistakes = (accuracy) => Math.max(OF * (1 - accuracy), LEAST);

/**
 * Draw series over epochs: a full line with dots (kind "train"), a dashed one with squares ("test"), or a plain line,
 * as that of an earlier training ("ghost"). Marks are small within an epoch, and left out there where they would touch.
 *
 * `title` says what is shown; `format(value, digits)` writes a value; `bound` is a value that the axis has to reach;
 * `log`: a logarithmic axis, of values above zero; `axis`: the words for what the values stand over.
 * @param {SVGElement} svg
 * @param {{kind: string, points: number[][], plain?: boolean, name?: string}[]} series
 */
export function plot(svg, series, { title, epochs, format, bound, percent = false, log = false, axis = "training.epoch" }) {
  const width = svg.clientWidth || 480; // so that the text keeps its size on every screen
  const height = svg.clientHeight || 240;
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const margin = { left: 56 * unit, right: 16, top: 12, bottom: 40 * unit };
  svg.classList.add("plot");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", `${title}. ${series.filter(({ plain }) => !plain).map(spoken).join(" ")}`);
  const scale = log ? Math.log10 : (value) => value;
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const ticks = log ? decades(Math.min(...values), Math.max(...values)) : nice(Math.min(...values, bound), Math.max(...values, bound));
  const [low, high] = [scale(ticks[0]), scale(ticks.at(-1))];
  const last = Math.max(epochs, 1);
  const places = log ? 0 : Math.max(0, Math.ceil(-Math.log10(ticks[1] - ticks[0]) - 1e-9) - (percent ? 2 : 0));
  const x = (epoch) => margin.left + (epoch / last) * (width - margin.left - margin.right);
  const y = (value) => height - margin.bottom - ((scale(value) - low) / (high - low)) * (height - margin.top - margin.bottom);
  const parts = [];
  for (const tick of ticks) {
    parts.push(node("line", { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick), class: "grid" }));
    parts.push(node("text", { x: margin.left - 8, y: y(tick) + 4 * unit, "text-anchor": "end" }, format(tick, places)));
  }
  const step = Math.ceil(last / (width / 45));
  for (let epoch = 0; epoch <= last; epoch += step) {
    parts.push(node("text", { x: x(epoch), y: height - 22 * unit, "text-anchor": "middle" }, epoch));
  }
  const middle = { x: (margin.left + width - margin.right) / 2, y: height - 4 * unit, "text-anchor": "middle" };
  parts.push(node("text", middle, text(axis)));
  for (const { kind, points, plain, name = `training.${kind}` } of series) {
    if (points.length > 1) {
      parts.push(node("polyline", { points: points.map(([e, v]) => `${x(e)},${y(v)}`).join(" "), class: kind }));
    }
    for (const [epoch, value] of plain ? [] : points) {
      const within = epoch % 1 > 0 && points.length > 1;
      if (within && x(0.125) - x(0) < 8) continue;
      const half = (within ? 2.5 : 4) * unit;
      const mark = kind === "test" ? node("rect", { x: x(epoch) - half, y: y(value) - half, width: 2 * half, height: 2 * half, class: kind })
        : node("circle", { cx: x(epoch), cy: y(value), r: half, class: kind });
      const where = `${text(name)}, ${text(axis)} ${Number(epoch.toFixed(2))}`;
      mark.append(node("title", {}, `${where}: ${format(value, percent ? 2 : log ? 0 : 4)}`));
      parts.push(mark);
    }
  }
  const drawn = node("g", { "aria-hidden": "true" }); // dozens of marks: what they say in short is the label
  drawn.append(...parts);
  svg.replaceChildren(drawn);

  // Where a curve begins and how far it has come, for those who hear the page.
  function spoken({ kind, points, name = `training.${kind}` }) {
    const written = ([, value]) => format(value, percent ? 2 : log ? 0 : 4);
    if (!points.length) return "";
    return `${text(name)}: ${points.length > 1 ? `${written(points[0])} → ` : ""}${written(points.at(-1))}.`;
  }
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

// 10, 20, 50, 100 … from below low to above high.
function decades(low, high) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [10, 10000];
  const all = Array.from({ length: 24 }, (_, i) => [1, 2, 5][i % 3] * 10 ** (Math.floor(i / 3) - 1));
  const from = Math.max(all.findLastIndex((tick) => tick <= low), 0);
  const to = Math.max(all.findIndex((tick) => tick >= high), from + 1);
  return all.slice(from, to + 1);
}

function node(name, attributes, words) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (words !== undefined) made.textContent = words;
  return made;
}
