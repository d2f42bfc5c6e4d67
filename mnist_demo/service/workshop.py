"""What every job of the service needs: what was asked for, where to write, who trains, a place to keep things."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mnist_demo.data import dataset
from mnist_demo.data.dataset import Dataset
from mnist_demo.messages import say
from mnist_demo.model.spec import SIDE, Spec
from mnist_demo.service.board import Board
from mnist_demo.service.status import Notice, NoticeKind
from mnist_demo.settings import Settings
from mnist_demo.store import cache
from mnist_demo.system import files
from mnist_demo.training.history import Progress, Stopped, Trained
from mnist_demo.training.process import TrainingProcess
from mnist_demo.training.recipe import Recipe

LOCK_FILE = "training.lock"
DOWNLOADS = "downloads"

Start = Sequence[np.ndarray] | None
Trainer = Callable[[Spec, Dataset, Recipe, Path, Callable[[Progress], None], Callable[[], bool], Start], Trained]


def keras_trainer() -> Trainer:
    """`TrainingProcess.train` of a process that begins to import TensorFlow now, and ends with what is returned."""
    return TrainingProcess().train


class Workshop:
    """What every job needs: settings, the board to write on, whether to stop, who trains, a place of its own."""

    def __init__(self, settings: Settings, board: Board, stopping: threading.Event, trainer: Callable[[], Trainer]):
        self.settings, self.board, self.stopping = settings, board, stopping
        self._new_trainer = trainer
        self._prepared: Trainer | None = None
        self.folder: Path | None = None  # of the cached model that answers
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def check_stopping(self) -> None:
        """Raise `Stopped` if the work is to end."""
        if self.stopping.is_set():
            raise Stopped

    def prepare(self) -> None:
        """Have a trainer get ready, which takes seconds, for the training that is certain to come."""
        self._prepared = self._prepared or self._new_trainer()

    def discard_prepared(self) -> None:
        """No training comes after all, or not soon: have none wait for it."""
        self._prepared = None

    def trainer(self) -> Trainer:
        """Who does the next training: the one that has been prepared, if there is one."""
        prepared, self._prepared = self._prepared, None
        return prepared or self._new_trainer()

    def writable_cache(self) -> Path:
        """The cache folder or, when it can't be written, a temporary one, with a notice."""
        folder = self.settings.cache
        reason = files.why_unwritable(folder) or files.why_unlockable(folder / LOCK_FILE)
        if reason is None:
            return folder
        self.board.add_notice(NoticeKind.UNWRITABLE, say("notice.unwritable", folder=str(folder), reason=reason))
        return self.scratch

    def usual_images(self, model: cache.TrainedModel) -> Dataset:
        """The images that `model` was trained on, if they are on this computer, else none; tested on as `model`."""
        settings, nothing = self.settings, np.zeros((0, SIDE, SIDE), np.uint8)
        found = dataset.at_hand(settings.data, settings.cache / DOWNLOADS)
        usual = found.limited(settings.limit) if found is not None and found.name == model.data else None
        return Dataset(
            name=model.data,
            source=model.source,
            train_images=usual.train_images if usual else nothing,
            train_labels=usual.train_labels if usual else np.zeros(0, np.uint8),
            test_images=model.evaluation.images,
            test_labels=model.evaluation.labels,
            samples=model.samples,
            fingerprint="",
        )

    def publish(self, model: cache.TrainedModel, notices: tuple[Notice, ...]) -> None:
        """Let a network whose training has ended answer, with these lasting remarks."""
        self.board.publish(model, notices, can_fetch=model.data == "generated" and self.settings.data is None)

    @property
    def scratch(self) -> Path:
        """A temporary folder, removed by `close`."""
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="mnist-demo-", ignore_cleanup_errors=True)
        return Path(self._scratch.name)

    def close(self) -> None:
        """Remove the temporary folder, if there is one, and end what has been prepared."""
        self.discard_prepared()
        if self._scratch is not None:
            self._scratch.cleanup()
