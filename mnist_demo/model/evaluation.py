"""What the network makes of the test images: its answers, how many are right, and which digits it takes for which."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mnist_demo.model import network

if TYPE_CHECKING:
    import tensorflow as tf

BATCH = 500


@dataclass(frozen=True)
class Evaluation:
    """The test images with the network's answers. Computed once for a trained network."""

    images: np.ndarray  # (n, 28, 28) uint8
    labels: np.ndarray  # (n,) uint8
    logits: np.ndarray  # (n, 10) float32

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(n, 10) float64; rows add up to 1."""
        return softmax(self.logits)

    @cached_property
    def answers(self) -> np.ndarray:
        """(n,) the likeliest digit of each image."""
        return self.logits.argmax(1)

    @cached_property
    def accuracy(self) -> float:
        """The share of right answers, 0..1."""
        return float((self.answers == self.labels).mean())

    @cached_property
    def loss(self) -> float:
        """The mean cross-entropy in nats."""
        own = self.probabilities[np.arange(len(self.labels)), self.labels]
        return float(-np.log(np.maximum(own, 1e-300)).mean())

    @cached_property
    def confusion(self) -> np.ndarray:
        """(10, 10) int: how many images with the row's label were answered with the column's digit."""
        matrix = np.zeros((network.CLASSES, network.CLASSES), np.int64)
        np.add.at(matrix, (self.labels, self.answers), 1)
        return matrix

    @cached_property
    def mistakes(self) -> np.ndarray:
        """The numbers of the images answered wrongly, the most confident mistake first."""
        wrong = np.flatnonzero(self.answers != self.labels)
        return wrong[np.argsort(-self.probabilities[wrong].max(1), kind="stable")]

    def cell(self, label: int, answer: int) -> np.ndarray:
        """The numbers of the images with this label and this answer, the least confident first."""
        chosen = np.flatnonzero((self.labels == label) & (self.answers == answer))
        return chosen[np.argsort(self.probabilities[chosen].max(1), kind="stable")]


def evaluator(
    images: np.ndarray, labels: np.ndarray, dtype: str = "float32"
) -> Callable[[Sequence[np.ndarray]], Evaluation]:
    """What evaluates weights (as of `keras.Model.get_weights`) on these images, uint8 (n, 28, 28), while training.

    In TensorFlow, which is imported then anyway: many images at once take it a quarter of NumPy's time, and in
    bfloat16, which about one image in ten thousand is read differently for, a third of that where there is hardware.
    """
    import tensorflow as tf

    model = network.build() if dtype == "float32" else network.build_for_training(dtype)

    @tf.function(input_signature=[tf.TensorSpec((None, network.SIDE, network.SIDE), tf.uint8)], autograph=False)
    def logits(images: "tf.Tensor") -> "tf.Tensor":
        return model(tf.cast(images[..., None], tf.float32) / 255.0)

    def evaluate(weights: Sequence[np.ndarray]) -> Evaluation:
        model.set_weights(weights)
        parts = [logits(images[start : start + BATCH]).numpy() for start in range(0, len(images), BATCH)]
        return Evaluation(images, labels, np.concatenate(parts))

    return evaluate


def softmax(logits: np.ndarray) -> np.ndarray:
    """(..., 10) logits -> probabilities, float64."""
    powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
