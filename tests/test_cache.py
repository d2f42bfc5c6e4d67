"""Trained models on disk: the same comes back, and what is damaged is set aside."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mnist_demo import cache, network
from mnist_demo.cache import TrainedModel
from mnist_demo.evaluation import Evaluation
from mnist_demo.texts import say
from mnist_demo.training import Epoch, Recipe

pytestmark = pytest.mark.slow


def model(epochs: int = 2, seed: int = 0) -> TrainedModel:
    network.prepare()
    rng = np.random.default_rng(seed)
    weights = tuple(rng.normal(size=w.shape).astype(np.float32) for w in network.build().get_weights())
    return TrainedModel(
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
        notices=(say("notice.generated", reason=say("reason.no_answer")),),
    )


def same(a: TrainedModel, b: TrainedModel) -> bool:
    def all_arrays(model: TrainedModel) -> tuple[np.ndarray, ...]:
        found = model.evaluation
        return *model.weights, *model.samples, found.images, found.labels, found.logits

    arrays = zip(all_arrays(a), all_arrays(b), strict=True)
    plain = ("data", "source", "recipe", "history", "test_accuracy", "seconds", "device", "notices")
    return all(np.array_equal(x, y) for x, y in arrays) and all(getattr(a, n) == getattr(b, n) for n in plain)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    saved = model()
    folder = cache.save(tmp_path, "key", saved)
    assert sorted(os.listdir(folder)) == ["model.keras", "test.npz", "training.json"]
    found = cache.find(tmp_path, "key")
    assert found.model is not None
    assert same(found.model, saved)
    assert found.folder == folder
    assert cache.find(tmp_path, "other").model is None


def test_the_newest_wins_and_epochs_choose(tmp_path: Path) -> None:
    two, three, again = model(2, 1), model(3, 2), model(2, 3)
    cache.save(tmp_path, "key", two)
    cache.save(tmp_path, "key", three)
    assert same(cache.find(tmp_path, "key").model, three)
    assert same(cache.find(tmp_path, "key", 2).model, two)
    cache.save(tmp_path, "key", again)
    assert same(cache.find(tmp_path, "key").model, again)
    assert len(os.listdir(tmp_path / "models" / "key")) == 2


def test_the_key_tells_recipes_apart() -> None:
    recipe = Recipe(epochs=2, generated=5, non_digits=1)
    key = cache.fingerprint("data", recipe)
    assert key == cache.fingerprint("data", Recipe(epochs=9, generated=5, non_digits=1))
    assert key != cache.fingerprint("data", Recipe(epochs=2, generated=6, non_digits=1))
    assert key != cache.fingerprint("other", recipe)


def damages() -> list[tuple[str, str]]:
    kinds = ["empty", "cut", "flipped", "missing", "swapped"]
    return [(name, kind) for name in (cache.MODEL_FILE, cache.FACTS_FILE) for kind in kinds]


@pytest.mark.parametrize(("name", "kind"), damages())
def test_a_damaged_file_is_set_aside(tmp_path: Path, name: str, kind: str) -> None:
    older = model(3, 5)
    cache.save(tmp_path, "key", older)
    folder = cache.save(tmp_path, "key", model())
    other = cache.save(tmp_path / "elsewhere", "key", model(4, 9))
    path = folder / name
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
    found = cache.find(tmp_path, "key")
    assert len(found.damaged) == 1
    assert same(found.model, older)
    assert os.listdir(tmp_path / "damaged") == ["key-0002"]
    assert cache.find(tmp_path, "key").damaged == ()


def test_a_future_format_is_not_guessed_at(tmp_path: Path) -> None:
    folder = cache.save(tmp_path, "key", model())
    facts = json.loads((folder / cache.FACTS_FILE).read_text())
    (folder / cache.FACTS_FILE).write_text(json.dumps(facts | {"format": 999}))
    assert cache.find(tmp_path, "key").model is None
