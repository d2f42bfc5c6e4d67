"""The network's layers, once, as data: everything else that knows them is made from a `Spec`.

    LESSON: (28, 28, 1) -> convolution 32 3x3 ReLU (26, 26, 32) -> pooling 2x2 (13, 13, 32)
                        -> convolution 64 3x3 ReLU (11, 11, 64) -> pooling 2x2 (5, 5, 64)
                        -> flatten (1600) -> dense 64 ReLU (64) -> dense 10 (10 logits)

The Keras model, the training model, the NumPy network and the one in the page, the shapes of the weights, the key of
the cache, the exports and the layers shown on the page all follow from it. Convolutions have square kernels, step by
one pixel and add no border; poolings take the largest of each square and leave an odd last row and column out.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

SIDE = 28
"""Pixels of an image's side."""

CLASSES = 10
"""The digits 0 to 9."""

Shape = tuple[int, ...]
Activation = Literal["relu"] | None


@dataclass(frozen=True)
class Layer:
    """A layer by its name: what it makes of an input's shape, and the arrays that it learns."""

    name: str

    kind: ClassVar[str]

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of what it gives for an input of this shape, neither with the number of images."""
        raise NotImplementedError(self.kind)

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        """The shapes of its arrays for an input of this shape, by Keras's names; none if it learns nothing."""
        return {}


@dataclass(frozen=True)
class Convolution(Layer):
    """`filters` kernels of `size` x `size` pixels, each over all maps of the input."""

    filters: int
    size: int = 3
    activation: Activation = "relu"

    kind: ClassVar[str] = "convolution"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0] - self.size + 1, shape[1] - self.size + 1, self.filters

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (self.size, self.size, shape[2], self.filters), "bias": (self.filters,)}


@dataclass(frozen=True)
class Pooling(Layer):
    """The largest of each `size` x `size` values of a map."""

    size: int = 2

    kind: ClassVar[str] = "pooling"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0] // self.size, shape[1] // self.size, shape[2]


@dataclass(frozen=True)
class Flatten(Layer):
    """All values in one row, pixel by pixel, the maps of a pixel together."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


@dataclass(frozen=True)
class Dense(Layer):
    """`units` sums, each of all values."""

    units: int
    activation: Activation = "relu"

    kind: ClassVar[str] = "dense"

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (shape[0], self.units), "bias": (self.units,)}


@dataclass(frozen=True)
class Spec:
    """A network: layer after layer, from an image (28, 28, 1) float32 in [0, 1] to ten logits.

    Raises ValueError if two layers have one name, or the last does not give ten logits without an activation.
    """

    layers: tuple[Layer, ...]

    input_shape: ClassVar[Shape] = (SIDE, SIDE, 1)

    def __post_init__(self) -> None:
        last = self.layers[-1]
        if not isinstance(last, Dense) or last.units != CLASSES or last.activation is not None:
            raise ValueError("the last layer must give ten logits")
        if len({layer.name for layer in self.layers}) < len(self.layers):
            raise ValueError("two layers have one name")

    @cached_property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape of each layer's input."""
        return self.input_shape, *self.shapes[:-1]

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of what each layer gives."""
        shapes: list[Shape] = []
        for layer in self.layers:
            shapes.append(layer.output_shape(shapes[-1] if shapes else self.input_shape))
        return tuple(shapes)

    @cached_property
    def weights(self) -> dict[str, Shape]:
        """The arrays of `keras.Model.get_weights`, in its order: "<layer>/kernel" or "<layer>/bias", and shape."""
        return {
            f"{layer.name}/{name}": shape
            for layer, given in zip(self.layers, self.input_shapes, strict=True)
            for name, shape in layer.weight_shapes(given).items()
        }

    @cached_property
    def parameters(self) -> tuple[int, ...]:
        """How many numbers each layer learns."""
        given = zip(self.layers, self.input_shapes, strict=True)
        return tuple(sum(map(math.prod, layer.weight_shapes(shape).values())) for layer, shape in given)

    @property
    def convolutions(self) -> tuple[Convolution, ...]:
        """Those of its layers that are, in their order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Convolution))

    @property
    def matrices(self) -> tuple[str, ...]:
        """The names of the kernels between the first and the last, which is where Muon is meant for."""
        return tuple(name for name in self.weights if name.endswith("/kernel"))[1:-1]

    def kernel(self, weights: Sequence[np.ndarray], layer: Layer) -> np.ndarray:
        """The kernel of a layer among these weights, in the order of `self.weights`: (size, size, maps, filters) of a
        convolution, (inputs, units) of a dense layer. ValueError for a layer that learns nothing."""
        return weights[list(self.weights).index(f"{layer.name}/kernel")]

    def check(self, weights: Sequence[np.ndarray]) -> None:
        """Raise ValueError unless these are finite arrays of numbers of the shapes of `self.weights`, in its order."""
        if [np.shape(array) for array in weights] != list(self.weights.values()):
            raise ValueError("these are not the network's weights")
        if not all(np.issubdtype(array.dtype, np.floating) and np.isfinite(array).all() for array in weights):
            raise ValueError("some of these weights are no finite numbers")

    def to_json(self) -> list[dict[str, Any]]:
        """What the page makes its network and its cards from, and the cache its key: a dict for each layer.

        Beside the layer's own fields: "kind", "shape" of what it gives, and "parameters".
        """
        return [
            {"kind": layer.kind, **dataclasses.asdict(layer), "shape": list(shape), "parameters": parameters}
            for layer, shape, parameters in zip(self.layers, self.shapes, self.parameters, strict=True)
        ]


LESSON = Spec(
    (
        Convolution("convolution_1", 32),
        Pooling("pooling_1"),
        Convolution("convolution_2", 64),
        Pooling("pooling_2"),
        Flatten("flatten"),
        Dense("dense", 64),
        Dense("logits", CLASSES, activation=None),
    )
)
"""The network of the lesson that this program grew from: 121,930 parameters."""


def initial_weights(spec: Spec, seed: int = 0) -> tuple[np.ndarray, ...]:
    """What a training starts from, float32, in the order of `spec.weights`: the same on every computer.

    Kernels as Keras draws them by default (X. Glorot, Y. Bengio, Understanding the difficulty of training deep
    feedforward neural networks, 2010). Biases are zero, but 0.15 in the hidden dense layers: with zeros some ten of 64
    units are below zero for every digit and never learn.
    """
    rng = np.random.default_rng(seed)
    hidden = {f"{layer.name}/bias" for layer in spec.layers if isinstance(layer, Dense) and layer.activation}
    arrays = []
    for name, shape in spec.weights.items():
        if name.endswith("/bias"):
            arrays.append(np.full(shape, 0.15 if name in hidden else 0.0, np.float32))
        else:
            area = math.prod(shape[:-2])
            limit = math.sqrt(6 / (area * (shape[-2] + shape[-1])))
            arrays.append(rng.uniform(-limit, limit, shape).astype(np.float32))
    return tuple(arrays)
