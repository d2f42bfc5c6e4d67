"""What an epoch shows: MNIST's images, fresh generated digits and drawings of none, shuffled and varied, as batches."""

import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from mnist_demo import handwriting, network
from mnist_demo.dataset import Dataset
from mnist_demo.recipe import Recipe

if TYPE_CHECKING:
    import tensorflow as tf

NO_DIGIT = 10
"""The label of an image that shows no digit: its target is "each digit is as likely as any other"."""


class Stream:
    """The images of every epoch as batches: real ones, fresh generated ones and non-digits, shuffled together.

    The next epoch's images are written by a thread while this one trains.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe):
        self._dataset, self._recipe = dataset, recipe
        self._halves: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        count = len(dataset.train_images) + recipe.generated + recipe.non_digits
        self.per_execution = 8  # steps in one call of the compiled function; a listener hears of each call
        steps = max(count // recipe.batch, 1)
        if steps < self.per_execution:
            self.per_execution = 1
        self.steps = steps // self.per_execution * self.per_execution
        self.epoch = 0
        self._writer = ThreadPoolExecutor(1, "writer")
        self._written: dict[int, Future[tuple[np.ndarray, np.ndarray]]] = {}
        self._write(0)

    def close(self) -> None:
        self._writer.shutdown(wait=False, cancel_futures=True)

    def _write(self, epoch: int) -> Future[tuple[np.ndarray, np.ndarray]]:
        if epoch not in self._written and epoch < self._recipe.epochs:
            self._written[epoch] = self._writer.submit(self._images, epoch)
        return self._written.get(epoch, Future())

    def _images(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """All images (n, 28, 28) uint8 and labels (n,) uint8 of an epoch, in its order."""
        self._halves = {half: self._halves.get(half) or self._half(half) for half in (epoch, epoch + 1)}
        data = [(self._dataset.train_images, self._dataset.train_labels), *self._halves.values()]
        images, labels = (np.concatenate(arrays) for arrays in zip(*data, strict=True))
        order = np.random.default_rng([self._recipe.seed, epoch]).permutation(len(images))
        return images[order], labels[order]

    def _half(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Half of what the program writes for an epoch, digits and none. Each is shown in two epochs, varied anew."""
        rng = np.random.default_rng([self._recipe.seed, number, 1])
        images, labels = handwriting.generate(-(-self._recipe.generated // 2), rng, self._recipe.world)
        none = handwriting.generate_non_digits(-(-self._recipe.non_digits // 2), rng)
        return np.concatenate([images, none]), np.concatenate([labels, np.full(len(none), NO_DIGIT, np.uint8)])

    def _batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """So many batches at a time as one call trains on: few calls of Python, which the writer keeps waiting."""
        images, labels = self._write(self.epoch).result()
        self._written.pop(self.epoch)
        self._write(self.epoch + 1)
        shape = self.per_execution, self._recipe.batch
        size = math.prod(shape)
        for start in range(0, self.steps * self._recipe.batch, size):
            # a small dataset fills its one batch by starting over
            part = np.arange(start, start + size) % len(images)
            yield images[part].reshape(*shape, network.SIDE, network.SIDE), labels[part].reshape(shape)

    def dataset(self) -> "tf.data.Dataset":
        import tensorflow as tf

        shape = self.per_execution, self._recipe.batch
        signature = (
            tf.TensorSpec((*shape, network.SIDE, network.SIDE), tf.uint8),
            tf.TensorSpec(shape, tf.uint8),
        )
        batches = tf.data.Dataset.from_generator(self._batches, output_signature=signature).prefetch(2).unbatch()
        batches = batches.apply(tf.data.experimental.assert_cardinality(self.steps))
        return batches.map(self._prepared, num_parallel_calls=1).prefetch(8)

    def _prepared(self, images: "tf.Tensor", labels: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        import tensorflow as tf

        scaled = tf.cast(images[..., None], tf.float32) / 255.0
        return _vary(scaled, self._recipe.affine), tf.cast(labels, tf.int32)


def _vary(images: "tf.Tensor", bound: float) -> "tf.Tensor":
    """Each image (n, 28, 28, 1) turned, scaled, sheared and shifted a little, each in its own way."""
    import tensorflow as tf

    count = tf.shape(images)[0]

    def between(limit: float) -> "tf.Tensor":
        return tf.random.uniform([count], -limit, limit)

    angle, scale, shear = between(bound), tf.exp(between(bound)), between(bound)
    right, down = between(10 * bound), between(10 * bound)
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    middle = (network.SIDE - 1) / 2
    a, b, c, d = cosine, shear - sine, sine, cosine
    x, y = middle + right - (a + b) * middle, middle + down - (c + d) * middle
    zero = tf.zeros([count])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, x, c, d, y, zero, zero], 1),
        output_shape=[network.SIDE, network.SIDE],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
