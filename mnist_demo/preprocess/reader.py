"""Visitors' pictures, read in child processes with limits: some files of half a megabyte take minutes to decode.

Every picture has a second in one of the quick processes first, of which an ordinary one takes a fiftieth. What takes
longer, or more memory, begins anew in the one slow process, with five seconds. The smallest come first: so no number
of such files keeps an ordinary picture waiting for long.
"""

import contextlib
import heapq
import itertools
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np

from mnist_demo.errors import ImageError
from mnist_demo.messages import Sentence, say
from mnist_demo.preprocess.decode import MAX_BYTES
from mnist_demo.preprocess.strokes import SIDE
from mnist_demo.system.child import Child, ChildError, ChildTimeout

QUICK_SECONDS, QUICK_MEMORY, QUICK = 1.0, 120_000_000, 2  # the last: processes
SLOW_SECONDS, SLOW_MEMORY = 5.0, 320_000_000


class PictureReader:
    """Children that read pictures. For one event loop; `close` ends them."""

    def __init__(self) -> None:
        self._quick = _Lane(QUICK, QUICK_MEMORY)
        self._slow = _Lane(1, SLOW_MEMORY)

    async def read(self, picture: bytes | Path) -> np.ndarray:
        """The digit in a picture as the network's input; see `pictures.image_from_bytes`.

        Args:
            picture: the content of a file, or its path.

        Returns:
            float32 (28, 28), 0 paper to 1 marks.

        Raises:
            ImageError: there is no such file, or it is too large, damaged or of another format, or takes too long.
        """
        try:
            return await self._quick.read(picture, QUICK_SECONDS)
        except ChildError:
            pass
        try:
            return await self._slow.read(picture, SLOW_SECONDS)
        except ChildTimeout:
            raise ImageError(reason=say("reason.too_long", limit=f"{SLOW_SECONDS:.0f}")) from None
        except ChildError:
            raise ImageError(reason=say("reason.too_much")) from None

    def close(self) -> None:
        """End the children, whatever they are doing."""
        self._quick.close()
        self._slow.close()


class _Turns:
    """Who of many may go on, so many at once: the smallest first, for they are the quickest as a rule, and whoever
    wants to keep others out has to send many small ones."""

    def __init__(self, free: int):
        self._free = free
        self._waiting: list[tuple[int, int, anyio.Event]] = []  # a heap
        self._came = itertools.count()

    @contextlib.asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        if self._free:
            self._free -= 1
        else:
            await self._wait(size)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, size: int) -> None:
        mine = size, next(self._came), anyio.Event()
        heapq.heappush(self._waiting, mine)
        try:
            await mine[2].wait()
        except BaseException:
            if mine[2].is_set():
                self._pass_on()
            else:
                self._waiting.remove(mine)
                heapq.heapify(self._waiting)
            raise

    def _pass_on(self) -> None:
        if self._waiting:
            heapq.heappop(self._waiting)[2].set()
        else:
            self._free += 1


class _Lane:
    """Some children, and those who wait for one."""

    def __init__(self, children: int, memory: int):
        self._turns, self._limiter = _Turns(children), anyio.CapacityLimiter(children)
        self._children = [Child("mnist_demo.preprocess.picture_process", memory) for _ in range(children)]
        self._free = list(self._children)
        self._lock = threading.Lock()

    async def read(self, picture: bytes | Path, seconds: float) -> np.ndarray:
        async with self._turns.turn(_size(picture)):
            return await anyio.to_thread.run_sync(self._ask, picture, seconds, limiter=self._limiter)

    def _ask(self, picture: bytes | Path, seconds: float) -> np.ndarray:
        content = picture if isinstance(picture, bytes) else _content(picture)
        with self._lock:
            child = self._free.pop()
        try:
            answer = child.ask(content, seconds)
        finally:
            with self._lock:
                self._free.append(child)
        if len(answer) == SIDE * SIDE * 4:
            return np.frombuffer(answer, np.float32).reshape(SIDE, SIDE)
        raise ImageError(reason=Sentence.from_json(json.loads(answer)))

    def close(self) -> None:
        for child in self._children:
            child.close()


def _size(picture: bytes | Path) -> int:
    if isinstance(picture, bytes):
        return len(picture)
    with contextlib.suppress(OSError):
        return picture.stat().st_size
    return 0


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        raise ImageError(reason=say("reason.file_missing")) from None
