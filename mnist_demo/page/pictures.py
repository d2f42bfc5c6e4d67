"""Picture files that visitors send, read a few at a time, so that many large ones at once don't fill the memory."""

from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np

from mnist_demo import images

AT_ONCE = 2  # a picture of 50 million pixels takes some 300 MB while it is decoded

_readers = anyio.CapacityLimiter(AT_ONCE)


async def ink(path: Path) -> np.ndarray:
    """`images.ink_from_file` in a thread, when it is its turn; those who wait keep no thread from other visitors."""
    return await anyio.to_thread.run_sync(images.ink_from_file, path, limiter=_readers)
