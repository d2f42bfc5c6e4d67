"""28x28 ink in, ten probabilities out, and what each layer makes of it; safe from many threads."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_demo.model import network
from mnist_demo.model.evaluation import softmax
from mnist_demo.model.numpy_model import NumpyModel


@dataclass(frozen=True)
class Answer:
    """`digit` 0..9 with its probability as `confidence`; None, 0 and zeros when nothing is drawn."""

    digit: int | None
    confidence: float
    probabilities: tuple[float, ...]  # ten, of the digits 0..9


BLANK = Answer(None, 0.0, (0.0,) * network.CLASSES)


def is_blank(image: np.ndarray) -> bool:
    """Whether a picture (28, 28) holds no ink at all."""
    return not image.any()


class Recognizer:
    """The network as it is after `epoch` epochs. Immutable: more training makes a new one."""

    _numbers = itertools.count(1)

    def __init__(self, weights: Sequence[np.ndarray], epoch: float):
        self.epoch = epoch
        self.number = next(self._numbers)  # tells it from all others of this process
        # of each convolution, with the largest size of a number in them
        self.kernels = tuple(
            (network.packed_kernels(weights, layer), float(np.abs(weights[2 * layer]).max())) for layer in (0, 1)
        )
        self._model = NumpyModel(weights)

    def logits(self, image: np.ndarray) -> np.ndarray:
        """(28, 28) float32 0..1, ink 1 -> (10,) float32 logits."""
        return self._model.logits(image[None])[0]

    def layers(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """(28, 28) float32 0..1 -> each of `network.LAYERS`' output, float32, by name."""
        outputs = self._model.outputs(image[None])
        return {layer.name: output[0] for layer, output in zip(network.LAYERS, outputs, strict=True)}

    def answer(self, image: np.ndarray) -> Answer:
        """(28, 28) float32 0..1, ink 1 -> the digit it shows and the probability of each."""
        if is_blank(image):
            return BLANK
        probabilities = softmax(self.logits(image))
        digit = int(probabilities.argmax())
        return Answer(digit, float(probabilities[digit]), tuple(float(p) for p in probabilities))
