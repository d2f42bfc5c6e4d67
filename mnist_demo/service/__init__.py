"""The running program behind page, API and library: it loads or trains in one thread, whoever watches."""

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_demo.errors import BusyError, DemoError, RetrainOffError, TrainingError, UntrainedError
from mnist_demo.messages import say
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.explain import Neighbours
from mnist_demo.model.recognizer import BLANK, Answer, Recognizer, is_blank
from mnist_demo.model.spec import LESSON, Spec
from mnist_demo.service.board import Board
from mnist_demo.service.class_job import ClassJob
from mnist_demo.service.classroom import Classroom, Lesson
from mnist_demo.service.explainer import Explainer
from mnist_demo.service.jobs import Job
from mnist_demo.service.runs import RunJob, Runs
from mnist_demo.service.status import Activity, Notice, NoticeKind, Phase, Status
from mnist_demo.service.workshop import Trainer, Workshop, keras_trainer
from mnist_demo.settings import Settings
from mnist_demo.store.cache import TrainedModel
from mnist_demo.training.history import Stopped
from mnist_demo.training.recipe import Variation

log = logging.getLogger("mnist_demo")


class Service:
    """Runs one job after the other in a thread. Every method may be called from any thread."""

    def __init__(self, settings: Settings, spec: Spec = LESSON, trainer: Callable[[], Trainer] = keras_trainer):
        """`trainer` gives what trains, when something has to be trained."""
        self.settings = settings
        self._board = Board(spec)
        self._stopping = threading.Event()
        self._workshop = Workshop(settings, self._board, self._stopping, trainer)
        self._jobs: queue.Queue[Job | ClassJob | RunJob] = queue.Queue()
        self._lock = threading.Lock()
        self._busy = True
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="service", daemon=True)
        self._earlier: TrainedModel | None = None  # what answered before the last training
        self.classroom = Classroom(settings)
        self._explainer = Explainer(self._workshop)
        self.runs = Runs(settings.cache, self._board.tell)
        self.error: DemoError | None = None  # why the last job failed
        self.run = secrets.token_hex(4)  # tells this process's versions from those of another behind the same address

    @property
    def spec(self) -> Spec:
        """The network's layers."""
        return self._board.spec

    @property
    def status(self) -> Status:
        """What goes on now; never changed, only replaced by a newer one."""
        return self._board.status

    @property
    def recognizer(self) -> Recognizer | None:
        """The network that answers now, also while training; None before the first eval point."""
        return self._board.recognizer

    @property
    def folder(self) -> Path | None:
        """The cached model's, if there is one."""
        return self._workshop.folder

    @property
    def model(self) -> TrainedModel:
        """The network whose training has ended. Raises `UntrainedError` before, `BusyError` while one is trained."""
        if self._board.model is None:
            raise UntrainedError
        if self.status.phase is not Phase.READY:
            raise BusyError
        return self._board.model

    @property
    def evaluation(self) -> Evaluation | None:
        """How the network that answers reads the test images; None while it is still being trained."""
        model = self._board.model
        return model.evaluation if model is not None and self.status.evaluated else None

    @property
    def tests(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The test images (n, 28, 28) uint8 and labels (n,) uint8, as soon as they are known."""
        return self._board.tests

    def listen(self, listener: Callable[[Status], None]) -> None:
        """Call `listener` with every new status, in the service's thread."""
        self._board.listeners.append(listener)

    def prepare(self) -> None:
        """If `start` will train, begin what takes seconds then; for whoever has something else to do first."""
        self._first_job().prepare()

    def start(self) -> None:
        """Begin to load or train, as the settings say."""
        self._jobs.put(self._first_job())
        self._thread.start()

    def _first_job(self) -> Job:
        return Job(self._workshop, self.settings.epochs, self.settings.retrain)

    def stop(self, seconds: float = 3.0) -> None:
        """Ask a training to stop and wait a little; its finished epochs are kept."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._workshop.close()

    @property
    def idle(self) -> bool:
        """Whether nothing is being loaded or trained."""
        return not self._busy

    def wait(self, seconds: float | None = None) -> Status:
        """Wait until the present job has ended -> the status then."""
        self._ready.wait(seconds)
        return self.status

    def retrain(self, epochs: int | None = None, fetch: bool = False) -> None:
        """Train anew, after looking for MNIST again if `fetch`. Raises `BusyError`, `RetrainOffError`."""
        if not self.settings.retrain_button:
            raise RetrainOffError
        self._begin()
        self._earlier = self._board.model
        self._board.tell_looking()
        self._jobs.put(Job(self._workshop, epochs, retrain=True, fetch=fetch))

    @property
    def earlier(self) -> TrainedModel | None:
        """The network from before the last training, once another has taken its place."""
        return self._earlier if self._earlier is not self._board.model else None

    def go_back(self) -> None:
        """Have the `earlier` network answer, and the present one be the earlier, until the program ends or another is
        trained. Raises `RetrainOffError`, `BusyError`, `UntrainedError`."""
        if not self.settings.retrain_button:
            raise RetrainOffError
        present, earlier = self.model, self.earlier
        if earlier is None:
            raise UntrainedError
        with self._lock:
            if self._busy:
                raise BusyError
            self._earlier = present
            self._workshop.publish(earlier, self.status.notices)

    def _begin(self) -> None:
        with self._lock:
            if self._busy:
                raise BusyError
            self._busy = True
        self._ready.clear()

    def train_with_class(self) -> None:
        """Train with the class's digits, from the network that answers and goes on answering; what comes of it is
        `classroom.comparison`. Raises `BusyError`, `UntrainedError`."""
        if self._board.model is None:
            raise UntrainedError
        self._begin()
        self.classroom.lesson = Lesson()
        self._jobs.put(ClassJob(self._workshop, self.classroom))

    def train_beside(self, name: str, variation: Variation) -> None:
        """Train a run beside the network that answers, which goes on; `runs` tells how far it is and keeps it.

        Raises `RetrainOffError`, `UntrainedError`, `RunError`, `BusyError`.
        """
        if not self.settings.retrain_button:
            raise RetrainOffError
        self.runs.check(self.model, name, variation)
        self._begin()
        self.runs.begin(name, variation)
        self._jobs.put(RunJob(self._workshop, self.runs, name, variation))

    def stop_beside(self) -> None:
        """End the training of a run, of which nothing is kept. Raises `RetrainOffError`."""
        if not self.settings.retrain_button:
            raise RetrainOffError
        self.runs.stopping.set()

    def delete_run(self, id_: object) -> None:
        """Remove a kept run for good. Raises `RetrainOffError`, `RunError`, `UntrainedError`, `BusyError`."""
        if not self.settings.retrain_button:
            raise RetrainOffError
        self.runs.delete(self.model, id_)

    def answer_with_class(self, taught: bool) -> None:
        """Have the network from after, or before, the last training with the class's digits answer, until the program
        ends or another is trained. Raises `ClassError`, `BusyError`, `UntrainedError`."""
        found = self.classroom.compared(self.model)
        with self._lock:
            if self._busy:
                raise BusyError
            self._workshop.publish(found.after if taught else found.before, self.status.notices)

    def packed_weights(self, version: str) -> bytes | None:
        """The packed weights (see `model/packing`) of the network of that version, if there is one: the one that
        answers, one of `Status.moments`, or one of a kept run."""
        return self._board.packed(version) or self.runs.packed(version)

    def neighbours(self) -> Neighbours:
        """Images such as the network was trained on. Takes seconds the first time.

        Raises `UntrainedError`, `BusyError`.
        """
        return self._explainer.neighbours(self.model, Recognizer(self.spec, self.model.weights, self.status.epoch))

    def recognize(self, image: np.ndarray) -> Answer:
        """(28, 28) float32 in [0, 1], ink 1 -> the answer of the present network. Raises `UntrainedError`."""
        if is_blank(image):
            return BLANK
        recognizer = self.recognizer
        if recognizer is None:
            raise UntrainedError
        return recognizer.answer(image)

    # the rest happens in the service's thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._jobs.get(timeout=0.2)
            except queue.Empty:
                continue
            notices = self.status.notices
            try:
                job.run()
            except Stopped:
                self._board.tell(activity=Activity.NOTHING, message=say("status.interrupted"))
            except Exception as error:
                self._fail(error, notices)
            self._workshop.discard_prepared()
            self._busy = False
            self._ready.set()

    def _fail(self, error: Exception, notices: tuple[Notice, ...]) -> None:
        """Say what went wrong; the network trained before, if there is one, goes on answering."""
        if isinstance(error, MemoryError):
            error = TrainingError(reason=say("reason.memory"))
        elif not isinstance(error, DemoError):
            log.exception("unexpected error while training")
            error = TrainingError(reason=say("reason.system", detail=type(error).__name__))
        self.error, reason = error, error.sentence
        model = self._board.model
        if model is None:
            self._board.tell(phase=Phase.FAILED, activity=Activity.NOTHING, message=reason, seconds_left=None)
            return
        kept = Notice(NoticeKind.KEPT, say("notice.kept", reason=reason))
        self._workshop.publish(model, (*(n for n in notices if n.kind is not NoticeKind.KEPT), kept))
