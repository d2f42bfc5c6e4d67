"""Photographs, scans and screenshots of one digit, made from pen strokes: everything about them varies.

A scene takes strokes, each (n, 2) of x, y with y downwards, and a generator of random numbers, and gives a picture as
people send them, uint8 (h, w, 3).
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
import scene_parts as parts
from numpy.random import Generator
from scene_parts import Strokes

from mnist_demo.handwriting import generator
from mnist_demo.handwriting.allographs import HABITS, allographs_of


def written(rng: Generator) -> tuple[int, list[np.ndarray]]:
    """A digit and its strokes, in one of its usual forms, by a writer of our own."""
    digit = int(rng.integers(10))
    allographs = allographs_of(digit, 0.3)
    shares = np.array([allograph.share for allograph in allographs])
    allograph = allographs[rng.choice(len(allographs), p=shares / shares.sum())]
    curves, pen_up = generator.draw(allograph, HABITS[digit], 1, rng)
    return digit, np.split(curves[0].astype(float), np.flatnonzero(pen_up) + 1)


# --- scenes --------------------------------------------------------------------------------------------------------


def paper(strokes: Strokes, rng: Generator):
    page, ink, _, coverage, _ = parts.page(strokes, rng)
    return parts.shot(rng, parts.mixed(page, ink, coverage))


def scan_border(strokes: Strokes, rng: Generator, share):
    """A scanner's dark lid around the sheet."""
    picture = paper(strokes, rng)
    height, width = picture.shape[:2]
    sides = [round(share * min(width, height) * (1 if rng.random() < 0.7 else rng.uniform(0.5, 1.3))) for _ in range(4)]
    if rng.random() < 0.5:
        sides = [round(share * min(width, height))] * 4
    if rng.random() < 0.15:
        sides[rng.integers(4)] = 0
    inner = (max(width - sides[2] - sides[3], 60), max(height - sides[0] - sides[1], 60))
    inside = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA)
    dark = rng.uniform(0, 30)
    whole = np.full((inner[1] + sides[0] + sides[1], inner[0] + sides[2] + sides[3], 3), dark, np.float32)
    whole += rng.uniform(0, 3) * rng.standard_normal(whole.shape)
    whole[sides[0] : sides[0] + inner[1], sides[2] : sides[2] + inner[0]] = inside
    if rng.random() < 0.3:
        whole = cv2.GaussianBlur(whole, (0, 0), 0.8)
    return parts.compressed(rng, np.clip(whole, 0, 255).astype(np.uint8))


