"""Handwriting made by the program: digits to train on where MNIST is missing, and beside it.

    python -m mnist_demo.handwriting FILE.png      a picture of every allograph, a row each, under its name

How one digit comes about, a batch of the same allograph at a time, everything (n, …) arrays:

1. *A form.* `skeletons` has some examples of each allograph, all with the same k points, so every weighted mean of
   them is an example too; the weights are drawn from a Dirichlet distribution.
2. *A hand.* The points are displaced, neighbours alike: each coordinate by a sum of a few cosines along the pen's
   way, with normal amplitudes. Whole strokes are displaced against each other, their ends drawn longer or shorter.
3. *A curve.* A Catmull-Rom spline goes through the points. It is linear in them, so a matrix (m, k), made once,
   turns all n skeletons into curves of m points each. Some visitors' mice report few points: a second matrix keeps
   some of the m points and joins them by straight lines.
4. *A page.* The curve is tapered, stretched, slanted and turned by random affine maps, then bent by a smooth random
   displacement of the plane (three plane waves); the hand trembles a little.
5. *A pen.* Its radius varies from writer to writer and along the stroke; `strokes.rasterise` draws it as it draws
   what visitors draw.

Mixing skeletons and displacing them is the model of P. Simard, D. Steinkraus, J. Platt ("Best practices for
convolutional neural networks", 2003: affine and elastic maps of images), moved from pixels to pen strokes, where
nothing blurs and the pen keeps its width.

Images that show no digit, from `generate_non_digits`, teach a network when to be unsure.
"""

import argparse
import functools
import itertools
from pathlib import Path

import numpy as np

from mnist_demo.handwriting.allographs import DIGITS, HABITS, NON_DIGITS, RARE_FORMS, Allograph, Habit
from mnist_demo.preprocess.strokes import BOX, PEN_RADIUS, SIDE, rasterise

VERSION = 1
"""To be raised with every change of what is written: networks trained on it are trained anew then."""

SAMPLES = 64  # points of a curve
BATCH = 500  # drawings at a time: their arrays stay in the processor's cache

# Standard deviations, in heights of the digit where it is a length; the normal distribution is cut at two of them.
POINTS_TOGETHER = 0.038  # of points, neighbours alike
POINTS_TOGETHER_SPREAD = 0.4  # of the logarithm of that, between drawings
POINTS_ALONE = 0.012
STROKES_APART = 0.03
ENDS = 0.12  # in distances between an end and the point next to it
TAPER = 0.3  # of the width at top and bottom against the middle
MIDDLE = 0.28  # of how far the middle is moved up or down, at most a quarter of it
WIDTH = 0.18  # of its logarithm
SLANT = 0.25
TURN = 0.11  # radians
BEND = 0.048  # of each plane wave
BEND_FREQUENCY = 4.2  # radians for each height
TREMBLE = 0.01
RADIUS_SPREAD = 0.27  # of its logarithm
PRESSURE = 0.08  # of the logarithm of the radius along the stroke
# Uniformly between
RADIUS_LIMITS = (0.6, 3.0)
SHARPNESS = (0.7, 1.35)
# Shares of drawings
FEW_POINTS = 0.2  # drawn by a mouse that reports few points
MOUSE_POINTS = (8, 18)  # so few, in the whole drawing


