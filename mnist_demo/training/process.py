"""A training in a process of its own, so that it and the page don't wait for each other.

Python runs one thread of a process at a time: with TensorFlow's import, two or three seconds, in the page's process one
of the two would come that much later, and whoever draws would wait for the training again and again. This process
imports TensorFlow as soon as it is started, and its memory ends with it.

It is told by its standard input what to train and ends with that pipe; what it tells goes back through its standard
output. Both are pickled. A pipe and no `multiprocessing`: that would need the program's main module to be importable
and semaphores, which locked-down systems lack, and its processes outlive a parent that is killed.
"""

import contextlib
import logging
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import DemoError, TrainingError
from mnist_demo.messages import say
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import Spec
from mnist_demo.system import child, garbage
from mnist_demo.training.batches import Batches
from mnist_demo.training.history import Progress, Stopped, Trained
from mnist_demo.training.recipe import Recipe

log = logging.getLogger("mnist_demo")


class TrainingProcess:
    """A process that gets ready for one training. It ends with that or, if none comes of it, with this object."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = child.started(
                __name__,
                env={**os.environ, "TMPDIR": tempfile.gettempdir()},
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # Windows
            )
        except (OSError, ValueError, TypeError) as error:
            log.debug("no process for the training", exc_info=error)
        else:
            self._end = weakref.finalize(self, _end, self._process)

    def train(
        self,
        spec: Spec,
        dataset: Dataset,
        recipe: Recipe,
        folder: Path,
        report: Callable[[Progress], None] = lambda progress: None,
        stopping: Callable[[], bool] = lambda: False,
        start: Sequence[np.ndarray] | None = None,
    ) -> Trained:
        """As `training.train.train`, in the process, or in this one where the system allows no other.

        Raises `TrainingError` too if the process ends before the training does.
        """
        process = self._process
        if process is None:
            train = _imported()
            if sys.platform == "linux":  # elsewhere a priority is the whole process's, which here is the page's too
                child.lower_priority()
            return train(spec, dataset, recipe, folder, report, stopping, start)
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(process, told), daemon=True).start()
        try:
            with contextlib.suppress(OSError):  # it is lost, as is told below
                assert process.stdin is not None
                pickle.dump((spec, dataset, recipe, folder.absolute(), start), process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
            while True:
                if stopping():
                    raise Stopped
                with contextlib.suppress(queue.Empty):
                    match told.get(timeout=0.1):
                        case Progress() as progress:
                            report(progress)
                        case logging.LogRecord() as record:
                            logging.getLogger(record.name).handle(record)
                        case Trained() as trained:
                            tests = dataset.test_images, dataset.test_labels  # no copies of them
                            return replace(trained, evaluation=Evaluation(*tests, trained.evaluation.logits))
                        case BaseException() as error:
                            raise error
                        case None:
                            raise TrainingError(reason=say("reason.process"))
        finally:
            self._end()


def _receive(process: subprocess.Popen[bytes], told: queue.SimpleQueue[Any]) -> None:
    """What the process tells, one after the other, then None."""
    try:
        assert process.stdout is not None
        child.skip_printed(process.stdout)
        while True:
            told.put(pickle.load(process.stdout))
    except Exception as error:  # also of a memory that is full
        log.debug("the process for the training has ended", exc_info=error)
        told.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError), process:  # closes its pipes and waits for its end
        process.kill()


def _imported() -> Callable[..., Trained]:
    """`training.train.train`, and TensorFlow with it."""
    with garbage.none_yet():
        from mnist_demo.training.train import train
    return train


# --- in the process


def _serve() -> None:
    tell = _Teller(child.tells())
    child.lower_priority()
    logging.basicConfig(handlers=[tell], level=logging.WARNING)
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    # Keras would import it, for nothing that is done here
    sys.modules["pandas"] = None  # type: ignore[assignment]
    train = _imported()  # seconds, in which it may already be asked
    spec, dataset, recipe, folder, start, batches = asked.get()
    try:
        tell(train(spec, dataset, recipe, folder, tell, start=start, batches=batches))
    except Exception as error:
        tell(_portable(error))


def _listen(asked: queue.SimpleQueue[Any]) -> None:
    """Take what is asked, have its first images written, and end the process with its parent."""
    try:
        spec, dataset, recipe, folder, start = pickle.load(sys.stdin.buffer)
        asked.put((spec, dataset, recipe, folder, start, Batches(dataset, recipe)))
        sys.stdin.buffer.read()
    finally:
        os._exit(1)


class _Teller(logging.Handler):
    """Sends what it is called with, and what is logged."""

    def __init__(self, pipe: BinaryIO):
        super().__init__()
        self._pipe = pipe

    def __call__(self, value: object) -> None:
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self.acquire()
        try:
            self._pipe.write(content)
            self._pipe.flush()
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self(record)


def _portable(error: Exception) -> Exception:
    """The same, or another one that says as much, if the parent could not read it without TensorFlow."""
    if isinstance(error, DemoError):
        return error
    if type(error).__module__ != "builtins":
        error = RuntimeError(f"{type(error).__name__}: {error}").with_traceback(error.__traceback__)
    error.add_note("".join(traceback.format_exception(error)))
    return error


if __name__ == "__main__":
    with contextlib.suppress(OSError):  # the parent is gone
        _serve()
    os._exit(0)
