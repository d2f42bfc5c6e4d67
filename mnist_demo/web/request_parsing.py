"""What a visitor's browser sends as a drawing, checked and brought to the network's input."""

import base64
import binascii
import tempfile
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np

from mnist_demo.errors import ImageError
from mnist_demo.messages import say
from mnist_demo.preprocess import pictures, strokes


def image_from_strokes(value: object) -> np.ndarray:
    """Decoded JSON of which nothing is known -> float32 (28, 28) ink. Raises `StrokesError`."""
    return strokes.image(strokes.check(value))


async def image_from_picture(value: object) -> np.ndarray:
    """A picture file in base64 -> float32 (28, 28) ink. Raises `ImageError`."""
    if not isinstance(value, str) or len(value) > pictures.MAX_BYTES * 4 // 3 + 4:
        raise ImageError(reason=say("reason.picture_text"))
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ImageError(reason=say("reason.picture_text")) from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(content)
        return await image_from_file(path)


AT_ONCE = 2  # a picture of 50 million pixels takes some 300 MB while it is decoded

_readers = anyio.CapacityLimiter(AT_ONCE)


async def image_from_file(path: Path) -> np.ndarray:
    """`pictures.image_from_file` in a thread, in its turn; those who wait keep no thread from other visitors."""
    return await anyio.to_thread.run_sync(pictures.image_from_file, path, limiter=_readers)
