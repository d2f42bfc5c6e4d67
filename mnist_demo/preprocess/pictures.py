"""Any picture of one digit to 28×28 ink, as if its strokes had been drawn on the pad.

1. *Open.* Bytes and pixels are counted before anything is decoded; EXIF's turn is undone; transparency is laid on
   whatever makes its ink visible; the picture is brought to at most 400 pixels a side.
2. *Paper and ink.* Ink is what differs from the paper in thin strokes. Whether it is darker or brighter shows in the
   distribution of brightness, which has a long tail on ink's side; bright ink is inverted. The paper without its ink
   is a morphological closing, and the ink is what share of the paper's light it takes.
3. *The digit.* Specks, and things that come in from the edge along a good part of it, are dropped.
4. *The pen.* The stroke width is twice the distance from the middle of a stroke to its outline. Strokes thinner or
   thicker than MNIST's are brought to the nearest width that is usual there by moving their outline: it is a level
   of the signed distance to it, and so is the one wanted. Size and place then follow from the box of the new
   outline, as in `strokes.py`.
"""

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mnist_demo.errors import ImageError
from mnist_demo.messages import say
from mnist_demo.preprocess.strokes import BOX, PEN_RADIUS, SIDE, shift_to_middle

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000  # a telephone's largest pictures
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

WIDTHS = (2 * PEN_RADIUS - 0.3, 2 * PEN_RADIUS + 0.9)  # pixels of the result; strokes within are left as they are

_LARGEST, _SMALLEST = 400, 160  # pixels of the longer side of the picture that is looked at
_DIGIT, _MARGIN = 100, 12  # pixels of the digit's longer side when its outline is moved, and about it
_FAINTEST = 12 / 255  # contrast, below which the picture counts as blank
_EDGE_SHARE = 0.2  # of the picture's edge; what covers more comes in from outside
_SPECK_SHARE = 0.015  # of the digit's largest part; what is smaller is a speck


def image_from_file(path: str | Path) -> np.ndarray:
    """The digit in a picture file as the network's input.

    Args:
        path: a PNG, JPEG, GIF (its first frame), BMP, WebP or TIFF file of at most `MAX_BYTES` and `MAX_PIXELS`.

    Returns:
        float32 (28, 28), 0 paper to 1 ink, whatever the picture's colours; all zeros when the picture is blank.

    Raises:
        ImageError: there is no such file, or it is too large, damaged or of another format.
    """
    return image_from_grey(_grey(Path(path)))


def image_from_grey(grey: np.ndarray) -> np.ndarray:
    """The digit in a picture as the network's input; the second half of `ink_from_file`.

    Args:
        grey: float (h, w), brightness 0 to 1, of any size.

    Returns:
        float32 (28, 28), 0 paper to 1 ink.
    """
    ink = _contrast(_sized(np.asarray(grey, np.float32)))
    mask = _digit(ink > 0.5)
    if not mask.any():
        return np.zeros((SIDE, SIDE), np.float32)
    ink = np.where(_widened(mask, 2), ink, 0)
    return _normalised(ink, mask)


# --- open ----------------------------------------------------------------------------------------------------------


def _grey(path: Path) -> np.ndarray:
    """The file's picture as float32 (h, w), 0 to 1, its sides at most some thousand pixels."""
    try:
        size = path.stat().st_size
    except OSError:
        raise ImageError(reason=say("reason.file_missing")) from None
    if size == 0:
        raise ImageError(reason=say("reason.file_empty"))
    if size > MAX_BYTES:
        raise ImageError(reason=say("reason.file_large", limit=f"{MAX_BYTES // 1_000_000}"))
    try:
        image = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError:
        raise ImageError(reason=say("reason.pixels_most", limit=f"{MAX_PIXELS // 1_000_000}")) from None
    except Exception:  # Pillow's plugins raise whatever a malformed header leads them to
        raise ImageError(reason=say("reason.format")) from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            limit = f"{MAX_PIXELS // 1_000_000}"
            raise ImageError(
                reason=say("reason.pixels_many", width=f"{image.width}", height=f"{image.height}", limit=limit)
            )
        try:
            return _decoded(image)
        except Exception:  # likewise, at the first damaged byte
            raise ImageError(reason=say("reason.damaged")) from None


