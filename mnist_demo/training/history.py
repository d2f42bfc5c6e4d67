"""What a training tells while it runs and when it has ended. Knows no TensorFlow: a cached launch needs none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_demo.model.evaluation import Evaluation


@dataclass(frozen=True)
class EvalPoint:
    """How the network does at one moment. Accuracies 0..1; losses are cross-entropies in nats; of training images as
    they were shown, varied, since the eval point before; of test images as they are."""

    at: float  # epochs since the training's beginning
    accuracy: float
    loss: float
    test_accuracy: float
    test_loss: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to. Of training images the mean over all of it; otherwise as in `EvalPoint`."""

    epoch: int
    accuracy: float
    loss: float
    test_accuracy: float
    test_loss: float
    seconds: float
    kernels: str = ""  # the first convolution's, as `packed_kernels` writes them
    eval_points: tuple[EvalPoint, ...] = ()  # within it, the last at its end

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Epoch":
        """The epoch that `dataclasses.asdict` made these of. Raises TypeError, KeyError or ValueError for anything
        else, numbers of another type among it."""
        points = tuple(EvalPoint(**_numbers(point)) for point in values["eval_points"])
        plain = {name: value for name, value in values.items() if name not in ("kernels", "eval_points")}
        if not isinstance(values["kernels"], str):
            raise TypeError("kernels are no text")
        return cls(**_numbers(plain), kernels=values["kernels"], eval_points=points)


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    if not all(type(value) in (int, float) and abs(value) < 1e9 for value in values.values()):  # nor is NaN
        raise TypeError("a figure is no number")
    return values


def eval_points_of(history: Iterable[Epoch]) -> tuple[EvalPoint, ...]:
    """All eval points within these epochs."""
    return tuple(point for epoch in history for point in epoch.eval_points)


@dataclass(frozen=True)
class Progress:
    """Where the training stands. `weights` are there just after an eval point, and at the first of all just before it
    too."""

    epochs: int
    fraction: float  # of the whole training, 0..1
    seconds_left: float | None
    history: tuple[Epoch, ...]
    eval_points: tuple[EvalPoint, ...]  # all of them, also of the epoch that has not finished
    device: str  # what trains, and in which precision
    weights: tuple[np.ndarray, ...] | None = None


SEEN = 10_000  # images


@dataclass(frozen=True)
class Trained:
    """The result: the arrays of `keras.Model.get_weights`, how it came about, the test images as it reads them, the
    content of a .keras file, made while TensorFlow is there, and images that it was trained on, as `Batches.seen`."""

    weights: tuple[np.ndarray, ...]
    history: tuple[Epoch, ...]
    evaluation: Evaluation
    keras_file: bytes
    trained_on: tuple[np.ndarray, np.ndarray]  # (n, 28, 28) uint8, (n,) uint8, n ≤ `SEEN`
    untrained_accuracy: float  # 0..1, of the weights that the training started from, on the test images

    @property
    def seconds(self) -> float:
        """That its epochs took."""
        return sum(epoch.seconds for epoch in self.history)


class Stopped(Exception):
    """The training was asked to stop; the finished epochs are kept."""
