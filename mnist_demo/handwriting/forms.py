"""The form of an allograph as arrays: its examples' points, and the spline that goes through them."""

import functools
import itertools
from enum import IntEnum

import numpy as np

from mnist_demo.handwriting.allographs import Allograph

SAMPLES = 64  # points of a curve
TIP = 0.2  # from the end of a skeleton to a flick's tip, until the generator moves it, in heights and both ways


class Flick(IntEnum):
    """A short stroke back from where the pen was set down or is lifted, without lifting it."""

    NONE = 0
    BEFORE = 1
    AFTER = 2


class Form:
    """An allograph as arrays.

    skeletons  float32 (e, k, 2)  its examples, in heights of the digit
    spline     float32 (m, k)     from a skeleton to its curve
    stroke     int (k,)           the stroke to which each point belongs
    pen_up     bool (m - 1,)      where one stroke of the curve ends and the next begins
    ends       [(end, next to it), …]
    flick      (its tip, the end where it begins, next to that) or nothing
    """

    def __init__(self, allograph: Allograph, flick: Flick):
        parsed = [_parse(text) for text in allograph.skeletons]
        self.skeletons = np.array([points for points, _ in parsed], np.float32)
        strokes = parsed[0][1]
        self.flick: tuple[int, int, int] | None = None
        if flick is Flick.BEFORE:
            self.skeletons = np.concatenate([self.skeletons[:, :1] - TIP, self.skeletons], 1)
            strokes = [[[point + 1 for point in curve] for curve in stroke] for stroke in strokes]
            strokes[0].insert(0, [0, 1])
            self.flick = 0, 1, 2
        elif flick is Flick.AFTER:
            self.skeletons = np.concatenate([self.skeletons, self.skeletons[:, -1:] + TIP], 1)
            tip = self.skeletons.shape[1] - 1
            strokes[-1].append([tip - 1, tip])
            self.flick = tip, tip - 1, tip - 2
        first = [stroke[0][0] for stroke in strokes]
        last = [stroke[-1][-1] for stroke in strokes]
        self.stroke = np.repeat(np.arange(len(strokes)), np.subtract(last, first) + 1)
        self.ends = [(a, a + 1) for a in first] + [(b, b - 1) for b in last]
        pieces = [spline(self.skeletons[0], stroke) for stroke in _shares(self.skeletons[0], strokes)]
        self.spline = np.concatenate(pieces).astype(np.float32)
        self.pen_up = np.zeros(len(self.spline) - 1, bool)
        self.pen_up[np.cumsum([len(piece) for piece in pieces[:-1]], dtype=int) - 1] = True

    @staticmethod
    @functools.cache
    def of(allograph: Allograph, flick: Flick) -> "Form":
        """The form, made once for each."""
        return Form(allograph, flick)


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


Spans = list[tuple[list[int], list[int]]]  # of a stroke: its curves, each with the samples for each of its spans


def _shares(points: np.ndarray, strokes: list[list[list[int]]]) -> list[Spans]:
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


def spline(points: np.ndarray, curves: Spans) -> np.ndarray:
    """The matrix, float64 (samples, k), that makes a stroke's Catmull-Rom splines (E. Catmull, R. Rom, 1974) of its k
    points, from the first to the last; of `points` only the number counts. `curves`: for each spline, which points it
    goes through and into how many samples each span between two of them is cut."""
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
