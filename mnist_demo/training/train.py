"""How the network is trained: the epochs, what each came to, and going on after an interruption.

`train` reports plain `Progress` values to a callable and knows neither page nor terminal. After every finished epoch
its state is in `folder` (Keras's `BackupAndRestore`), so that a killed process costs at most one epoch.
"""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import TrainingError
from mnist_demo.handwriting.worker import NO_DIGIT
from mnist_demo.messages import say
from mnist_demo.model import keras_model
from mnist_demo.model.device import DEVICE, keras, tf
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.numpy_model import packed_kernels
from mnist_demo.model.packing import rounded
from mnist_demo.model.spec import CLASSES, Spec, initial_weights
from mnist_demo.training import checkpoint, optimizer
from mnist_demo.training.batches import Batches
from mnist_demo.training.evaluate import Evaluate
from mnist_demo.training.history import SEEN, Epoch, EvalPoint, Progress, Stopped, Trained, eval_points_of
from mnist_demo.training.pipeline import tf_dataset
from mnist_demo.training.recipe import START, Recipe, is_frozen

EVAL_POINTS = (1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4)
"""After which shares of the first epoch, in which the most happens, the test images are read, as at each epoch's end:
after the first of them it is a network to ask. See `eval_points_in`."""
LEARNED_BETWEEN = 1 / 6
"""Images learned from between two of them for each test image, at least: to read one takes a quarter of the time that
to learn from one does."""

Report = Callable[[Progress], None]


def train(
    spec: Spec,
    dataset: Dataset,
    recipe: Recipe,
    folder: Path,
    report: Report = lambda progress: None,
    stopping: Callable[[], bool] = lambda: False,
    start: Sequence[np.ndarray] | None = None,
    batches: Batches | None = None,
) -> Trained:
    """Train the network on `dataset`, going on after the last epoch kept in `folder`, which is left for the caller.

    Args:
        spec: the network's layers.
        dataset: what it learns from and is tested on.
        recipe: everything else that the result depends on.
        folder: for the state of this training alone; made if it is missing.
        report: called with the `Progress` at every call of the compiled step and at every eval point.
        stopping: asked as often.
        start: the weights to begin with, as of `keras.Model.get_weights`; None for random ones.
        batches: of the same dataset and recipe, if they have been begun already; closed at the end.

    Raises:
        Stopped: soon after `stopping()` became true.
        TrainingError: the loss is no number any more, or the memory doesn't suffice.
    """
    with contextlib.closing(batches or Batches(dataset, recipe)) as shown:
        parts = spec, dataset, recipe, shown, folder, report, stopping, start
        training = _Training(*parts)
        try:
            return training.run()
        except (OSError, ValueError, KeyError):
            if training.has_begun or not any(folder.iterdir()):
                raise
            # Keras could not read its backup
            checkpoint.discard(folder)
            return _Training(*parts).run()
        except (MemoryError, tf.errors.ResourceExhaustedError) as error:
            raise TrainingError(reason=say("reason.memory")) from error


