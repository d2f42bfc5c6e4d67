"""Generated handwriting from a process of its own, so that Python's one lock does not have it wait for TensorFlow.

While TensorFlow is imported and the network compiled, which keeps one core busy for some seconds, the other one writes.
"""

import contextlib
import json
import logging
import subprocess
import sys
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.preprocess.strokes import SIDE

NO_DIGIT = 10
"""The label of an image that shows no digit."""

READY = b"the images follow\n"  # before each answer: whatever else is in the pipe is none

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class Request:
    """What is to be written: so many digits and drawings of none, from this seed. See `generator.generate`."""

    seed: tuple[int, ...]
    digits: int
    non_digits: int
    rare_form_weight: float = 1.0

    def write(self) -> tuple[np.ndarray, np.ndarray]:
        """Images uint8 (n, 28, 28), first the digits, and labels uint8 (n,). The same order gives the same bytes."""
        rng = np.random.default_rng(self.seed)
        images, labels = generator.generate(self.digits, rng, self.rare_form_weight)
        none = generator.generate_non_digits(self.non_digits, rng)
        return np.concatenate([images, none]), np.concatenate([labels, np.full(len(none), NO_DIGIT, np.uint8)])


class Worker:
    """Fulfils orders in its process, or in this one where the system allows no other or that one is lost.

    A pipe and no `ProcessPoolExecutor`: that needs semaphores, which locked-down systems lack, and its processes
    outlive a parent that is killed. This one ends with the pipe. For one thread at a time.
    """

    def __init__(self) -> None:
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parents[2],
                start_new_session=True,  # Ctrl-C is for the parent
            )
        except (OSError, ValueError, TypeError) as error:  # TypeError: no Python that could be started is known
            log.debug("no process for the handwriting", exc_info=error)

    def write(self, order: Request) -> tuple[np.ndarray, np.ndarray]:
        """As `Order.write`. Raises `CancelledError` once the scribe is closed."""
        process = self._process
        if process is not None:
            try:
                return _ask(process, order)
            except (OSError, EOFError, ValueError) as error:  # ValueError: a pipe that has been closed meanwhile
                log.debug("the process for the handwriting is lost", exc_info=error)
                self._end()
            except BaseException:
                self._end()  # half an answer may be left in the pipe
                raise
        if self._closed:
            raise CancelledError
        return order.write()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError), process:  # closes its pipes and waits for its end
                process.kill()


def _ask(process: subprocess.Popen[bytes], order: Request) -> tuple[np.ndarray, np.ndarray]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
    process.stdin.flush()
    if process.stdout.readline() != READY:
        raise EOFError
    count = order.digits + order.non_digits
    return _read(process.stdout, (count, SIDE, SIDE)), _read(process.stdout, (count,))


def _read(pipe: IO[bytes], shape: tuple[int, ...]) -> np.ndarray:
    """uint8 of this shape. Raises EOFError."""
    array = np.empty(shape, np.uint8)
    if pipe.readinto(array.reshape(-1).data) != array.size:  # type: ignore[attr-defined]
        raise EOFError
    return array


def _serve(orders: IO[bytes], written: IO[bytes]) -> None:
    for line in orders:
        written.write(READY)
        for array in Request(**json.loads(line)).write():
            written.write(array.tobytes())
        written.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
