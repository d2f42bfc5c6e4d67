"""What photographs of handwriting are made of: a page, a pen, a lamp, a camera. For `scenes`."""

import io
import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image

Strokes = Sequence[np.ndarray]


def placed(
    strokes: Strokes, rng: Generator, width: float, height: float, low: float = 0.3, high: float = 0.75
) -> tuple[list[np.ndarray], float]:
    """The strokes in pixels somewhere on a page, and the digit's size there."""
    points = np.concatenate(strokes)
    lower, upper = points.min(0), points.max(0)
    extent = upper - lower
    size = rng.uniform(low, high) * min(width, height) / max(extent.max(), 1e-6)
    room = np.array([width, height]) - extent * size
    margin = np.minimum(0.06 * np.array([width, height]), room / 2)
    corner = margin + rng.random(2) * (room - 2 * margin)
    return [(stroke - lower) * size + corner for stroke in strokes], float(size * extent.max())


def drawn(strokes: Strokes, pen: float, width: int, height: int) -> np.ndarray:
    """Coverage float32 (height, width), 0 to 1, of strokes in pixels drawn with a round pen."""
    shift = 4
    fine = np.zeros((2 * height, 2 * width), np.uint8)
    for stroke in strokes:
        points = np.round((2 * np.asarray(stroke)) * 2**shift).astype(np.int32)
        if len(points) > 1:
            cv2.polylines(fine, [points[:, None]], False, 255, max(1, round(2 * pen)), cv2.LINE_AA, shift)
        for x, y in points:
            cv2.circle(fine, (int(x), int(y)), round(pen * 2**shift), 255, -1, cv2.LINE_AA, shift)
    return cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def lines(segments, thickness: float, width: int, height: int) -> np.ndarray:
    """Coverage of straight lines ((x, y), (x, y)) in pixels."""
    shift, k = 4, 4
    fine = np.zeros((k * height, k * width), np.uint8)
    for a, b in segments:
        ends = [tuple(round(float(k * v * 2**shift)) for v in p) for p in (a, b)]
        cv2.line(fine, ends[0], ends[1], 255, max(1, round(k * thickness)), cv2.LINE_AA, shift)
    return cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def smooth_noise(rng, width: int, height: int, cells: int) -> np.ndarray:
    """Smooth noise of about unit deviation."""
    coarse = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _lamp(rng, width: int, height: int, strength: float) -> np.ndarray:
    """How bright the lamp is at each place, at most 1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    slope = (math.cos(angle) * x + math.sin(angle) * y) / 1.42
    fall = rng.uniform(0, 0.3) * (x * x + y * y) / 2
    light = 1 - strength * (rng.uniform(0.3, 1) * (1 - slope) / 2 + fall)
    return light + 0.01 * smooth_noise(rng, width, height, 4)


def page_size(rng) -> tuple[int, int]:
    side = int(rng.choice([300, 400, 600, 800, 1000], p=[0.3, 0.2, 0.3, 0.1, 0.1]))
    if rng.random() < 0.6:
        return side, side
    return (side, int(side * rng.uniform(0.65, 1))) if rng.random() < 0.5 else (int(side * rng.uniform(0.65, 1)), side)


def paper_colour(rng) -> np.ndarray:
    return rng.uniform(0.75, 1) * (1 - rng.uniform(0, 0.08, 3) * (rng.random() < 0.6)).astype(np.float32)


def ink_colour(rng) -> np.ndarray:
    """Black, blue or, rarely, red."""
    kind = rng.choice(3, p=[0.6, 0.3, 0.1])
    dark = rng.uniform(0.04, 0.3)
    if kind == 0:
        return np.full(3, dark, np.float32)
    return np.float32([dark, dark + 0.05, min(dark + 0.4, 0.65)] if kind == 1 else [min(dark + 0.45, 0.7), dark, dark])


def pen_radius(rng, size: float) -> float:
    """The radius in pixels: 2.5 to 6 % of the digit's size, that is 5 to 12 % in width."""
    return max(0.9, size * rng.uniform(0.02, 0.055))


def mixed(below: np.ndarray, colour: np.ndarray, share: np.ndarray) -> np.ndarray:
    return below + (colour - below) * share[..., None]


def page(strokes, rng, width=None, height=None, low=0.3, high=0.75, ink=None, paper=None):
    """A page with its digit, without light: (h, w, 3), the ink, the paper, the coverage and the digit's size."""
    if width is None:
        width, height = page_size(rng)
    at, size = placed(strokes, rng, width, height, low, high)
    coverage = drawn(at, pen_radius(rng, size), width, height)
    ink = ink_colour(rng) if ink is None else ink
    paper = paper_colour(rng) if paper is None else paper
    page = np.ones((height, width, 3), np.float32) * paper
    return page, ink, paper, coverage, size


def shot(rng, picture: np.ndarray, lamp: float = 0.35, noise: float = 0.02, blur: float = 0.004) -> np.ndarray:
    """Lit, out of focus, noisy, compressed: float (h, w, 3) to uint8 (h, w, 3)."""
    height, width = picture.shape[:2]
    picture = picture * _lamp(rng, width, height, rng.uniform(0, lamp))[..., None]
    sigma = rng.uniform(0, blur) * min(width, height)
    if sigma > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    grain = rng.standard_normal((height, width, 1 if rng.random() < 0.5 else 3)).astype(np.float32)
    picture = picture + rng.uniform(0.002, noise) * grain
    picture = np.clip(picture * 255, 0, 255).astype(np.uint8)
    return compressed(rng, picture)


def compressed(rng, picture: np.ndarray, share: float = 0.6) -> np.ndarray:
    if rng.random() < share:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=int(rng.integers(45, 95)))
        return np.asarray(Image.open(file).convert("RGB"))
    return picture
