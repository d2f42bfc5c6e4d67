"""What a training process tells the others that wait for it: how far it is, in a small file beside their lock.

<cache>/training.lock    held by the one process that trains
<cache>/training.now     what it is doing, replaced about once a second, gone when it is done
"""

import contextlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_demo.messages import Sentence
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.system import files

FILE = "training.now"
SECONDS = 1.0  # between two writings
LIMIT = 10_000  # bytes


@dataclass(frozen=True)
class Report:
    """A moment of the training. `doing` is what its own page says."""

    doing: Sentence
    epoch: int  # finished epochs
    epochs: int
    progress: float  # 0..1
    seconds_left: float | None


class Sender:
    """The training process's end. A disk that won't have the file costs the others their view, never the training."""

    def __init__(self, folder: Path):
        self._path = folder / FILE
        self._next = 0.0

    def send(self, report: Report) -> None:
        """Write the report, unless one was written within the last second."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS
        content = json.dumps(asdict(report) | {"doing": report.doing.to_json()}).encode()
        with contextlib.suppress(OSError):
            files.write_whole(self._path, content, durable=False)

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def receive(folder: Path) -> Report | None:
    """The waiting process's end: what was written last; None if there is nothing that can be understood."""
    try:
        values = json.loads(files.read_regular(folder / FILE, LIMIT))
        left = values["seconds_left"]
        doing = Sentence.from_json(values["doing"])
        if not str(doing).isprintable():  # it is shown in the terminal too
            return None
        return Report(
            doing=doing,
            epoch=min(max(int(values["epoch"]), 0), MAX_EPOCHS),
            epochs=min(max(int(values["epochs"]), 0), MAX_EPOCHS),
            progress=min(max(float(values["progress"]), 0.0), 1.0),
            seconds_left=None if left is None else min(max(float(left), 0.0), 1e6),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