def _decoded(image: Image.Image) -> np.ndarray:
    if image.format == "JPEG":
        image.draft(None, (2 * _LARGEST, 2 * _LARGEST))  # decodes a large photograph at an eighth of its size
    image.load()
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits: only differences matter
        values = np.nan_to_num(np.asarray(image, np.float32))
        low, high = values.min(), values.max()
        span = max(high - low, 255 if image.mode == "F" else 256 * 8)
        image = Image.fromarray(((values - low) / span * 255).astype(np.uint8))
    factor = max(image.size) // (2 * _LARGEST)
    transparent = image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info
    image = image.convert("RGBA" if transparent else "RGB")
    if factor > 1:
        image = image.reduce((min(factor, image.width), min(factor, image.height)))
    image = ImageOps.exif_transpose(image)
    pixels = np.asarray(image, np.float32) / 255
    colour = _projected(pixels[..., :3], pixels[..., 3] if transparent else None)
    return _laid_on_paper(colour, pixels[..., 3]) if transparent else colour


def _projected(colours: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """RGB (h, w, 3) to one channel: brightness, or the colour channel that shows more, as with yellow on white."""
    brightness = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    channels = [brightness, *np.moveaxis(colours, 2, 0)]
    seen = slice(None) if alpha is None or not (alpha > 0.5).any() else alpha > 0.5
    spreads = [float(np.ptp(channel[seen])) for channel in channels]
    best = int(np.argmax(spreads))
    return channels[best] if spreads[best] > 1.5 * spreads[0] else brightness


def _laid_on_paper(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Brightness with alpha, both (h, w), on a background against which its ink shows."""
    solid = grey[alpha > 0.5]
    if alpha.min() > 0.98 or not solid.size:
        return grey if solid.size else np.ones_like(grey)
    low, middle, high = np.percentile(solid, [2, 50, 98])
    # Two brightnesses: ink on its own paper, which goes on where it is transparent. One: ink, or paper around a hole.
    paper = middle if high - low > 0.25 and solid.size > alpha.size / 2 else float(middle < 0.5)
    return grey * alpha + paper * (1 - alpha)


def _sized(grey: np.ndarray) -> np.ndarray:
    """At most 400 and, enlarged smoothly, at least 160 pixels along the longer side."""
    longer = max(grey.shape)
    target = min(max(longer, _SMALLEST), _LARGEST)
    if target == longer:
        return grey
    height, width = (max(round(side * target / longer), 1) for side in grey.shape)
    filter_ = Image.Resampling.BOX if target < longer else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(grey).resize((width, height), filter_)), 0, 1)


# --- paper and ink -------------------------------------------------------------------------------------------------


def _contrast(grey: np.ndarray) -> np.ndarray:
    """Brightness (h, w) to ink (h, w), 0 paper to 1 ink, 0.5 at the outline; all zeros when it is blank."""
    reach = max(grey.shape) // 12
    if _skewness(grey - np.median(grey)) + _skewness(grey - _local_mean(grey, np.ones(grey.shape, bool), reach)) > 0:
        grey = 1 - grey
    paper = _closed(grey, max(grey.shape) // 3)
    rest = (paper - grey) / np.maximum(paper, 0.1)  # the share of the light that ink takes is the same in shadow
    rest = rest - np.median(rest)  # rough paper made `paper` too bright
    level = _ink_level(rest)
    if level < _FAINTEST:
        return np.zeros_like(grey)
    paper_only = ~_widened(rest > level * 0.5, 3)
    rest = rest - _local_mean(rest, paper_only, reach)
    level = _ink_level(rest)
    roughness = float(np.abs(rest[paper_only]).mean()) if paper_only.any() else 0
    if level < max(_FAINTEST, 6 * roughness):
        return np.zeros_like(grey)
    return np.clip(rest / level, 0, 1)


def _skewness(values: np.ndarray) -> float:
    """Negative where a few values lie far below the others, as those of dark ink do."""
    squares = values * values
    return float((squares * values).mean() / (squares.mean() + 1e-9) ** 1.5)


def _closed(grey: np.ndarray, width: int) -> np.ndarray:
    """The picture without whatever is dark and less than `width` pixels wide; what goes over the edge is wide.

    J. Serra's closing (Image Analysis and Mathematical Morphology, 1982): the brightest within a square, then the
    darkest of those. Light may vary as it likes, and the shadow of a hand stays a shadow.
    """
    padded = np.pad(grey, width, mode="edge")
    return -_highest(-_highest(padded, width), width)[: grey.shape[0], : grey.shape[1]]


def _highest(values: np.ndarray, width: int) -> np.ndarray:
    """The maximum over each square of `width` pixels; the result is smaller by `width` - 1 on both axes."""
    for axis in (0, 1):
        done = 1  # the maximum over so many is there
        while done < width:
            step = min(done, width - done)
            low = [slice(None), slice(None)]
            high = [slice(None), slice(None)]
            low[axis], high[axis] = slice(None, -step), slice(step, None)
            values = np.maximum(values[tuple(low)], values[tuple(high)])
            done += step
    return values


def _ink_level(rest: np.ndarray) -> float:
    """What ink deviates by: the mean above Otsu's threshold (N. Otsu, 1979, the one that parts two classes best)."""
    values = np.clip(rest.ravel(), 0, 1)
    counts, edges = np.histogram(values, 128, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num(below * above * (sums / below - (sums[-1] - sums) / above) ** 2)
    threshold = edges[1:][between.argmax()]
    inked = values[values > threshold]
    return float(np.median(inked)) if inked.size else 0.0


def _local_mean(values: np.ndarray, valid: np.ndarray, reach: int) -> np.ndarray:
    """(h, w): the mean of the valid values within a square about each place, 0 where there is hardly any."""
    total, count = _boxes(np.where(valid, values, 0), reach), _boxes(valid, reach)
    return np.where(count > reach, total / np.maximum(count, 1), 0).astype(np.float32)


def _boxes(values: np.ndarray, reach: int) -> np.ndarray:
    """The sum within ±reach rows and columns of each place, nothing being beyond the edge."""
    width = 2 * reach + 1
    for axis in (0, 1):
        around = [(0, 0), (0, 0)]
        around[axis] = (reach + 1, reach)
        sums = np.moveaxis(np.cumsum(np.pad(values, around), axis, np.float32), axis, 0)
        values = np.moveaxis(sums[width:] - sums[:-width], 0, axis)
    return values


def _widened(mask: np.ndarray, reach: int) -> np.ndarray:
    """The mask and all within ±reach rows and columns of it."""
    return _highest(np.pad(mask, reach), 2 * reach + 1)


# --- the digit -----------------------------------------------------------------------------------------------------


def _digit(mask: np.ndarray) -> np.ndarray:
    """The mask (h, w) without specks and without what comes in from the edge, unless that is all there is."""
    step = -(-max(mask.shape) // 128)
    labels = _components(_coarse(mask, step))
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    if not areas.any():
        return mask
    keep = areas > 0
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        keep[np.flatnonzero(np.bincount(edge) > _EDGE_SHARE * len(edge))] = False
    if (areas * keep).max() < 0.1 * areas.max():
        keep = areas > 0
    keep &= areas > _SPECK_SHARE * (areas * keep).max()
    kept = keep[labels].repeat(step, 0).repeat(step, 1)
    return mask & kept[: mask.shape[0], : mask.shape[1]]


def _coarse(mask: np.ndarray, step: int) -> np.ndarray:
    """True where any pixel of a square of `step` pixels is."""
    height, width = (-(-side // step) for side in mask.shape)
    padded = np.pad(mask, ((0, height * step - mask.shape[0]), (0, width * step - mask.shape[1])))
    return np.asarray(padded.reshape(height, step, width, step).any((1, 3)))


def _components(mask: np.ndarray) -> np.ndarray:
    """Regions of neighbours (8 of them) numbered from 1, 0 elsewhere.

    Each pixel points to one of its region, at first to itself; it takes over the largest number among its neighbours'
    pointers, then goes where that points to, until nothing changes (Y. Shiloach, U. Vishkin, 1982).
    """
    pointers = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(pointers, 1)
        rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
        largest = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]) * mask
        jumped = np.append(0, largest.ravel())[largest]
        if (jumped == pointers).all():
            break
        pointers = jumped
    return np.searchsorted(np.unique(np.append(0, pointers)), pointers)


# --- the pen -------------------------------------------------------------------------------------------------------


def _normalised(ink: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Ink (h, w) to float32 (28, 28), in MNIST's size, place and pen width."""
    distance = _signed_distance(_enlarged(ink, mask) > 0.5)
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


def _enlarged(ink: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The digit alone, its longer side `_DIGIT` pixels, with `_MARGIN` about it."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    factor = _DIGIT / max(bottom - top, right - left)
    margin = _MARGIN / factor
    box = (left - margin, top - margin, right + margin, bottom + margin)
    padding = math.ceil(margin) + 2
    padded = Image.fromarray(np.pad(ink, padding).astype(np.float32))
    size = (round((box[2] - box[0]) * factor), round((box[3] - box[1]) * factor))
    return np.asarray(padded.resize(size, Image.Resampling.BICUBIC, tuple(side + padding for side in box)))


def _signed_distance(inside: np.ndarray) -> np.ndarray:
    """bool (h, w) to float32 (h, w): the distance to the outline, positive inside."""
    return _distance(inside) - _distance(~inside)


def _distance(mask: np.ndarray) -> np.ndarray:
    """From each pixel of the mask to the outline, half a pixel before the nearest pixel outside; 0 elsewhere."""
    height, width = mask.shape
    columns = np.arange(width, dtype=np.float32)
    before = np.maximum.accumulate(np.where(mask, -1e3, columns), 1)
    after = np.minimum.accumulate(np.where(mask, 1e4, columns)[:, ::-1], 1)[:, ::-1]
    across = np.minimum(columns - before, after - columns).astype(np.float32) ** 2  # to the nearest in the same row
    rows = np.arange(height, dtype=np.float32)
    down = (rows[:, None] - rows) ** 2
    squared = np.full(mask.shape, np.float32(1e8))
    for row in range(height):
        np.minimum(squared, across[row] + down[:, row, None], out=squared)
    return np.where(mask, np.sqrt(squared) - 0.5, 0).astype(np.float32)


def _stroke_width(distance: np.ndarray) -> float:
    """Twice the median distance to the outline along the ridges of the distance, the middles of the strokes."""
    padded = np.pad(distance, 1)
    rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    largest = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    ridge = distance[(distance >= largest) & (distance > 0)]
    return 2 * float(np.median(ridge))


def _sampled(depth: np.ndarray, scale: float) -> np.ndarray:
    """How far inside the outline (h, w), in pixels of the result, to float32 (28, 28) in MNIST's place."""
    ink = np.clip(depth + 0.5, 0, 1)
    place = []
    for axis in (0, 1):
        along = np.flatnonzero((depth > 0).any(1 - axis))
        low, high = along[0] * scale, (along[-1] + 1) * scale
        corner = np.floor((SIDE - (high - low)) / 2 + 0.05)
        weights = ink.sum(1 - axis)
        centre = ((np.arange(len(weights)) + 0.5) * weights).sum() / weights.sum() * scale
        corner += shift_to_middle(centre - low + corner)
        at = (np.arange(SIDE) + 0.5 - corner + low) / scale - 0.5  # middles of pixels, in pixels of `depth`
        place.append(at)
    return np.clip(_bilinear(depth, *place) + 0.5, 0, 1).astype(np.float32)


def _bilinear(values: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The values (h, w) between their places, at all of y (m,) by all of x (n,); far below 0 beyond the edge."""
    padded = np.pad(values, 1, constant_values=-9)
    for axis, at in ((0, y), (1, x)):
        at = np.clip(at + 1, 0, padded.shape[axis] - 1.001)
        low = at.astype(int)
        share = np.expand_dims(at - low, 1 - axis)
        padded = np.take(padded, low, axis) * (1 - share) + np.take(padded, low + 1, axis) * share
    return padded
