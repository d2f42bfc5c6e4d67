"""The sheet of paper in a photograph, a scan or a screenshot: a bright or dark ground with straight edges on another.

Grounds are what thresholds of brightness leave in one piece. Of those that fill a quadrilateral, whose edges are sharp
steps of brightness, with marks inside and none across its edges, the one with the clearest edges is the sheet; what is
around it, a table, a scanner's lid, the bars of a screenshot, is cut off, and the perspective undone.
"""

import cv2
import numpy as np

_SIDE = 160  # pixels of the longer side of the picture in which the sheet is looked for
_LEVELS = 10  # thresholds between the darkest and the brightest
_RANGE = 12  # grey levels, below which the whole picture is one ground
_SMALLEST = 0.04  # share of the picture that a sheet covers
_STEP = 0.08  # change of brightness across its edges, of the brighter side's
_NEAR, _FAR = 2.5, 5.5  # pixels from the edges, where brightness is compared: a line has the same ground on both sides
_INSET = 0.018  # share of the sheet's sides that is cut off with its blurred edges


def cropped(picture: np.ndarray, longest: int) -> np.ndarray:
    """The sheet alone, seen from above, or the whole picture where none is found.

    Args:
        picture: uint8 (h, w, c), RGB first.
        longest: pixels that the longer side of the result has at most.

    Returns:
        uint8 (h', w', c), not enlarged.
    """
    height, width = picture.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    small = cv2.resize(picture[..., :3], size, interpolation=cv2.INTER_AREA)
    corners = _corners(small) if min(size) >= 16 else None
    if corners is None:
        factor = min(1.0, longest / max(height, width))
        size = (max(round(width * factor), 1), max(round(height * factor), 1))
        return picture if factor == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    corners = corners * (width / size[0], height / size[1])
    return _flattened(picture, corners.astype(np.float32), longest)


