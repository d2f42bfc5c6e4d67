"""A class and the network: what it has collected, how that is read, and what a training with it changed."""

import threading
from dataclasses import dataclass

import numpy as np

from mnist_demo.errors import ClassError
from mnist_demo.messages import say
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.settings import Settings
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.class_digits import ClassDigits
from mnist_demo.store.class_images import ClassGallery, ClassImages

FOLDER = "class"  # in the cache folder


@dataclass(frozen=True)
class Comparison:
    """A network before and after a training with the class's digits."""

    before: TrainedModel
    after: TrainedModel
    trained: ClassImages  # what it was trained with
    learned: int  # of those read rightly after
    tested: ClassImages  # what it was only tested on
    tested_before: Evaluation  # of those
    tested_after: Evaluation


@dataclass(frozen=True)
class Lesson:
    """A training with the class's digits that goes on."""

    progress: float = 0.0  # 0..1
    seconds_left: float | None = None


class Classroom:
    """Safe from many threads. What asks the database raises `ClassError`."""

    def __init__(self, settings: Settings):
        self.digits = ClassDigits(settings.cache / FOLDER)
        self.gallery = ClassGallery(self.digits)
        self.lesson: Lesson | None = None  # while a training goes on
        self.comparison: Comparison | None = None  # of the last training that ended
        self._lock = threading.Lock()
        self._read: tuple[str, ClassImages, np.ndarray] | None = None  # by which network, what, and its logits

    def evaluation(self, recognizer: Recognizer) -> tuple[ClassImages, Evaluation]:
        """The class's digits as they are now, and how this network reads them; only new ones are read anew."""
        with self._lock:
            images, known = self.gallery.images(), {}
            if self._read is not None and self._read[0] == recognizer.version:
                known = {digit.number: row for digit, row in zip(self._read[1].digits, self._read[2], strict=True)}
            new = np.array([digit.number not in known for digit in images.digits], bool)
            unread = images.some(new)
            read = recognizer.evaluate(unread.images, unread.labels).logits
            known |= {digit.number: row for digit, row in zip(unread.digits, read, strict=True)}
            logits = np.array([known[digit.number] for digit in images.digits], np.float32).reshape(-1, read.shape[1])
            self._read = recognizer.version, images, logits
            return images, Evaluation(images.images, images.labels, logits)

    def compared(self, model: TrainedModel) -> Comparison:
        """The last comparison, if `model`, which answers now, is either side of it. Raises `ClassError`."""
        found = self.comparison
        if found is None:
            raise ClassError(reason=say("reason.class_untrained"))
        if not any(model is side for side in (found.before, found.after)):
            raise ClassError(reason=say("reason.class_changed"))
        return found
