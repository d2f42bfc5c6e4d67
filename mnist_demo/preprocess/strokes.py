"""Pen strokes to 28×28 ink: the one rasteriser, for what visitors draw and for the handwriting we generate.

MNIST's makers scaled each digit, keeping its proportions, until its longer side filled 20 pixels, and moved it by
whole pixels so that its centre of mass lies in the middle of 28×28 (Y. LeCun, C. Cortes, C. Burges, "The MNIST
database"). A network trained on such digits reads only such digits, so every drawing gets the same treatment.

The pen is a disc of some radius drawn along a curve: a pixel is inked as far as the curve passes within the radius of
its middle. Looking for the nearest of m curve points at each of 784 pixels is slow. But put a small Gaussian of width
σ on every point, weighted with the length of curve that the point stands for, and add them up: along a straight line
at distance d the sum is exp(-d²/2σ²), so its logarithm gives the distance back. The sum is separable,
Σ_j exp(-(x-x_j)²/2σ²) exp(-(y-y_j)²/2σ²), which makes it one matrix product (28, m) @ (m, 28) per picture.
"""

import math
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from mnist_demo.errors import StrokesError
from mnist_demo.messages import say

SIDE = 28  # pixels of a picture's side
BOX = 20  # pixels that the longer side of the digit fills
PEN_RADIUS = 1.2  # pixels; the median of MNIST's writers

MAX_STROKES = 200
MAX_POINTS = 20_000  # of all strokes together
MAX_COORDINATE = 1e6

_SIGMA = 0.75  # pixels; narrower needs more points on the curve, wider rounds corners off
_FALLOFF = np.float32(1 / (2 * _SIGMA**2))
_UNIT = _SIGMA * math.sqrt(2 * math.pi)  # the mass that makes a lone Gaussian as high as a line's
_NO_LOWER = np.float32(-40)  # exponents: a product of two lower ones is denormal, with which many processors are slow
_END = np.float32(_UNIT / 2)  # half a disc at an end of a stroke
_TOLERANCE = np.float32(1e-3)  # pixels; what rounding may move a corner or centre that lies between two pixels
_MIDDLES = np.arange(SIDE, dtype=np.float32) + 0.5

_SPACING = 0.6  # pixels between the points of a resampled stroke
_MAX_SAMPLES = 2000
_MAX_VERTICES = 400  # of a stroke; longer ones are averaged down


def check(value: object) -> list[np.ndarray]:
    """What a visitor sent as strokes, made safe.

    Args:
        value: decoded JSON, of which nothing is known. Right is a list of at most `MAX_STROKES` strokes, each a list
            of `[x, y]`, at most `MAX_POINTS` in all, finite and at most `MAX_COORDINATE` in size.

    Returns:
        The strokes, each float64 (n, 2) with n ≥ 1; strokes without points are left out.

    Raises:
        StrokesError: anything is wrong; nothing is guessed or mended.
    """
    if not isinstance(value, list | tuple):
        _refuse("reason.strokes_list")
    if len(value) > MAX_STROKES:
        _refuse("reason.strokes_many", limit=f"{MAX_STROKES}")
    if not all(isinstance(stroke, list | tuple) for stroke in value):
        _refuse("reason.stroke_list")
    if sum(map(len, value)) > MAX_POINTS:  # before any point is looked at, so that 10 MB cost nothing
        _refuse("reason.points_many", limit=f"{MAX_POINTS:,}")
    return [np.array([_point(point) for point in stroke], np.float64) for stroke in value if stroke]


def _point(value: object) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        _refuse("reason.point_pair")
    for number in value:
        if type(number) not in (int, float):  # exact: bool is a kind of int
            _refuse("reason.point_number")
        if not -MAX_COORDINATE <= number <= MAX_COORDINATE:  # false for NaN too, and safe for 10**400
            _refuse("reason.point_range", limit=f"{MAX_COORDINATE:,.0f}")
    return value[0], value[1]


