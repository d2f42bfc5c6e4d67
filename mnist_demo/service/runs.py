"""Trainings beside the present network: a run B, which is compared with it and never takes its place."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import DemoError, RunError, UntrainedError
from mnist_demo.messages import Sentence, say
from mnist_demo.model import packing
from mnist_demo.model.spec import initial_weights
from mnist_demo.service.workshop import Workshop
from mnist_demo.store import runs
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.runs import Run
from mnist_demo.store.timeline import Timeline
from mnist_demo.training.history import EvalPoint, Progress, Stopped
from mnist_demo.training.recipe import Variation

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class RunProgress:
    """A run that is being trained."""

    name: str
    variation: Variation
    progress: float = 0.0  # 0..1
    seconds_left: float | None = None
    eval_points: tuple[EvalPoint, ...] = ()


class Runs:
    """The kept runs of the present test images, and the one that is being trained. Safe from many threads."""

    def __init__(self, cache: Path, changed: Callable[[], None] = lambda: None):
        """`changed` is called after every change."""
        self._cache, self._listener = cache, changed
        self.version = 0  # grows with every change
        self._lock = threading.Lock()
        self._tests: np.ndarray | None = None  # whose runs are read
        self._home = cache
        self._runs: tuple[Run, ...] = ()
        self._seen: int | None = None  # when what stands on the disk last changed, as far as it has been read
        self.training: RunProgress | None = None
        self.failure: Sentence | None = None  # why nothing came of the last one
        self.stopping = threading.Event()

    def kept(self, model: TrainedModel) -> tuple[Run, ...]:
        """All that were tested on the same images as this network, the oldest first, other copies' among them."""
        with self._lock:
            found = model.evaluation
            if self._tests is not found.images:
                self._home = runs.home(self._cache, found.images, found.labels)
                self._tests, self._runs, self._seen = found.images, (), None
            changed = runs.last_change(self._home)
            if changed != self._seen:
                self._seen = changed
                self._runs = runs.read_all(self._home, model.spec, len(found.images))
            return self._runs

    def find(self, model: TrainedModel, id_: object) -> Run:
        """The kept run of this id. Raises `RunError`."""
        for run in self.kept(model):
            if run.id == id_:
                return run
        raise RunError(reason=say("reason.run_gone"))

    def check(self, model: TrainedModel, name: object, variation: Variation) -> None:
        """Raise `RunError` if no run can be made of these."""
        if not runs.is_name(name):
            raise RunError(reason=say("reason.run_name", most=runs.LONGEST_NAME))
        if not variation.generated and not variation.images:
            raise RunError(reason=say("reason.run_nothing"))
        if len(self.kept(model)) >= runs.MOST:
            raise RunError(reason=say("reason.run_full", most=runs.MOST))

    def add(self, model: TrainedModel, run: Run) -> None:
        """Keep a run, under another name if there is one of its name, until the program ends where there is no disk."""
        names = {other.name for other in self.kept(model)}
        numbered = (f"{run.name[: runs.LONGEST_NAME - 3]} {number}" for number in range(2, runs.MOST + 2))
        run = replace(run, name=next(name for name in (run.name, *numbered) if name not in names))
        try:
            runs.save(self._home, run)
        except OSError as error:
            self.failure = say("run.unkept", name=run.name, reason=error.strerror or str(error))
            with self._lock:
                self._runs = (*self._runs, run)
        self._changed()

    def delete(self, model: TrainedModel, id_: object) -> None:
        """Remove a run for good. Raises `RunError`."""
        run = self.find(model, id_)
        with self._lock:
            runs.delete(self._home, run)
            self._runs = tuple(other for other in self._runs if other is not run)
        self._changed()

    def begin(self, name: str, variation: Variation) -> None:
        """Put up that one is going to be trained: whoever has asked for it looks at once."""
        self.failure = None
        self.stopping.clear()
        self.tell(RunProgress(name, variation))

    def tell(self, training: RunProgress | None) -> None:
        """Put up how far the present one is; None: there is none any more."""
        self.training = training
        self._changed()

    def _changed(self) -> None:
        self.version += 1
        self._listener()

    def packed(self, version: str) -> bytes | None:
        """The packed weights of the kept run whose network has, or at one of its moments had, this version."""
        for run in self._runs:
            if packed := packing.pack(run.weights) if run.version == version else run.timeline.packed(version):
                return packed
        return None


class RunJob:
    """One training beside the present network."""

    def __init__(self, workshop: Workshop, book: Runs, name: str, variation: Variation):
        self._workshop, self._board, self._book = workshop, workshop.board, book
        self._name, self._variation = name, variation
        self._device = ""
        self._timeline = Timeline()
        self._told = 0.0

    def run(self) -> None:
        """Do it. Raises `Stopped` when the program ends; whatever else keeps it from an end, the book tells."""
        book = self._book
        try:
            self._train()
        except Stopped:
            self._workshop.check_stopping()
        except DemoError as error:
            book.failure = RunError(reason=error.sentence.values.get("reason", error.sentence)).sentence
        except MemoryError:
            book.failure = RunError(reason=say("reason.memory")).sentence
        finally:
            book.tell(None)

    def _train(self) -> None:
        model = self._board.model
        if model is None:
            raise UntrainedError
        data = self._data(model)
        recipe = self._variation.recipe(model.data)
        self._timeline = Timeline.begun(initial_weights(model.spec, recipe.seed))
        with tempfile.TemporaryDirectory() as state:
            train = self._workshop.trainer()
            trained = train(model.spec, data, recipe, Path(state), self._on_progress, self._is_stopping, None)
        run = Run(
            name=self._name,
            variation=self._variation,
            recipe=recipe,
            weights=trained.weights,
            history=trained.history,
            logits=trained.evaluation.logits,
            device=self._device,
            timeline=self._timeline.measured(trained.untrained_accuracy),
        )
        self._book.add(model, run)

    def _data(self, model: TrainedModel) -> Dataset:
        """The images that the present network was trained on, as many of them as were chosen. Raises `RunError`."""
        data, most = self._workshop.usual_images(model), self._variation.images
        if most and model.data != "generated" and not len(data.train_images):
            raise RunError(reason=say("reason.run_images"))
        return replace(data, train_images=data.train_images[:most], train_labels=data.train_labels[:most])

    def _is_stopping(self) -> bool:
        return self._book.stopping.is_set() or self._workshop.stopping.is_set()

    def _on_progress(self, progress: Progress) -> None:
        self._device = progress.device
        if progress.weights is not None and progress.eval_points:
            point = progress.eval_points[-1]
            packed = packing.pack(progress.weights)
            self._timeline = self._timeline.extended(point.at, point.test_accuracy, packed)
        if progress.weights is None and time.monotonic() - self._told < 0.3:
            return
        self._told = time.monotonic()
        told = RunProgress(self._name, self._variation, progress.fraction, progress.seconds_left, progress.eval_points)
        self._book.tell(told)
