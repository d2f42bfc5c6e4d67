"""Trained models on disk: the same comes back, and what is damaged is set aside."""

import dataclasses
import functools
import io
import json
import os
import random
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import copy_of

from mnist_demo.messages import say
from mnist_demo.model import packing
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import LESSON, Convolution, Dense, Flatten, Spec, initial_weights
from mnist_demo.store import cache
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.timeline import MOST_MOMENTS, Timeline
from mnist_demo.system import files
from mnist_demo.training.history import Epoch
from mnist_demo.training.recipe import GENERATED, MIXED, Recipe
from mnist_demo.training.recipe import LESSON as LESSON_RECIPE

KERAS_FILE = b"written as it is, never read"
SEEN = (np.arange(3 * 28 * 28, dtype=np.uint8).reshape(3, 28, 28), np.array([1, 2, 3], np.uint8))


@functools.cache
def model(epochs: int = 2, seed: int = 0) -> TrainedModel:
    rng = np.random.default_rng(seed)
    weights = tuple(rng.normal(size=shape).astype(np.float32) for shape in LESSON.weights.values())
    return TrainedModel(
        spec=LESSON,
        weights=weights,
        data="file",
        source=say("source.mixed", source=say("source.mnist"), extra="5"),
        recipe=Recipe(epochs=epochs, generated=5, non_digits=1),
        history=(Epoch(1, 0.5, 2.0, 0.6, 1.0, 3.0), Epoch(2, 0.7, 1.0, 0.8, 0.5, 3.0)),
        seconds=6.0,
        device="CPU, float32",
        samples=(rng.integers(0, 256, (20, 28, 28), np.uint8), rng.integers(0, 10, 20, np.uint8)),
        evaluation=Evaluation(
            rng.integers(0, 256, (50, 28, 28), np.uint8),
            rng.integers(0, 10, 50, np.uint8),
            rng.normal(size=(50, 10)).astype(np.float32),
        ),
        timeline=Timeline.begun(weights).extended(2.0, 0.5, packing.pack([2 * array for array in weights])),
        notices=(say("notice.generated", reason=say("reason.no_answer")),),
    )


def same(a: TrainedModel, b: TrainedModel) -> bool:
    def all_arrays(model: TrainedModel) -> tuple[np.ndarray, ...]:
        found = model.evaluation
        return *model.weights, *model.samples, found.images, found.labels, found.logits

    arrays = zip(all_arrays(a), all_arrays(b), strict=True)
    plain = ("data", "source", "recipe", "history", "test_accuracy", "seconds", "device", "notices")
    moments = a.timeline.moments == b.timeline.moments and all(
        a.timeline.packed(m.version) == b.timeline.packed(m.version) is not None for m in a.timeline.moments
    )
    return (
        moments and all(np.array_equal(x, y) for x, y in arrays) and all(getattr(a, n) == getattr(b, n) for n in plain)
    )


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    saved = model()
    folder = cache.save(tmp_path, "key", saved, KERAS_FILE, SEEN)
    assert sorted(os.listdir(folder)) == [
        "model.keras",
        "seen.npz",
        "test.npz",
        "timeline.npz",
        "training.json",
        "weights.npz",
    ]
    found = cache.find(tmp_path, "key", LESSON)
    assert found.model is not None
    assert same(found.model, saved)
    assert found.folder == folder
    assert cache.find(tmp_path, "other", LESSON).model is None


WIDE = Spec((Convolution("stripes", 4), Flatten("row"), Dense("wide", 400), Dense("out", 10, activation=None)))


@pytest.mark.slow
def test_what_is_saved_of_a_network_of_another_size_comes_back(tmp_path: Path) -> None:
    """Ten times the lesson's parameters, at as many moments as are ever kept."""
    weights = initial_weights(WIDE)
    line = Timeline.begun(weights)
    for at in range(1, MOST_MOMENTS):
        line = line.extended(at, 0.5, packing.pack(initial_weights(WIDE, at)))
    saved = dataclasses.replace(model(), spec=WIDE, weights=weights, timeline=line)
    cache.save(tmp_path, "key", saved, bytes(4 * sum(WIDE.parameters)), SEEN)
    found = cache.find(tmp_path, "key", WIDE)
    assert found.damaged == ()
    assert found.model is not None
    assert same(found.model, saved)


