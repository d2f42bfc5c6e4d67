"""The network in Keras: as the lesson has it, and a form of the same function that is quicker to train."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.model.device import keras, tf
from mnist_demo.model.spec import Convolution, Dense, Flatten, Layer, Pooling, Spec
from mnist_demo.system import files

layers = keras.layers


def build(spec: Spec) -> keras.Model:
    """The network, untrained: (n, 28, 28, 1) float32 in [0, 1] -> (n, 10) float32 logits."""
    return keras.Sequential([layers.Input(spec.input_shape), *map(_layer, spec.layers)], name="mnist_demo")


def _layer(layer: Layer, **options: Any) -> keras.layers.Layer:
    """Keras's layer of this kind and name; `options` win over what it is made with otherwise."""
    match layer:
        case Convolution():
            return layers.Conv2D(
                layer.filters, layer.size, **{"activation": layer.activation, "name": layer.name} | options
            )
        case Pooling():
            return layers.MaxPooling2D(layer.size, name=layer.name, **options)
        case Flatten():
            return layers.Flatten(name=layer.name, **options)
        case Dense():
            return layers.Dense(layer.units, activation=layer.activation, name=layer.name, **options)
    raise TypeError(f"no layer of the kind {layer.kind}")


def build_for_training(spec: Spec, dtype: str, dropout: tf.Variable | None = None) -> keras.Model:
    """The same function of the same weights as `build`, with the same gradients, computing in `dtype`.

    A pooling after a convolution takes over its ReLU. `dropout`: the share, 0 to 1, of the last convolution's maps that
    each image is shown without while training (J. Tompson and others, Efficient Object Localization Using Convolutional
    Networks, 2015).
    """
    policy = keras.DTypePolicy("mixed_bfloat16" if dtype == "bfloat16" else "float32")
    made = [layers.Input(spec.input_shape)]
    for before, layer, after in zip([None, *spec.layers], spec.layers, [*spec.layers[1:], None], strict=False):
        if dropout is not None and isinstance(layer, Flatten):
            made.append(MapDropout(dropout, dtype=policy))
        if _is_pooled(layer, after):
            made.append(_layer(layer, dtype=policy, activation=None))
        elif isinstance(layer, Pooling) and _is_pooled(before, layer):
            made.append(layers.Lambda(_relu_and_pool(layer.size), dtype=policy, name=layer.name))
        else:
            made.append(_layer(layer, dtype=policy if after else "float32"))
    return keras.Sequential(made, name="mnist_demo")


def _is_pooled(layer: Layer | None, after: Layer | None) -> bool:
    """Whether these two are a convolution with a ReLU and its pooling."""
    return isinstance(layer, Convolution) and layer.activation == "relu" and isinstance(after, Pooling)


class MapDropout(keras.layers.Layer):
    """`keras.layers.SpatialDropout2D` in one product, where Keras's took a step a third longer, and of any share."""

    def __init__(self, share: tf.Variable, **options: Any):
        super().__init__(**options)
        self._share = share

    def call(self, maps: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Maps (n, h, w, c) -> the same; while training without a share of them, drawn anew for each image, and the
        others enlarged by as much."""
        if not training:
            return maps
        return tf.cond(self._share > 0, lambda: self._some_left_out(maps), lambda: maps)

    def _some_left_out(self, maps: tf.Tensor) -> tf.Tensor:
        chances = tf.random.uniform((tf.shape(maps)[0], 1, 1, maps.shape[-1]))
        kept = tf.cast(chances >= self._share, tf.float32) / (1 - self._share)
        return maps * tf.cast(kept, maps.dtype)


def _relu_and_pool(size: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """ReLU and pooling of (n, h, w, c), whose ReLU is derived after the pooling, where there is a quarter of it.

    Forwards the ReLU costs nothing: TensorFlow makes it part of the convolution before it.
    """
    return lambda maps: _derived_relu(tf.nn.max_pool2d(_underived_relu(maps), size, size, "VALID"))


@tf.custom_gradient
def _underived_relu(values: tf.Tensor) -> Any:
    return tf.nn.relu(values), lambda gradient: gradient


@tf.custom_gradient
def _derived_relu(values: tf.Tensor) -> Any:
    return values, lambda gradient: tf.raw_ops.ReluGrad(gradients=gradient, features=values)


def with_weights(spec: Spec, weights: Sequence[np.ndarray]) -> keras.Model:
    """`build`, with these weights in it: float32, in the order and shapes of `spec.weights`."""
    model = build(spec)
    model.set_weights(list(weights))
    return model


def file(spec: Spec, weights: Sequence[np.ndarray]) -> bytes:
    """The content of a .keras file with these weights, which are float32 in the order of `spec.weights`, without an
    optimizer. OSError if the disk won't have it."""
    with tempfile.TemporaryDirectory() as folder:
        with_weights(spec, weights).save(folder, include_optimizer=False, zipped=False)
        return files.zipped(Path(folder))
