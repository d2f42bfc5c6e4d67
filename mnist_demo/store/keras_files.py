"""The trained network in TensorFlow's forms for other programs: .keras, SavedModel, LiteRT."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_demo.model import keras_model
from mnist_demo.model.device import keras, tf
from mnist_demo.model.spec import Spec


class KerasFiles:
    """What is written of one network. OSError if the disk won't have it."""

    def __init__(self, spec: Spec, weights: Sequence[np.ndarray]):
        """`weights` as of `keras.Model.get_weights`."""
        self._spec, self._weights = spec, weights
        self._net = keras_model.with_weights(spec, weights)

    def keras_file(self) -> bytes:
        """The content of a .keras file."""
        return keras_model.file(self._spec, self._weights)

    def write_savedmodel(self, folder: Path) -> None:
        """With names of its own for what goes in and comes out: Keras's change from one process to the next."""
        archive = keras.export.ExportArchive()
        archive.track(self._net)
        images = tf.TensorSpec((None, *self._spec.input_shape), tf.float32, name="images")
        archive.add_endpoint("serve", self._serve, input_signature=[images])
        archive.write_out(str(folder), verbose=False)

    def _serve(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logits": self._net(images, training=False)}

    def litert(self, saved: Path) -> bytes:
        """The content of a .tflite file, from the SavedModel in the folder `saved`."""
        converter = tf.lite.TFLiteConverter.from_saved_model(str(saved), signature_keys=["serving_default"])
        return converter.convert()
