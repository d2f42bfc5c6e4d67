"""A picture file's bytes to pixels: what is too large is refused before anything of it is decoded.

EXIF's turn is undone, transparency is laid on whatever makes its marks visible, and large pictures are reduced in
strips, so that only one copy of them is ever in memory.
"""

import io
import warnings
from typing import NoReturn

import numpy as np
from PIL import Image, ImageOps

from mnist_demo.errors import ImageError
from mnist_demo.messages import say

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000  # a telephone's largest pictures
MAX_SIDE = 65_535  # as JPEG's
MAX_DECODED = 300_000_000  # bytes that a decoder may need
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

# Bytes for each pixel: libwebp keeps four copies in four channels, libjpeg the coefficients of progressive pictures in
# 16 bits, and of TIFF a whole strip beside the picture.
_BYTES_A_PIXEL = {"WEBP": 16, "JPEG": 6, "TIFF": 8}

_KEPT = 800  # pixels of the longer side that are kept at least
_STRIP = 2_000_000  # pixels that are reduced at a time


def decoded(content: bytes, memory: int = MAX_DECODED) -> np.ndarray:
    """The picture in a file, GIF's first frame.

    Args:
        content: a whole file of one of `FORMATS`, at most `MAX_BYTES`.
        memory: bytes that its decoder may take here.

    Returns:
        uint8 (h, w, 3), RGB, its longer side at most 1,600.

    Raises:
        ImageError: it is too large, damaged or of another format.
        MemoryError: it is all right, but needs more than `memory`.
    """
    if not content:
        _refuse("reason.file_empty")
    if len(content) > MAX_BYTES:
        _refuse("reason.file_large", limit=f"{MAX_BYTES // 1_000_000}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow's about sizes, which are looked at below, and metadata
        try:
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        except Image.DecompressionBombError:
            _refuse("reason.pixels_most", limit=f"{MAX_PIXELS // 1_000_000}")
        except MemoryError:
            raise
        except Exception:  # Pillow's plugins raise whatever a malformed header leads them to
            _refuse("reason.format")
        with image:
            if _check_size(image) > memory:
                raise MemoryError
            try:
                return _pixels(image)
            except MemoryError:
                raise
            except Exception:  # likewise, at the first damaged byte
                _refuse("reason.damaged")


def _check_size(image: Image.Image) -> int:
    """The bytes that decoding takes. Raises `ImageError` if nobody should."""
    each = _BYTES_A_PIXEL.get(image.format or "", 4)
    most = min(MAX_PIXELS, MAX_DECODED // each)
    size = {"width": f"{image.width}", "height": f"{image.height}"}
    if image.width * image.height > most:
        _refuse("reason.pixels_many", **size, limit=f"{most // 1_000_000}")
    if max(image.size) > MAX_SIDE:
        _refuse("reason.side_long", **size, limit=f"{MAX_SIDE:,}")
    return image.width * image.height * each


def _refuse(key: str, **values: str) -> NoReturn:
    raise ImageError(reason=say(key, **values)) from None


def _pixels(image: Image.Image) -> np.ndarray:
    if image.format == "JPEG":
        image.draft(None, (_KEPT, _KEPT))  # decodes a large photograph at an eighth of its size
    image.load()
    orientation = image.getexif()
    if image.mode.startswith(("I", "F")):
        image = _stretched(image)
    transparent = image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info
    image = _reduced(image, "RGBA" if transparent else "RGB")
    image.info["exif"] = orientation.tobytes()
    pixels = np.asarray(ImageOps.exif_transpose(image))
    if not transparent:
        return pixels
    pixels = pixels.astype(np.float32) / 255
    grey = _laid_on_paper(projected(pixels[..., :3], pixels[..., 3]), pixels[..., 3])
    return np.repeat(np.round(grey * 255).astype(np.uint8)[..., None], 3, 2)


def _stretched(image: Image.Image) -> Image.Image:
    """Of 16 and 32 bits, and of floating point, only differences matter: its own range becomes 0 to 255."""
    values = np.asarray(image, np.float32)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 1.0)
    values = np.where(finite, values, low)
    return Image.fromarray(((values - low) / max(high - low, 1e-30) * 255).astype(np.uint8))


def _reduced(image: Image.Image, mode: str) -> Image.Image:
    """The image in this mode, its longer side less than twice `_KEPT`."""
    factor = max(image.size) // _KEPT
    if factor < 2:
        return image.convert(mode)
    across, down = min(factor, image.width), min(factor, image.height)
    rows = max(_STRIP // image.width // down, 1) * down
    small = Image.new(mode, (-(-image.width // across), -(-image.height // down)))
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(strip.convert(mode).reduce((across, down)), (0, top // down))
    return small


def projected(colours: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """One channel of a picture: brightness, or the colour that shows more, as with yellow on white.

    Args:
        colours: float32 (h, w, 3), RGB, 0 to 1.
        alpha: float32 (h, w), 0 to 1; what is transparent counts for nothing.

    Returns:
        float32 (h, w), 0 to 1.
    """
    brightness = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    channels = [brightness, *np.moveaxis(colours, 2, 0)]
    seen = slice(None) if alpha is None or not (alpha > 0.5).any() else alpha > 0.5
    spreads = [float(np.ptp(channel[seen])) for channel in channels]
    best = int(np.argmax(spreads))
    return channels[best] if spreads[best] > 1.5 * spreads[0] else brightness


def _laid_on_paper(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Brightness with alpha, both (h, w), on a background against which its marks show."""
    solid = grey[alpha > 0.5]
    if alpha.min() > 0.98 or not solid.size:
        return grey if solid.size else np.ones_like(grey)
    low, middle, high = np.percentile(solid, [2, 50, 98])
    # Two brightnesses: marks on their own paper, which goes on where it is transparent.
    # One: marks, or paper around a hole.
    paper = middle if high - low > 0.25 and solid.size > alpha.size / 2 else float(middle < 0.5)
    return grey * alpha + paper * (1 - alpha)
