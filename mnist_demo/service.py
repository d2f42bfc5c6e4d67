"""The running app behind the page: it loads or trains in one thread, and tells everyone the same `Status`."""

import contextlib
import logging
import os
import queue
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import filelock
import numpy as np

from mnist_demo.data import dataset, download
from mnist_demo.errors import BusyError, DemoError, DownloadError, RetrainOffError, TrainingError, UntrainedError
from mnist_demo.messages import Sentence, say
from mnist_demo.model import network
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.recognizer import BLANK, Answer, Recognizer, is_blank
from mnist_demo.settings import Settings
from mnist_demo.store import cache, progress_file
from mnist_demo.system import files
from mnist_demo.training import train
from mnist_demo.training.recipe import Recipe, learning_rates, recipe_for
from mnist_demo.training.train import Epoch, EvalPoint

LOCK_FILE = "training.lock"

log = logging.getLogger("mnist_demo")

Phase = Literal["loading", "training", "ready", "failed"]


@dataclass(frozen=True)
class Status:
    """Everything that the page tells about loading and training, at one moment. Never changed, only replaced."""

    phase: Phase = "loading"
    message: Sentence = say("status.starting")  # noqa: RUF009 - a Sentence is frozen too
    notices: tuple[Sentence, ...] = ()  # lasting remarks
    data: str = ""  # "mnist", "generated" or "file" once it is known
    source: Sentence | None = None
    epoch: int = 0  # finished epochs of the present or last training
    epochs: int = 0
    progress: float = 0.0  # of the present download or training, 0..1
    seconds_left: float | None = None
    history: tuple[Epoch, ...] = ()
    eval_points: tuple[EvalPoint, ...] = ()  # all of them, also of an epoch that has not finished
    samples: tuple[np.ndarray, np.ndarray] | None = None  # (20, 28, 28) uint8, (20,) uint8
    test_accuracy: float | None = None  # of the network that answers, once its training has ended
    device: str = ""
    parameters: int = network.PARAMETERS
    seconds: float | None = None  # that the training took
    answering_epoch: float = 0  # epochs behind the network that answers; 0 while there is none
    network: int = 0  # `Recognizer.number` of the network that answers; 0 while there is none
    test_images: int = 0  # of the present data
    evaluated: bool = False  # whether `Service.evaluation` is there, of the network that answers
    learning_rates: tuple[float, ...] = ()  # at moments equally far apart, from the training's start to its end
    can_fetch: bool = False  # trained on generated digits only because MNIST could not be had
    version: int = 0  # grows with every change


@dataclass(frozen=True)
class _Wish:
    """One piece of work for the thread: load or train, as asked for."""

    epochs: int | None
    retrain: bool
    fetch: bool = False


