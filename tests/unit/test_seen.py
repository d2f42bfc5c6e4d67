"""Images that a network was trained on stay with it: they come back as they were, and nothing else passes for them."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import dataset
from mnist_demo.model.spec import SIDE
from mnist_demo.store import seen
from mnist_demo.training.batches import Batches
from mnist_demo.training.recipe import GENERATED, recipe_for

IMAGES = np.random.default_rng(0).integers(0, 256, (30, SIDE, SIDE), np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 10


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    seen.write(tmp_path, IMAGES, LABELS)
    images, labels = seen.read(tmp_path)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES, LABELS + 1),
        (IMAGES, LABELS[:-1]),
        (IMAGES[:0], LABELS[:0]),
        (IMAGES[:, 1:], LABELS),
        (IMAGES.astype(np.float32), LABELS),
        (IMAGES, LABELS[:, None]),
        (np.zeros((seen.MOST + 100, SIDE, SIDE), np.uint8), np.zeros(seen.MOST + 100, np.uint8)),
    ],
    ids=["label 10", "fewer labels", "none", "another size", "numbers", "a table of labels", "too many"],
)
def test_nothing_else_is_taken_for_them(tmp_path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    seen.write(tmp_path, images, labels)
    with pytest.raises(ValueError, match=r"images with labels|too large|whole"):
        seen.read(tmp_path)


@pytest.mark.slow
def test_generated_ones_are_those_that_were_shown() -> None:
    """Of generated data there are no files to look them up in. They are asked for when the training is over."""
    recipe = recipe_for("generated", limit=1200)
    with contextlib.closing(Batches(dataset.generated(GENERATED.generated), recipe)) as batches:
        shown = np.concatenate([chunk.reshape(-1, SIDE, SIDE) for chunk, _ in batches.chunks_of_epoch()])
    images, labels = batches.seen(40)
    assert labels.shape == (40,)
    assert labels.max() < 10
    # the last bits of a pixel may depend on the number of threads, and the last batch's rest is not shown
    found = [np.abs(shown.astype(np.int16) - image).max(axis=(1, 2)).min() <= 1 for image in images]
    assert np.mean(found) > 0.8
