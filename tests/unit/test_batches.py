"""What an epoch shows: every real image once, every written one twice, and the same again when a training goes on."""

import contextlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import dataset
from mnist_demo.training.batches import Batches
from mnist_demo.training.recipe import Recipe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(small_npz: Path) -> dataset.Dataset:
    return dataset.from_path(small_npz)


def test_every_epoch_shows_each_real_image_once_and_each_written_one_twice(data: dataset.Dataset) -> None:
    recipe = Recipe(epochs=3, generated=2001, non_digits=99, batch=1)  # so that no rest of a batch is left out
    with contextlib.closing(Batches(data, recipe)) as whole:
        epochs = []
        for whole.epoch in range(recipe.epochs):
            images = np.concatenate([images.reshape(-1, 28, 28) for images, _ in whole.chunks_of_epoch()])
            assert len(images) == whole.steps
            epochs.append(Counter(image.tobytes() for image in images))
    real = Counter(image.tobytes() for image in data.train_images)
    for number, shown in enumerate(epochs):
        assert sum((real - shown).values()) < whole.per_execution
        written = shown - real
        for other in (1, 2):
            again = sum((written & epochs[(number + other) % 3]).values()) / written.total()
            assert again == pytest.approx(0.5, abs=0.02)


def test_with_a_tilt_the_last_epochs_show_more_real_images_and_all_together_each_as_often(
    data: dataset.Dataset,
) -> None:
    recipe = Recipe(epochs=3, generated=500, non_digits=0, generated_tilt=0.3, batch=1)
    real, counts = Counter(image.tobytes() for image in data.train_images), []
    with contextlib.closing(Batches(data, recipe)) as whole:
        together: Counter[bytes] = Counter()
        for whole.epoch in range(recipe.epochs):
            images = np.concatenate([images.reshape(-1, 28, 28) for images, _ in whole.chunks_of_epoch()])
            shown = [image for image in map(np.ndarray.tobytes, images) if image in real]
            together.update(shown)
            counts.append(len(shown))
    more = 0.3 * 500
    expected = [real.total() - more, real.total(), real.total() + more]
    assert counts == pytest.approx(expected, abs=whole.per_execution)
    assert sum(((real + real + real) - together).values()) <= 3 * whole.per_execution
    assert sum((together - (real + real + real)).values()) <= 0


def test_one_epoch_alone_shows_no_written_image_twice(data: dataset.Dataset) -> None:
    recipe = Recipe(epochs=1, generated=2001, non_digits=99, batch=1)
    with contextlib.closing(Batches(data, recipe)) as one:
        images = np.concatenate([images.reshape(-1, 28, 28) for images, _ in one.chunks_of_epoch()])
    assert len({image.tobytes() for image in images}) > 0.99 * len(images)


def test_rare_forms_are_written_as_often_as_the_recipe_says(data: dataset.Dataset) -> None:
    shown = []
    for weight in (1.0, 0.0):
        recipe = Recipe(epochs=1, generated=500, non_digits=0, rare_form_weight=weight)
        with contextlib.closing(Batches(data, recipe)) as one:
            shown.append(Counter(image.tobytes() for images, _ in one.chunks_of_epoch() for image in images))
    assert shown[0] != shown[1]


def test_going_on_shows_what_would_have_been_shown(data: dataset.Dataset) -> None:
    recipe = Recipe(epochs=3, generated=2000, non_digits=100, generated_tilt=0.2)
    shown = []
    for first in (0, 2):
        with contextlib.closing(Batches(data, recipe)) as one:
            for one.epoch in range(first, 3):
                last = list(one.chunks_of_epoch())
            shown.append(last)
    for (images, labels), (same_images, same_labels) in zip(*shown, strict=True):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_array_equal(labels, same_labels)
