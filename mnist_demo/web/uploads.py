"""How much visitors' uploads may take of the disk before Gradio removes them.

Gradio 6.31 bounds the size of each file, not their number; and what it had received of an upload that breaks off lies
in its folder for ever.
"""

import contextlib
import time
from collections import deque
from pathlib import Path

REMOVED = (600, 600)  # seconds: how often Gradio looks for uploaded files to remove, and at what age
MOST_BYTES = 500_000_000
FILE_BYTES = 8_192  # of the disk for the smallest file and its folder
MOST_FILES = 1_000  # Gradio's limit for one upload


class Uploads:
    """What has come within the time that files are kept. For the one thread of the server's event loop."""

    def __init__(self, most: int = MOST_BYTES):
        self._most = most
        self._minutes: deque[tuple[float, int]] = deque()

    def add(self, size: int) -> None:
        """Count so many bytes."""
        now = time.monotonic()
        if self._minutes and now - self._minutes[-1][0] < 60:
            begun, sum_ = self._minutes.pop()
            self._minutes.append((begun, sum_ + size))
        else:
            self._minutes.append((now, size))

    @property
    def full(self) -> bool:
        """Whether no more may come for now."""
        oldest = time.monotonic() - sum(REMOVED) - 60
        while self._minutes and self._minutes[0][0] < oldest:
            self._minutes.popleft()
        return sum(size for _, size in self._minutes) > self._most


def remove_leftovers(folder: Path) -> None:
    """Remove what broken uploads have left in Gradio's upload folder, once it is as old as whole ones may get."""
    with contextlib.suppress(OSError):
        for path in folder.glob("tmp????????"):
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_symlink() and time.time() - path.stat().st_mtime > REMOVED[1]:
                    path.unlink()
