"""Printed lines told from writing: ruled and squared paper, the frames and cells of forms.

A printed line is straight, much longer than it is thick, and runs across the paper or ends at other lines; a pen's
stroke is thick for its length. Like the staff lines of printed music, they are removed where they are no thicker than
usual; where a stroke crosses or follows one it stays.
"""

from typing import NamedTuple

import cv2
import numpy as np

_THICKEST = 0.035  # of the longer side of the picture
_SHORTEST = 0.18  # likewise, of a line
_SLOPES = np.tan(np.radians(np.arange(-6, 6.01, 0.5))).astype(np.float32)
_THIN = 0.022  # thickness of a line for its length, that no pen's stroke has


class Line(NamedTuple):
    """From `start` to `end` along, at `first` to `last` across, in pixels; `held` by edges or other lines."""

    start: int
    end: int
    first: int
    last: int
    thickness: float
    held: bool = False

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def middle(self) -> float:
        return (self.first + self.last) / 2

    @property
    def slimness(self) -> float:
        return self.thickness / self.length


def removed(marks: np.ndarray) -> np.ndarray:
    """Marks without printed lines.

    Lines that are a little askew are made level, and the writing with them.

    Args:
        marks: float32 (h, w), as of `contrast.marks`.

    Returns:
        The same; unchanged where no line is found, or nothing but lines.
    """
    level = _strong(marks)
    if level == 0:
        return marks
    straight = _levelled(marks, level)
    rows, columns = _lines(straight, level), _lines(straight.T, level)
    both = (_printed(rows, columns, straight.shape[1]), _printed(columns, rows, straight.shape[0]))
    if not any(both):
        return marks
    clean = _without(straight, both)
    printed = [*both[0], *both[1]]
    # A line that ends at no other, and no edge, may be a stroke of a pen as thin as that.
    if not any(line.held for line in printed) and max(line.thickness for line in printed) > 0.85 * _pen_width(
        clean, level
    ):
        return marks
    return clean if _strong(clean) > 0.25 * level else marks


def _without(marks: np.ndarray, lines: tuple[list[Line], list[Line]]) -> np.ndarray:
    clean = marks.copy()
    for line in lines[0]:
        _erase(clean, line)
    for line in lines[1]:
        _erase(clean.T, line)
    return clean


