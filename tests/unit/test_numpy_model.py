"""The network in NumPy: its sums, compared with the definition of a convolution, pooling and dense layer."""

import numpy as np
import pytest

from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.spec import LESSON


@pytest.fixture(scope="module")
def weights() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.normal(0, 0.1, shape).astype(np.float32) for shape in LESSON.weights.values()]


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(6).integers(0, 256, (11, 28, 28), np.uint8)


def convolution(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(h, w, c), (3, 3, c, k), (k,) -> (h - 2, w - 2, k), pixel by pixel."""
    result = np.empty((maps.shape[0] - 2, maps.shape[1] - 2, kernel.shape[3]))
    for row, column in np.ndindex(result.shape[:2]):
        result[row, column] = np.tensordot(maps[row : row + 3, column : column + 3], kernel, 3) + bias
    return np.maximum(result, 0)


def pooling(maps: np.ndarray) -> np.ndarray:
    result = np.empty((maps.shape[0] // 2, maps.shape[1] // 2, maps.shape[2]))
    for row, column in np.ndindex(result.shape[:2]):
        result[row, column] = maps[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].max((0, 1))
    return result


def test_every_layer(weights: list[np.ndarray], images: np.ndarray) -> None:
    image = images[:2] / np.float32(255)
    outputs = NumpyModel(LESSON, weights).activations(image)
    assert [output.shape[1:] for output in outputs] == list(LESSON.shapes)
    for number in range(2):
        values = image[number, ..., None].astype(np.float64)
        expected = [convolution(values, *weights[0:2])]
        expected.append(pooling(expected[-1]))
        expected.append(convolution(expected[-1], *weights[2:4]))
        expected.append(pooling(expected[-1]))
        expected.append(expected[-1].ravel())
        expected.append(np.maximum(expected[-1] @ weights[4] + weights[5], 0))
        expected.append(expected[-1] @ weights[6] + weights[7])
        for layer, mine, slow in zip(LESSON.layers, outputs, expected, strict=True):
            np.testing.assert_allclose(mine[number], slow, rtol=1e-3, atol=1e-3, err_msg=layer.name)


def test_many_images_at_once_and_one_by_one_are_the_same(weights: list[np.ndarray], images: np.ndarray) -> None:
    inference, image = NumpyModel(LESSON, weights), images / np.float32(255)
    alone = [inference.logits(one[None])[0] for one in image]
    np.testing.assert_allclose(inference.logits(image), alone, rtol=1e-4, atol=1e-4)


def test_other_weights_are_refused(weights: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="not the network's weights"):
        NumpyModel(LESSON, [*weights[:4], weights[4].T, *weights[5:]])
