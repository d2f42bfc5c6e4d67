"""Any picture of one digit to 28×28, as if its strokes had been drawn on the pad.

1. `decode`: bytes and pixels are counted before anything is decoded.
2. `sheet`: a sheet on a table, a scan's border, the bars of a screenshot are told by their edges and cut off.
3. `contrast`: marks are what differs from the ground in thin strokes, whatever the light.
4. `rulings`: printed lines and frames are told from writing and removed.
5. `normalise`: the digit's parts are brought to MNIST's size, place and pen width.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mnist_demo.errors import ImageError
from mnist_demo.messages import say
from mnist_demo.preprocess import contrast, decode, normalise, rulings, sheet
from mnist_demo.preprocess.strokes import SIDE

_LARGEST, _SMALLEST = 400, 160  # pixels of the longer side of the picture that is looked at

cv2.setNumThreads(1)  # pictures are small; more threads only wait for each other


def image_from_file(path: str | Path) -> np.ndarray:
    """The digit in a picture file as the network's input.

    Args:
        path: a file as `image_from_bytes` takes it.

    Returns:
        As `image_from_bytes`.

    Raises:
        ImageError: there is no such file, or it is too large, damaged or of another format.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(decode.MAX_BYTES + 1)
    except OSError:
        raise ImageError(reason=say("reason.file_missing")) from None
    return image_from_bytes(content)


def image_from_bytes(content: bytes, memory: int = decode.MAX_DECODED) -> np.ndarray:
    """The digit in a picture as the network's input.

    Args:
        content: a PNG, JPEG, GIF (its first frame), BMP, WebP or TIFF file of at most `decode.MAX_BYTES` and
            `decode.MAX_PIXELS`.
        memory: bytes that its decoder may take.

    Returns:
        float32 (28, 28), 0 paper to 1 marks, whatever the picture's colours; all zeros when the picture is blank.

    Raises:
        ImageError: it is too large, damaged or of another format.
        MemoryError: it needs more than `memory`.
    """
    picture = sheet.cropped(decode.decoded(content, memory), _LARGEST)
    return image_from_grey(decode.projected(picture.astype(np.float32) / 255))


def image_from_grey(grey: np.ndarray) -> np.ndarray:
    """The digit on a ground that fills the picture as the network's input; the second half of `image_from_bytes`.

    Args:
        grey: float (h, w), brightness 0 to 1, of any size.

    Returns:
        float32 (28, 28), 0 paper to 1 marks.
    """
    marks = rulings.removed(contrast.marks(_sized(np.asarray(grey, np.float32))))
    level = contrast.mark_level(marks)
    if level == 0:
        return np.zeros((SIDE, SIDE), np.float32)
    return normalise.normalised(np.clip(marks / level, 0, 1))


def _sized(grey: np.ndarray) -> np.ndarray:
    """At most 400 and, enlarged smoothly, at least 160 pixels along the longer side."""
    longer = max(grey.shape)
    target = min(max(longer, _SMALLEST), _LARGEST)
    if target == longer:
        return grey
    height, width = (max(round(side * target / longer), 1) for side in grey.shape)
    filter_ = Image.Resampling.BOX if target < longer else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(grey).resize((width, height), filter_)), 0, 1)
