"""What a visitor's browser sends as a drawing, checked and brought to the network's input."""

import base64
import binascii
import tempfile
from pathlib import Path

import numpy as np

from mnist_demo import images, strokes
from mnist_demo.errors import ImageError
from mnist_demo.page import pictures
from mnist_demo.texts import say


def ink_of_strokes(value: object) -> np.ndarray:
    """Decoded JSON of which nothing is known -> float32 (28, 28) ink. Raises `StrokesError`."""
    return strokes.ink(strokes.check(value))


async def ink_of_picture(value: object) -> np.ndarray:
    """A picture file in base64 -> float32 (28, 28) ink. Raises `ImageError`."""
    if not isinstance(value, str) or len(value) > images.MAX_BYTES * 4 // 3 + 4:
        raise ImageError(reason=say("reason.picture_text"))
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ImageError(reason=say("reason.picture_text")) from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(content)
        return await pictures.ink(path)
