"""What the working thread puts up for everyone to read: the status, the network that answers, what it was tested on."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mnist_demo.messages import Sentence, say
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import Spec, initial_weights
from mnist_demo.service.status import Activity, Notice, NoticeKind, Phase, Status
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.timeline import Timeline
from mnist_demo.training.history import eval_points_of
from mnist_demo.training.recipe import learning_rates

log = logging.getLogger("mnist_demo")


class Board:
    """Written by one thread, read by any. `tests`: test images (n, 28, 28) uint8 and labels (n,) uint8, once known."""

    def __init__(self, spec: Spec):
        self.spec = spec
        self.timeline = Timeline.begun(initial_weights(spec))
        self.status = Status(parameters=sum(spec.parameters), moments=self.timeline.moments)
        self.recognizer: Recognizer | None = None  # what answers now, also while training
        self.model: TrainedModel | None = None  # whose training has ended
        self.tests: tuple[np.ndarray, np.ndarray] | None = None
        self.listeners: list[Callable[[Status], None]] = []
        self._lock = threading.Lock()

    def tell(self, **changes: object) -> None:
        """Replace the status by one with these changes, and call every listener with it."""
        with self._lock:
            # mypy can't know which names a caller gives
            self.status = replace(self.status, version=self.status.version + 1, **changes)  # type: ignore[arg-type]
        for listener in self.listeners:
            listener(self.status)

    def tell_looking(self, **changes: object) -> None:
        """Tell that training images are looked for, together with these changes of the status."""
        self.tell(
            phase=Phase.LOADING,
            activity=Activity.LOOKING,
            message=say("status.looking"),
            progress=0.0,
            seconds_left=None,
            **changes,
        )

    def add_notice(self, kind: NoticeKind, sentence: Sentence) -> None:
        """Put up a lasting remark, and say it in the log."""
        log.warning("%s", sentence)
        self.tell(notices=(*self.status.notices, Notice(kind, sentence)))

    def answer_with(self, recognizer: Recognizer, **changes: object) -> None:
        """Let this network answer from now on, and tell so together with these changes of the status."""
        self.recognizer = recognizer
        self.tell(answering_epoch=recognizer.epoch, model_version=recognizer.version, **changes)

    def look_back_on(self, timeline: Timeline, **changes: object) -> None:
        """Put up the moments of this training, with these changes of the status."""
        self.timeline = timeline
        self.tell(moments=timeline.moments, **changes)

    def packed(self, version: str) -> bytes | None:
        """The packed weights of the network of that version, if it answers now or did at one of the moments."""
        recognizer = self.recognizer
        if recognizer is not None and recognizer.version == version:
            return recognizer.packed
        return self.timeline.packed(version)

    def publish(self, model: TrainedModel, notices: tuple[Notice, ...], can_fetch: bool) -> None:
        """Let a network whose training has ended answer, and put up how it came about."""
        epochs = len(model.history)
        self.model, self.timeline = model, model.timeline
        self.tests = model.evaluation.images, model.evaluation.labels
        of_model = [Notice(NoticeKind.GENERATED, sentence) for sentence in model.notices]
        self.answer_with(
            Recognizer(self.spec, model.weights, epochs),
            phase=Phase.READY,
            activity=Activity.NOTHING,
            message=say("status.ready", accuracy=f"{model.test_accuracy:.2%}"),
            notices=(*notices, *(notice for notice in of_model if notice not in notices)),
            data=model.data,
            source=model.source,
            epoch=epochs,
            epochs=epochs,
            progress=1.0,
            seconds_left=None,
            history=model.history,
            eval_points=eval_points_of(model.history),
            moments=model.timeline.moments,
            samples=model.samples,
            test_accuracy=model.test_accuracy,
            device=model.device,
            seconds=model.seconds,
            test_images=len(model.evaluation.images),
            evaluated=True,
            learning_rates=learning_rates(model.recipe, *model.further),
            can_fetch=can_fetch,
        )
