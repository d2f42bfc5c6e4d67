"""What the recipe asks for is what the training does: augmentation, dropout, the mean of the weights, targets.

Each would be missed by no other test, as small trainings learn without it too.
"""

import contextlib
import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import dataset
from mnist_demo.handwriting.worker import NO_DIGIT
from mnist_demo.model import keras_model
from mnist_demo.model.evaluation import softmax
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.spec import LESSON, initial_weights
from mnist_demo.training import optimizer, train
from mnist_demo.training.batches import Batches
from mnist_demo.training.history import Progress
from mnist_demo.training.pipeline import augment, tf_dataset
from mnist_demo.training.recipe import GENERATED, MIXED, Recipe, is_frozen

pytestmark = pytest.mark.slow

TINY = Recipe(epochs=2, generated=600, non_digits=40, batch=64, final_lr_fraction=1.0, freeze_from=None)


@pytest.fixture(scope="module")
def data(small_npz: Path) -> dataset.Dataset:
    return dataset.from_path(small_npz).limited(300)


def _shown(data: dataset.Dataset, recipe: Recipe) -> np.ndarray:
    """The first epoch's images, float32 (n, 28, 28), as the network gets them."""
    with contextlib.closing(Batches(data, recipe)) as batches:
        return np.concatenate([np.asarray(images)[..., 0] for images, _ in tf_dataset(batches, recipe)])


def _middles(images: np.ndarray) -> np.ndarray:
    """(n, 2): where each image's centre of mass is, down and right."""
    pixels = np.arange(28)
    mass = images.sum((1, 2))
    return np.stack([images.sum(2) @ pixels / mass, images.sum(1) @ pixels / mass], 1)


def test_every_image_is_varied_a_little(data: dataset.Dataset) -> None:
    plain = _shown(data, dataclasses.replace(TINY, augment_strength=0.0))
    varied = _shown(data, dataclasses.replace(TINY, augment_strength=0.08))
    assert (np.abs(varied - plain).mean((1, 2)) > 0.005).mean() > 0.98
    shifts = _middles(varied) - _middles(plain)
    assert np.abs(shifts).max() < 2.5  # 0.8 pixels, and what turning and shearing add
    assert shifts.std(0).min() > 0.3
    ratio = varied.sum((1, 2)) / plain.sum((1, 2))  # a scale of ±8 % is 16 % of the ink
    assert 0.05 < ratio.std() < 0.15


def _slopes(lines: np.ndarray) -> np.ndarray:
    """(n,): how far each line (n, 28, 28) goes to the right for each pixel that it goes down."""
    places = np.arange(28) - _middles(lines)[:, :, None]
    down, right = places[:, 0], places[:, 1]
    together = np.einsum("nyx,ny,nx->n", lines, down, right)
    return together / np.einsum("nyx,ny->n", lines, down**2)


def test_images_are_turned_and_sheared() -> None:
    """Each evenly up to a bound on both sides; lines that lie are only turned, lines that stand sheared too."""
    bound = 0.1
    standing = np.zeros((2000, 28, 28), np.float32)
    standing[:, 6:22, 13:15] = 1
    lying = standing.transpose(0, 2, 1)
    stood, lay = (np.asarray(augment(lines[..., None], bound))[..., 0] for lines in (standing, lying))
    assert _slopes(lay.transpose(0, 2, 1)).std() == pytest.approx(bound * np.sqrt(1 / 3), rel=0.1)
    assert _slopes(stood).std() == pytest.approx(bound * np.sqrt(2 / 3), rel=0.1)


def test_the_published_recipes_use_everything() -> None:
    for recipe in (MIXED, GENERATED):
        assert recipe.augment_strength > 0
        assert recipe.label_smoothing > 0
        assert recipe.ema > 0
        assert recipe.non_digits > 0
        assert recipe.freeze_from is not None
        assert train.dropout_in(recipe, 0) == 0
        assert train.dropout_in(recipe, recipe.epochs - 1) == recipe.dropout > 0


def test_dropout_grows_and_smoothing_shrinks() -> None:
    recipe = dataclasses.replace(TINY, epochs=3, dropout=0.4, label_smoothing=0.1)
    assert [train.dropout_in(recipe, epoch) for epoch in range(3)] == [0, 0.2, 0.4]
    assert [train.label_smoothing_in(recipe, epoch) for epoch in range(3)] == pytest.approx([0.1, 0.075, 0.05])
    one = dataclasses.replace(recipe, epochs=1)
    assert train.dropout_in(one, 0) == 0


def test_dropout_begins_with_the_second_epoch(data: dataset.Dataset, tmp_path: Path) -> None:
    """Nearly all maps left out: the first epoch learns undisturbed, the second sees nothing of its images."""
    recipe = dataclasses.replace(TINY, dropout=0.99)
    first, second = train.train(LESSON, data, recipe, tmp_path / "state").history
    assert first.accuracy > 0.25
    assert second.accuracy < 0.2


