"""Digits as people's pens send them: strokes of some dozen points, in 0..1 of the pad, y downwards."""

import io

import numpy as np
from PIL import Image, ImageDraw

SEVEN = [[(0.24, 0.2), (0.75, 0.18), (0.45, 0.85)]]
ONE = [[(0.5, 0.15), (0.5, 0.85)]]
ZERO = [[(0.5, 0.14), (0.3, 0.3), (0.27, 0.55), (0.36, 0.8), (0.52, 0.86), (0.68, 0.76), (0.74, 0.5), (0.66, 0.24),
         (0.5, 0.14)]]  # fmt: skip
THREE = [[(0.3, 0.25), (0.5, 0.14), (0.68, 0.25), (0.6, 0.42), (0.46, 0.48), (0.64, 0.56), (0.7, 0.74), (0.5, 0.87),
          (0.28, 0.78)]]  # fmt: skip

Drawing = list[list[list[float]]]


def drawings(count: int = 20, points: int = 40) -> list[Drawing]:
    """Sevens, ones, zeros and threes in turn, each of `points` points a stroke and trembling a little differently."""
    rng = np.random.default_rng(0)
    shapes = (SEVEN, ONE, ZERO, THREE)
    return [[_traced(stroke, points, rng) for stroke in shapes[i % len(shapes)]] for i in range(count)]


def _traced(corners: list[tuple[float, float]], points: int, rng: np.random.Generator) -> list[list[float]]:
    way = np.linspace(0, len(corners) - 1, points)
    xy = [np.interp(way, range(len(corners)), values) for values in zip(*corners, strict=True)]
    return (np.stack(xy, 1) + rng.normal(0, 0.004, (points, 2))).clip(0, 1).round(4).tolist()


def picture(drawing: Drawing, side: int = 280) -> Image.Image:
    """The drawing as `gr.Sketchpad` gives it: black ink on transparent paper, RGBA."""
    image = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(image)
    for stroke in drawing:
        pen.line([(x * side, y * side) for x, y in stroke], fill="black", width=round(0.075 * side), joint="curve")
    return image


def png(drawing: Drawing) -> bytes:
    """The bytes of `picture` as a PNG file."""
    file = io.BytesIO()
    picture(drawing).save(file, "PNG")
    return file.getvalue()
