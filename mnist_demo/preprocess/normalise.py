"""A digit's marks to 28×28 as if its strokes had been drawn on the pad: MNIST's size, place and pen width.

The stroke width is twice the distance from the middle of a stroke to its outline. Strokes thinner or thicker than
MNIST's are brought to the nearest width that is usual there by moving their outline: it is a level of the signed
distance to it, and so is the one wanted. Size and place then follow from the box of the new outline, as in `strokes`.
"""

import math

import cv2
import numpy as np
from PIL import Image

from mnist_demo.preprocess.strokes import BOX, PEN_RADIUS, SIDE, shift_to_middle

WIDTHS = (2 * PEN_RADIUS - 0.3, 2 * PEN_RADIUS + 0.9)  # pixels of the result; strokes within are left as they are

_DIGIT, _MARGIN = 100, 12  # pixels of the digit's longer side when its outline is moved, and about it
_COARSE = 128  # squares along the longer side, in which parts are told apart
_EDGE_SHARE = 0.2  # of the picture's edge; what covers more comes in from outside
_SPECK_SHARE = 0.015  # of the digit's largest part; what is smaller is a speck
_PRINT_SHARE, _PRINT_HEIGHT, _PRINT_AWAY = (
    0.12,
    0.3,
    0.15,
)  # smaller than that and so far away, of the digit's, is no part of it


def normalised(image: np.ndarray) -> np.ndarray:
    """The digit alone as the network's input.

    Args:
        image: float32 (h, w), 0 paper to 1 marks, 0.5 at their outline.

    Returns:
        float32 (28, 28), 0 to 1; all zeros where there are no marks.
    """
    mask = digit(image > 0.5)
    if not mask.any():
        return np.zeros((SIDE, SIDE), np.float32)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return _at_pen_width(np.where(near, image, 0), mask)


def digit(mask: np.ndarray) -> np.ndarray:
    """The mask, bool (h, w), without specks, print, and what comes in from the edge, unless that is all there is."""
    step = -(-max(mask.shape) // _COARSE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(_coarse(mask, step))
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    if count < 2:
        return mask
    keep = areas > 0
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        keep[np.flatnonzero(np.bincount(edge) > _EDGE_SHARE * len(edge))] = False
    if (areas * keep).max() < 0.1 * areas.max():
        keep = areas > 0
    keep &= _belonging(stats, areas * keep)
    kept = keep[labels].repeat(step, 0).repeat(step, 1)
    return mask & kept[: mask.shape[0], : mask.shape[1]]


def _coarse(mask: np.ndarray, step: int) -> np.ndarray:
    """uint8, 1 where any pixel of a square of `step` pixels is."""
    height, width = (-(-side // step) for side in mask.shape)
    padded = np.pad(mask, ((0, height * step - mask.shape[0]), (0, width * step - mask.shape[1])))
    return np.asarray(padded.reshape(height, step, width, step).any((1, 3)), np.uint8)


def _belonging(stats: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Of parts with OpenCV's `stats` (n, 5) and these areas, 0 being dropped already, which belong to the largest."""
    largest = int(areas.argmax())
    left, top, width, height = stats[largest, :4]
    x, y, w, h = stats[:, :4].T
    away = np.maximum.reduce([left - (x + w), x - (left + width), top - (y + h), y - (top + height)])
    small = (areas < _PRINT_SHARE * areas[largest]) | (h < _PRINT_HEIGHT * height)
    return (areas > _SPECK_SHARE * areas[largest]) & ~(small & (away > _PRINT_AWAY * max(width, height)))


def _at_pen_width(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Marks (h, w) to float32 (28, 28), in MNIST's size, place and pen width."""
    distance = _signed_distance(_enlarged(image, mask) > 0.5)
    if distance.max() <= 0:
        return np.zeros((SIDE, SIDE), np.float32)
    longer = max(float(np.ptp(np.flatnonzero((distance > 0).any(axis)))) + 1 for axis in (0, 1))
    width = _stroke_width(distance)
    if longer < 1.35 * width:  # a dot
        usual, scale = 2 * PEN_RADIUS, 2 * PEN_RADIUS / longer
        width = longer
    else:
        usual = float(np.clip(width * BOX / longer, *WIDTHS))
        # The outline is moved by the same at both ends of the box, so the line in the middle of the stroke stays.
        scale = (BOX - usual) / (longer - width)
    return _sampled(distance * scale + (usual - width * scale) / 2, scale)


def _enlarged(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The digit alone, its longer side `_DIGIT` pixels, with `_MARGIN` about it."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    factor = _DIGIT / max(bottom - top, right - left)
    margin = _MARGIN / factor
    box = (left - margin, top - margin, right + margin, bottom + margin)
    padding = math.ceil(margin) + 2
    padded = Image.fromarray(np.pad(image, padding).astype(np.float32))
    size = (round((box[2] - box[0]) * factor), round((box[3] - box[1]) * factor))
    return np.asarray(padded.resize(size, Image.Resampling.BICUBIC, tuple(side + padding for side in box)))


def _signed_distance(inside: np.ndarray) -> np.ndarray:
    """bool (h, w) to float32 (h, w): the distance to the outline, positive inside, half a pixel before the nearest."""
    inward, outward = (
        cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for mask in (inside, ~inside)
    )
    return np.where(inside, inward - 0.5, 0.5 - outward).astype(np.float32)


def _stroke_width(distance: np.ndarray) -> float:
    """Twice the median distance to the outline along the ridges of the distance, the middles of the strokes."""
    ridge = distance[(distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (distance > 0)]
    return 2 * float(np.median(ridge))


def _sampled(depth: np.ndarray, scale: float) -> np.ndarray:
    """How far inside the outline (h, w), in pixels of the result, to float32 (28, 28) in MNIST's place."""
    image = np.clip(depth + 0.5, 0, 1)
    place = []
    for axis in (0, 1):
        along = np.flatnonzero((depth > 0).any(1 - axis))
        low, high = along[0] * scale, (along[-1] + 1) * scale
        corner = np.floor((SIDE - (high - low)) / 2 + 0.05)
        weights = image.sum(1 - axis)
        centre = ((np.arange(len(weights)) + 0.5) * weights).sum() / weights.sum() * scale
        corner += shift_to_middle(centre - low + corner)
        at = (np.arange(SIDE) + 0.5 - corner + low) / scale - 0.5  # middles of pixels, in pixels of `depth`
        place.append(at.astype(np.float32))
    y, x = np.meshgrid(*place, indexing="ij")
    inside = cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=-9)
    return np.clip(inside + 0.5, 0, 1).astype(np.float32)