def test_smoothing_shrinks_while_training(data: dataset.Dataset, tmp_path: Path) -> None:
    """Targets that are a tenth for every digit teach nothing; halfway to that, as in the last epoch, they do."""
    recipe = dataclasses.replace(TINY, label_smoothing=1.0)
    first, second = train.train(LESSON, data, recipe, tmp_path / "state").history
    assert first.test_accuracy < 0.25
    assert second.test_accuracy > 0.3


def test_the_first_convolution_learns_for_the_first_quarter(data: dataset.Dataset, tmp_path: Path) -> None:
    """Seen without the mean of the weights, which goes on to approach it."""
    recipe = dataclasses.replace(TINY, epochs=5, generated=100, ema=None, freeze_from=0.25)
    stays = [is_frozen(recipe, epoch) for epoch in range(5)]
    assert stays == [False, False, True, True, True]
    history = train.train(LESSON, data, recipe, tmp_path / "state").history
    changed = [a.kernels != b.kernels for a, b in itertools.pairwise(history)]
    assert changed == [True, False, False, False]
    always = dataclasses.replace(recipe, epochs=2, freeze_from=None)
    first, second = train.train(LESSON, data, always, tmp_path / "always").history
    assert first.kernels != second.kernels
    assert not is_frozen(dataclasses.replace(recipe, epochs=1), 0)


def test_the_mean_reaches_back_over_a_share_of_all_steps() -> None:
    """After t steps the weights of step s count in it as s^ema, nearly: here their mean step is that share of t."""
    import tensorflow as tf

    model = keras_model.build(LESSON)
    recipe = dataclasses.replace(TINY, ema=4)
    model.optimizer = optimizer.build(model, 0.0, LESSON.matrices, recipe)
    variables = model.trainable_variables
    bias, still = variables[-1], [tf.zeros_like(variable) for variable in variables]
    steps = 30
    for step in range(steps):
        bias.assign(tf.fill(bias.shape, float(step)))
        model.optimizer.apply(still, variables)
    model.optimizer.finalize_variable_values(variables)
    assert float(bias[0]) / steps == pytest.approx(5 / 6, abs=0.04)


def test_each_step_takes_away_a_part_of_the_matrices() -> None:
    """Of those that Muon steps, and of nothing else."""
    import tensorflow as tf

    model = keras_model.build(LESSON)
    rate, recipe = 0.1, dataclasses.replace(TINY, weight_decay=0.5, ema=None)
    model.optimizer = optimizer.build(model, rate, LESSON.matrices, recipe)
    variables = model.trainable_variables
    for variable in variables:
        variable.assign(tf.ones_like(variable))
    model.optimizer.apply([tf.zeros_like(variable) for variable in variables], variables)
    left = {optimizer.name_of(variable): float(np.mean(variable)) for variable in variables}
    assert left == {name: pytest.approx(1 - 0.5 * rate if name in LESSON.matrices else 1) for name in left}


def test_what_answers_is_the_mean_during_the_training_and_after_it(data: dataset.Dataset, tmp_path: Path) -> None:
    """The mean of all steps since the first is about half as far from where they began as the last of them."""
    short = dataclasses.replace(TINY, epochs=1, generated=100)
    began = initial_weights(LESSON, short.seed)
    gone = {}
    for ema in (0, 1e9):  # a mean of all weights alike, and of the last ones only
        seen: list[Progress] = []
        recipe = dataclasses.replace(short, ema=ema)
        trained = train.train(LESSON, data, recipe, tmp_path / str(ema), seen.append)
        weights = seen[-1].weights
        assert weights is not None
        assert all(np.array_equal(*pair) for pair in zip(weights, trained.weights, strict=True))
        gone[ema] = np.mean([np.linalg.norm(w.astype(np.float64) - b) for w, b in zip(weights, began, strict=True)])
    assert gone[0] < 0.8 * gone[1e9]


def test_the_loss_is_of_smoothed_targets_and_none_for_no_digit() -> None:
    recipe = dataclasses.replace(TINY, label_smoothing=0.2)
    targets = train.targets_of(recipe.label_smoothing)
    np.testing.assert_allclose(targets.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[3], np.where(np.arange(10) == 3, 0.82, 0.02), rtol=1e-5)
    np.testing.assert_allclose(targets[NO_DIGIT], 0.1, rtol=1e-6)

    model = keras_model.build_for_training(LESSON, "float32")
    train.compile_model(model, LESSON, recipe, 100, targets)
    images = np.random.default_rng(0).random((11, 28, 28, 1), np.float32)
    labels = np.arange(11)
    logits = NumpyModel(LESSON, model.get_weights()).logits(images[..., 0])
    expected = -(targets * np.log(softmax(logits))).sum(1).mean()
    found = model.evaluate(images, labels, batch_size=11, verbose=0)
    assert found == pytest.approx(expected, rel=1e-3)
