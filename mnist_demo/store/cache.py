"""Trained models on disk, each whole or not there, checked before it is believed.

    <cache>/models/<fingerprint>/<number>/weights.npz      the network's arrays, by the names of `Spec.weights`
                                          model.keras      the same as a Keras model, never opened by the program
                                          test.npz         the test images as it reads them
                                          training.json    how it was trained, and the SHA-256 of all four files
    <cache>/damaged/                                       what failed its check, kept for a look
    <cache>/unfinished/<fingerprint>-<epochs>/             the state of an interrupted training
    <cache>/downloads/                                     MNIST, once fetched

The fingerprint stands for data, recipe and network, so that a change of any trains anew and going back finds the old
model. The number of epochs is not part of it: without a wish, the newest model is the one to use.
"""

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.errors import CacheError
from mnist_demo.messages import Sentence, say
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import SIDE, Spec
from mnist_demo.system import files
from mnist_demo.training.history import Epoch
from mnist_demo.training.recipe import Recipe

FORMAT = 3
WEIGHTS_FILE = "weights.npz"
MODEL_FILE = "model.keras"
TEST_FILE = "test.npz"
HASHED = (WEIGHTS_FILE, MODEL_FILE, TEST_FILE)
FACTS_FILE = "training.json"


@dataclass(frozen=True)
class TrainedModel:
    """A trained network: `weights` as of `keras.Model.get_weights`, and the facts of its training."""

    spec: Spec
    weights: tuple[np.ndarray, ...]
    data: str
    source: Sentence
    recipe: Recipe
    history: tuple[Epoch, ...]
    seconds: float
    device: str
    samples: tuple[np.ndarray, np.ndarray]  # (20, 28, 28) uint8, (20,) uint8
    evaluation: Evaluation
    notices: tuple[Sentence, ...] = ()

    @property
    def test_accuracy(self) -> float:
        return self.evaluation.accuracy


@dataclass(frozen=True)
class Found:
    """What `find` came upon: the model, if there is one, its folder, and what had to be set aside."""

    model: TrainedModel | None
    folder: Path | None = None
    damaged: tuple[CacheError, ...] = field(default=())


