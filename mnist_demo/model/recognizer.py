"""28x28 image in, ten probabilities out, and what each layer makes of it; safe from many threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from mnist_demo.model import packing
from mnist_demo.model.evaluation import Evaluation, softmax
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.spec import CLASSES, Spec

NO_DIGIT_BELOW = 0.4
"""A confidence below which a drawing is taken for no digit: of digits by people whom the network doesn't know 0.1 to
0.2 % are below it (a third of them misread), of letters and signs three quarters."""

UNSURE_BELOW = 0.6
"""A confidence below which the answer may well be wrong: 1 to 1.5 % of digits are below it, a third of them misread,
and nine letters of ten. README: How it compares says how both were measured."""

Reading = Literal["digit", "unsure", "no digit"]


@dataclass(frozen=True)
class Answer:
    """`digit` 0..9 with its probability as `confidence`; None, 0 and zeros when nothing is drawn."""

    digit: int | None
    confidence: float
    probabilities: tuple[float, ...]  # ten, of the digits 0..9

    @property
    def reading(self) -> Reading | None:
        """What to make of the answer. None when nothing is drawn."""
        if self.digit is None:
            return None
        if self.confidence < NO_DIGIT_BELOW:
            return "no digit"
        return "unsure" if self.confidence < UNSURE_BELOW else "digit"


_AT_ONCE = 50  # images, whose maps then stay in the processor's cache

BLANK = Answer(None, 0.0, (0.0,) * CLASSES)


def is_blank(image: np.ndarray) -> bool:
    """Whether an image (28, 28), of whatever type with 0 for paper, holds no ink at all."""
    return not image.any()


class Recognizer:
    """The network as it is after `epoch` epochs. Immutable: more training makes a new one."""

    def __init__(self, spec: Spec, weights: Sequence[np.ndarray], epoch: float):
        """`weights` as of `keras.Model.get_weights`. Raises ValueError if they are not the spec's."""
        self.spec = spec
        self.epoch = epoch
        self.weights = tuple(weights)
        self._model = NumpyModel(spec, weights)

    @cached_property
    def packed(self) -> bytes:
        """The weights as the page gets them, see `packing`."""
        return packing.pack(self.weights)

    @cached_property
    def version(self) -> str:
        """The network's name among all, the same in every process: see `packing.version`."""
        return packing.version(self.packed)

    def logits(self, image: np.ndarray) -> np.ndarray:
        """(28, 28) float32 in [0, 1], ink 1 -> (10,) float32 logits."""
        return self._model.logits(image[None])[0]

    def all_logits(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) float32 in [0, 1], ink 1 -> (n, 10) float32 logits."""
        return self._model.logits(images)

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) float32 in [0, 1], ink 1 -> what the last layer but one gives, float32 (n, units)."""
        return self._model.activations(images)[-2]

    def evaluate(self, images: np.ndarray, labels: np.ndarray) -> Evaluation:
        """(n, 28, 28) uint8 and (n,) uint8 -> how it reads them; a second for some five thousand."""
        starts = range(0, len(images), _AT_ONCE)
        parts = [self._model.logits(images[start : start + _AT_ONCE] / np.float32(255)) for start in starts]
        return Evaluation(images, labels, np.concatenate([np.zeros((0, CLASSES), np.float32), *parts]))

    def activations(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """(28, 28) float32 in [0, 1] -> what each layer gives, float32, by its name."""
        given = self._model.activations(image[None])
        return {layer.name: values[0] for layer, values in zip(self.spec.layers, given, strict=True)}

    def answer(self, image: np.ndarray) -> Answer:
        """(28, 28) float32 in [0, 1], ink 1 -> the digit it shows and the probability of each."""
        if is_blank(image):
            return BLANK
        probabilities = softmax(self.logits(image))
        digit = int(probabilities.argmax())
        return Answer(digit, float(probabilities[digit]), tuple(float(p) for p in probabilities))
