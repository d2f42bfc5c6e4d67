"""A real training on small data: it learns, reports, stops, and goes on where it was stopped."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deeper import DEEPER

from mnist_demo.data import dataset
from mnist_demo.handwriting import generator
from mnist_demo.model import keras_model
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import LESSON, Spec, initial_weights
from mnist_demo.store.timeline import MOST_MOMENTS
from mnist_demo.training import optimizer, train
from mnist_demo.training.evaluate import Evaluate
from mnist_demo.training.history import Progress, Stopped, Trained
from mnist_demo.training.recipe import LESSON as LESSON_RECIPE
from mnist_demo.training.recipe import MIXED, Recipe, learning_rates

pytestmark = pytest.mark.slow

SMALL = Recipe(epochs=3, generated=3000, non_digits=100, batch=64, freeze_from=None)


@pytest.fixture(scope="module")
def data(small_npz: Path) -> dataset.Dataset:
    return dataset.from_path(small_npz)


@pytest.fixture(scope="module")
def told(data: dataset.Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, list[Progress]]:
    """A whole training, and everything that it told."""
    seen: list[Progress] = []
    return train.train(LESSON, data, SMALL, tmp_path_factory.mktemp("told"), seen.append), seen


def test_the_lessons_network() -> None:
    model = keras_model.build(LESSON)
    assert model.count_params() == sum(LESSON.parameters) == 121_930
    layers = [(layer.name, layer.output.shape[1:], layer.count_params()) for layer in model.layers]
    assert layers == list(zip([layer.name for layer in LESSON.layers], LESSON.shapes, LESSON.parameters, strict=True))
    assert LESSON.shapes == ((26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (1600,), (64,), (10,))


@pytest.mark.parametrize("spec", [LESSON, DEEPER], ids=["lesson", "deeper"])
def test_numpy_keras_and_the_form_for_training_are_one_network(spec: Spec, small_arrays: dict[str, np.ndarray]) -> None:
    weights = initial_weights(spec)
    model = keras_model.with_weights(spec, weights)
    assert [w.shape for w in model.get_weights()] == list(spec.weights.values())
    images = small_arrays["x_test"][:7]
    image = images.astype(np.float32) / 255
    logits = NumpyModel(spec, weights).logits(image)
    np.testing.assert_allclose(logits, np.asarray(model(image[..., None])), atol=1e-4)
    evaluation = Evaluate(spec, images, small_arrays["y_test"][:7])(weights)
    np.testing.assert_allclose(logits, evaluation.logits, atol=1e-4)


def test_the_quick_form_for_training_is_the_same_function(small_arrays: dict[str, np.ndarray]) -> None:
    import tensorflow as tf

    usual, quick = keras_model.build(LESSON), keras_model.build_for_training(LESSON, "float32")
    quick.set_weights(usual.get_weights())
    images = tf.constant(small_arrays["x_test"][:9, ..., None].astype(np.float32) / 255)
    labels = tf.constant(small_arrays["y_test"][:9].astype(np.int32))

    @tf.function
    def gradients(model: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(images)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        return logits, tape.gradient(loss, model.trainable_variables)

    (logits, theirs), (quick_logits, ours) = gradients(usual), gradients(quick)
    np.testing.assert_allclose(quick_logits, logits, atol=1e-5)
    for mine, other in zip(ours, theirs, strict=True):
        assert np.abs(other).max() > 0
        np.testing.assert_allclose(mine, other, atol=1e-4)


def test_dropout_leaves_out_whole_maps_of_an_image(small_arrays: dict[str, np.ndarray]) -> None:
    import keras
    import tensorflow as tf

    share = tf.Variable(0.5)
    model = keras_model.build_for_training(LESSON, "float32", share)
    model.set_weights([np.abs(w) for w in model.get_weights()])  # so that no map is dark by itself
    images = small_arrays["x_test"][:40, ..., None].astype(np.float32) / 255
    pooled = keras.Model(model.inputs[0], model.get_layer("flatten").output)

    def maps(training: bool) -> np.ndarray:
        return np.asarray(pooled(images, training=training)).reshape(40, 25, 64)

    whole, some = maps(training=False), maps(training=True)
    kept = some.any(1)
    assert 0.45 < kept.mean() < 0.55
    assert len(np.unique(kept, axis=0)) == 40, "each image has a choice of its own"
    np.testing.assert_allclose(some, np.where(kept[:, None], 2 * whole, 0), rtol=1e-5)
    share.assign(0.0)
    np.testing.assert_array_equal(maps(training=True), whole)


def test_every_layers_output(small_arrays: dict[str, np.ndarray]) -> None:
    model = keras_model.build(LESSON)
    recognizer = Recognizer(LESSON, model.get_weights(), 1)
    image = small_arrays["x_test"][0].astype(np.float32) / 255
    outputs = recognizer.activations(image)
    assert [(name, output.shape) for name, output in outputs.items()] == list(
        zip([layer.name for layer in LESSON.layers], LESSON.shapes, strict=True)
    )
    values = image[None, ..., None]
    for layer in model.layers:
        values = layer(values)
        np.testing.assert_allclose(outputs[layer.name], np.asarray(values)[0], atol=1e-4)


@pytest.mark.parametrize("recipe", [SMALL, dataclasses.replace(LESSON_RECIPE, epochs=3)], ids=["usual", "lesson"])
def test_the_learning_rate_shown_is_the_one_used(recipe: Recipe) -> None:
    import keras

    model = keras_model.build(LESSON)
    train.compile_model(model, LESSON, recipe, 100, train.targets_of(recipe.label_smoothing))
    schedule = model.optimizer._learning_rate
    assert isinstance(schedule, keras.optimizers.schedules.CosineDecay)
    used = [float(schedule(step)) for step in range(0, 301, 5)]
    np.testing.assert_allclose(learning_rates(recipe), used, rtol=1e-3)


def test_the_lessons_optimizer_is_keras_adam() -> None:
    import keras
    import tensorflow as tf

    ours, theirs = (keras_model.build_for_training(LESSON, "float32") for _ in range(2))
    theirs.set_weights(ours.get_weights())
    train.compile_model(ours, LESSON, LESSON_RECIPE, 100, train.targets_of(LESSON_RECIPE.label_smoothing))
    adam = keras.optimizers.Adam()
    rng = np.random.default_rng(0)
    for _ in range(5):
        gradients = [tf.constant(rng.normal(size=w.shape), tf.float32) for w in ours.trainable_variables]
        ours.optimizer.apply(gradients, ours.trainable_variables)
        adam.apply(gradients, theirs.trainable_variables)
    weights = ours.get_weights()
    for one, other in zip(weights, theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    ours.optimizer.finalize_variable_values(ours.trainable_variables)  # there is no mean of the weights to take
    for one, other in zip(weights, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_as_in_the_lesson(data: dataset.Dataset, tmp_path: Path) -> None:
    """Images shown as they are, each once in an epoch, are known better than those it never saw."""
    recipe = dataclasses.replace(LESSON_RECIPE, epochs=8)
    trained = train.train(LESSON, data, recipe, tmp_path / "state")
    last = trained.history[-1]
    assert last.accuracy > last.test_accuracy > 0.5
    assert last.loss < last.test_loss
    assert [len(epoch.eval_points) for epoch in trained.history] == [2] + 7 * [1]


def test_muon_steps_equally_far_in_every_direction() -> None:
    """The step of a matrix has singular values about 1, however unlike the gradient's are; Adam's would not."""
    import tensorflow as tf

    model = keras_model.build_for_training(LESSON, "float32")
    train.compile_model(model, LESSON, SMALL, 100, train.targets_of(SMALL.label_smoothing))
    before = model.get_weights()
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=w.shape).astype(np.float32) for w in before]
    for kernel in (2, 4):  # of rank 64, but with a few directions far larger than the rest
        inputs = before[kernel].size // 64
        steep = rng.normal(size=(inputs, 3)) @ rng.normal(size=(3, 64))
        gradients[kernel] = (gradients[kernel] + 10 * steep.reshape(before[kernel].shape)).astype(np.float32)
    model.optimizer.apply([tf.constant(g) for g in gradients], model.trainable_variables)
    rate = learning_rates(SMALL)[0]
    for number, (old, new, name) in enumerate(zip(before, model.get_weights(), LESSON.weights, strict=True)):
        step = (old - new) / rate
        if number in (2, 4):
            matrix = step.reshape(-1, 64) / (SMALL.muon * np.sqrt(step.size / 64))
            lengths = np.linalg.svd(matrix, compute_uv=False)
            assert 0.5 < lengths.min() <= lengths.max() < 1.5, name
            assert np.vdot(step, gradients[number]) > 0, name
        else:
            np.testing.assert_allclose(step, np.sign(gradients[number]), rtol=0.02, err_msg=name)  # Adam's first


def test_muons_steps_are_those_of_kerass_iteration() -> None:
    import keras
    import tensorflow as tf

    muon = optimizer.Muon(1e-3, ["kernel"], SMALL)
    for shape in ((1600, 64), (3, 3, 32, 64), (16, 64)):
        gradient = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        inputs = gradient.size // 64
        found = muon.zeropower_via_newtonschulz5(tf.constant(gradient), 6)
        usual = keras.optimizers.Muon().zeropower_via_newtonschulz5(tf.constant(gradient.reshape(-1, 64)), 6)
        expected = SMALL.muon * np.sqrt(inputs) * np.asarray(usual)
        np.testing.assert_allclose(np.asarray(found).reshape(-1, 64), expected, atol=1e-3 * SMALL.muon)


def test_it_learns_and_reports(data: dataset.Dataset, told: tuple[Trained, list[Progress]]) -> None:
    trained, seen = told
    assert [e.epoch for e in trained.history] == [1, 2, 3]
    assert trained.history[-1].test_accuracy > 0.8
    assert trained.history[-1].test_loss < trained.history[0].test_loss
    assert trained.history[-1].loss < trained.history[0].loss
    fractions = [p.fraction for p in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    early, *checked = (p for p in seen if p.weights is not None)
    assert (early.eval_points, early.fraction) == ((), checked[0].fraction), "an answer waits for no evaluation"
    assert early.weights is not None
    assert checked[0].weights is not None
    assert all(map(np.array_equal, early.weights, checked[0].weights))
    eval_points = tuple(point for epoch in trained.history for point in epoch.eval_points)
    # these epochs are seven calls of the compiled function
    shares = [number / 7 for number in range(1, 8)], [1], [1]
    assert [point.at for point in eval_points] == pytest.approx([e + share for e in range(3) for share in shares[e]])
    assert [p.eval_points for p in checked] == [eval_points[: number + 1] for number in range(len(eval_points))]
    again = Evaluate(LESSON, data.test_images, data.test_labels)(trained.weights)
    assert again.accuracy == trained.evaluation.accuracy == trained.history[-1].test_accuracy
    assert again.loss == trained.history[-1].test_loss
    assert len({e.kernels for e in trained.history}) == 3


def test_the_first_eval_points_come_soon() -> None:
    """At the lesson's size: the first is the second call of the compiled function, of the first it knows too little."""
    calls = 24
    first = [math.ceil(share * calls) for share in train.EVAL_POINTS]
    assert first == [2, 3, 6, 9, 12, 15, 18]
    assert train.eval_points_in(100_000, 10_000) == train.EVAL_POINTS
    assert train.eval_points_in(27_000, 10_000) == train.EVAL_POINTS
    assert train.eval_points_in(4_000, 10_000) == (1 / 16, 1 / 2), "of few images most of the time would go there"
    assert 1 + len(first) + MIXED.epochs <= MOST_MOMENTS, "each has its place in the timeline"