def _refuse(key: str, **values: str) -> NoReturn:
    raise StrokesError(reason=say(key, **values))


def image(strokes: Sequence[np.ndarray], radius: float = PEN_RADIUS) -> np.ndarray:
    """A visitor's drawing as the network's input.

    Args:
        strokes: each (n, 2) of x, y with y downwards, in any unit and anywhere; neighbours are joined by straight
            lines, a lone point is a dot. As `check` returns them.
        radius: of the pen, in pixels of the result.

    Returns:
        float32 (28, 28), 0 paper to 1 ink; all zeros when there is nothing drawn.
    """
    strokes = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not strokes:
        return np.zeros((SIDE, SIDE), np.float32)
    everything = np.concatenate(strokes)
    low = np.minimum.reduce(everything)
    size = max(*(np.maximum.reduce(everything) - low), 1e-9)
    strokes = [_thin_out((stroke - low) * (BOX / size)) for stroke in strokes]
    length = sum(_lengths(stroke).sum() for stroke in strokes)
    spacing = max(_SPACING, length / _MAX_SAMPLES)
    samples = [resample(stroke, spacing) for stroke in strokes]
    pen_up = np.zeros(sum(map(len, samples)) - 1, bool)
    pen_up[np.cumsum([len(s) for s in samples[:-1]], dtype=int) - 1] = True
    points = np.concatenate(samples).astype(np.float32)[None]
    return rasterise(points, pen_up, np.full((1, 1), radius, np.float32))[0]


def _thin_out(stroke: np.ndarray) -> np.ndarray:
    """Runs of neighbours averaged, ends kept: a trembling mouse's thousands of points would count as a long way."""
    if len(stroke) <= _MAX_VERTICES:
        return stroke
    starts = np.linspace(0, len(stroke), _MAX_VERTICES, endpoint=False).astype(int)
    runs = np.add.reduceat(stroke, starts) / np.diff(np.append(starts, len(stroke)))[:, None]
    return np.concatenate([stroke[:1], runs, stroke[-1:]])


def _lengths(stroke: np.ndarray) -> np.ndarray:
    """(n, 2) -> (n - 1,), from each point to the next."""
    steps = stroke[1:] - stroke[:-1]
    return np.hypot(steps[:, 0], steps[:, 1])


def resample(stroke: np.ndarray, spacing: float) -> np.ndarray:
    """A stroke by points at equal distances along it.

    Args:
        stroke: (n, 2), n ≥ 1.
        spacing: the distance wanted, > 0; made a little smaller so that it divides the stroke's length.

    Returns:
        float64 (m, 2); its first and last points are the stroke's. A stroke without length gives one point.
    """
    way = np.zeros(len(stroke))
    np.cumsum(_lengths(stroke), out=way[1:])
    if way[-1] == 0:
        return stroke[:1]
    parts = math.ceil(way[-1] / spacing)
    at = np.arange(parts + 1) * (way[-1] / parts)
    points = np.empty((parts + 1, 2))
    points[:, 0] = np.interp(at, way, stroke[:, 0])
    points[:, 1] = np.interp(at, way, stroke[:, 1])
    points[-1] = stroke[-1]
    return points


