"""Printed lines told from writing: ruled and squared paper, the frames and cells of forms.

A printed line is straight, much longer than it is thick, and runs across the paper or ends at other lines; a pen's
stroke is thick for its length. Like the staff lines of printed music, they are removed where they are no thicker than
usual; where a stroke crosses or follows one it stays.
"""

import itertools
from typing import NamedTuple

import cv2
import numpy as np

_THICKEST = 0.035  # of the longer side of the picture
_ENOUGH = 3000  # pixels of lines from which their slope is found
_SHORTEST = 0.18  # likewise, of a line
_SLOPES = np.tan(np.radians(np.arange(-6, 6.01, 0.5))).astype(np.float32)
_THIN = 0.022  # thickness of a line for its length, that no pen's stroke has


class Line(NamedTuple):
    """From `start` to `end` along, at `first` to `last` across, in pixels; `held` by lines or, `across`, by edges."""

    start: int
    end: int
    first: int
    last: int
    thickness: float
    darkness: float
    held: bool = False
    across: bool = False

    @property
    def length(self) -> int:
        """In pixels."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """Where it lies across its direction, in pixels."""
        return (self.first + self.last) / 2

    @property
    def slimness(self) -> float:
        """Its thickness as a share of its length."""
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
    bytes_ = _bytes(straight)
    rows, columns = _lines(bytes_, 255 * level), _lines(cv2.transpose(bytes_), 255 * level)
    both = (_printed(rows, columns, straight.shape[1]), _printed(columns, rows, straight.shape[0]))
    if not any(both):
        return marks
    clean = _without(straight, both)
    printed = [*both[0], *both[1]]
    if not any(line.held for line in printed) and not _unlike_a_pen(both, straight, clean, level):
        return marks
    if _strong(clean) <= 0.25 * level:
        return marks
    return _within(_within(clean, both[0], level).T, both[1], level).T


def _within(marks: np.ndarray, rows: list[Line], level: float) -> np.ndarray:
    """Marks without what lies wholly above or below the field, between lines of a form, in which most of them lie."""
    lines = sorted(row.middle for row in rows if not row.across)
    if not lines:
        return marks
    borders = [0, *(round(line) for line in lines), len(marks)]
    weights = np.maximum(marks, 0).sum(1)
    top, bottom = max(itertools.pairwise(borders), key=lambda field: float(weights[slice(*field)].sum()))
    count, labels = cv2.connectedComponents(_mask(marks, level))
    keep = np.bincount(labels[top:bottom].ravel(), minlength=count) > 0
    keep[0] = True
    return np.where(keep[labels], marks, 0)


def _without(marks: np.ndarray, lines: tuple[list[Line], list[Line]]) -> np.ndarray:
    clean = marks.copy()
    for line in lines[0]:
        _erase(clean, line)
    for line in lines[1]:
        _erase(clean.T, line)
    return clean


def _unlike_a_pen(lines: tuple[list[Line], list[Line]], marks: np.ndarray, writing: np.ndarray, level: float) -> bool:
    """Whether lines that end nowhere are thinner than the pen, or much longer than all else that is written."""
    depth = np.asarray(cv2.distanceTransform(_mask(writing, level), cv2.DIST_L2, 3), np.float32)
    ridge = depth[(depth > 0) & np.equal(depth, cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    if len(ridge) < 5:
        return False
    pen = 2 * float(np.percentile(ridge, 70)) - 1
    for line in (*lines[0], *lines[1]):
        alone = ([line], []) if line in lines[0] else ([], [line])
        size = max(cv2.boundingRect(_mask(_without(marks, alone), level))[2:])
        longer = 1.3 * size < line.length < 5 * size  # what is left of a straight 1 is less
        if line.thickness >= 0.85 * pen and not longer:
            return False
    return True


def _mask(marks: np.ndarray, level: float) -> np.ndarray:
    return (marks > 0.4 * level).astype(np.uint8)


def _strong(marks: np.ndarray) -> float:
    """What the darkest marks deviate by."""
    values = marks[::2, ::2][marks[::2, ::2] > 0.04]
    return float(np.percentile(values, 90)) if values.size else 0.0


def _bytes(marks: np.ndarray) -> np.ndarray:
    """In 8 bits OpenCV is four times as fast."""
    return cv2.convertScaleAbs(np.maximum(marks, 0), alpha=255)


def _levelled(marks: np.ndarray, level: float) -> np.ndarray:
    width = max(3, round(_THICKEST * max(marks.shape)))
    bytes_ = _bytes(marks)
    thin = cv2.subtract(bytes_, cv2.morphologyEx(bytes_, cv2.MORPH_OPEN, np.ones((width, width), np.uint8)))
    y, x = np.nonzero(thin > 0.2 * 255 * level)
    if len(y) < 40:
        return marks
    some = slice(None, None, 1 + len(y) // _ENOUGH)
    y, x = y[some], x[some]
    across, along = _turn(y, x), _turn(x, y)
    if abs(across) < 1e-3 and abs(along) < 1e-3:
        return marks
    height, width = marks.shape
    matrix = np.array([[1, along, -along * height / 2], [across, 1, -across * width / 2]], np.float32)
    return cv2.warpAffine(marks, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _turn(across: np.ndarray, along: np.ndarray) -> float:
    """The slope at which most pixels stand in long lines; 0 if none stands out."""
    scores = []
    across, along = across.astype(np.float32) + 100, along.astype(np.float32)
    for slope in _SLOPES:
        counts = np.bincount((across - along * slope).astype(np.int32).clip(0)).astype(np.float64)
        scores.append(float((counts * counts * counts).sum()))
    best = int(np.argmax(scores))
    return float(_SLOPES[best]) if scores[best] > 1.1 * scores[len(scores) // 2] else 0.0


def _lines(marks: np.ndarray, level: float) -> list[Line]:
    """The long thin dark runs along the rows of marks uint8 (h, w)."""
    longer = max(marks.shape)
    thickest = max(3, round(_THICKEST * longer))
    reach = max(3, longer // 25) | 1
    smooth = cv2.blur(marks, (reach, 1))
    noise = 1.05 * float(np.median(np.abs(np.diff(marks[::5].astype(np.int16), axis=1)))) / np.sqrt(reach)
    threshold = max(0.1 * level, 4 * noise, 4)
    dark = cv2.dilate((smooth > threshold).astype(np.uint8), np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(8, round(_SHORTEST * longer))), np.uint8))
    if not runs.any():
        return []
    thick = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((thickest, 1), np.uint8))
    thin = (cv2.subtract(smooth, thick) > threshold).astype(np.uint8)
    near = cv2.dilate(thin, np.ones((3, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_and(runs, near))
    found = []
    for number in range(1, count):
        x, y, w, h, _ = stats[number]
        if w < 0.6 * _SHORTEST * longer:
            continue
        piece = (labels[y : y + h, x : x + w] == number) & (thin[y : y + h, x : x + w] > 0)
        for first, last in [(0, h)] if h <= 8 else _bands(piece):
            inked = np.flatnonzero(piece[first:last].any(0))
            start, end = (int(inked[0]), int(inked[-1]) + 1) if len(inked) else (0, 0)
            if end - start < 0.6 * _SHORTEST * longer or len(inked) < 0.4 * (end - start):
                continue
            part = marks[max(y + first - thickest // 2, 0) : y + last + thickest // 2, x + start : x + end]
            darkness = float(np.median(part.max(0)))
            thickness = float(np.median((part > 0.5 * darkness).sum(0)))
            found.append(Line(x + start, x + end, y + first, y + last, thickness, darkness))
    return _joined(found)


def _bands(piece: np.ndarray) -> list[tuple[int, int]]:
    """The rows of a mask in which most of it lies: lines that a stroke ties together, taken apart."""
    counts = piece.sum(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], counts > 0.4 * counts.max(), [0]])))
    bands = [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
    return [(first, last) for first, last in bands if last - first <= 8 + 0.03 * piece.shape[1]]


def _joined(lines: list[Line]) -> list[Line]:
    """Pieces of one line, between which a stroke crosses, made one."""
    whole: list[Line] = []
    for line in sorted(lines):
        for i, other in enumerate(whole):
            if _continues(other, line):
                share = line.length / (line.length + other.length)
                whole[i] = Line(
                    other.start,
                    max(line.end, other.end),
                    min(line.first, other.first),
                    max(line.last, other.last),
                    share * line.thickness + (1 - share) * other.thickness,
                    share * line.darkness + (1 - share) * other.darkness,
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
    """Whether two lines are about equally thick and dark."""
    thin, thick = sorted((a.thickness, b.thickness))
    bright, dark = sorted((a.darkness, b.darkness))
    return thick <= 1.5 * thin + 1 and dark <= 1.6 * bright


def _printed(lines: list[Line], crossing: list[Line], width: int) -> list[Line]:
    """Those that are no strokes of a pen: very thin for their length, or ending at lines that are as thick."""
    sure = [line for line in (*lines, *crossing) if line.slimness < _THIN]
    thickest = 1.5 * float(np.median([line.thickness for line in sure])) + 1 if sure else np.inf
    darkest = 1.6 * float(np.median([line.darkness for line in sure])) if sure else np.inf
    near = 0.03 * width
    # On ruled and squared paper any stroke may begin and end at lines.
    paper = sum(line.length > 0.8 * width for line in crossing) > 2
    found = []
    for line in lines:
        if line.slimness > 2 * _THIN or (
            line.slimness >= _THIN and (line.thickness > thickest or line.darkness > darkest)
        ):
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
        held = any(ends) and (twin or (all(ends) and not paper))
        if held or line.slimness < _THIN:
            across = line.start < near and line.end > width - near
            found.append(line._replace(held=held or across, across=across))
    return found


def _erase(marks: np.ndarray, line: Line) -> None:
    """Remove a line along the rows where it is no thicker and no darker than usual."""
    height, width = marks.shape
    reach = round(2 * line.thickness) + 3
    top, bottom = max(line.first - reach, 0), min(line.last + reach, height)
    left, right = max(line.start - 6, 0), min(line.end + 6, width)
    band = marks[top:bottom, left:right]
    before = band.copy()
    own = slice(max(line.first - 2 - top, 0), line.last + 2 - top)
    darkness = float(np.median(band[own].max(0)))
    mask = (band > 0.35 * darkness).astype(np.uint8)
    longest = round(line.thickness * 1.5) + 2
    keep = (
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((longest + 1, 1), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
    )
    keep |= cv2.blur(band, (7, 1)) > 1.3 * darkness
    part = band[own]
    part[~keep[own]] = 0
    side = line.last - line.first + 5
    closed = cv2.morphologyEx(band, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    part[:] = np.maximum(part, np.minimum(closed[own], before[own]))