@pytest.mark.parametrize("recipe", [MIXED, GENERATED, LESSON_RECIPE])
def test_every_recipe_comes_back(tmp_path: Path, recipe: Recipe) -> None:
    saved = dataclasses.replace(model(), recipe=recipe)
    cache.save(tmp_path, "key", saved, KERAS_FILE, SEEN)
    assert same(cache.find(tmp_path, "key", LESSON).model, saved)


def test_the_newest_wins_and_epochs_choose(tmp_path: Path) -> None:
    two, three, again = model(2, 1), model(3, 2), model(2, 3)
    cache.save(tmp_path, "key", two, KERAS_FILE, SEEN)
    cache.save(tmp_path, "key", three, KERAS_FILE, SEEN)
    assert same(cache.find(tmp_path, "key", LESSON).model, three)
    assert same(cache.find(tmp_path, "key", LESSON, 2).model, two)
    cache.save(tmp_path, "key", again, KERAS_FILE, SEEN)
    assert same(cache.find(tmp_path, "key", LESSON).model, again)
    assert len(os.listdir(tmp_path / "models" / "key")) == 2


def test_a_model_of_one_epoch_does_not_replace_one_of_twelve(tmp_path: Path) -> None:
    """Nor one of ten: they begin alike when they are written."""
    longer = [model(epochs, epochs) for epochs in (10, 12)]
    for each in longer:
        cache.save(tmp_path, "key", each, KERAS_FILE, SEEN)
    cache.save(tmp_path, "key", model(1, 1), KERAS_FILE, SEEN)
    for each in longer:
        assert same(cache.find(tmp_path, "key", LESSON, each.recipe.epochs).model, each)
    assert same(cache.find(tmp_path, "key", LESSON, 1).model, model(1, 1))


def test_the_key_tells_recipes_apart() -> None:
    recipe = Recipe(epochs=2, generated=5, non_digits=1)
    key = cache.fingerprint("data", recipe, LESSON)
    assert key == cache.fingerprint("data", Recipe(epochs=9, generated=5, non_digits=1), LESSON)
    assert key != cache.fingerprint("data", Recipe(epochs=2, generated=6, non_digits=1), LESSON)
    assert key != cache.fingerprint("other", recipe, LESSON)


FILES = (*cache.HASHED, cache.FACTS_FILE)


