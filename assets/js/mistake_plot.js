// Mistakes per 10,000 over a training, on a logarithmic axis: what halves them is as far from everywhere.

import { node } from "./plot.js";

const HEIGHT = 280;
const MARGIN = { left: 56, right: 16, top: 12, bottom: 40 };
const LEAST = 1; // mistakes per 10,000; none at all stands here too, as an axis like this has no zero

/**
 * @param {SVGElement} svg
 * @param {{kind: string, name: string, points: number[][]}[]} series of [x, mistakes per 10,000]; `kind` is the lines'
 *   class
 * @param {{label: string, format: (value: number, digits?: number) => string}} axes what x is, how numbers are written
 */
export function plotMistakes(svg, series, { label, format }) {
  const width = svg.clientWidth || 480; // so that the text keeps its size on every screen
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const points = series.flatMap((line) => line.points);
  const ticks = powers(Math.min(...points.map(([, y]) => Math.max(y, LEAST))), Math.max(...points.map(([, y]) => y), LEAST));
  const [low, high] = [Math.log(ticks[0]), Math.log(ticks.at(-1))];
  const last = Math.max(...points.map(([x]) => x), 1e-9);
  const x = (value) => MARGIN.left + (value / last) * (width - MARGIN.left - MARGIN.right);
  const share = (value) => (Math.log(Math.max(value, LEAST)) - low) / (high - low);
  const y = (value) => HEIGHT - MARGIN.bottom - share(value) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const parts = [];
  for (const tick of ticks) {
    parts.push(node("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick), class: "grid" }));
    parts.push(node("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick)));
  }
  const step = roundUp(last / Math.max(2, Math.floor(width / 90)));
  for (let at = 0; at <= last * 1.0001; at += step) {
    parts.push(node("text", { x: x(at), y: HEIGHT - 22, "text-anchor": "middle" }, format(at, step < 1 ? 1 : 0)));
  }
  parts.push(node("text", { x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, label));
  for (const { kind, name, points: line } of series) {
    const drawn = node("polyline", { points: line.map(([at, value]) => `${x(at)},${y(value)}`).join(" "), class: kind });
    drawn.append(node("title", {}, name));
    parts.push(drawn);
    for (const [at, value] of line) {
      const mark = node("circle", { cx: x(at), cy: y(value), r: 3, class: kind });
      mark.append(node("title", {}, `${name}: ${format(value, value < 10 ? 1 : 0)}`));
      parts.push(mark);
    }
  }
  svg.replaceChildren(...parts);
}

/** 1, 2, 5, 10, ... from below the least to above the most; at least two of them. */
function powers(least, most) {
  const all = Array.from({ length: 15 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
  const from = Math.max(all.findLastIndex((tick) => tick <= least), 0);
  const to = Math.max(all.findIndex((tick) => tick >= most), from + 1);
  return all.slice(from, to + 1);
}

/** The next of 0.1, 0.2, 0.5, 1, 2, 5, ... */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value * 0.9999);
}
