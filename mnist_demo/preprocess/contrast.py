"""How much of the paper's light is missing at each place: the marks on it, whatever their colour and the light.

Whether marks are darker or brighter than their ground shows in the distribution of brightness, which has a long tail on
their side; bright marks are inverted. The ground without its marks is a morphological closing (J. Serra, Image Analysis
and Mathematical Morphology, 1982), so light may vary as it likes and the shadow of a hand stays a shadow.
"""

import cv2
import numpy as np

FAINTEST = 12 / 255  # contrast, below which the picture counts as blank


def marks(grey: np.ndarray) -> np.ndarray:
    """What is written on a ground.

    Args:
        grey: float32 (h, w), brightness 0 to 1.

    Returns:
        float32 (h, w), the share of the ground's light that marks take, about 0 on the ground; all zeros where nothing
        stands out from the roughness of the paper.
    """
    longer = max(grey.shape)
    # at the edges there may be a rest of a table
    inner = tuple(slice(min(longer // 25, side // 4), side - min(longer // 25, side // 4), 2) for side in grey.shape)
    if sum(_skewness((grey - _local_mean(grey, longer // part))[inner]) for part in (12, 5)) > 0:
        grey = 1 - grey
    ground = _closed(grey, longer // 3)
    rest = (ground - grey) / np.maximum(ground, 0.1)
    rest -= np.float32(np.median(rest[::3, ::3]))  # rough paper made its ground too bright
    level = mark_level(rest)
    if level < FAINTEST:
        return np.zeros_like(rest)
    paper = cv2.dilate((rest > level * 0.5).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    rest = rest - _mean_of(rest, paper, longer // 12)
    roughness = float(np.abs(rest[paper]).mean()) if paper.any() else 0.0
    if mark_level(rest) < max(FAINTEST, 6 * roughness):
        return np.zeros_like(rest)
    return rest


def _mean_of(values: np.ndarray, valid: np.ndarray, reach: int) -> np.ndarray:
    """(h, w): the mean of the valid values within a square about each place, 0 where there is hardly any."""
    size = (2 * reach + 1, 2 * reach + 1)
    total, count = (
        cv2.boxFilter(part.astype(np.float32), -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
        for part in (np.where(valid, values, 0), valid)
    )
    return np.where(count > reach, total / np.maximum(count, 1), 0).astype(np.float32)


def mark_level(rest: np.ndarray) -> float:
    """What marks deviate by, 0..1, of deviations of any shape, floats in [0, 1]: the median of those above Otsu's
    threshold (N. Otsu, 1979, the one that parts two classes best), 0 if there are none."""
    values = np.clip(rest.ravel() * 255, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(values, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = values[values > threshold]
    return float(np.median(above)) / 255 if above.size else 0.0


def _skewness(values: np.ndarray) -> float:
    """Negative where a few values lie far below the others, as those of dark marks do."""
    squares = values * values
    return float((squares * values).mean() / (squares.mean() + 1e-9) ** 1.5)


def _local_mean(grey: np.ndarray, reach: int) -> np.ndarray:
    return cv2.blur(grey, (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_REPLICATE)


def _closed(grey: np.ndarray, width: int) -> np.ndarray:
    """The picture without whatever is dark and less than `width` pixels wide; what goes over the edge is wide."""
    values = np.round(grey * 255).astype(np.uint8)
    padded = cv2.copyMakeBorder(values, width, width, width, width, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((width, width), np.uint8))
    return closed[width:-width, width:-width].astype(np.float32) / 255
