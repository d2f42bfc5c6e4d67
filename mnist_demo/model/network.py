"""The lesson's network: two convolutions, two poolings, two dense layers, 121,930 parameters; and what trains it.

    (28, 28, 1) -> convolution 32 3x3 ReLU (26, 26, 32) -> pooling 2x2 (13, 13, 32)
                -> convolution 64 3x3 ReLU (11, 11, 64) -> pooling 2x2 (5, 5, 64)
                -> flatten (1600) -> dense 64 ReLU (64) -> dense 10 (10 logits)

TensorFlow is imported inside the functions, so that the page need not wait for it.
"""

import base64
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mnist_demo.system.terminal import tell

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

SIDE = 28
CLASSES = 10
ARCHITECTURE = "conv32-3x3-relu pool2 conv64-3x3-relu pool2 flatten dense64-relu dense10"


class Layer(NamedTuple):
    """A step of the network: its name in the Keras model, the shape of what it gives, how many numbers it learns."""

    name: str
    shape: tuple[int, ...]
    parameters: int


LAYERS = (
    Layer("convolution_1", (26, 26, 32), 3 * 3 * 1 * 32 + 32),
    Layer("pooling_1", (13, 13, 32), 0),
    Layer("convolution_2", (11, 11, 64), 3 * 3 * 32 * 64 + 64),
    Layer("pooling_2", (5, 5, 64), 0),
    Layer("flatten", (1600,), 0),
    Layer("dense", (64,), 1600 * 64 + 64),
    Layer("logits", (CLASSES,), 64 * CLASSES + CLASSES),
)
PARAMETERS = sum(layer.parameters for layer in LAYERS)

WEIGHTS = {
    "convolution_1/kernel": (3, 3, 1, 32),
    "convolution_1/bias": (32,),
    "convolution_2/kernel": (3, 3, 32, 64),
    "convolution_2/bias": (64,),
    "dense/kernel": (1600, 64),
    "dense/bias": (64,),
    "logits/kernel": (64, CLASSES),
    "logits/bias": (CLASSES,),
}
"""The arrays of `keras.Model.get_weights`, in its order: name and shape."""


def check_weights(weights: Sequence[np.ndarray]) -> None:
    """Raise ValueError if the arrays' shapes are not the network's."""
    if [np.shape(array) for array in weights] != list(WEIGHTS.values()):
        raise ValueError("these are not the network's weights")


@dataclass(frozen=True)
class Device:
    """What trains: `kind` "CPU" or "GPU", its name, and the fastest compute type there."""

    kind: str
    name: str
    dtype: str  # "bfloat16" or "float32"

    def __str__(self) -> str:
        return f"{self.name}, {self.dtype}"


@cache
def prepare() -> Device:
    """Import TensorFlow, choose the first GPU with memory growth or else the CPU, and time which precision is faster.

    The first call of the process must be this one: TensorFlow takes its devices only before it has used them.
    """
    with _without_chatter():
        if "keras" not in sys.modules:
            _configure_keras()
        import tensorflow as tf

        return _device(tf)


def _configure_keras() -> None:
    """As the network needs it, whatever this computer's keras.json says."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep TensorFlow's remarks about itself out of the terminal, and let everything else through.

    Its C++ side writes them straight to the standard error before it reads any log level.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            written.seek(0)
            for line in written:
                if not CHATTER.match(line):
                    tell(line.decode(errors="replace").rstrip("\n"), stream=sys.stderr)


CHATTER = re.compile(
    rb"[IW]\d{4} |E\d{4} .*cuInit|\d{4}-\d\d-\d\d .*: [IW] "
    rb"|WARNING: All log messages before absl|To enable the following"
)


def _device(tf: Any) -> Device:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.set_visible_devices(gpus[0], "GPU")
        tf.config.experimental.set_memory_growth(gpus[0], True)
        name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
        return Device("GPU", name, _faster_dtype())
    return Device("CPU", "CPU", _faster_dtype())


def _faster_dtype() -> str:
    """bfloat16 where a convolution and its gradient really run faster in it, which no flag of a processor promises."""
    import tensorflow as tf

    seconds = {}
    for dtype in ("float32", "bfloat16"):
        images = tf.cast(tf.random.stateless_uniform((128, 13, 13, 32), (0, 0)), dtype)
        kernel = tf.cast(tf.random.stateless_uniform((3, 3, 32, 64), (0, 1)), dtype)

        @tf.function(autograph=False)
        def work(images: "tf.Tensor" = images, kernel: "tf.Tensor" = kernel) -> "tf.Tensor":
            with tf.GradientTape() as tape:
                tape.watch([images, kernel])
                total = tf.reduce_sum(tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "VALID")))
            return sum(tf.reduce_sum(tf.cast(g, "float32")) for g in tape.gradient(total, [images, kernel]))

        rounds = []
        for _ in range(8):
            start = time.perf_counter()
            work().numpy()
            rounds.append(time.perf_counter() - start)
        seconds[dtype] = min(rounds)
    return "bfloat16" if seconds["bfloat16"] < 0.9 * seconds["float32"] else "float32"


def build() -> "keras.Model":
    """The network, untrained: (n, 28, 28, 1) float32 0..1 -> (n, 10) float32 logits."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1)),
            layers.Conv2D(32, 3, activation="relu", name="convolution_1"),
            layers.MaxPooling2D(name="pooling_1"),
            layers.Conv2D(64, 3, activation="relu", name="convolution_2"),
            layers.MaxPooling2D(name="pooling_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense"),
            layers.Dense(CLASSES, name="logits"),
        ],
        name="mnist_demo",
    )