def _pen_width(marks: np.ndarray, level: float) -> float:
    """Pixels; 0 if there is nothing."""
    depth = np.asarray(cv2.distanceTransform((marks > 0.4 * level).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    ridge = depth[(depth > 0) & np.equal(depth, cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return 2 * float(np.percentile(ridge, 70)) - 1 if len(ridge) > 4 else 0.0


def _strong(rest: np.ndarray) -> float:
    """What the darkest marks deviate by."""
    values = rest[::2, ::2][rest[::2, ::2] > 0.04]
    return float(np.percentile(values, 90)) if values.size else 0.0


def _levelled(rest: np.ndarray, level: float) -> np.ndarray:
    thin = _thin(rest, level)
    y, x = np.nonzero(thin)
    if len(y) < 40:
        return rest
    across, along = _turn(y, x), _turn(x, y)
    if abs(across) < 1e-3 and abs(along) < 1e-3:
        return rest
    height, width = rest.shape
    matrix = np.array([[1, along, -along * height / 2], [across, 1, -across * width / 2]], np.float32)
    return cv2.warpAffine(rest, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _thin(rest: np.ndarray, level: float) -> np.ndarray:
    width = max(3, round(_THICKEST * max(rest.shape)))
    opened = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((width, width), np.uint8))
    return rest - opened > 0.2 * level


def _turn(across: np.ndarray, along: np.ndarray) -> float:
    """The slope at which most pixels stand in long lines; 0 if none stands out."""
    scores = []
    across, along = across.astype(np.float32) + 100, along.astype(np.float32)
    for slope in _SLOPES:
        counts = np.bincount((across - along * slope).astype(np.int32).clip(0)).astype(np.float64)
        scores.append(float((counts * counts * counts).sum()))
    best = int(np.argmax(scores))
    return float(_SLOPES[best]) if scores[best] > 1.1 * scores[len(scores) // 2] else 0.0


def _lines(rest: np.ndarray, level: float) -> list[Line]:
    """The long thin dark runs along the rows."""
    height, width = rest.shape
    longer = max(height, width)
    thickest = max(3, round(_THICKEST * longer))
    smooth = cv2.blur(rest, (max(3, longer // 25) | 1, 1))
    noise = 1.05 * float(np.median(np.abs(np.diff(rest[::3], axis=1)))) / np.sqrt(max(3, longer // 25))
    threshold = max(0.1 * level, 4 * noise, 0.015)
    dark = (smooth > threshold).astype(np.uint8)
    thick = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((thickest, 1), np.uint8))
    thin = (smooth - thick > threshold).astype(np.uint8)
    dark = cv2.dilate(dark, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(8, round(_SHORTEST * longer))), np.uint8))
    near = cv2.dilate(thin, np.ones((3, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_and(runs, near))
    found = []
    for number in range(1, count):
        x, y, w, h, _ = stats[number]
        if w < 0.6 * _SHORTEST * longer or h > 2 * thickest or h > 8 + 0.03 * w:
            continue
        piece = (labels[y : y + h, x : x + w] == number) & (thin[y : y + h, x : x + w] > 0)
        per_column = piece.sum(0)
        if (per_column > 0).mean() < 0.4:
            continue
        reach = thickest // 2
        part = rest[max(y - reach, 0) : y + h + reach, x : x + w]
        darkness = float(np.median(part.max(0)))
        thickness = float(np.median((part > 0.5 * darkness).sum(0)))
        found.append(Line(int(x), int(x + w), int(y), int(y + h), thickness))
    return _joined(found)


def _joined(lines: list[Line]) -> list[Line]:
    """Pieces of one line, between which a stroke crosses, made one."""
    whole: list[Line] = []
    for line in sorted(lines):
        for i, other in enumerate(whole):
            if _continues(other, line):
                whole[i] = Line(
                    other.start,
                    max(line.end, other.end),
                    min(line.first, other.first),
                    max(line.last, other.last),
                    (line.thickness * line.length + other.thickness * other.length) / (line.length + other.length),
                )
                break
        else:
            whole.append(line)
    return whole


def _continues(a: Line, b: Line) -> bool:
    return (
        abs(a.middle - b.middle) <= 2 + 0.01 * max(a.length, b.length)
        and b.start - a.end < 1.5 * max(a.length, b.length)
        and _alike(a, b)
    )


def _alike(a: Line, b: Line) -> bool:
    """Whether two lines are about equally thick."""
    thin, thick = sorted((a.thickness, b.thickness))
    return thick <= 1.5 * thin + 1


def _printed(lines: list[Line], crossing: list[Line], width: int) -> list[Line]:
    """Those that are no strokes of a pen: very thin for their length, or ending at lines that are as thick."""
    sure = [line for line in (*lines, *crossing) if line.slimness < _THIN]
    thickest = 1.5 * float(np.median([line.thickness for line in sure])) + 1 if sure else np.inf
    near = 0.03 * width
    found = []
    for line in lines:
        if line.slimness > 2 * _THIN or (line.slimness >= _THIN and line.thickness > thickest):
            continue
        ends = [
            any(
                abs(other.middle - end) < near + other.thickness
                and other.start - near < line.middle < other.end + near
                and _alike(line, other)
                for other in crossing
            )
            for end in (line.start, line.end)
        ]
        twin = any(
            abs(other.start - line.start) < near
            and abs(other.end - line.end) < near
            and abs(other.middle - line.middle) > near
            and _alike(line, other)
            for other in lines
        )
        held = all(ends) or (any(ends) and twin)
        if held or line.slimness < _THIN:
            across = line.start < near and line.end > width - near
            found.append(line._replace(held=held or across))
    return found


def _erase(rest: np.ndarray, line: Line) -> None:
    """Remove a line along the rows where it is no thicker and no darker than usual."""
    height, width = rest.shape
    reach = round(2 * line.thickness) + 3
    top, bottom = max(line.first - reach, 0), min(line.last + reach, height)
    left, right = max(line.start - 6, 0), min(line.end + 6, width)
    band = rest[top:bottom, left:right]
    before = band.copy()
    own = slice(max(line.first - 2 - top, 0), line.last + 2 - top)
    darkness = float(np.median(band[own].max(0)))
    mask = (band > 0.35 * darkness).astype(np.uint8)
    longest = round(line.thickness * 1.5) + 2
    keep = (
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((longest + 1, 1), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
    )
    keep |= cv2.blur(band, (3, 3)) > 1.3 * darkness
    part = band[own]
    part[~keep[own]] = 0
    side = line.last - line.first + 5
    closed = cv2.morphologyEx(band, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    part[:] = np.maximum(part, np.minimum(closed[own], before[own]))
