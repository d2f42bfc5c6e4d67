"""How the network is trained: the epochs, what each came to, and going on after an interruption.

`train` reports plain `Progress` values to a callable and knows neither page nor terminal. After every finished epoch
its state is in `folder` (Keras's `BackupAndRestore`), so that a killed process costs at most one epoch.
"""

import contextlib
import logging
import math
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import TrainingError
from mnist_demo.handwriting.worker import NO_DIGIT
from mnist_demo.messages import say
from mnist_demo.model import network
from mnist_demo.model.evaluation import Evaluation, evaluator
from mnist_demo.system import files
from mnist_demo.training import checkpoint, optimizer
from mnist_demo.training.batches import Stream
from mnist_demo.training.recipe import START, Recipe

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class EvalPoint:
    """How the network does at one moment. Accuracies 0..1; losses are cross-entropies in nats; of training images as
    they were shown, varied, since the check before; of test images as they are."""

    at: float  # epochs since the training's beginning
    accuracy: float
    loss: float
    test_accuracy: float
    test_loss: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to. Of training images the mean over all of it; otherwise as in `Check`."""

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
        """The epoch that `dataclasses.asdict` made these of. Raises TypeError or KeyError for anything else."""
        return cls(**values | {"eval_points": tuple(EvalPoint(**check) for check in values["eval_points"])})


def eval_points_of(history: Iterable[Epoch]) -> tuple[EvalPoint, ...]:
    """All checks within these epochs."""
    return tuple(check for epoch in history for check in epoch.eval_points)


@dataclass(frozen=True)
class Progress:
    """Where the training stands. `weights` are there just after a check."""

    epochs: int
    fraction: float  # of the whole training, 0..1
    seconds_left: float | None
    history: tuple[Epoch, ...]
    eval_points: tuple[EvalPoint, ...]  # all of them, also of the epoch that has not finished
    weights: tuple[np.ndarray, ...] | None = None


@dataclass(frozen=True)
class Trained:
    """The result: the arrays of `keras.Model.get_weights`, how it came about, and the test images as it reads them."""

    weights: tuple[np.ndarray, ...]
    history: tuple[Epoch, ...]
    evaluation: Evaluation

    @property
    def seconds(self) -> float:
        return sum(epoch.seconds for epoch in self.history)


class Stopped(Exception):
    """The training was asked to stop; the finished epochs are kept."""


CHECKS_AT_FIRST = 8  # in the first epoch, in which the most happens: after an eighth of it there is a network to ask
CHECKS = 4  # in each epoch after it
BACKUP_BYTES = 5_000_000  # of an epoch's state: weights, their mean, the optimizer's moments; and the epoch before

Report = Callable[[Progress], None]


def train(
    dataset: Dataset,
    recipe: Recipe,
    folder: Path,
    report: Report = lambda progress: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train the network on `dataset`, going on after the last epoch kept in `folder`, which is left for the caller.

    Raises `Stopped` soon after `stopping()` becomes true, and `TrainingError` if the loss is no number any more or
    the memory doesn't suffice.
    """
    # writes its first images while TensorFlow is imported, and stops writing whatever goes wrong then
    with contextlib.closing(Stream(dataset, recipe)) as stream:
        return _train(dataset, recipe, stream, folder, report, stopping)


def _train(
    dataset: Dataset, recipe: Recipe, stream: Stream, folder: Path, report: Report, stopping: Callable[[], bool]
) -> Trained:
    device = network.prepare()
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(recipe.seed)
    dropout = [tf.Variable(0.0, trainable=False) for _ in range(2)]
    model = network.build_for_training(device.dtype, dropout)
    shown = _compile(model, recipe, stream.steps, stream.per_execution)
    if not checkpoint.mend(folder):
        log.warning("What an interrupted training had kept is damaged; it begins again.")
    folder.mkdir(parents=True, exist_ok=True)
    listener = _listener(dataset, recipe, stream, shown, device.dtype, folder, report, stopping)
    callbacks = [_backup(folder), _dropout(recipe, dropout), listener]
    try:
        model.fit(stream.dataset(), epochs=recipe.epochs, verbose=0, shuffle=False, callbacks=callbacks)
    except (OSError, ValueError, KeyError):
        if listener.has_begun or not any(folder.iterdir()):
            raise
        # the kept state is damaged: nothing of it can be trusted, so begin again
        shutil.rmtree(folder)
        stream.close()
        return train(dataset, recipe, folder, report, stopping)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise TrainingError(reason=say("reason.memory")) from error
    weights = _averaged(model)
    # what the last epoch found, unless it had ended in an earlier process already
    found = listener.evaluation or listener.evaluate(weights)
    return Trained(weights, tuple(listener.history), found)


