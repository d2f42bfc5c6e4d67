"""Drawings as strokes, by the thousand: digits as the program writes them, and odd ones."""

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.handwriting.allographs import DIGITS, HABITS, allographs_of

Drawing = list[list[list[float]]]


def generated(count: int, seed: int) -> list[Drawing]:
    """Digits in equal numbers, before the pen has drawn them: strokes of some dozen points."""
    rng = np.random.default_rng(seed)
    forms = [(allograph, HABITS[digit]) for digit in DIGITS for allograph in allographs_of(digit)]
    drawings: list[Drawing] = []
    while len(drawings) < count:
        for allograph, habit in forms:
            curves, pen_up = generator.draw(allograph, habit, 4, rng)
            cuts = np.flatnonzero(pen_up) + 1
            drawings += [[stroke.round(4).tolist() for stroke in np.split(curve, cuts)] for curve in curves]
    rng.shuffle(drawings)  # type: ignore[arg-type]
    return drawings[:count]


def odd(count: int, seed: int) -> list[Drawing]:
    """What hands and programs also send: dots, pens that don't move, huge and tiny figures, thousands of points."""
    rng = np.random.default_rng(seed)
    circle = np.linspace(0, 2 * np.pi, 90)
    fixed = [
        [[[5, 5]]],
        [[[5, 5]] * 40],
        [[[5, 5]], [[5, 5]]],
        [[[0, 0]], [[1, 0]]],
        [[[0, 0], [1, 0]]],
        [[[0, 0], [0, 1]]],
        [[[0, 0], [1, 1]]],
        [[[0, 0], [1e-12, 0]]],
        [[[1e6, -1e6]]],
        [[[-1e6, -1e6], [1e6, 1e6]]],
        [[[1e6, 1e6], [1e6 - 1e-9, 1e6]]],
        [np.stack([np.cos(circle), np.sin(circle)], 1).tolist()],
        [rng.normal(size=(20_000, 2)).tolist()],
        [rng.normal(size=(100, 2)).tolist() for _ in range(200)],
        [[point] for point in rng.normal(size=(200, 2)).tolist()],
    ]
    return fixed + [_odd(rng) for _ in range(count - len(fixed))]


def _odd(rng: np.random.Generator) -> Drawing:
    """A few strokes of anything from one point to some hundred, some of them standing still, in any unit."""
    unit = 10 ** rng.uniform(-6, 5.5)
    sizes = np.maximum(rng.geometric(0.1, rng.integers(1, 6)) ** 2 // 4, 1)
    walks = [rng.normal(size=(size, 2)) * rng.choice([0, 1, 1, 1], (size, 1)) for size in sizes]
    return [(unit * (rng.normal(size=2) + np.cumsum(walk, 0) / 5)).tolist() for walk in walks]