def generate(count: int, rng: np.random.Generator, rare_form_weight: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Generated handwritten digits, sized, centred and drawn like MNIST's.

    Args:
        count: how many, ≥ 0.
        rng: the source of all randomness: the same state gives the same bytes.
        rare_form_weight: times the usual share of the forms that MNIST's writers hardly use, ≥ 0.

    Returns:
        Images uint8 (count, 28, 28), 0 paper to 255 ink, and labels uint8 (count,), 0 to 9, equally likely, in
        random order.
    """
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for digit in DIGITS:
        _write_some(_allographs(digit, rare_form_weight), HABITS[digit], rng, images, np.flatnonzero(labels == digit))
    return images, labels


@functools.cache
def _allographs(digit: int, rare_form_weight: float = 1.0) -> tuple[Allograph, ...]:
    """All forms of a digit, those of `RARE_FORMS` as common as asked for."""
    rare = (a._replace(share=rare_form_weight * a.share) for a in RARE_FORMS.get(digit, ()))
    return (*DIGITS[digit], *rare)


def generate_non_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """Drawings that show no digit: letters and signs that look like none, scribbles, dots.

    Args:
        count: how many, ≥ 0.
        rng: the source of all randomness: the same state gives the same bytes.

    Returns:
        Images uint8 (count, 28, 28), 0 paper to 255 ink, in random order.
    """
    images = np.empty((count, SIDE, SIDE), np.uint8)
    kinds = rng.choice(3, count, p=[0.55, 0.35, 0.1])
    _write_some(NON_DIGITS, Habit(), rng, images, np.flatnonzero(kinds == 0))
    for kind, draw in ((1, _scribbles), (2, _specks)):
        places = np.flatnonzero(kinds == kind)
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            images[part] = draw(rng, len(part))
    return images


def _write_some(
    allographs: tuple[Allograph, ...], habit: Habit, rng: np.random.Generator, images: np.ndarray, places: np.ndarray
) -> None:
    """Fill `images[places]` with drawings of these allographs, chosen by their shares."""
    shares = np.array([allograph.share for allograph in allographs])
    chosen = rng.choice(len(allographs), len(places), p=shares / shares.sum())
    for number, allograph in enumerate(allographs):
        mine = places[chosen == number]
        for start in range(0, len(mine), BATCH):
            part = mine[start : start + BATCH]
            images[part] = write(allograph, habit, len(part), rng)


def write(allograph: Allograph, habit: Habit, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` drawings of one allograph, uint8 (count, 28, 28)."""
    form = _Form.of(allograph)
    curves = _hand(rng, form, habit, count)
    curves = _mouse(rng, curves, form)
    curves = _page(rng, curves, habit)
    return _pen(rng, curves, form.pen_up, habit)


# --- forms ---------------------------------------------------------------------------------------------------------


class _Form:
    """An allograph as arrays.

    skeletons  float32 (e, k, 2)  its examples, in heights of the digit
    spline     float32 (m, k)     from a skeleton to its curve
    stroke     int (k,)           the stroke to which each point belongs
    pen_up     bool (m - 1,)      where one stroke of the curve ends and the next begins
    ends       [(end, next to it), …]
    """

    def __init__(self, allograph: Allograph):
        parsed = [_parse(text) for text in allograph.skeletons]
        self.skeletons = np.array([points for points, _ in parsed], np.float32)
        strokes = parsed[0][1]
        first = [stroke[0][0] for stroke in strokes]
        last = [stroke[-1][-1] for stroke in strokes]
        self.stroke = np.repeat(np.arange(len(strokes)), np.subtract(last, first) + 1)
        self.ends = [(a, a + 1) for a in first] + [(b, b - 1) for b in last]
        pieces = [_spline(self.skeletons[0], stroke) for stroke in _shares(self.skeletons[0], strokes)]
        self.spline = np.concatenate(pieces).astype(np.float32)
        self.pen_up = np.zeros(len(self.spline) - 1, bool)
        self.pen_up[np.cumsum([len(piece) for piece in pieces[:-1]], dtype=int) - 1] = True

    @staticmethod
    @functools.cache
    def of(allograph: Allograph) -> "_Form":
        return _Form(allograph)


def _parse(text: str) -> tuple[list[tuple[float, float]], list[list[list[int]]]]:
    """A skeleton's points in heights, and its strokes, each a list of smooth curves, each the numbers of its points."""
    points, strokes = [], []
    for stroke in text.split("|"):
        curves, curve = [], []
        for token in stroke.split():
            x, y = token.rstrip("*").split(",")
            points.append((float(x) / 100, float(y) / 100))
            curve.append(len(points) - 1)
            if token.endswith("*") and len(curve) > 1:
                curves.append(curve)
                curve = curve[-1:]
        strokes.append([*curves, curve] if len(curve) > 1 else curves)
    return points, strokes


_Spans = list[tuple[list[int], list[int]]]  # of a stroke: its curves, each with the samples for each of its spans


def _shares(points: np.ndarray, strokes: list[list[list[int]]]) -> list[_Spans]:
    """For each span between neighbouring points so many of the m samples as befits its length, two at least."""
    lengths = [
        [[float(np.hypot(*(points[b] - points[a]))) for a, b in itertools.pairwise(c)] for c in stroke]
        for stroke in strokes
    ]
    total = sum(sum(map(sum, stroke)) for stroke in lengths)
    return [
        [(curve, [max(2, round(span / total * SAMPLES)) for span in spans]) for curve, spans in zip(s, ls, strict=True)]
        for s, ls in zip(strokes, lengths, strict=True)
    ]


def _spline(points: np.ndarray, curves: _Spans) -> np.ndarray:
    """The matrix (samples, k) of a stroke's Catmull-Rom splines, from its first point to its last."""
    identity = np.eye(len(points))
    rows = []
    for curve, samples in curves:
        knots = identity[curve]
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
        for i, n in enumerate(samples):
            t = (np.arange(n) / n)[:, None]
            a, b, c, d = knots[i : i + 4]
            rows.append(
                ((2 * t**2 - t - t**3) * a + (2 - 5 * t**2 + 3 * t**3) * b)
                / 2  # halves, as the four weights add up to two
                + ((t + 4 * t**2 - 3 * t**3) * c + (t**3 - t**2) * d) / 2
            )
    return np.concatenate([*rows, identity[curves[-1][0][-1:]]])


# --- the variation of hands ----------------------------------------------------------------------------------------


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """float32, standard normal, cut at ±2: nobody writes like the tails."""
    return np.clip(rng.standard_normal(shape, np.float32), -2, 2)


@functools.cache
def _cosines(points: int, waves: int) -> np.ndarray:
    along = np.linspace(0, np.pi, points)
    return (np.cos(np.arange(1, waves + 1)[:, None] * along) * np.sqrt(2 / waves)).astype(np.float32)


def _smooth(rng: np.random.Generator, count: int, points: int, waves: int) -> np.ndarray:
    """(count, points, 2) of about unit deviation, in which neighbouring points differ little."""
    return np.swapaxes(_normal(rng, count, 2, waves) @ _cosines(points, waves), 1, 2)


def _hand(rng: np.random.Generator, form: _Form, habit: Habit, count: int) -> np.ndarray:
    """Curves float32 (count, m, 2), centred about the origin, one high."""
    examples, k = form.skeletons.shape[:2]
    weights = rng.dirichlet(np.full(examples, 0.9), count).astype(np.float32)
    points = np.tensordot(weights, form.skeletons, 1)
    points -= points.mean(1, keepdims=True)
    together = habit.wobble * POINTS_TOGETHER * np.exp(POINTS_TOGETHER_SPREAD * _normal(rng, count, 1, 1))
    points += together * _smooth(rng, count, k, 4) + POINTS_ALONE * _normal(rng, count, k, 2)
    points += STROKES_APART * _normal(rng, count, form.stroke[-1] + 1, 2)[:, form.stroke]
    for end, neighbour in form.ends:
        points[:, end] += ENDS * _normal(rng, count, 1) * (points[:, end] - points[:, neighbour])
    return form.spline @ points


def _mouse(rng: np.random.Generator, curves: np.ndarray, form: _Form) -> np.ndarray:
    """Some of the drawings with only a few of their points, joined by straight lines."""
    some = np.flatnonzero(rng.random(len(curves)) < FEW_POINTS)
    few = int(rng.integers(*MOUSE_POINTS, endpoint=True))
    curves[some] = _polyline(form.pen_up, few, rng.random()) @ curves[some]
    return curves


def _polyline(pen_up: np.ndarray, few: int, offset: float) -> np.ndarray:
    """The matrix (m, m) that keeps about `few` of m points, the ends of strokes among them, and interpolates."""
    m = len(pen_up) + 1
    kept = np.zeros(m, bool)
    kept[np.floor((np.arange(few) + offset) * m / few).astype(int)] = True
    kept |= np.append(True, pen_up) | np.append(pen_up, True)
    kept = np.flatnonzero(kept)
    columns = np.eye(m)[kept]
    at = np.arange(m)
    right = np.clip(np.searchsorted(kept, at, "right"), 1, len(kept) - 1)
    share = ((at - kept[right - 1]) / (kept[right] - kept[right - 1]))[:, None]
    return (columns[right - 1] * (1 - share) + columns[right] * share).astype(np.float32)


def _page(rng: np.random.Generator, curves: np.ndarray, habit: Habit) -> np.ndarray:
    """The curves tapered, mapped affinely, bent and trembling."""
    count, m, _ = curves.shape
    height = np.clip(curves[:, :, 1], -0.6, 0.6)
    x = curves[:, :, 0] * (1 + TAPER * _normal(rng, count, 1) * height)
    y = curves[:, :, 1] + MIDDLE * _normal(rng, count, 1) * (0.25 - height**2)
    curves = np.stack([x, y], 2) @ _affine(rng, count, habit)
    for _ in range(3):
        frequency = BEND_FREQUENCY * _normal(rng, count, 1, 2)
        phase = 2 * np.pi * rng.random((count, 1), np.float32)
        wave = np.sin((curves * frequency).sum(2) + phase)
        curves = curves + BEND * _normal(rng, count, 1, 2) * wave[:, :, None]
    return curves + TREMBLE * _smooth(rng, count, m, 12)


def _affine(rng: np.random.Generator, count: int, habit: Habit) -> np.ndarray:
    """(count, 2, 2), to be applied to row vectors from the right: stretch, slant, turn."""
    width = habit.width * np.exp(WIDTH * _normal(rng, count))
    slant = habit.slant + SLANT * _normal(rng, count)
    turn = TURN * _normal(rng, count)
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.stack(
        [np.stack([cosine * width, sine * width], 1), np.stack([-slant * cosine - sine, cosine - slant * sine], 1)], 1
    )


def _pen(rng: np.random.Generator, curves: np.ndarray, pen_up: np.ndarray, habit: Habit) -> np.ndarray:
    """Curves (n, m, 2) to images uint8 (n, 28, 28)."""
    count, m, _ = curves.shape
    radius = habit.pen * PEN_RADIUS * np.exp(RADIUS_SPREAD * rng.standard_normal((count, 1), np.float32))
    size = np.ptp(curves, axis=1)
    narrow = np.maximum(0.25, size.min(1) / np.maximum(size.max(1), np.float32(1e-6)))[:, None]
    radius = np.minimum(np.clip(radius, *RADIUS_LIMITS), BOX * habit.narrow * narrow)
    pressure = 2 * PRESSURE * rng.random((count, 1), np.float32)
    radii = radius * np.exp(pressure * (_normal(rng, count, 3) @ _cosines(m, 3)))
    sharpness = rng.uniform(*SHARPNESS, (count, 1)).astype(np.float32)
    return (rasterise(curves, pen_up, radii.astype(np.float32), sharpness) * 255 + 0.5).astype(np.uint8)


# --- no digits -----------------------------------------------------------------------------------------------------


def _scribbles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Long wild curves, and zigzags: the pen goes through random points."""
    k = int(rng.integers(8, 20))
    form = _scribble_form(k)
    points = _normal(rng, count, k, 2)
    points[:, :, 1] *= rng.uniform(0.3, 1, (count, 1)).astype(np.float32)  # never narrow, which might be a thick 1
    # Half of them go to and fro from left to right, as one hatches or signs.
    points[::2, :, 0] += np.linspace(-2, 2, k, dtype=np.float32)
    curves = form @ points
    return _pen(rng, curves, np.zeros(curves.shape[1] - 1, bool), Habit())


@functools.cache
def _scribble_form(k: int) -> np.ndarray:
    """A spline matrix (m, k) through k points at equal distances."""
    return _spline(np.zeros((k, 2)), [(list(range(k)), [2 * SAMPLES // k] * (k - 1))]).astype(np.float32)


def _specks(rng: np.random.Generator, count: int) -> np.ndarray:
    """A dot, or a few, anywhere."""
    dots = int(rng.integers(1, 6))
    start = rng.uniform(-1, 1, (count, dots, 1, 2))
    points = start + rng.normal(0, 0.04, (count, dots, 2, 2))
    curves = points.reshape(count, 2 * dots, 2).astype(np.float32)
    pen_up = np.arange(2 * dots - 1) % 2 == 1
    if dots == 1:
        curves[:, 1] = curves[:, 0]  # a dot; the least movement would fill the box
    return _pen(rng, curves, pen_up, Habit())


# --- the picture ---------------------------------------------------------------------------------------------------


def show(path: Path, columns: int = 16, seed: int = 0) -> None:
    """Write a PNG with a row for each allograph: its name, then so many drawings of it."""
    from PIL import Image, ImageDraw

    rows = [(f"{digit} {a.name}", a, HABITS[digit]) for digit in DIGITS for a in _allographs(digit)]
    rows += [(f"none: {a.name}", a, Habit()) for a in NON_DIGITS]
    rng = np.random.default_rng(seed)
    margin, half = 230, -(-len(rows) // 2)
    page = Image.new("L", (2 * (margin + columns * SIDE), half * SIDE), 255)
    pencil = ImageDraw.Draw(page)
    for number, (name, allograph, habit) in enumerate(rows):
        left, top = number // half * (margin + columns * SIDE), number % half * SIDE
        strip = 255 - np.hstack(list(write(allograph, habit, columns, rng)))
        pencil.text((left + 8, top + 8), name, fill=0)
        page.paste(Image.fromarray(strip), (left + margin, top))
    page.save(path, "PNG")


def main() -> None:
    """The command line: one argument, the PNG file to write."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_demo.handwriting", description="Draw every allograph, a row each, under its name."
    )
    parser.add_argument("file", type=Path, help="the PNG file to write")
    show(parser.parse_args().file)
