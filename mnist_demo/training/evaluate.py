"""What a network makes of the test images while it trains, in TensorFlow, which is there then anyway."""

from collections.abc import Sequence

import numpy as np

from mnist_demo.model import keras_model
from mnist_demo.model.device import tf
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import SIDE, Spec

BATCH = 1000


class Evaluate:
    """Evaluates weights on images uint8 (n, 28, 28) with labels uint8 (n,).

    Many images at once take TensorFlow a quarter of NumPy's time, and in bfloat16, which about one image in ten
    thousand is read differently for, a third of that where there is hardware.
    """

    def __init__(self, spec: Spec, images: np.ndarray, labels: np.ndarray, dtype: str = "float32"):
        self._images, self._labels = images, labels
        self._model = keras_model.build_for_training(spec, dtype)
        signature = [tf.TensorSpec((None, SIDE, SIDE), tf.uint8)]
        self._logits = tf.function(self._forward, input_signature=signature, autograph=False)

    def _forward(self, images: tf.Tensor) -> tf.Tensor:
        return self._model(tf.cast(images[..., None], tf.float32) / 255.0)

    def __call__(self, weights: Sequence[np.ndarray]) -> Evaluation:
        """`weights` as of `keras.Model.get_weights`."""
        self._model.set_weights(list(weights))
        starts = range(0, len(self._images), BATCH)
        parts = [self._logits(self._images[start : start + BATCH]).numpy() for start in starts]
        return Evaluation(self._images, self._labels, np.concatenate(parts))