def damages() -> list[tuple[str, str]]:
    kinds = ["empty", "cut", "flipped", "missing", "swapped"]
    return [(name, kind) for name in FILES for kind in kinds]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with two models, and another elsewhere. To be copied."""
    home = tmp_path_factory.mktemp("three")
    cache.save(home, "key", model(3, 5), KERAS_FILE, SEEN)
    cache.save(home, "key", model(), KERAS_FILE, SEEN)
    cache.save(home / "elsewhere", "key", model(4, 9), b"of another network", (SEEN[0][::-1], SEEN[1]))
    return home


@pytest.mark.parametrize(("name", "kind"), damages())
def test_a_damaged_file_is_set_aside(three: Path, tmp_path: Path, name: str, kind: str) -> None:
    home, older = copy_of(three, tmp_path / "cache"), model(3, 5)
    path, other = home / "models" / "key" / "0002" / name, home / "elsewhere" / "models" / "key" / "0001"
    content = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "swapped":
        path.write_bytes((other / name).read_bytes())
    else:
        # in the facts, a flipped bit that leaves valid JSON can hit a figure, so hit the checksum's own value
        at = content.index(b'"sha256"') + 12 if name == cache.FACTS_FILE else len(content) // 2
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "flipped": flipped}[kind])
    found = cache.find(home, "key", LESSON)
    assert len(found.damaged) == 1
    assert same(found.model, older)
    assert os.listdir(home / "damaged") == ["key-0002"]
    assert cache.find(home, "key", LESSON).damaged == ()


@pytest.mark.parametrize("kind", ["file", "link", "broken link"])
def test_what_stands_in_the_place_of_the_damaged_is_moved_there(tmp_path: Path, kind: str) -> None:
    elsewhere, place = tmp_path / "elsewhere", tmp_path / "damaged"
    if kind == "file":
        place.write_text("somebody's")
    else:
        place.symlink_to(elsewhere)
    if kind == "link":
        elsewhere.mkdir()
        (elsewhere / "key-0001").write_text("somebody's")
    folder = cache.save(tmp_path, "key", model(), KERAS_FILE, SEEN)
    (folder / cache.FACTS_FILE).write_bytes(b"")
    assert len(cache.find(tmp_path, "key", LESSON).damaged) == 1
    assert not folder.exists()
    assert place.is_dir()
    assert not place.is_symlink()
    assert len(list(place.iterdir())) == 2, "what was there, and what was damaged"
    assert kind != "link" or (elsewhere / "key-0001").read_text() == "somebody's"


def test_a_future_format_is_not_guessed_at(tmp_path: Path) -> None:
    folder = cache.save(tmp_path, "key", model(), KERAS_FILE, SEEN)
    facts = json.loads((folder / cache.FACTS_FILE).read_text())
    cache.write_facts(folder, facts | {"format": 999})
    assert cache.find(tmp_path, "key", LESSON).model is None


def test_no_flipped_bit_passes(tmp_path: Path) -> None:
    older, newer = model(3, 5), model()
    cache.save(tmp_path, "key", older, KERAS_FILE, SEEN)
    folder = cache.save(tmp_path, "key", newer, KERAS_FILE, SEEN)
    whole = {name: (folder / name).read_bytes() for name in FILES}
    moments = random.Random(0)
    for _ in range(50):
        name = moments.choice(sorted(whole))
        content = bytearray(whole[name])
        content[moments.randrange(len(content))] ^= 1 << moments.randrange(8)
        folder.mkdir(exist_ok=True)
        for each in whole:
            (folder / each).write_bytes(content if each == name else whole[each])
        found = cache.find(tmp_path, "key", LESSON)
        assert len(found.damaged) == 1, f"a flipped bit in {name} passed"
        assert same(found.model, older)
        assert not folder.exists()


class Harm:
    """Unpickling one makes a file."""

    def __init__(self, witness: Path):
        self._witness = witness

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._witness,)


def test_a_pickle_in_a_model_is_never_loaded(tmp_path: Path) -> None:
    """Not even when its checksum is right."""
    folder = cache.save(tmp_path, "key", model(), KERAS_FILE, SEEN)
    witness = tmp_path / "ran"
    arrays = {name: np.array([Harm(witness)], object) for name in LESSON.weights}
    np.savez(folder / cache.WEIGHTS_FILE, **arrays)
    with np.load(folder / cache.WEIGHTS_FILE, allow_pickle=True) as loaded:
        assert loaded["logits/bias"] is not None
    assert witness.exists(), "the harm is none"
    witness.unlink()
    facts = json.loads((folder / cache.FACTS_FILE).read_text())
    facts["sha256"][cache.WEIGHTS_FILE] = files.sha256(folder / cache.WEIGHTS_FILE)
    cache.write_facts(folder, facts)
    found = cache.find(tmp_path, "key", LESSON)
    assert found.model is None
    assert len(found.damaged) == 1
    assert not witness.exists()


def test_sweeping_leaves_what_is_not_ours(tmp_path: Path) -> None:
    ours = ["models/0123456789abcdef/.new-xyz/model.keras", "downloads/0123abcd/tmp12345678", ".training.now-x"]
    theirs = ["models/mine/.new-xyz/a", "downloads/0123abcd/mnist.npz", "downloads/mine/tmp12345678", ".bashrc"]
    for name in ours + theirs:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    cache.sweep(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(theirs)


@pytest.mark.slow  # Keras is imported
def test_a_clock_before_1980_loses_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a small computer without a battery, which begins in 1970: zip archives can't tell that date."""
    from mnist_demo.model import keras_model

    saved = model()
    expected = keras_model.file(LESSON, saved.weights)
    monkeypatch.setattr(time, "time", lambda: 86_400.0)
    content = keras_model.file(LESSON, saved.weights)
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(io.BytesIO(expected)) as usual:
        assert archive.namelist() == usual.namelist()
    cache.save(tmp_path, "key", saved, content, SEEN)
    assert same(cache.find(tmp_path, "key", LESSON).model, saved)
