"""The work of the service's thread: finding a trained network in the cache, or training one and keeping it there."""

import contextlib
import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import filelock

from mnist_demo.data import dataset, download
from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import DownloadError
from mnist_demo.messages import say
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import initial_weights
from mnist_demo.service.status import Activity, NoticeKind, Phase, Status
from mnist_demo.service.workshop import DOWNLOADS, LOCK_FILE, Workshop
from mnist_demo.store import cache, progress_file, runs, timeline
from mnist_demo.store.timeline import Timeline
from mnist_demo.system import files
from mnist_demo.training.history import Progress, Trained
from mnist_demo.training.recipe import Recipe, learning_rates, recipe_for

SILENCE = 60.0  # seconds without a sign of life, after which another copy's lock is not waited for any more

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class Place:
    """Where a training keeps its things. `shared`: whether this process holds the lock of the cache folder."""

    cache: Path
    shared: bool


class Job:
    """Load a network from the cache or, if there is none or another is wanted, train it.

    `epochs`: so many instead of the recipe's own number. `retrain`: whatever the cache holds. `fetch`: after looking
    for MNIST again, if it could not be had.
    """

    def __init__(self, workshop: Workshop, epochs: int | None, retrain: bool, fetch: bool = False):
        self._workshop, self._settings, self._board = workshop, workshop.settings, workshop.board
        self._epochs, self._retrain, self._fetch = epochs, retrain, fetch
        self._told = 0.0
        self._moments = Path()  # the file of the training's timeline

    def run(self) -> None:
        """Do it. Raises `Stopped`, and `DemoError` when no network comes of it."""
        self._board.tell(notices=())
        self.prepare()
        if not self._retrain and self._use_cached():
            return
        with self._place() as place:
            # another process may have finished between the look and the lock
            if not self._retrain and self._use_cached():
                return
            self._train(self._data(place.cache), place)

    def prepare(self) -> None:
        """Have a trainer get ready if there will be a training, as far as that is known without opening any data."""
        own = self._settings.data not in (None, "mnist", "generated")
        if self._retrain or not cache.may_hold(self._settings.cache, None if own else self._cached_keys):
            self._workshop.prepare()

    # --- the cache

    def _recipe(self, data: str, epochs: int | None) -> Recipe:
        return recipe_for(data, epochs, self._settings.limit, self._settings.recipe)

    def _key(self, data: str, fingerprint: str) -> str:
        """The key of a model trained on the dataset of that name and (limited) fingerprint beside generated digits."""
        together = f"{fingerprint} {dataset.generated_fingerprint()}"
        return cache.fingerprint(together, self._recipe(data, None), self._board.spec)

    @cached_property
    def _cached_keys(self) -> list[str]:
        """The keys of the models that would do, best first, as far as they are known without opening any data."""
        limit = self._settings.limit
        mnist = self._key("mnist", dataset.limited_fingerprint(dataset.MNIST_FINGERPRINT, limit))
        generated = self._key("generated", dataset.limited_fingerprint(dataset.generated_fingerprint(), limit))
        match self._settings.data:
            case None:
                # MNIST that has come to this computer since is better than an old makeshift
                here = dataset.has_local_mnist(self._settings.cache / DOWNLOADS)
                return [mnist] if here else [mnist, generated]
            case "mnist":
                return [mnist]
            case "generated":
                return [generated]
            case path:
                data = dataset.from_path(Path(path)).limited(limit)
                return [self._key(data.name, data.fingerprint)]

    def _use_cached(self) -> bool:
        folder = self._settings.cache
        for key in self._cached_keys:
            found = cache.find(folder, key, self._board.spec, self._epochs)
            for error in found.damaged:
                values = {"reason": error.sentence.values["reason"], "folder": str(folder / "damaged")}
                self._board.add_notice(NoticeKind.DAMAGED, say("notice.damaged", **values))
            if found.model is not None:
                self._workshop.folder = found.folder
                self._workshop.publish(found.model, self._board.status.notices)
                return True
        return False

    # --- one process at a time

    @contextlib.contextmanager
    def _place(self) -> Iterator[Place]:
        """Hold the lock that lets one process train at a time, and tell the others how far it is."""
        folder = self._workshop.writable_cache()
        lock = files.lock(folder / LOCK_FILE)
        if not self._acquire(lock, folder):
            yield Place(folder, shared=False)
            return
        cache.sweep(folder)
        sender = progress_file.Sender(folder)

        def tell_others(now: Status) -> None:
            sender.send(progress_file.Report(now.message, now.epoch, now.epochs, now.progress, now.seconds_left))

        self._board.listeners.append(tell_others)
        try:
            self._board.tell_looking(epoch=0, epochs=0)
            yield Place(folder, shared=True)
        finally:
            self._board.listeners.remove(tell_others)
            sender.close()
            lock.release()

    def _acquire(self, lock: filelock.BaseFileLock, folder: Path) -> bool:
        """Wait for the lock, telling how far its owner is -> False if that gives no sign of life any more."""
        last: progress_file.Report | None = None
        heard = time.monotonic()
        while True:
            try:
                lock.acquire(timeout=0.3)
                return True
            except filelock.Timeout:
                self._workshop.check_stopping()
                self._workshop.discard_prepared()
            report = progress_file.receive(folder)
            if report != last:
                last, heard = report, time.monotonic()
            if time.monotonic() - heard > SILENCE:
                self._board.add_notice(NoticeKind.UNLOCKED, say("notice.unlocked", seconds=f"{SILENCE:.0f}"))
                return False
            self._tell_of_another(report)

    def _tell_of_another(self, report: progress_file.Report | None) -> None:
        """Say that another process trains, and how far it is."""
        shown: dict[str, object] = {
            "activity": Activity.WAITING,
            "message": say("status.waiting", doing=report.doing if report else ""),
        }
        if report is not None:
            shown |= {name: getattr(report, name) for name in ("epoch", "epochs", "progress", "seconds_left")}
        if any(getattr(self._board.status, name) != value for name, value in shown.items()):
            self._board.tell(**shown)

    # --- training images

    def _data(self, folder: Path) -> Dataset:
        settings = self._settings
        self._board.tell_looking(can_fetch=False)
        if settings.data not in (None, "mnist", "generated"):
            return dataset.from_path(Path(settings.data)).limited(settings.limit)
        if settings.data == "generated" and not self._fetch:
            return self._generated()
        patience = download.WHEN_ASKED if self._fetch or settings.data == "mnist" else download.AT_LAUNCH
        try:
            found = dataset.mnist(folder / DOWNLOADS, settings.mirror, patience, self._downloading)
        except DownloadError as error:
            if settings.data == "mnist":
                raise
            reason = say("notice.generated", reason=error.sentence.values["reason"])
            self._board.add_notice(NoticeKind.GENERATED, reason)
            self._board.tell(can_fetch=True)
            return self._generated()
        return found.limited(settings.limit)

    def _generated(self) -> Dataset:
        recipe = self._recipe("generated", None)
        return dataset.generated(recipe.generated).limited(self._settings.limit)

    def _downloading(self, host: str, done: int, total: int) -> None:
        self._workshop.check_stopping()
        values = {"done": f"{done / 1e6:.1f}", "total": f"{total / 1e6:.1f}" if total else "?"}
        message = say("status.downloading", host=host, **values)
        if message != self._board.status.message:
            progress = done / total if total else 0.0
            self._board.tell(activity=Activity.DOWNLOADING, message=message, progress=progress)

    # --- training

    def _train(self, data: Dataset, place: Place) -> None:
        recipe = self._recipe(data.name, self._epochs)
        source = data.source
        if data.name != "generated" and recipe.generated:
            source = say("source.mixed", source=source, extra=f"{recipe.generated:,}")
        key = self._key(data.name, data.fingerprint)
        checkpoint = cache.checkpoint(place.cache if place.shared else self._workshop.scratch, key, recipe.epochs)
        if self._retrain:
            shutil.rmtree(checkpoint, ignore_errors=True)
        self._board.tests = data.test_images, data.test_labels
        self._moments = checkpoint / "timeline.npz"
        self._board.look_back_on(
            self._kept_timeline(recipe),
            phase=Phase.TRAINING,
            activity=Activity.PREPARING,
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
        train, stopping = self._workshop.trainer(), self._workshop.stopping.is_set
        trained = train(self._board.spec, data, recipe, checkpoint, self._on_progress, stopping, None)
        self._board.tell(activity=Activity.SAVING, message=say("status.saving"), progress=1.0, seconds_left=0.0)
        generated = (n.sentence for n in self._board.status.notices if n.kind is NoticeKind.GENERATED)
        self._board.look_back_on(self._board.timeline.measured(trained.untrained_accuracy))
        model = cache.TrainedModel(
            spec=self._board.spec,
            weights=trained.weights,
            data=data.name,
            source=source,
            recipe=recipe,
            history=trained.history,
            evaluation=trained.evaluation,
            seconds=trained.seconds,
            device=self._board.status.device,
            samples=data.samples,
            timeline=self._board.timeline,
            notices=tuple(generated),
        )
        self._keep(model, trained, place.cache, key, checkpoint)
        if recipe.name != "usual":
            with contextlib.suppress(OSError):  # what can't be kept has been told of
                runs.keep_beside_usual(place.cache, model)
        self._workshop.publish(model, self._board.status.notices)

    def _keep(
        self,
        model: cache.TrainedModel,
        trained: Trained,
        folder: Path,
        key: str,
        checkpoint: Path,
    ) -> None:
        try:
            self._workshop.folder = cache.save(folder, key, model, trained.keras_file, trained.trained_on)
        except OSError as error:
            values = {"folder": str(folder), "reason": error.strerror or str(error)}
            self._board.add_notice(NoticeKind.UNWRITABLE, say("notice.unwritable", **values))
        else:
            shutil.rmtree(checkpoint, ignore_errors=True)

    def _on_progress(self, progress: Progress) -> None:
        if progress.weights is None and time.monotonic() - self._told < 0.1:
            return
        self._told = time.monotonic()
        epoch = len(progress.history)
        changes = {
            "activity": Activity.TRAINING,
            "message": say("status.training", epoch=min(epoch + 1, progress.epochs), epochs=progress.epochs),
            "epoch": epoch,
            "history": progress.history,
            "eval_points": progress.eval_points,
            "progress": progress.fraction,
            "seconds_left": progress.seconds_left,
            "device": progress.device,
        }
        if progress.weights is None:
            self._board.tell(**changes)
        else:
            at = progress.fraction * progress.epochs
            if progress.eval_points:
                at = progress.eval_points[-1].at
            recognizer = Recognizer(self._board.spec, progress.weights, at)
            if progress.eval_points and at > self._board.timeline.moments[-1].at:
                longer = self._board.timeline.extended(at, progress.eval_points[-1].test_accuracy, recognizer.packed)
                self._board.look_back_on(longer)
            self._board.answer_with(recognizer, **changes)
            if at == epoch:
                self._keep_timeline()

    def _kept_timeline(self, recipe: Recipe) -> Timeline:
        """What an interrupted training has kept of its timeline, or the beginning of one."""
        try:
            return timeline.read(self._moments, self._board.spec)
        except (OSError, ValueError):
            return Timeline.begun(initial_weights(self._board.spec, recipe.seed))

    def _keep_timeline(self) -> None:
        with contextlib.suppress(OSError):  # what can't be kept is told of where the epoch itself is
            files.write_whole(self._moments, self._board.timeline.to_bytes())