def _flattened(picture: np.ndarray, corners: np.ndarray, longest: int) -> np.ndarray:
    sides = np.linalg.norm(corners - np.roll(corners, -1, 0), axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    factor = min(1.0, longest / max(width, height))
    if factor < 0.6:  # smoothed first, as a warp takes single pixels
        picture = cv2.resize(picture, None, fx=2 * factor, fy=2 * factor, interpolation=cv2.INTER_AREA)
        corners = corners * np.float32(2 * factor)
    size = (max(round(width * factor), 8), max(round(height * factor), 8))
    inset = _INSET * max(size)
    target = np.array(
        [[-inset, -inset], [size[0] + inset, -inset], [size[0] + inset, size[1] + inset], [-inset, size[1] + inset]],
        np.float32,
    )
    matrix = cv2.getPerspectiveTransform(corners, target)
    return cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _corners(small: np.ndarray) -> np.ndarray | None:
    """uint8 (h, w, 3) -> the sheet's corners float32 (4, 2), clockwise from the upper left, or None."""
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    ground = _Ground(grey)
    low, high = np.percentile(ground.grey, [1, 99])
    if high - low < _RANGE:
        return None
    best, best_score = None, 0.0
    tried: list[np.ndarray] = []
    for level in np.linspace(low, high, _LEVELS + 2)[1:-1]:
        bright = (ground.grey > level).astype(np.uint8)
        for corners in _quadrilaterals(bright) + _quadrilaterals(1 - bright):
            if any(np.abs(corners - other).max() < 1.5 for other in tried):
                continue
            tried.append(corners)
            score = ground.score(corners)
            if score > best_score:
                best, best_score = corners, score
    return best


def _quadrilaterals(mask: np.ndarray) -> list[np.ndarray]:
    """The corners of the regions of a mask that fill about a rectangle."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        if len(contour) < 4:
            continue
        area = cv2.contourArea(contour)
        if not _SMALLEST * mask.size < area < 0.985 * mask.size:
            continue
        hull = cv2.convexHull(contour)
        if area < 0.93 * cv2.contourArea(hull):
            continue
        corners = _fitted(hull)
        if corners is not None and 0.9 < area / max(cv2.contourArea(corners), 1) < 1.08:
            found.append(corners)
    return found


def _fitted(hull: np.ndarray) -> np.ndarray | None:
    """A hull's four corners, float32 (4, 2), clockwise from the upper left, None if it isn't about a rectangle."""
    quad = cv2.approxPolyN(hull, 4, epsilon_percentage=-1.0, ensure_convex=True).reshape(-1, 2).astype(np.float32)
    if len(quad) != 4:
        return None
    edges = np.roll(quad, -1, 0) - quad
    lengths = np.linalg.norm(edges, axis=1)
    if lengths.min() < 12:
        return None
    turns = np.abs((edges * np.roll(edges, -1, 0)).sum(1)) / (lengths * np.roll(lengths, -1))
    if turns.max() > 0.35:  # cosine of a corner
        return None
    if cv2.contourArea(quad, True) < 0:
        quad = quad[::-1]
    first = int(quad.sum(1).argmin())
    return np.ascontiguousarray(np.roll(quad, -first, 0))


class _Ground:
    """The picture in which sheets are compared.

    grey   float32 (h, w)
    marks  float32 (h, w) each: what is darker, and what is brighter, than all around and thin, in shares of brightness
    """

    def __init__(self, grey: np.ndarray):
        self.grey = cv2.medianBlur(grey, 3).astype(np.float32)
        width = max(grey.shape) // 8 | 1
        kernel = np.ones((width, width), np.uint8)
        padded = cv2.copyMakeBorder(self.grey.astype(np.uint8), width, width, width, width, cv2.BORDER_REPLICATE)
        inner = (slice(width, -width), slice(width, -width))
        ceiling = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[inner].astype(np.float32)
        floor = cv2.morphologyEx(padded, cv2.MORPH_OPEN, kernel)[inner].astype(np.float32)
        self.marks = ((ceiling - self.grey) / np.maximum(ceiling, 25), (self.grey - floor) / np.maximum(self.grey, 25))

    def score(self, corners: np.ndarray) -> float:
        """How clear the step of brightness at the edges is, 0 if there is none, or no mark inside, or marks outside."""
        ends = np.array((self.grey.shape[1] - 1, self.grey.shape[0] - 1), np.float32)
        centre = corners.mean(0)
        following = np.roll(corners, -1, 0)
        normals = np.stack([following[:, 1] - corners[:, 1], corners[:, 0] - following[:, 0]], 1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        normals *= np.sign((normals * (corners - centre)).sum(1, keepdims=True))
        share = np.linspace(0.05, 0.95, 64, dtype=np.float32)[:, None]
        along = corners[:, None] + (following - corners)[:, None] * share  # (4, 64, 2)
        outside = along + _NEAR * normals[:, None]
        seen = ((outside >= 0) & (outside <= ends)).all(2).mean(1) > 0.5  # the others are where the picture ends
        if not seen.any():
            return 0.0
        along, normals = along[seen], normals[seen]
        steps = self._steps(along, normals, _NEAR)
        sign = 1 if np.median(steps) > 0 else -1
        step = (steps * sign > _STEP) & (self._steps(along, normals, _FAR) * sign > _STEP)
        if step.mean() < 0.85:
            return 0.0
        if self._crossed(along, normals):
            return 0.0
        return float(np.median(steps * sign)) * self._alone(corners, centre)

    def _steps(self, along: np.ndarray, normals: np.ndarray, away: float) -> np.ndarray:
        """(n, 64): how much brighter it is so many pixels within the edges than beyond, in shares of the brighter."""
        inside, outside = (self._at(self.grey, along + side * away * normals[:, None]) for side in (-1, 1))
        return (inside - outside) / np.maximum(np.maximum(inside, outside), 12)

    def _crossed(self, along: np.ndarray, normals: np.ndarray) -> bool:
        """Whether a stroke crosses the edges: then they are those of a shadow."""
        mark = self.marks[0]
        level = 0.4 * float(np.percentile(mark, 99.7))
        if level < 0.04:
            return False
        inside, outside = (
            cv2.dilate(
                np.max([self._at(mark, along + side * away * normals[:, None]) for away in (2.5, 4.0, 5.5)], 0),
                np.ones((1, 5), np.uint8),
            )
            for side in (-1, 1)
        )
        both = (inside > level) & (outside > level) & (outside > 0.6 * inside)  # as dark, for the light that is there
        share = both.mean(1)
        return bool(((share > 0) & (share < 0.5)).any())

    def _alone(self, corners: np.ndarray, centre: np.ndarray) -> float:
        """0 to 1, how much of what looks like writing is inside."""
        inner, wide = (np.zeros(self.grey.shape, np.uint8) for _ in "iw")
        cv2.fillConvexPoly(inner, np.round(centre + (corners - centre) * 0.9).astype(np.int32), 1)
        cv2.fillConvexPoly(wide, np.round(centre + (corners - centre) * 1.1).astype(np.int32), 1)
        for mark in self.marks:
            within = mark[inner > 0]
            if not within.size or within.max() < 0.1:
                continue
            level = np.partition(within, int(0.995 * (within.size - 1)))[int(0.995 * (within.size - 1))] * 0.5
            written = np.count_nonzero(within > level)
            elsewhere = np.count_nonzero(mark[wide == 0] > level)
            if written >= 4 and elsewhere < 0.3 * written:
                return 1 - 0.5 * elsewhere / written
        return 0.0

    @staticmethod
    def _at(values: np.ndarray, points: np.ndarray) -> np.ndarray:
        x = np.clip(np.rint(points[..., 0]).astype(int), 0, values.shape[1] - 1)
        y = np.clip(np.rint(points[..., 1]).astype(int), 0, values.shape[0] - 1)
        return values[y, x]