def table(strokes: Strokes, rng: Generator, low, high):
    """A sheet, turned and seen aslant, on a table as bright as `low` to `high` of the paper."""
    page, ink, paper_, coverage, _ = parts.page(strokes, rng, low=0.3, high=0.7)
    page = parts.mixed(page, ink, coverage)
    height, width = page.shape[:2]
    large = round(max(width, height) * rng.uniform(1.25, 2))
    small = min(1.0, 1000 / large)
    large = round(large * small)
    angle = math.radians(rng.uniform(-20, 20) if rng.random() < 0.8 else 0)
    corners = (np.float32([[0, 0], [width, 0], [width, height], [0, height]]) - (width / 2, height / 2)) * small
    turn = np.float32([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    seen = corners @ turn + rng.uniform(-0.04, 0.04, (4, 2)) * min(width, height) * small
    reach = np.abs(seen).max(0)
    if reach.max() > large / 2:
        seen *= large / 2 / reach.max()
        reach = np.abs(seen).max(0)
    seen = (seen + large / 2 + (large / 2 - reach) * rng.uniform(-0.7, 0.7, 2)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [width, 0], [width, height], [0, height]]), seen)
    colour = paper_ * rng.uniform(low, high) * (1 - rng.uniform(0, 0.3, 3) * (rng.random() < 0.6)).astype(np.float32)
    ground = np.ones((large, large, 3), np.float32) * colour
    if rng.random() < 0.5:  # wood
        grain = cv2.resize(
            rng.standard_normal((large, 6)).astype(np.float32), (large, large), interpolation=cv2.INTER_CUBIC
        )
        ground *= 1 + rng.uniform(0.01, 0.08) * (grain if rng.random() < 0.5 else grain.T)[..., None]
    ground *= 1 + rng.uniform(0, 0.06) * parts.smooth_noise(rng, large, large, 12)[..., None]
    mask = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (large, large), flags=cv2.INTER_AREA)
    if rng.random() < 0.5:  # the sheet's own shadow
        away = rng.uniform(-0.02, 0.02, 2) * large
        shade = cv2.GaussianBlur(
            np.roll(mask, away.astype(int), (0, 1)), (0, 0), max(0.5, rng.uniform(0, 0.015) * large)
        )
        ground *= (1 - rng.uniform(0.1, 0.4) * shade)[..., None]
    sheet = cv2.warpPerspective(page, matrix, (large, large), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return parts.shot(rng, ground * (1 - mask[..., None]) + sheet * mask[..., None])


def bars(strokes: Strokes, rng: Generator, share):
    """A screenshot of a film: bars above and below, or left and right, of a page of one brightness."""
    if rng.random() < 0.6:
        page, ink, _, coverage, _ = parts.page(strokes, rng, ink=np.float32([0, 0, 0]), paper=np.float32([1, 1, 1]))
        page = (parts.mixed(page, ink, coverage) * 255).astype(np.uint8)
    else:
        page = paper(strokes, rng)
    bar = round(share * min(page.shape[:2]))
    axis = int(rng.random() < 0.3)
    around = [(0, 0)] * 3
    around[axis] = (bar, bar)
    return parts.compressed(
        rng, np.pad(page, around, constant_values=0 if rng.random() < 0.8 else int(rng.integers(0, 40))), 0.3
    )


def _grid(rng, width, height, spacing, turn, both, margin):
    segments = []
    far = 2 * max(width, height)
    for axis in (0, 1) if both else (0,):
        direction = np.array([math.cos(turn), math.sin(turn)] if axis == 0 else [-math.sin(turn), math.cos(turn)])
        normal = np.array([-direction[1], direction[0]])
        start = rng.random() * spacing
        for i in range(-int(far / spacing) - 1, int(far / spacing) + 2):
            middle = np.array([width / 2, height / 2]) + normal * (start + i * spacing)
            segments.append((middle - direction * far, middle + direction * far))
    if margin:
        x = rng.uniform(0.06, 0.2) * width
        segments.append(((x, -5), (x + math.sin(-turn) * height, height + 5)))
    return segments


def ruled(strokes: Strokes, rng: Generator, dark, both=False):
    """Lines as dark as `dark` of the ink, in one direction or two."""
    page, ink, paper_, coverage, _ = parts.page(strokes, rng)
    height, width = page.shape[:2]
    spacing = rng.uniform(*((0.05, 0.15) if both else (0.08, 0.22))) * min(width, height)
    turn = math.radians(rng.uniform(-4, 4) if rng.random() < 0.6 else 0)
    if rng.random() < 0.15:
        turn += math.pi / 2
    thickness = max(0.8, rng.uniform(0.002, 0.008) * min(width, height))
    lines = parts.lines(
        _grid(rng, width, height, spacing, turn, both, not both and rng.random() < 0.2), thickness, width, height
    )
    tint = np.float32([0, 0, 0]) if rng.random() < 0.5 else rng.uniform(-0.08, 0.08, 3).astype(np.float32)
    line = np.clip(paper_ + (ink - paper_) * dark + tint * dark, 0, 1)
    page = parts.mixed(page, line, lines)
    return parts.shot(rng, np.minimum(page, parts.mixed(page, ink, coverage)))


def _rectangle(x0, y0, x1, y1):
    return [((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)), ((x1, y1), (x0, y1)), ((x0, y1), (x0, y0))]


def box(strokes: Strokes, rng: Generator):
    """A frame drawn on the page around the digit."""
    width, height = parts.page_size(rng)
    short = min(width, height)
    clean = rng.random() < 0.5
    inset = rng.uniform(0.02, 0.2) * short
    placed, size = parts.placed(strokes, rng, width - 2 * inset, height - 2 * inset, 0.35, 0.8)
    placed = [stroke + inset for stroke in placed]
    coverage = parts.drawn(placed, parts.pen_radius(rng, size), width, height)
    ink = np.zeros(3, np.float32) if clean else parts.ink_colour(rng)
    paper_ = np.ones(3, np.float32) if clean else parts.paper_colour(rng)
    turn = math.radians(0 if clean or rng.random() < 0.5 else rng.uniform(-4, 4))
    corners = np.array(
        [[inset, inset], [width - inset, inset], [width - inset, height - inset], [inset, height - inset]]
    )
    corners = (corners - (width / 2, height / 2)) @ np.array(
        [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    ) + (width / 2, height / 2)
    thickness = max(1, rng.uniform(0.002, 0.014) * short)
    lines = parts.lines([(corners[i], corners[(i + 1) % 4]) for i in range(4)], thickness, width, height)
    page = np.ones((height, width, 3), np.float32) * paper_
    line = paper_ + (ink - paper_) * rng.uniform(0.5, 1)
    page = parts.mixed(parts.mixed(page, line, lines), ink, coverage)
    return parts.compressed(rng, (page * 255).astype(np.uint8)) if clean else parts.shot(rng, page)


def form(strokes: Strokes, rng: Generator):
    """A field of a form: a row of cells with the digit in one, a box with its label, or a line to write on."""
    width, height = parts.page_size(rng)
    short = min(width, height)
    page = np.ones((height, width, 3), np.float32)
    paper_, ink = parts.paper_colour(rng), parts.ink_colour(rng)
    page *= paper_
    cell = np.array([rng.uniform(0.4, 0.75), rng.uniform(0.45, 0.75)]) * short
    kind = rng.choice(["cells", "box", "line", "near"], p=[0.35, 0.35, 0.15, 0.15])
    corner = np.array([width, height]) / 2 - cell / 2 + rng.uniform(-0.08, 0.08, 2) * short
    low, high = (0.5, 0.85)
    placed, size = parts.placed(strokes, rng, *cell, low, high)
    placed = [stroke + corner for stroke in placed]
    x0, y0, x1, y1 = *corner, *(corner + cell)
    thickness = max(1, rng.uniform(0.003, 0.01) * short)
    segments = []
    if kind == "cells":
        n = 5
        for i in range(-n, n + 1):
            segments += _rectangle(x0 + i * cell[0], y0, x1 + i * cell[0], y1)
        if rng.random() < 0.5:  # a comb: no upper line
            segments = [s for s in segments if not (s[0][1] == y0 and s[1][1] == y0)]
    elif kind == "near":  # cut out closely, its lines run out of the picture
        segments = [
            ((-9, y0), (width + 9, y0)),
            ((-9, y1), (width + 9, y1)),
            ((x0, -9), (x0, height + 9)),
            ((x1, -9), (x1, height + 9)),
        ]
    elif kind == "box":
        segments = _rectangle(x0, y0, x1, y1)
    else:
        y1 = min(max(s[:, 1].max() for s in placed) + rng.uniform(0.02, 0.12) * short, height - 3)
        segments = [((x0 - 0.1 * short, y1), (x1 + 0.1 * short, y1))]
    page = parts.mixed(
        page, paper_ + (ink * 0.7 - paper_) * rng.uniform(0.4, 1), parts.lines(segments, thickness, width, height)
    )
    if kind in ("box", "line", "cells") and rng.random() < 0.6:
        text = str(rng.choice(["No.", "Qty", "Amount", "Day", "Code"]))
        scale = 0.0012 * short * rng.uniform(0.8, 1.4)
        label = np.zeros((height, width), np.uint8)
        place = (
            (int(x0), int(y0 - 0.02 * short))
            if kind != "line"
            else (int(max(2, x0 - 0.1 * short)), int(min(y1 + 0.07 * short, height - 4)))
        )
        cv2.putText(label, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(1, round(0.003 * short)), cv2.LINE_AA)
        page = parts.mixed(page, ink * 0.7, label.astype(np.float32) / 255)
    coverage = parts.drawn(placed, parts.pen_radius(rng, size), width, height)
    return parts.shot(rng, parts.mixed(page, ink, coverage))


def shadow(strokes: Strokes, rng: Generator, soft):
    """The edge of a shadow across the page."""
    page, ink, _, coverage, _ = parts.page(strokes, rng)
    page = parts.mixed(page, ink, coverage)
    height, width = page.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    away = (x - rng.uniform(0.3, 0.7) * width) * math.cos(angle) + (y - rng.uniform(0.3, 0.7) * height) * math.sin(
        angle
    )
    edge = rng.uniform(*((0.02, 0.15) if soft else (0.0005, 0.004))) * min(width, height)
    share = 1 / (1 + np.exp(-np.clip(away / max(edge, 0.3) * 2, -30, 30)))
    return parts.shot(rng, page * (1 - rng.uniform(0.25, 0.65) * share)[..., None])


def pencil(strokes: Strokes, rng: Generator):
    """Thin and grey."""
    paper_ = parts.paper_colour(rng)
    ink = paper_ * rng.uniform(0.45, 0.7)
    page, ink, _, coverage, _ = parts.page(strokes, rng, ink=ink, paper=paper_)
    grain = cv2.GaussianBlur(rng.standard_normal(coverage.shape).astype(np.float32), (0, 0), 1)
    grain /= grain.std()
    return parts.shot(rng, parts.mixed(page, ink, coverage * np.clip(0.8 + 0.25 * grain, 0, 1)), noise=0.015)


def board(strokes: Strokes, rng: Generator):
    """Chalk on a blackboard."""
    ground = np.float32([1, 1, 1]) * rng.uniform(0.08, 0.3)
    if rng.random() < 0.6:
        ground = ground * np.float32([0.6, 1.1, 0.8])
    chalk = np.float32([1, 1, rng.uniform(0.7, 1)]) * rng.uniform(0.6, 0.95)
    page, _, _, coverage, _ = parts.page(strokes, rng, ink=chalk, paper=ground)
    height, width = coverage.shape
    page = page * (1 + rng.uniform(0, 0.25) * parts.smooth_noise(rng, width, height, 6)[..., None])
    grain = cv2.GaussianBlur(rng.standard_normal(coverage.shape).astype(np.float32), (0, 0), 0.8)
    grain /= grain.std()
    return parts.shot(rng, parts.mixed(page, chalk, coverage * np.clip(0.8 + 0.3 * grain, 0, 1)))


SCENES: dict[str, Callable[[Strokes, Generator], np.ndarray]] = {
    "paper": paper,
    "scan border 30": lambda s, r: scan_border(s, r, 30 / 600),
    "scan border 120": lambda s, r: scan_border(s, r, 120 / 600),
    "dark table": lambda s, r: table(s, r, 0.05, 0.4),
    "light table": lambda s, r: table(s, r, 0.5, 0.8),
    "bars 60": lambda s, r: bars(s, r, 60 / 600),
    "bars 300": lambda s, r: bars(s, r, 300 / 600),
    "ruled 0.4": lambda s, r: ruled(s, r, 0.4),
    "ruled 0.7": lambda s, r: ruled(s, r, 0.7),
    "squared 0.4": lambda s, r: ruled(s, r, 0.4, both=True),
    "box inside": box,
    "form field": form,
    "sharp shadow": lambda s, r: shadow(s, r, False),
    "soft shadow": lambda s, r: shadow(s, r, True),
    "pencil": pencil,
    "board": board,
}