def fingerprint(data: str, recipe: Recipe, spec: Spec) -> str:
    """The key of a dataset's fingerprint with a recipe and the network: 16 hexadecimal digits."""
    parts = {k: v for k, v in asdict(recipe).items() if k != "epochs"}
    text = json.dumps([FORMAT, data, parts, spec.to_json()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unfinished(cache: Path, key: str, epochs: int) -> Path:
    """Where an interrupted training of `epochs` epochs keeps its state."""
    return cache / "unfinished" / f"{key}-{epochs}"


def find(cache: Path, key: str, spec: Spec, epochs: int | None = None) -> Found:
    """The newest model with the key (of so many epochs, unless None) that passes its check; others it sets aside."""
    damaged: list[CacheError] = []
    for folder in _folders(cache / "models" / key):
        try:
            facts = _facts(folder)
            if epochs is not None and facts["recipe"]["epochs"] != epochs:
                continue
            return Found(_load(folder, facts, spec), folder, tuple(damaged))
        except CacheError as error:
            _set_aside(cache, folder)
            damaged.append(error)
    return Found(None, None, tuple(damaged))


def exists(cache: Path, key: str, epochs: int | None = None) -> bool:
    """Whether `find` has something to look at; cheap, and no promise that it passes its check."""
    folders = _folders(cache / "models" / key)
    if epochs is None:
        return bool(folders)
    return any((folder / FACTS_FILE).exists() and f'"epochs": {epochs}' in _text(folder) for folder in folders)


def save(cache: Path, key: str, model: TrainedModel, keras_file: bytes) -> Path:
    """Keep the model as the newest with its key, `keras_file` beside it -> its folder. OSError if the disk won't have
    it."""
    home = cache / "models" / key
    old = _folders(home)
    number = int(old[0].name) + 1 if old else 1
    target = home / f"{number:04}"
    with files.folder_whole(target) as folder:
        arrays: dict[str, Any] = dict(zip(model.spec.weights, model.weights, strict=True))
        np.savez(folder / WEIGHTS_FILE, **arrays)
        (folder / MODEL_FILE).write_bytes(keras_file)
        found = model.evaluation
        np.savez_compressed(folder / TEST_FILE, images=found.images, labels=found.labels, logits=found.logits)
        facts = _facts_of(model) | {"sha256": {name: files.sha256(folder / name) for name in HASHED}}
        write_facts(folder, facts)
    for folder in old:
        if f'"epochs": {model.recipe.epochs}' in _text(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return target


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Write a model's training.json, with a checksum of its own. OSError."""
    text = json.dumps(facts | {"checksum": _checksum(facts)}, indent=1)
    (folder / FACTS_FILE).write_text(text, encoding="utf-8")


def _checksum(facts: dict[str, Any]) -> str:
    """Of the facts themselves, so that a flipped bit in a figure is found too."""
    plain = {name: value for name, value in facts.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def sweep(cache: Path) -> None:
    """Remove what killed processes left half-written. Only the process that holds the lock may."""
    hexadecimal = "[0-9a-f]"
    # exact, because a person may have named a folder that holds other things too
    for folder in cache.glob(f"models/{16 * hexadecimal}/.new-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for pattern in (".training.now-*", f"downloads/{8 * hexadecimal}/tmp????????"):
        for file in cache.glob(pattern):
            with contextlib.suppress(OSError):
                file.unlink()


def _folders(home: Path) -> list[Path]:
    """The numbered folders, newest first."""
    try:
        names = os.listdir(home)
    except OSError:
        return []
    return [home / name for name in sorted((n for n in names if re.fullmatch(r"\d+", n)), key=int, reverse=True)]


def _text(folder: Path) -> str:
    try:
        return (folder / FACTS_FILE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _facts_of(model: TrainedModel) -> dict[str, Any]:
    images, labels = model.samples
    return {
        "format": FORMAT,
        "data": model.data,
        "source": model.source.to_json(),
        "recipe": asdict(model.recipe),
        "test_accuracy": model.test_accuracy,
        "seconds": model.seconds,
        "device": model.device,
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in ("tensorflow", "keras")},
            "numpy": np.__version__,
        },
        "history": [asdict(epoch) for epoch in model.history],
        "samples": {"images": base64.b64encode(images.tobytes()).decode(), "labels": labels.tolist()},
        "notices": [notice.to_json() for notice in model.notices],
    }


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / FACTS_FILE).read_bytes())
        if facts["format"] != FORMAT or facts["checksum"] != _checksum(facts):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CacheError(folder=str(folder), reason=say("reason.facts")) from error
    return facts


def _load(folder: Path, facts: dict[str, Any], spec: Spec) -> TrainedModel:
    try:
        if any(files.sha256(folder / name) != facts["sha256"][name] for name in HASHED):
            raise CacheError(folder=str(folder), reason=say("reason.hash"))
        with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as arrays:
            weights = tuple(arrays[name] for name in spec.weights)
        spec.check(weights)
        with np.load(folder / TEST_FILE, allow_pickle=False) as test:
            evaluation = Evaluation(test["images"], test["labels"], test["logits"])
        return _model_of(spec, weights, evaluation, facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CacheError(folder=str(folder), reason=say("reason.facts")) from error


def _model_of(
    spec: Spec, weights: tuple[np.ndarray, ...], evaluation: Evaluation, facts: dict[str, Any]
) -> TrainedModel:
    labels = np.array(facts["samples"]["labels"], np.uint8)
    pixels = np.frombuffer(base64.b64decode(facts["samples"]["images"]), np.uint8)
    return TrainedModel(
        spec=spec,
        weights=weights,
        data=str(facts["data"]),
        source=Sentence.from_json(facts["source"]),
        recipe=Recipe(**facts["recipe"]),
        history=tuple(Epoch.from_json(epoch) for epoch in facts["history"]),
        seconds=float(facts["seconds"]),
        device=str(facts["device"]),
        samples=(pixels.reshape(len(labels), SIDE, SIDE), labels),
        evaluation=evaluation,
        notices=tuple(Sentence.from_json(notice) for notice in facts["notices"]),
    )


def _set_aside(cache: Path, folder: Path) -> None:
    """Move a folder that failed its check out of the way; one that can't be moved is simply not used."""
    place = cache / "damaged" / f"{folder.parent.name}-{folder.name}"
    try:
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)
    except OSError:
        return