class _Training(keras.callbacks.Callback):
    """One training. As a callback it turns Keras's calls into `Progress`, evaluates, and stops when asked."""

    def __init__(
        self,
        spec: Spec,
        dataset: Dataset,
        recipe: Recipe,
        batches: Batches,
        folder: Path,
        report: Report,
        stopping: Callable[[], bool],
        start: Sequence[np.ndarray] | None,
    ):
        super().__init__()
        keras.utils.set_random_seed(recipe.seed)
        self._spec, self._recipe, self._batches, self._folder = spec, recipe, batches, folder
        self._report, self._stopping = report, stopping
        self._dropout = tf.Variable(0.0, trainable=False)
        self._net = keras_model.build_for_training(spec, DEVICE.dtype, self._dropout)
        self._convolution = self._net.get_layer(spec.convolutions[0].name)
        self._net.set_weights(list(initial_weights(spec, recipe.seed) if start is None else start))
        self._digits = DigitMean("digit_accuracy", digit_accuracy), DigitMean("digit_loss", digit_loss)
        self._targets = tf.Variable(targets_of(recipe.label_smoothing), trainable=False)
        compile_model(self._net, spec, recipe, batches.steps, self._targets, self._digits, batches.per_execution)
        tests = dataset.test_images, dataset.test_labels
        self._evaluate = Evaluate(spec, *tests)
        self._evaluate_quickly = (
            self._evaluate if DEVICE.dtype == "float32" else Evaluate(spec, *tests, dtype=DEVICE.dtype)
        )
        self._due = eval_points_in(batches.steps * recipe.batch, len(dataset.test_images))
        self._history: list[Epoch] = []
        self._eval_points: tuple[EvalPoint, ...] = ()  # of this epoch
        self._evaluation: Evaluation | None = None  # of the last epoch that ended here
        self._first = 0  # epochs that an earlier process had trained
        self.has_begun = False  # so the kept state, if there was one, could be read
        self._counted = np.zeros(4)
        self._begun = self._epoch_begun = 0.0

    def run(self) -> Trained:
        self._history = checkpoint.restore(self._folder, self._spec)
        # the backup first: its weights have to be there when `on_train_begin` looks at them
        callbacks = [checkpoint.Backup(self._folder, self._spec), self]
        shown = tf_dataset(self._batches, self._recipe)
        self._net.fit(shown, epochs=self._recipe.epochs, verbose=0, shuffle=False, callbacks=callbacks)
        weights = self._averaged()
        evaluation = self._evaluation or self._evaluate(weights)
        untrained = self._evaluate_quickly(initial_weights(self._spec, self._recipe.seed)).accuracy
        keras_file = keras_model.file(self._spec, weights)
        return Trained(weights, tuple(self._history), evaluation, keras_file, self._batches.seen(SEEN), untrained)

    def _averaged(self) -> tuple[np.ndarray, ...]:
        """The running mean of the weights over the last steps, as it is published; the model stays as it is.

        As long as the learning rate is high the weights jump about a good place, and their mean is nearer to it than
        they are (B. Polyak, A. Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992).
        """
        jumping = self._net.get_weights()
        self._net.optimizer.finalize_variable_values(self._net.weights)
        averaged = self._net.get_weights()
        self._net.set_weights(jumping)
        return rounded(averaged)

    # Keras calls the rest

    def on_train_begin(self, logs: Any = None) -> None:
        if self._history and not all(np.isfinite(array).all() for array in self._net.get_weights()):
            raise ValueError("what was kept is no numbers")
        self.has_begun = True
        self._first = len(self._history)
        self._begun = time.monotonic()
        self._report(self._progress(0, self._averaged() if self._history else None))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.epoch = epoch
        self._epoch_begun = time.monotonic()
        self._eval_points = ()
        self._counted = np.zeros(4)
        self._dropout.assign(dropout_in(self._recipe, epoch))
        self._targets.assign(targets_of(label_smoothing_in(self._recipe, epoch)))
        frozen = is_frozen(self._recipe, epoch)
        self._convolution.trainable = not frozen
        if frozen and not is_frozen(self._recipe, epoch - 1):
            self._net.make_train_function(force=True)  # the one compiled so far has its gradients in it

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._stopping():
            raise Stopped
        if logs and not math.isfinite(logs["loss"]):
            raise TrainingError(reason=say("reason.diverged"))
        done, weights = batch + 1, None
        share = done / self._batches.steps
        due = 0 if self._history else sum(share >= point for point in self._due)
        if len(self._eval_points) < due and share < 1:
            weights = self._averaged()
            if not (self._history or self._eval_points):
                self._report(self._progress(done, weights))  # whoever waits for an answer needs no evaluation
            self._add_eval_point(share, self._evaluate_quickly(weights))
        self._report(self._progress(done, weights))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._convolution.trainable = True  # after the last epoch `fit` makes the mean of all there is to train
        weights = self._averaged()
        if epoch + 1 == self._recipe.epochs:
            self._evaluation = found = self._evaluate(weights)
        else:
            found = self._evaluate_quickly(weights)
        self._add_eval_point(1, found)
        seconds = time.monotonic() - self._epoch_begun
        accuracy, loss = (float(mean.result()) for mean in self._digits)
        kernels = packed_kernels(self._spec.kernel(weights, self._spec.convolutions[0]))
        figures = accuracy, loss, found.accuracy, found.loss, seconds
        self._history.append(Epoch(epoch + 1, *figures, kernels, self._eval_points))
        self._eval_points = ()
        with contextlib.suppress(OSError):  # the backup before has told
            checkpoint.save(self._folder, self._history)
        self._report(self._progress(0, weights))

    def _add_eval_point(self, share: float, found: Evaluation) -> None:
        counts = np.array([float(mean) for metric in self._digits for mean in (metric.sum, metric.count)])
        right, digits, loss, _ = counts - self._counted
        self._counted = counts
        digits = max(digits, 1.0)
        at = len(self._history) + share
        self._eval_points += (EvalPoint(at, right / digits, loss / digits, found.accuracy, found.loss),)

    def _progress(self, steps: int, weights: tuple[np.ndarray, ...] | None = None) -> Progress:
        done = len(self._history) * self._batches.steps + steps
        total = self._recipe.epochs * self._batches.steps
        here = done - self._first * self._batches.steps
        left = (time.monotonic() - self._begun) / here * (total - done) if here else None
        points = eval_points_of(self._history) + self._eval_points
        history = tuple(self._history)
        return Progress(self._recipe.epochs, done / total, left, history, points, str(DEVICE), weights)


