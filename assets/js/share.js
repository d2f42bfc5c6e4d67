// The drawing with its answer as one picture to show around.

import { percent, text } from "./i18n.js";
import { drawing, paintStrokes } from "./pad.js";

const [WIDTH, HEIGHT] = [1200, 630]; // as link previews have it
const PAD = { x: 56, y: 88, side: 454 };
const BARS = { x: 590, y: 254, width: 430, step: 29 };
const COLOURS = { page: "#f7f7f5", card: "#ffffff", line: "#dcdcd6", ink: "#1c1c1a", quiet: "#5b5b55", accent: "#3d4fd6", track: "#d9dcef" };
const FONT = '"Segoe UI", system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/**
 * @param {{digits: number[], verdict: string, probabilities: number[]}} answer what is said of the drawing, and the
 *   digits in large type
 * @returns {Promise<Blob>} a PNG of 1200×630
 */
export function picture({ digits, verdict, probabilities }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const pen = canvas.getContext("2d");
  fill(pen, COLOURS.page, 0, 0, WIDTH, HEIGHT, 0);
  write(pen, text("page.title"), PAD.x, 58, 30, COLOURS.ink, 650);
  sheet(pen);
  digits.forEach((digit, i) => {
    write(pen, String(digit), BARS.x + i * 110, 200, digits.length > 1 ? 90 : 150, digits.length > 1 ? COLOURS.quiet : COLOURS.accent, 700);
  });
  write(pen, verdict, BARS.x, 238, 26, COLOURS.ink, 400);
  const best = probabilities.indexOf(Math.max(...probabilities));
  probabilities.forEach((share, digit) => bar(pen, digit, share, digit === best && digits.length > 0));
  write(pen, location.host.startsWith("127.") ? "" : location.host, PAD.x, 592, 20, COLOURS.quiet, 400);
  return new Promise((done) => canvas.toBlob(done));
}

function sheet(pen) {
  fill(pen, COLOURS.card, PAD.x, PAD.y, PAD.side, PAD.side, 16, COLOURS.line);
  pen.save();
  pen.beginPath();
  pen.roundRect(PAD.x, PAD.y, PAD.side, PAD.side, 16);
  pen.clip();
  pen.translate(PAD.x, PAD.y);
  const { image } = drawing;
  if (image) {
    const scale = Math.min(PAD.side / image.width, PAD.side / image.height);
    const [w, h] = [image.width * scale, image.height * scale];
    pen.drawImage(image, (PAD.side - w) / 2, (PAD.side - h) / 2, w, h);
  }
  paintStrokes(pen, drawing.strokes, PAD.side, COLOURS.ink);
  pen.restore();
}

function bar(pen, digit, share, best) {
  const y = BARS.y + digit * BARS.step;
  const weight = best ? 650 : 400;
  write(pen, String(digit), BARS.x, y + 19, 20, COLOURS.ink, weight);
  fill(pen, COLOURS.track, BARS.x + 28, y + 5, BARS.width, 16, 5);
  if (share > 0.002) fill(pen, best ? COLOURS.accent : COLOURS.quiet, BARS.x + 28, y + 5, Math.max(4, BARS.width * share), 16, 5);
  pen.textAlign = "right";
  write(pen, percent(share), WIDTH - 56, y + 19, 20, COLOURS.ink, weight);
  pen.textAlign = "left";
}

function fill(pen, colour, x, y, width, height, radius, edge = null) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fillStyle = colour;
  pen.fill();
  if (!edge) return;
  pen.strokeStyle = edge;
  pen.stroke();
}

function write(pen, words, x, y, size, colour, weight) {
  pen.font = `${weight} ${size}px ${FONT}`;
  pen.fillStyle = colour;
  pen.fillText(words, x, y);
}
