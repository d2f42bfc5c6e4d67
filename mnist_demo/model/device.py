"""TensorFlow, imported as this program wants it, and what it trains on. Whoever imports Keras imports this first.

TensorFlow takes its settings only before it is imported and its devices only before they are used, so both happen
here, once, while Python holds this module's import lock.
"""

import math
import os
import time
from dataclasses import dataclass

from mnist_demo.system import chatter

__all__ = ["DEVICE", "Device", "keras", "tf"]

os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever this computer's keras.json says
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

with chatter.filtered():
    import keras
    import tensorflow as tf

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    _gpus = tf.config.list_physical_devices("GPU")
    if _gpus:
        tf.config.set_visible_devices(_gpus[0], "GPU")
        tf.config.experimental.set_memory_growth(_gpus[0], True)


@dataclass(frozen=True)
class Device:
    """What trains: `kind` "CPU" or "GPU", its name, and the fastest compute type there."""

    kind: str
    name: str
    dtype: str  # "bfloat16" or "float32"

    def __str__(self) -> str:
        return f"{self.name}, {self.dtype}"


def _faster_dtype() -> str:
    """bfloat16 where a convolution and its gradient really run faster in it, which no flag of a processor promises."""
    images = tf.random.stateless_uniform((64, 13, 13, 32), (0, 0))
    kernel = tf.random.stateless_uniform((3, 3, 32, 64), (0, 1))
    work = tf.function(_convolution_and_gradient, autograph=False)
    seconds = dict.fromkeys(("float32", "bfloat16"), math.inf)
    for _ in range(8):
        for dtype in seconds:  # by turns: on a busy computer whole moments are slow
            arrays = tf.cast(images, dtype), tf.cast(kernel, dtype)
            start = time.perf_counter()
            work(*arrays).numpy()
            seconds[dtype] = min(seconds[dtype], time.perf_counter() - start)
    return "bfloat16" if seconds["bfloat16"] < 0.9 * seconds["float32"] else "float32"


def _convolution_and_gradient(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        tape.watch([images, kernel])
        total = tf.reduce_sum(tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "VALID")))
    return sum(tf.reduce_sum(tf.cast(g, "float32")) for g in tape.gradient(total, [images, kernel]))


def _device() -> Device:
    dtype = _faster_dtype()
    if not _gpus:
        return Device("CPU", "CPU", dtype)
    name = tf.config.experimental.get_device_details(_gpus[0]).get("device_name", "GPU")
    return Device("GPU", name, dtype)


with chatter.filtered():
    DEVICE = _device()
"""The first GPU, with memory growth, or else the CPU."""