def eval_points_in(images: int, tests: int) -> tuple[float, ...]:
    """Those of `EVAL_POINTS` in a first epoch of so many images, with so many test images."""
    points: tuple[float, ...] = EVAL_POINTS[:1]
    for point in EVAL_POINTS[1:]:
        if (point - points[-1]) * images >= LEARNED_BETWEEN * tests:
            points += (point,)
    return points


def dropout_in(recipe: Recipe, epoch: int) -> float:
    """The share of the last convolution's maps left out in an epoch (from 0), 0..1."""
    return recipe.dropout * _part_done(recipe, epoch)


def label_smoothing_in(recipe: Recipe, epoch: int) -> float:
    """How much the targets are smoothed in an epoch (from 0): the probability, 0..1, that is shared out evenly."""
    return recipe.label_smoothing * (1 - _part_done(recipe, epoch) / 2)


def _part_done(recipe: Recipe, epoch: int) -> float:
    """0 in the first epoch, 1 in the last."""
    return epoch / max(recipe.epochs - 1, 1)


def targets_of(label_smoothing: float) -> np.ndarray:
    """(11, 10) float32: what the probabilities of each label should be; of `NO_DIGIT`, the last, a tenth each."""
    targets = np.full((CLASSES + 1, CLASSES), label_smoothing / CLASSES, np.float32)
    targets[:CLASSES] += (1 - label_smoothing) * np.eye(CLASSES, dtype=np.float32)
    targets[NO_DIGIT] = 1 / CLASSES
    return targets


def compile_model(
    model: keras.Model,
    spec: Spec,
    recipe: Recipe,
    steps: int,
    targets: np.ndarray | tf.Variable,
    metrics: Any = (),
    per_execution: int = 1,
) -> None:
    """Muon and Adam with a one-cycle rate (L. Smith, N. Topin, Super-Convergence, 2018): up, then a cosine down.
    `targets` as of `targets_of`; a variable may change them later."""
    total = steps * recipe.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.max_lr / START,
        math.ceil(total * (1 - recipe.warm_up)),
        warmup_target=recipe.max_lr,
        warmup_steps=math.ceil(total * recipe.warm_up),
        alpha=recipe.final_lr_fraction,
    )

    def loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        targeted = tf.gather(targets, tf.cast(tf.reshape(labels, [-1]), tf.int32))
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targeted, logits))

    model.compile(
        # built already: TensorFlow would trace the step a second time if the first one had made variables
        optimizer=optimizer.build(model, rate, spec.matrices, recipe),
        loss=loss,
        metrics=list(metrics),
        steps_per_execution=per_execution,
    )


class DigitMean(keras.metrics.Metric):
    """The mean of a figure over the images that show a digit.

    `keras.metrics.Mean` does the same in so many small operations that each step took a tenth longer.
    """

    def __init__(self, name: str, figure: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]):
        super().__init__(name=name)
        self._figure = figure
        self.sum = self.add_variable((), "zeros", name="sum")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, labels: Any, logits: Any, sample_weight: Any = None) -> None:
        """Count a batch: integer labels (n,) or (n, 1), `NO_DIGIT` for none, and logits (n, 10)."""
        labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
        digits = tf.cast(labels < NO_DIGIT, tf.float32)
        self.sum.assign_add(tf.reduce_sum(digits * self._figure(labels, logits)))
        self.count.assign_add(tf.reduce_sum(digits))

    def result(self) -> Any:
        """float32 (): the mean so far, 0 of nothing."""
        return tf.math.divide_no_nan(self.sum, self.count)


def digit_accuracy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """int32 (n,) and float32 (n, 10) -> float32 (n,), 1 where the likeliest digit is the label."""
    return tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32)


def digit_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """int32 (n,) and float32 (n, 10) -> float32 (n,), the cross-entropy in nats; of no digit something."""
    known = tf.minimum(labels, CLASSES - 1)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(known, logits)