class Service:
    """Loads or trains in one thread whoever watches. Every method may be called from any thread."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._status = Status()
        self._recognizer: Recognizer | None = None
        self._model: cache.TrainedModel | None = None
        self._tests: tuple[np.ndarray, np.ndarray] | None = None
        self._lock = threading.Lock()
        self._wishes: queue.Queue[_Wish] = queue.Queue()
        self._busy = True
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._told = 0.0
        self._sender: progress_file.Sender | None = None  # while this process is the one that trains
        self._scratch: tempfile.TemporaryDirectory[str] | None = None  # in place of a cache that can't be written
        self._listeners: list[Callable[[Status], None]] = []
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)
        self.folder: Path | None = None  # of the cached model that answers
        self.error: DemoError | None = None  # why the last work failed
        self.run = secrets.token_hex(4)  # tells this process's versions from those of another behind the same address

    @property
    def status(self) -> Status:
        return self._status

    @property
    def recognizer(self) -> Recognizer | None:
        """The network that answers now, also while training; None before the first check."""
        return self._recognizer

    @property
    def model(self) -> cache.TrainedModel:
        """The network whose training has ended. Raises `UntrainedError` before, `BusyError` while one is trained."""
        if self._model is None:
            raise UntrainedError
        if self._status.phase != "ready":
            raise BusyError
        return self._model

    @property
    def evaluation(self) -> Evaluation | None:
        """How the network that answers reads the test images; None while it is still being trained."""
        return self._model.evaluation if self._model is not None and self._status.evaluated else None

    @property
    def tests(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The test images (n, 28, 28) uint8 and labels (n,) uint8, as soon as they are known."""
        return self._tests

    def listen(self, listener: Callable[[Status], None]) -> None:
        """Call `listener` with every new status, in the service's thread."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to load or train, as the settings say."""
        self._wishes.put(_Wish(self.settings.epochs, self.settings.retrain))
        self._thread.start()

    def stop(self, seconds: float = 3.0) -> None:
        """Ask a training to stop and wait a little; its finished epochs are kept."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        if self._scratch is not None:
            self._scratch.cleanup()

    @property
    def idle(self) -> bool:
        """Whether nothing is being loaded or trained."""
        return not self._busy

    def wait(self, seconds: float | None = None) -> Status:
        """Wait until the present work has ended -> the status then."""
        self._ready.wait(seconds)
        return self._status

    def retrain(self, epochs: int | None = None, fetch: bool = False) -> None:
        """Train anew, after looking for MNIST again if `fetch`. Raises `BusyError`, `RetrainOffError`."""
        if not self.settings.retrain_button:
            raise RetrainOffError
        with self._lock:
            if self._busy:
                raise BusyError
            self._busy = True
        self._ready.clear()
        self._tell(phase="loading", message=say("status.looking"), progress=0.0, seconds_left=None)
        self._wishes.put(_Wish(epochs, retrain=True, fetch=fetch))

    def look(self, image: np.ndarray) -> tuple[Recognizer, dict[str, np.ndarray]]:
        """(28, 28) float32 0..1 -> the present network and each of its layers' output. Raises `UntrainedError`."""
        recognizer = self._recognizer
        if recognizer is None:
            raise UntrainedError
        return recognizer, recognizer.layers(image)

    def recognize(self, image: np.ndarray) -> Answer:
        """(28, 28) float32 0..1, ink 1 -> the answer of the present network. Raises `UntrainedError`."""
        if is_blank(image):
            return BLANK
        recognizer = self._recognizer
        if recognizer is None:
            raise UntrainedError
        return recognizer.answer(image)

    # the rest happens in the service's thread

    def _tell(self, **changes: object) -> None:
        with self._lock:
            self._status = replace(self._status, version=self._status.version + 1, **changes)  # type: ignore[arg-type]
        for listener in self._listeners:
            listener(self._status)
        if self._sender is not None:
            now = self._status
            self._sender.send(progress_file.Report(now.message, now.epoch, now.epochs, now.progress, now.seconds_left))

    def _run(self) -> None:
        _step_back()
        while not self._stopping.is_set():
            try:
                wish = self._wishes.get(timeout=0.2)
            except queue.Empty:
                continue
            before = self._status
            try:
                self._fulfil(wish)
            except train.Stopped:
                self._tell(message=say("status.interrupted"))
            except Exception as error:
                self._fail(error, before)
            self._busy = False
            self._ready.set()

    def _fail(self, error: Exception, before: Status) -> None:
        """Say what went wrong; the network trained before, if there is one, goes on answering."""
        if isinstance(error, MemoryError):
            error = TrainingError(reason=say("reason.memory"))
        elif not isinstance(error, DemoError):
            log.exception("unexpected error while training")
            error = TrainingError(reason=say("reason.system", detail=type(error).__name__))
        self.error, reason = error, error.sentence
        if self._model is None:
            self._tell(phase="failed", message=reason, seconds_left=None)
            return
        self._answer_with(self._model)
        notices = (*(n for n in before.notices if n.key != "notice.kept"), say("notice.kept", reason=reason))
        kept = replace(before, notices=notices, **self._answering())
        changes = {k: v for k, v in vars(kept).items() if k != "version"}
        self._tell(**(changes | {"phase": "ready", "message": _ready_message(self._model.test_accuracy)}))

    def _fulfil(self, wish: _Wish) -> None:
        self._tell(notices=())
        if not wish.retrain and self._use_cached(wish):
            return
        folder = self._writable_cache()
        with self._only_one(folder, wish) as waited:
            if waited and self._use_cached(wish):
                return
            data = self._data(folder, wish)
            self._train(data, folder, wish)

    def _writable_cache(self) -> Path:
        """The cache folder or, when it can't be written, a temporary one, with a notice."""
        folder = self.settings.cache
        reason = files.why_unwritable(folder) or files.why_unlockable(folder / LOCK_FILE)
        if reason is None:
            return folder
        self._notice(say("notice.unwritable", folder=str(folder), reason=reason))
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="mnist-demo-", ignore_cleanup_errors=True)
        return Path(self._scratch.name)

    def _notice(self, notice: Sentence) -> None:
        log.warning("%s", notice)
        self._tell(notices=(*self._status.notices, notice))

    def _recipe(self, data: str, epochs: int | None) -> Recipe:
        return recipe_for(data, epochs, self.settings.limit)

    def _key(self, data: str, fingerprint: str) -> str:
        """The key of a model trained on the dataset of that name and (limited) fingerprint beside generated digits."""
        return cache.fingerprint(f"{fingerprint} {dataset.generated_fingerprint()}", self._recipe(data, None))

    def _cached_keys(self) -> list[str]:
        """The keys of the models that would do, best first, as far as they are known without opening any data."""
        limit = self.settings.limit
        mnist = self._key("mnist", dataset.limited_fingerprint(dataset.MNIST_FINGERPRINT, limit))
        generated = self._key("generated", dataset.limited_fingerprint(dataset.generated_fingerprint(), limit))
        match self.settings.data:
            case None:
                # MNIST that has come to this computer since is better than an old makeshift
                here = dataset.has_local_mnist(self.settings.cache / "downloads")
                return [mnist] if here else [mnist, generated]
            case "mnist":
                return [mnist]
            case "generated":
                return [generated]
            case path:
                data = dataset.from_path(Path(path)).limited(limit)
                return [self._key(data.name, data.fingerprint)]

    def _use_cached(self, wish: _Wish) -> bool:
        for key in self._cached_keys():
            found = cache.find(self.settings.cache, key, wish.epochs)
            for error in found.damaged:
                place = self.settings.cache / "damaged"
                self._notice(say("notice.damaged", reason=error.sentence.values["reason"], folder=str(place)))
            if found.model is not None:
                self.folder = found.folder
                self._publish(found.model)
                return True
        return False

    @contextlib.contextmanager
    def _only_one(self, folder: Path, wish: _Wish) -> Iterator[bool]:
        """Hold the lock that lets one process train at a time -> whether there was another to wait for."""
        lock = files.lock(folder / LOCK_FILE)
        waited = False
        while True:
            try:
                lock.acquire(timeout=0.3)
                break
            except filelock.Timeout:
                waited = True
                self._check_stopping()
                self._tell_of_another(progress_file.receive(folder))
        cache.sweep(folder)
        self._sender = progress_file.Sender(folder)
        try:
            self._tell(message=say("status.looking"), epoch=0, epochs=0, progress=0.0, seconds_left=None)
            yield waited and not wish.retrain
        finally:
            self._sender.close()
            self._sender = None
            lock.release()

    def _tell_of_another(self, report: progress_file.Report | None) -> None:
        """Say that another process trains, and how far it is."""
        shown: dict[str, object] = {"message": say("status.waiting", doing=report.doing if report else "")}
        if report is not None:
            shown |= {name: getattr(report, name) for name in ("epoch", "epochs", "progress", "seconds_left")}
        if any(getattr(self._status, name) != value for name, value in shown.items()):
            self._tell(**shown)

    def _check_stopping(self) -> None:
        if self._stopping.is_set():
            raise train.Stopped

    def _data(self, folder: Path, wish: _Wish) -> dataset.Dataset:
        settings = self.settings
        self._tell(phase="loading", message=say("status.looking"), progress=0.0, can_fetch=False)
        if settings.data not in (None, "mnist", "generated"):
            return dataset.from_path(Path(settings.data)).limited(settings.limit)
        if settings.data == "generated" and not wish.fetch:
            return self._generated()
        patience = download.WHEN_ASKED if wish.fetch or settings.data == "mnist" else download.AT_LAUNCH
        try:
            found = dataset.mnist(folder / "downloads", settings.mirror, patience, self._downloading)
        except DownloadError as error:
            if settings.data == "mnist":
                raise
            self._notice(say("notice.generated", reason=error.sentence.values["reason"]))
            self._tell(can_fetch=True)
            return self._generated()
        return found.limited(settings.limit)

    def _generated(self) -> dataset.Dataset:
        recipe = self._recipe("generated", None)
        return dataset.generated(recipe.generated).limited(self.settings.limit)

    def _downloading(self, host: str, done: int, total: int) -> None:
        self._check_stopping()
        values = {"done": f"{done / 1e6:.1f}", "total": f"{total / 1e6:.1f}" if total else "?"}
        message = say("status.downloading", host=host, **values)
        if message != self._status.message:
            self._tell(message=message, progress=done / total if total else 0.0)

    def _train(self, data: dataset.Dataset, folder: Path, wish: _Wish) -> None:
        recipe = self._recipe(data.name, wish.epochs)
        source = data.source
        if data.name != "generated" and recipe.generated:
            source = say("source.mixed", source=source, extra=f"{recipe.generated:,}")
        key = self._key(data.name, data.fingerprint)
        unfinished = cache.unfinished(folder, key, recipe.epochs)
        if wish.retrain:
            shutil.rmtree(unfinished, ignore_errors=True)
        self._tests = data.test_images, data.test_labels
        self._tell(
            phase="training",
            message=say("status.preparing"),
            device="",
            data=data.name,
            source=source,
            samples=data.samples,
            epoch=0,
            epochs=recipe.epochs,
            history=(),
            eval_points=(),
            progress=0.0,
            seconds_left=None,
            test_accuracy=None,
            seconds=None,
            test_images=len(data.test_images),
            evaluated=False,
            learning_rates=learning_rates(recipe),
        )
        trained = train.train(data, recipe, unfinished, self._training, self._stopping.is_set)
        self._tell(message=say("status.saving"), progress=1.0, seconds_left=0.0)
        model = cache.TrainedModel(
            weights=trained.weights,
            data=data.name,
            source=source,
            recipe=recipe,
            history=trained.history,
            evaluation=trained.evaluation,
            seconds=trained.seconds,
            device=self._status.device,
            samples=data.samples,
            notices=tuple(n for n in self._status.notices if n.key == "notice.generated"),
        )
        self._keep(model, folder, key, unfinished)
        self._publish(model)

    def _keep(self, model: cache.TrainedModel, folder: Path, key: str, unfinished: Path) -> None:
        try:
            self.folder = cache.save(folder, key, model)
        except OSError as error:
            self._notice(say("notice.unwritable", folder=str(folder), reason=error.strerror or str(error)))
        else:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _training(self, progress: train.Progress) -> None:
        epoch = len(progress.history)
        if progress.weights is not None:
            self._recognizer = Recognizer(progress.weights, progress.eval_points[-1].at)
        elif time.monotonic() - self._told < 0.1:
            return
        self._told = time.monotonic()
        self._tell(
            message=say("status.training", epoch=min(epoch + 1, progress.epochs), epochs=progress.epochs),
            epoch=epoch,
            history=progress.history,
            eval_points=progress.eval_points,
            progress=progress.fraction,
            seconds_left=progress.seconds_left,
            device=str(network.prepare()),
            **self._answering(),
        )

    def _answer_with(self, model: cache.TrainedModel) -> None:
        self._recognizer = Recognizer(model.weights, len(model.history))
        self._tests = model.evaluation.images, model.evaluation.labels

    def _answering(self) -> dict[str, Any]:
        recognizer = self._recognizer
        return {"answering_epoch": recognizer.epoch, "network": recognizer.number} if recognizer else {}

    def _publish(self, model: cache.TrainedModel) -> None:
        epochs = len(model.history)
        self._model = model
        self._answer_with(model)
        notices = [n for n in model.notices if n not in self._status.notices]
        self._tell(
            phase="ready",
            message=_ready_message(model.test_accuracy),
            notices=(*self._status.notices, *notices),
            data=model.data,
            source=model.source,
            epoch=epochs,
            epochs=epochs,
            progress=1.0,
            seconds_left=None,
            history=model.history,
            eval_points=train.eval_points_of(model.history),
            samples=model.samples,
            test_accuracy=model.test_accuracy,
            device=model.device,
            seconds=model.seconds,
            test_images=len(model.evaluation.images),
            evaluated=True,
            learning_rates=learning_rates(model.recipe),
            **self._answering(),
            can_fetch=model.data == "generated" and self.settings.data is None,
        )


def _step_back() -> None:
    """Have this thread, and the trainer's that it starts, wait where a visitor's answer wants the processor too."""
    if sys.platform == "linux":  # elsewhere a priority is the whole process's
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10))


def _ready_message(accuracy: float | None) -> Sentence:
    return say("status.ready", accuracy=f"{accuracy or 0:.2%}")