def build_for_training(dtype: str, dropout: Sequence["tf.Variable"] = ()) -> "keras.Model":
    """The same function of the same weights as `build`, with the same gradients, computing in `dtype`, but quicker to
    train.

    `dropout`: the shares, 0 to 1, of the two convolutions' maps that each image is shown without while training (J.
    Tompson and others, Efficient Object Localization Using Convolutional Networks, 2015).
    """
    import keras

    policy = keras.DTypePolicy("mixed_bfloat16" if dtype == "bfloat16" else "float32")
    # with zeros, as usual, some ten of the 64 units are below zero for every digit and never learn
    alive = keras.initializers.Constant(0.15)
    layers = keras.layers
    left_out = [_map_dropout(share, policy) for share in dropout]
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1)),
            layers.Conv2D(32, 3, dtype=policy, name="convolution_1"),
            layers.Lambda(_cut_and_pooled, dtype=policy, name="pooling_1"),
            *left_out[:1],
            layers.Conv2D(64, 3, dtype=policy, name="convolution_2"),
            layers.Lambda(_cut_and_pooled, dtype=policy, name="pooling_2"),
            *left_out[1:],
            layers.Flatten(dtype=policy, name="flatten"),
            layers.Dense(64, activation="relu", bias_initializer=alive, dtype=policy, name="dense"),
            layers.Dense(CLASSES, dtype="float32", name="logits"),
        ],
        name="mnist_demo",
    )


def _map_dropout(share: Any, policy: "keras.DTypePolicy") -> "keras.layers.Layer":
    """`keras.layers.SpatialDropout2D` in one product, where Keras's took a step a third longer, and of any share."""
    import keras
    import tensorflow as tf

    def some_left_out(maps: "tf.Tensor") -> "tf.Tensor":
        chances = tf.random.uniform((tf.shape(maps)[0], 1, 1, maps.shape[-1]))
        kept = tf.cast(chances >= share, tf.float32) / (1 - share)
        return maps * tf.cast(kept, maps.dtype)

    class MapDropout(keras.layers.Layer):
        def call(self, maps: "tf.Tensor", training: bool = False) -> "tf.Tensor":
            if not training:
                return maps
            return tf.cond(share > 0, lambda: some_left_out(maps), lambda: maps)

    return MapDropout(dtype=policy)


def _cut_and_pooled(maps: "tf.Tensor") -> "tf.Tensor":
    """ReLU and 2x2 pooling of (n, h, w, c), whose gradient is cut after the pooling, where there is a quarter of it.

    Forwards the cut costs nothing: TensorFlow makes it part of the convolution before it.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def cut(values: "tf.Tensor") -> Any:
        return tf.nn.relu(values), lambda gradient: gradient

    @tf.custom_gradient
    def open_above_zero(values: "tf.Tensor") -> Any:
        return values, lambda gradient: tf.raw_ops.ReluGrad(gradients=gradient, features=values)

    return open_above_zero(tf.nn.max_pool2d(cut(maps), 2, 2, "VALID"))


def packed_kernels(weights: Sequence[np.ndarray], layer: int = 0) -> str:
    """The kernels of the first (0) or second (1) convolution, for showing.

    Base64 of int8, -127..127 for minus to plus the largest size there is, as (kernel, input map, row, column).
    """
    kernels = np.asarray(weights[2 * layer]).transpose(3, 2, 0, 1)
    scaled = np.round(kernels * (127 / max(float(np.abs(kernels).max()), 1e-9)))
    return base64.b64encode(scaled.astype(np.int8).tobytes()).decode()


def summary() -> str:
    """Keras's table of the layers, their shapes and parameters."""
    lines: list[str] = []
    build().summary(print_fn=lambda line, **_: lines.append(line), line_length=76)
    return "\n".join(lines)