def rasterise(
    points: np.ndarray, pen_up: np.ndarray, radius: np.ndarray, sharpness: np.ndarray | float = 1.0
) -> np.ndarray:
    """A batch of drawings with equally many points, sized, centred and drawn like MNIST's digits.

    Args:
        points: float32 (n, m, 2), x and y (down) along the strokes, in any unit, a pixel or so apart in the result.
        pen_up: bool (m - 1,), true where the pen is lifted between one point and the next; the same for all n.
        radius: float32 (n, 1), of the pen in pixels, or (n, m), at every point.
        sharpness: of the edge, 1 for one pixel from ink to paper; a number or float32 (n, 1).

    Returns:
        float32 (n, 28, 28), 0 paper to 1 ink.
    """
    pen = radius.mean(1, keepdims=True)
    points = _fit(points, pen[:, :, None])
    mass = _mass(points, pen_up)
    mass *= np.exp((radius**2 - pen**2) * _FALLOFF) / np.float32(_UNIT)  # a wider pen is as good as a nearer one
    across, down = _gaussians(points[:, :, 0]), _gaussians(points[:, :, 1])
    down *= mass[:, :, None]
    total = down.transpose(0, 2, 1) @ across  # (n, 28, 28)
    total += np.float32(1e-30)
    squared = np.log(total, out=total)
    squared /= -_FALLOFF  # of the distance to the curve
    distance = np.sqrt(np.maximum(squared, 0, out=squared), out=squared)
    depth = np.subtract(pen[:, :, None], distance, out=distance)
    depth *= np.asarray(sharpness, np.float32).reshape(-1, 1, 1)
    depth += np.float32(0.5)
    return _centred(np.minimum(np.maximum(depth, 0, out=depth), 1, out=depth))


def _gaussians(coordinates: np.ndarray) -> np.ndarray:
    """(n, m) -> (n, m, 28): the height of each point's Gaussian at every pixel's middle."""
    heights = coordinates[:, :, None] - _MIDDLES
    heights *= heights
    heights *= -_FALLOFF
    np.maximum(heights, _NO_LOWER, out=heights)
    return np.exp(heights, out=heights)


def _centred(image: np.ndarray) -> np.ndarray:
    """Pictures (n, 28, 28) moved by whole pixels, each so that its centre of mass lies where MNIST's lie."""
    rows, columns = image.sum(2), image.sum(1)
    total = rows.sum(1)
    room = SIDE // 2
    padded = np.zeros((len(image), SIDE + 2 * room, SIDE + 2 * room), np.float32)
    padded[:, room:-room, room:-room] = image
    shifts = (shift_to_middle(sums @ _MIDDLES / total).astype(int) for sums in (rows, columns))
    down, right = (room - np.minimum(np.maximum(shift, -room), room) for shift in shifts)
    return np.stack([p[d : d + SIDE, r : r + SIDE] for p, d, r in zip(padded, down, right, strict=True)])


def shift_to_middle(centre: np.ndarray) -> np.ndarray:
    """By how many whole pixels MNIST's makers would have moved ink whose centre of mass is here (pixels, any shape).

    Found by looking: in all of MNIST's images the centre of mass, in pixels from the edge, lies in [14, 15). What is
    symmetric has it at 14 but for the last bit, which must not move it.
    """
    return np.ceil(SIDE / 2 - centre - _TOLERANCE)


def _fit(points: np.ndarray, pen: np.ndarray) -> np.ndarray:
    """Scaled and moved so that what a pen of this radius draws has its longer side in the 20 pixels of the box."""
    low = np.minimum.reduce(points, 1, keepdims=True)
    size = np.maximum.reduce(points, 1, keepdims=True) - low
    longer = np.maximum.reduce(size, 2, keepdims=True)
    scale = (BOX - 2 * pen) / np.maximum(longer, np.float32(1e-6))  # a dot stays a dot
    # The outline's corner lies on whole pixels, as it did in MNIST, where a box of pixels was moved.
    corner = np.floor((SIDE - size * scale) / 2 - pen + _TOLERANCE)
    return (points - low) * scale + corner + pen


def _mass(points: np.ndarray, pen_up: np.ndarray) -> np.ndarray:
    """(n, m, 2) -> (n, m): the length that each point stands for, and half a disc more where a stroke ends."""
    steps = points[:, 1:] - points[:, :-1]
    halves = np.sqrt(steps[:, :, 0] ** 2 + steps[:, :, 1] ** 2) * np.float32(0.5)
    cuts = np.flatnonzero(pen_up)
    halves[:, cuts] = 0
    mass = np.zeros(points.shape[:2], np.float32)
    mass[:, 1:] = halves
    mass[:, :-1] += halves
    mass[:, 0] += _END
    mass[:, cuts + 1] += _END
    mass[:, cuts] += _END
    mass[:, -1] += _END
    return mass