def test_what_an_eval_point_finds_is_so(data: dataset.Dataset, told: tuple[Trained, list[Progress]]) -> None:
    """Of the test images what its network reads, in whatever precision; of the training images the parts' means
    come to the epoch's."""
    trained, seen = told
    evaluate = Evaluate(LESSON, data.test_images, data.test_labels)
    for moment in seen:
        if moment.weights is not None and moment.eval_points:
            found, point = evaluate(moment.weights), moment.eval_points[-1]
            assert point.test_accuracy == pytest.approx(found.accuracy, abs=2.5 / 200)  # two images
            assert point.test_loss == pytest.approx(found.loss, abs=0.02)
    for epoch in trained.history:
        shares = np.diff([epoch.epoch - 1, *(point.at for point in epoch.eval_points)])
        # as if every step showed the same number of digits, which it nearly does
        assert np.dot(shares, [point.accuracy for point in epoch.eval_points]) == pytest.approx(
            epoch.accuracy, abs=0.005
        )
        assert np.dot(shares, [point.loss for point in epoch.eval_points]) == pytest.approx(epoch.loss, abs=0.01)
        assert (epoch.eval_points[-1].test_accuracy, epoch.eval_points[-1].test_loss) == (
            epoch.test_accuracy,
            epoch.test_loss,
        )


