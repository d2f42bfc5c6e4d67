"""What a training with a class's digits shows: these beside the usual ones, so that neither are forgotten."""

from dataclasses import replace

import numpy as np

from mnist_demo.data.dataset import Dataset

USUAL = 45_000  # of the usual training images: with fewer of them others are forgotten
AS_MANY = 8_000  # images of the class, every digit being shown several times, each time varied anew
MOST_TIMES = 20


def beside(usual: Dataset, images: np.ndarray, labels: np.ndarray, seed: int = 0) -> Dataset:
    """Some of the usual training images and the class's, uint8 (n, 28, 28) and (n,), n ≥ 1; tested on as usual."""
    some = np.random.default_rng(seed).permutation(len(usual.train_images))[:USUAL]
    times = min(max(round(AS_MANY / len(images)), 1), MOST_TIMES)
    return replace(
        usual,
        train_images=np.concatenate([usual.train_images[some], *[images] * times]),
        train_labels=np.concatenate([usual.train_labels[some], *[labels] * times]),
    )