def _compile(model: "keras.Model", recipe: Recipe, steps: int, per_execution: int = 1) -> tuple[Any, Any]:
    """Muon and Adam with a one-cycle rate (L. Smith, N. Topin, Super-Convergence, 2018): up, then a cosine down.

    Returns what keeps the mean accuracy and the mean loss of the images shown in an epoch, each with a `sum` and a
    `count`.
    """
    import keras
    import tensorflow as tf

    total = steps * recipe.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.max_lr / START,
        math.ceil(total * (1 - recipe.warm_up)),
        warmup_target=recipe.max_lr,
        warmup_steps=math.ceil(total * recipe.warm_up),
        alpha=recipe.final_lr_fraction,
    )

    targets = np.full((network.CLASSES + 1, network.CLASSES), recipe.label_smoothing / network.CLASSES, np.float32)
    targets[: network.CLASSES] += (1 - recipe.label_smoothing) * np.eye(network.CLASSES, dtype=np.float32)
    targets[NO_DIGIT] = 1 / network.CLASSES

    def loss(labels: "tf.Tensor", logits: "tf.Tensor") -> "tf.Tensor":
        targeted = tf.gather(targets, tf.cast(tf.reshape(labels, [-1]), tf.int32))
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targeted, logits))

    metrics = _digit_mean("digit_accuracy"), _digit_mean("digit_loss")
    model.compile(
        optimizer=optimizer.build(rate, recipe.muon, recipe.weight_decay, recipe.ema),
        loss=loss,
        metrics=list(metrics),
        steps_per_execution=per_execution,
    )
    # TensorFlow would trace the step a second time if the first one had made variables
    model.optimizer.build(model.trainable_variables)
    return metrics


def _averaged(model: "keras.Model") -> tuple[np.ndarray, ...]:
    """The running mean of the weights over the last steps, which is what answers; the model itself stays as it is.

    As long as the learning rate is high the weights jump about a good place, and their mean is nearer to it than they
    are (B. Polyak, A. Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992).
    """
    jumping = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    averaged = model.get_weights()
    model.set_weights(jumping)
    return tuple(averaged)


def _digit_mean(name: str) -> "keras.metrics.Metric":
    """The mean accuracy, or cross-entropy, over the images that show a digit.

    `keras.metrics.Mean` does the same in so many small operations that each step took a tenth longer.
    """
    import keras
    import tensorflow as tf

    class DigitMean(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name=name)
            self.sum = self.add_variable((), "zeros", name="sum")
            self.count = self.add_variable((), "zeros", name="count")

        def update_state(self, labels: Any, logits: Any, sample_weight: Any = None) -> None:
            labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
            digits = tf.cast(labels < NO_DIGIT, tf.float32)
            if name == "digit_accuracy":
                values = tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32)  # never of no digit
            else:
                known = tf.minimum(labels, network.CLASSES - 1)
                values = digits * tf.nn.sparse_softmax_cross_entropy_with_logits(known, logits)
            self.sum.assign_add(tf.reduce_sum(values))
            self.count.assign_add(tf.reduce_sum(digits))

        def result(self) -> Any:
            return tf.math.divide_no_nan(self.sum, self.count)

    return DigitMean()


def _backup(folder: Path) -> Any:
    import keras

    class Backup(keras.callbacks.BackupAndRestore):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            try:
                files.need_room(folder, BACKUP_BYTES)
                super().on_epoch_end(epoch, logs)
            except (OSError, RuntimeError) as error:  # h5py says RuntimeError when the disk is full at closing
                log.warning("This epoch could not be kept on the disk (%s); the training goes on.", error)

    return Backup(str(folder), double_checkpoint=True, delete_checkpoint=False)


