"""What the network makes of the test images: its answers, how many are right, and which digits it takes for which."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mnist_demo.model.spec import CLASSES


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
        """int64 (n,): the likeliest digit of each image."""
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
        matrix = np.zeros((CLASSES, CLASSES), np.int64)
        np.add.at(matrix, (self.labels, self.answers), 1)
        return matrix

    @cached_property
    def mistakes(self) -> np.ndarray:
        """(k,) int64: the numbers of the images answered wrongly, the most confident mistake first."""
        wrong = np.flatnonzero(self.answers != self.labels)
        return wrong[np.argsort(-self.probabilities[wrong].max(1), kind="stable")]

    def cell(self, label: int, answer: int) -> np.ndarray:
        """(k,) int64: the numbers of the images with this label and this answer, the least confident first."""
        chosen = np.flatnonzero((self.labels == label) & (self.answers == answer))
        return chosen[np.argsort(self.probabilities[chosen].max(1), kind="stable")]


def softmax(logits: np.ndarray) -> np.ndarray:
    """(..., 10) logits -> probabilities, float64."""
    powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
