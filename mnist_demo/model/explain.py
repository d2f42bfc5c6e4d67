"""Why the network answers as it does: which images it takes for the most alike, and what of a picture counts."""

import numpy as np

from mnist_demo.model.evaluation import softmax
from mnist_demo.model.recognizer import Recognizer

PATCH = 5  # pixels of the covered square's side
STEP = 2  # pixels from one square to the next
AT_ONCE = 250  # images in one pass, whose arrays fit a small computer's memory


class Neighbours:
    """Images with the features that the network's last layer but one has of them. Immutable."""

    def __init__(self, recognizer: Recognizer, images: np.ndarray, labels: np.ndarray):
        """(n, 28, 28) uint8 and (n,) uint8, n ≥ 1; a second for some five thousand."""
        self.recognizer = recognizer
        self.images, self.labels = images, labels
        starts = range(0, len(images), AT_ONCE)
        parts = [recognizer.features(images[start : start + AT_ONCE] / np.float32(255)) for start in starts]
        self._features = np.concatenate(parts)

    def nearest(self, image: np.ndarray, count: int = 5) -> np.ndarray:
        """The numbers, int64 (count,), of the images most alike to one, float32 (28, 28) in [0, 1]; the nearest first,
        by the Euclidean distance of their features."""
        away = np.linalg.norm(self._features - self.recognizer.features(image[None])[0], axis=1)
        return np.argsort(away, kind="stable")[:count]


def occlusion(recognizer: Recognizer, image: np.ndarray) -> tuple[int, np.ndarray]:
    """What of a picture its answer hangs on (M. Zeiler, R. Fergus, Visualizing and Understanding Convolutional
    Networks, 2014).

    Args:
        recognizer: the network.
        image: (28, 28) float32 in [0, 1], ink 1.

    Returns:
        The digit that it reads, and float32 (28, 28): how much of its probability is lost, on the mean, when a square
        over the pixel is covered with paper; below 0 where that makes the network surer.
    """
    corners = range(0, image.shape[0] - PATCH + STEP, STEP)
    squares = [np.s_[row : row + PATCH, column : column + PATCH] for row in corners for column in corners]
    covered = np.repeat(image[None], len(squares) + 1, axis=0)
    for one, square in zip(covered[1:], squares, strict=True):
        one[square] = 0
    probabilities = softmax(recognizer.all_logits(covered))
    digit = int(probabilities[0].argmax())
    lost, times = np.zeros_like(image), np.zeros_like(image)
    for square, probability in zip(squares, probabilities[1:, digit], strict=True):
        lost[square] += np.float32(probabilities[0, digit] - probability)
        times[square] += 1
    return digit, lost / times
