"""Generated handwriting from a process of its own, so that Python's one lock does not have it wait for TensorFlow.

While TensorFlow is imported and the network compiled, which keeps one core busy for some seconds, the other one writes.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass
from typing import IO

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.preprocess.strokes import SIDE
from mnist_demo.system import child

NO_DIGIT = 10
"""The label of an image that shows no digit."""

READY = b"the images follow\n"  # before each answer: whatever else is in the pipe is none
WRITING = b"still writing\n"  # meanwhile, every second
SILENCE = 20.0  # seconds without a sign of life after which the process is given up: it has been halted, it seems

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class Request:
    """What is to be written: so many digits and drawings of none, from this seed. See `generator.generate`."""

    seed: tuple[int, ...]
    digits: int
    non_digits: int
    rare_form_weight: float = 1.0

    def write(self) -> tuple[np.ndarray, np.ndarray]:
        """Images uint8 (n, 28, 28), first the digits, and labels uint8 (n,).

        The same request gives the same bytes, but for last bits that depend on how NumPy's matrix products are made on
        this processor and with how many threads.
        """
        rng = np.random.default_rng(self.seed)
        images, labels = generator.generate(self.digits, rng, self.rare_form_weight)
        none = generator.generate_non_digits(self.non_digits, rng)
        return np.concatenate([images, none]), np.concatenate([labels, np.full(len(none), NO_DIGIT, np.uint8)])


class Worker:
    """Fulfils requests in its process, or in this one where the system allows no other or that one is lost or halted.

    A pipe and no `ProcessPoolExecutor`: that needs semaphores, which locked-down systems lack, and its processes
    outlive a parent that is killed. This one ends with the pipe. For one thread at a time.
    """

    def __init__(self, silence: float = SILENCE) -> None:
        self._silence = silence
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        try:
            # its matrices are too small to share out
            environment = {"OPENBLAS_NUM_THREADS": "1"} | os.environ
            self._process = child.started(__name__, env=environment, stderr=subprocess.DEVNULL)
        except (OSError, ValueError, TypeError) as error:
            log.debug("no process for the handwriting", exc_info=error)

    def write(self, request: Request) -> tuple[np.ndarray, np.ndarray]:
        """Images (n, 28, 28) uint8 and labels (n,) uint8, as of `Request.write`. Raises `CancelledError` once the
        worker is closed."""
        process = self._process
        if process is not None:
            try:
                return _ask(process, request, self._silence)
            except (OSError, EOFError, ValueError) as error:  # ValueError: a pipe that has been closed meanwhile
                log.debug("the process for the handwriting is lost", exc_info=error)
                self._end()
            except BaseException:
                self._end()  # half an answer may be left in the pipe
                raise
        if self._closed:
            raise CancelledError
        return request.write()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError), process:  # closes its pipes and waits for its end
                process.kill()


def _ask(process: subprocess.Popen[bytes], request: Request, silence: float) -> tuple[np.ndarray, np.ndarray]:
    assert process.stdin is not None
    assert process.stdout is not None
    with _Watch(process, silence) as watch:
        process.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
        process.stdin.flush()
        while (line := process.stdout.readline()) != READY:
            if not line:
                raise EOFError
            if line == WRITING:  # and not what libraries print
                watch.heard()
        count = request.digits + request.non_digits
        return _read(process.stdout, (count, SIDE, SIDE)), _read(process.stdout, (count,))


class _Watch:
    """Kills the process when it has not been heard for so many seconds, which ends the waiting at its pipe."""

    def __init__(self, process: subprocess.Popen[bytes], silence: float):
        self._process, self._silence = process, silence

    def heard(self) -> None:
        self._timer.cancel()
        self._start()

    def _start(self) -> None:
        self._timer = threading.Timer(self._silence, self._process.kill)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> "_Watch":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _read(pipe: IO[bytes], shape: tuple[int, ...]) -> np.ndarray:
    """uint8 of this shape. Raises EOFError."""
    array = np.empty(shape, np.uint8)
    if pipe.readinto(array.reshape(-1).data) != array.size:  # type: ignore[attr-defined]
        raise EOFError
    return array


def _serve(requests: IO[bytes], written: IO[bytes]) -> None:
    for line in requests:
        with _signs_of_life(written):
            images, labels = Request(**json.loads(line)).write()
        for part in (READY, images.tobytes(), labels.tobytes()):
            written.write(part)
        written.flush()


@contextlib.contextmanager
def _signs_of_life(written: IO[bytes]) -> Iterator[None]:
    """Within, say every second that it is going on."""
    over = threading.Event()

    def tell() -> None:
        with contextlib.suppress(OSError):
            while not over.wait(1.0):
                written.write(WRITING)
                written.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    # it is an epoch ahead, and each step waits for the slower of its threads
    child.lower_priority()
    with contextlib.suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, child.tells())