def test_stopping_and_going_on(data: dataset.Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    recipe = dataclasses.replace(SMALL, freeze_from=0.25)  # it goes on with what is frozen
    seen: list[Progress] = []

    def one_epoch_is_done() -> bool:
        return any(len(p.history) == 1 for p in seen)

    with pytest.raises(Stopped):
        train.train(LESSON, data, recipe, folder, seen.append, one_epoch_is_done)
    assert max(len(p.history) for p in seen) == 1

    again: list[Progress] = []
    trained = train.train(LESSON, data, recipe, folder, again.append)
    assert [e.epoch for e in trained.history] == [1, 2, 3]
    assert trained.history[0] == seen[-1].history[0]
    assert again[0].fraction == pytest.approx(1 / 3)
    assert again[0].eval_points == trained.history[0].eval_points
    # the mean of the weights is kept too, so what answers after the restart is what answered before it
    before = next(p.weights for p in reversed(seen) if p.weights is not None)
    assert before is not None
    assert again[0].weights is not None
    for one, other in zip(before, again[0].weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert trained.history[-1].test_accuracy > 0.8


def test_non_digits_teach_doubt(data: dataset.Dataset, tmp_path: Path) -> None:
    """Scribbles that the training never saw get less confidence than digits that it never saw."""
    recipe = dataclasses.replace(SMALL, generated=2000, non_digits=700)
    recognizer = Recognizer(LESSON, train.train(LESSON, data, recipe, tmp_path / "state").weights, 3)
    scribbles = generator.generate_non_digits(100, np.random.default_rng(99))

    def confidence(images: np.ndarray) -> float:
        return float(np.mean([recognizer.answer(i.astype(np.float32) / 255).confidence for i in images]))

    assert confidence(scribbles) < confidence(data.test_images[:100]) - 0.2


def test_the_keras_file_is_the_same_network(data: dataset.Dataset, tmp_path: Path) -> None:
    import keras

    short = dataclasses.replace(SMALL, epochs=1, generated=300)
    trained = train.train(LESSON, data, short, tmp_path / "state")
    (tmp_path / "model.keras").write_bytes(trained.keras_file)
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert all(np.array_equal(a, b) for a, b in zip(loaded.get_weights(), trained.weights, strict=True))
