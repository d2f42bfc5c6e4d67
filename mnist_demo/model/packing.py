"""Weights as bytes, half as long as in Keras: float16, little-endian, array after array.

So they travel to the page and lie in the timeline. A network is published only as it comes back from these bytes, so
that the one in Keras, in NumPy and in the page are the same network: it reads MNIST's test images as before.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from mnist_demo.model.spec import Spec

DTYPE = np.dtype("<f2")


def size(spec: Spec) -> int:
    """Bytes of a network's packed weights."""
    return DTYPE.itemsize * sum(spec.parameters)


def pack(weights: Sequence[np.ndarray]) -> bytes:
    """The arrays of `keras.Model.get_weights` -> their float16 bytes, one after the other."""
    return b"".join(np.asarray(array).astype(DTYPE).tobytes() for array in weights)


def unpack(spec: Spec, packed: bytes) -> tuple[np.ndarray, ...]:
    """The opposite: float32 arrays of the shapes of `spec.weights`. Raises ValueError for another number of bytes."""
    if len(packed) != size(spec):
        raise ValueError("these are not the network's weights")
    values = np.frombuffer(packed, DTYPE).astype(np.float32)
    sizes = [math.prod(shape) for shape in spec.weights.values()]
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return tuple(part.reshape(shape) for part, shape in zip(parts, spec.weights.values(), strict=True))


def rounded(weights: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The weights as they are published: float32 arrays of numbers that float16 has."""
    return tuple(np.asarray(array).astype(DTYPE).astype(np.float32) for array in weights)


def version(packed: bytes) -> str:
    """The network's name among all: the SHA-256 of its packed weights, 64 hexadecimal digits."""
    return hashlib.sha256(packed).hexdigest()
