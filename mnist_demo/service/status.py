"""What the program is doing, at one moment, for everyone who asks: page, API, terminal, library."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mnist_demo.messages import Sentence, say
from mnist_demo.store.timeline import Moment
from mnist_demo.training.history import Epoch, EvalPoint


class Phase(StrEnum):
    """The four states that page and API know."""

    LOADING = "loading"
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"


class Activity(StrEnum):
    """What is being done just now, more finely than the phase says; `Status.message` is its sentence."""

    STARTING = "starting"
    LOOKING = "looking"
    WAITING = "waiting"  # for another copy of the program that trains
    DOWNLOADING = "downloading"
    PREPARING = "preparing"
    TRAINING = "training"
    SAVING = "saving"
    NOTHING = "nothing"


class NoticeKind(StrEnum):
    """What a lasting remark is about."""

    GENERATED = "generated"  # MNIST could not be had
    UNWRITABLE = "unwritable"  # the cache folder
    DAMAGED = "damaged"  # a cached model
    KEPT = "kept"  # the earlier network, as a training failed
    UNLOCKED = "unlocked"  # trained beside another copy that gives no sign of life


@dataclass(frozen=True)
class Notice:
    """A lasting remark."""

    kind: NoticeKind
    sentence: Sentence


@dataclass(frozen=True)
class Status:
    """Everything that the page tells about loading and training. Never changed, only replaced."""

    phase: Phase = Phase.LOADING
    activity: Activity = Activity.STARTING
    message: Sentence = say("status.starting")  # noqa: RUF009 - a Sentence is frozen too
    notices: tuple[Notice, ...] = ()
    data: str = ""  # "mnist", "generated" or "file" once it is known
    source: Sentence | None = None
    epoch: int = 0  # finished epochs of the present or last training
    epochs: int = 0
    progress: float = 0.0  # of the present download or training, 0..1
    seconds_left: float | None = None
    history: tuple[Epoch, ...] = ()
    eval_points: tuple[EvalPoint, ...] = ()  # all of them, also of an epoch that has not finished
    moments: tuple[Moment, ...] = ()  # of the present or last training whose weights there are, the untrained first
    samples: tuple[np.ndarray, np.ndarray] | None = None  # (20, 28, 28) uint8, (20,) uint8
    test_accuracy: float | None = None  # of the network that answers, once its training has ended
    device: str = ""
    parameters: int = 0
    seconds: float | None = None  # that the training took
    answering_epoch: float = 0  # epochs behind the network that answers; 0 while there is none
    model_version: str = ""  # `Recognizer.version` of the network that answers; empty while there is none
    test_images: int = 0  # of the present data
    evaluated: bool = False  # whether `Service.evaluation` is there, of the network that answers
    learning_rates: tuple[float, ...] = ()  # at moments equally far apart, from the training's start to its end
    can_fetch: bool = False  # trained on generated digits only because MNIST could not be had
    version: int = 0  # grows with every change