def _dropout(recipe: Recipe, shares: "list[tf.Variable]") -> Any:
    """Dropout from the second epoch on: in the first it would only keep the network from learning the gross."""
    import keras

    class Dropout(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            for share, wanted in zip(shares, (recipe.dropout_1, recipe.dropout_2), strict=True):
                share.assign(wanted if epoch else 0.0)

    return Dropout()


def _listener(
    dataset: Dataset,
    recipe: Recipe,
    stream: Stream,
    shown: tuple[Any, Any],
    dtype: str,
    folder: Path,
    report: Report,
    stopping: Callable[[], bool],
) -> Any:
    import keras

    class Listener(keras.callbacks.Callback):
        """Turns Keras's calls into `Progress`, evaluates, keeps the history, and stops the training when asked."""

        has_begun = False  # so the kept state, if there was one, could be read
        evaluation: Evaluation | None = None
        evaluate = staticmethod(evaluator(dataset.test_images, dataset.test_labels))
        check_quickly = (
            evaluate if dtype == "float32" else staticmethod(evaluator(dataset.test_images, dataset.test_labels, dtype))
        )
        eval_points: tuple[EvalPoint, ...] = ()  # of this epoch

        def on_train_begin(self, logs: Any = None) -> None:
            self.has_begun = True
            self.first = self.model._initial_epoch or 0
            self.history = _read_history(folder)[: self.first]
            self.first = len(self.history)
            self.model._initial_epoch = self.first
            self.begun = self.epoch_begun = time.monotonic()
            report(self.progress(0, _averaged(self.model) if self.history else None))

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            stream.epoch = epoch
            self.epoch_begun = time.monotonic()
            self.eval_points = ()
            self.counted = np.zeros(4)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if stopping():
                raise Stopped
            if logs and not math.isfinite(logs["loss"]):
                raise TrainingError(reason=say("reason.diverged"))
            done = batch + 1
            weights = None
            eval_points = CHECKS if self.history else CHECKS_AT_FIRST
            if len(self.eval_points) < eval_points * done // stream.steps < eval_points:
                weights = _averaged(self.model)
                self.check(done / stream.steps, self.check_quickly(weights))
            report(self.progress(done, weights))

        def check(self, share: float, found: Evaluation) -> None:
            counts = np.array([float(mean) for metric in shown for mean in (metric.sum, metric.count)])
            right, digits, loss, _ = counts - self.counted
            self.counted = counts
            digits = max(digits, 1.0)
            at = len(self.history) + share
            self.eval_points += (EvalPoint(at, right / digits, loss / digits, found.accuracy, found.loss),)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            weights = _averaged(self.model)
            self.evaluation = found = self.evaluate(weights)
            self.check(1, found)
            seconds = time.monotonic() - self.epoch_begun
            means = logs["digit_accuracy"], logs["digit_loss"]
            kernels = network.packed_kernels(weights)
            self.history.append(
                Epoch(epoch + 1, *means, found.accuracy, found.loss, seconds, kernels, self.eval_points)
            )
            self.eval_points = ()
            with contextlib.suppress(OSError):  # the backup before has told
                checkpoint.seal(folder, [asdict(e) for e in self.history])
            report(self.progress(0, weights))

        def progress(self, steps: int, weights: tuple[np.ndarray, ...] | None = None) -> Progress:
            done = len(self.history) * stream.steps + steps
            total = recipe.epochs * stream.steps
            here = done - self.first * stream.steps
            left = (time.monotonic() - self.begun) / here * (total - done) if here else None
            eval_points = eval_points_of(self.history) + self.eval_points
            return Progress(recipe.epochs, done / total, left, tuple(self.history), eval_points, weights)

    return Listener()


def _read_history(folder: Path) -> list[Epoch]:
    try:
        return [Epoch.from_json(epoch) for epoch in checkpoint.history(folder)]
    except (TypeError, KeyError):
        return []
