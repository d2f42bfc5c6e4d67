"""Handwriting made by the program: digits to train on where MNIST is missing, and beside it.

    python -m mnist_demo.handwriting FILE.png      a picture of every allograph, a row each, under its name

How one digit comes about, a batch of the same allograph at a time, everything (n, …) arrays:

1. *A form.* `allographs` has some examples of each allograph, all with the same k points, so every weighted mean of
   them is an example too; the weights are drawn from a Dirichlet distribution.
2. *A hand.* The points are displaced, neighbours alike: each coordinate by a sum of a few cosines along the pen's
   way, with normal amplitudes. Whole strokes are displaced against each other, their ends drawn longer or shorter.
   Some drawings begin or end with a flick: the pen turns back sharply where it is set down or lifted.
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

import functools

import numpy as np

from mnist_demo.handwriting.allographs import DIGITS, HABITS, NON_DIGITS, Allograph, Habit, allographs_of
from mnist_demo.handwriting.forms import SAMPLES, Flick, Form, spline
from mnist_demo.preprocess.strokes import BOX, PEN_RADIUS, SIDE, rasterise

VERSION = 7
"""To be raised with every change of what is written: networks trained on it are trained anew then."""

BATCH = 100  # drawings at a time, all with a flick of the pen or none: a smaller one costs more calls than it is worth

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
FLICK_LENGTH = 0.45  # at most, short ones being commoner
RADIUS_SPREAD = 0.27  # of its logarithm
PRESSURE = 0.08  # of the logarithm of the radius along the stroke
# Uniformly between
RADIUS_LIMITS = (0.6, 3.0)
SHARPNESS = (0.7, 1.35)
FLICK_ANGLE = (0.2, 1.3)  # radians between a flick of the pen and the way back
# Shares of drawings
NON_DIGIT_SHARES = (0.72, 0.21, 0.07)  # signs, scribbles, dots, of those that show no digit
FLICK_OTHERWISE = 0.15  # of those with a flick, to the other side
FEW_POINTS = 0.2  # drawn by a mouse that reports few points
MOUSE_POINTS = (8, 18)  # so few, in the whole drawing


def generate(count: int, rng: np.random.Generator, rare_form_weight: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Generated handwritten digits, sized, centred and drawn like MNIST's.

    Args:
        count: how many, ≥ 0.
        rng: the source of all randomness: the same state gives the same bytes.
        rare_form_weight: times the usual share of the forms that MNIST's writers hardly use, ≥ 0; below 1 of flicks
            too.

    Returns:
        Images uint8 (count, 28, 28), 0 paper to 255 ink, and labels uint8 (count,), 0 to 9, equally likely, in
        random order.
    """
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for digit in DIGITS:
        habit = HABITS[digit]
        habit = habit._replace(
            entry=min(1.0, rare_form_weight) * habit.entry, exit=min(1.0, rare_form_weight) * habit.exit
        )
        _write_some(allographs_of(digit, rare_form_weight), habit, rng, images, np.flatnonzero(labels == digit))
    return images, labels


def generate_non_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """Drawings that show no digit: letters and signs that look like none, scribbles, dots.

    Args:
        count: how many, ≥ 0.
        rng: the source of all randomness: the same state gives the same bytes.

    Returns:
        Images uint8 (count, 28, 28), 0 paper to 255 ink, in random order.
    """
    images = np.empty((count, SIDE, SIDE), np.uint8)
    kinds = rng.choice(3, count, p=NON_DIGIT_SHARES)
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
    flicks = [1 - habit.entry - habit.exit, habit.entry, habit.exit]
    for number, allograph in enumerate(allographs):
        mine = places[chosen == number]
        for start in range(0, len(mine), BATCH):
            part = mine[start : start + BATCH]
            images[part] = write(allograph, habit, len(part), rng, Flick(rng.choice(3, p=flicks)))


def write(
    allograph: Allograph, habit: Habit, count: int, rng: np.random.Generator, flick: Flick = Flick.NONE
) -> np.ndarray:
    """`count` drawings of one allograph, uint8 (count, 28, 28), 0 paper to 255 ink: by hands whose differences `habit`
    bounds, with strokes that end in a `flick`."""
    curves, pen_up = draw(allograph, habit, count, rng, flick)
    return _pen(rng, curves, pen_up, habit)


def draw(
    allograph: Allograph, habit: Habit, count: int, rng: np.random.Generator, flick: Flick = Flick.NONE
) -> tuple[np.ndarray, np.ndarray]:
    """The same as the pen's way.

    Returns:
        Points float32 (count, m, 2) of x and y (down), about one high, and bool (m - 1,), true where the pen is lifted
        between a point and the next.
    """
    form = Form.of(allograph, flick)
    curves = _mouse(rng, _hand(rng, form, habit, count), form)
    return _page(rng, curves, habit), form.pen_up


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


def _hand(rng: np.random.Generator, form: Form, habit: Habit, count: int) -> np.ndarray:
    """Curves float32 (count, m, 2), centred about the origin, one high."""
    examples, k = form.skeletons.shape[:2]
    weights = rng.dirichlet(np.full(examples, 0.9), count).astype(np.float32)
    points = np.tensordot(weights, form.skeletons, 1)
    points -= points.mean(1, keepdims=True)
    together = habit.wobble * POINTS_TOGETHER * np.exp(POINTS_TOGETHER_SPREAD * _normal(rng, count, 1, 1))
    points += together * _smooth(rng, count, k, 4) + POINTS_ALONE * _normal(rng, count, k, 2)
    points += STROKES_APART * _normal(rng, count, form.stroke[-1] + 1, 2)[:, form.stroke]
    if form.flick:
        _flick(rng, points, *form.flick)
    for end, neighbour in form.ends:
        points[:, end] += ENDS * _normal(rng, count, 1) * (points[:, end] - points[:, neighbour])
    return form.spline @ points


def _flick(rng: np.random.Generator, points: np.ndarray, tip: int, end: int, neighbour: int) -> None:
    """Put the flick's tip where the pen, turning back sharply, gets to: mostly on the side to the right and above."""
    count = len(points)
    back = points[:, neighbour] - points[:, end]
    back /= np.maximum(np.hypot(back[:, 0], back[:, 1]), np.float32(1e-6))[:, None]
    angle = rng.uniform(*FLICK_ANGLE, count).astype(np.float32)
    cosine, sine = np.cos(angle), np.sin(angle)
    sideways = back @ np.array([[0, 1], [-1, 0]], np.float32)
    right_above = np.sign(sideways[:, 0] - sideways[:, 1]) * np.where(rng.random(count) < FLICK_OTHERWISE, -1, 1)
    length = FLICK_LENGTH * rng.uniform(0.3, 1, count) ** 1.5
    way = cosine[:, None] * back + (sine * right_above)[:, None] * sideways
    points[:, tip] = points[:, end] + length[:, None] * way


def _mouse(rng: np.random.Generator, curves: np.ndarray, form: Form) -> np.ndarray:
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
    return spline(np.zeros((k, 2)), [(list(range(k)), [2 * SAMPLES // k] * (k - 1))]).astype(np.float32)


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
