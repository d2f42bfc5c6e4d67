"""Trained models on disk, each whole or not there, checked before it is believed.

    <cache>/models/<fingerprint>/<number>/weights.npz      the network's arrays, by the names of `Spec.weights`
                                          model.keras      the same as a Keras model, never opened by the program
                                          test.npz         the test images as it reads them
                                          seen.npz         images that it was trained on, see `store/seen`
                                          timeline.npz     how it came about, see `store/timeline`
                                          training.json    how it was trained, and the SHA-256 of the others
    <cache>/damaged/                                       what failed its check, kept for a look
    <cache>/checkpoints/<fingerprint>-<epochs>/            the state of an interrupted training
    <cache>/downloads/                                     MNIST, once fetched

The fingerprint stands for data, recipe and network, so that a change of any trains anew and going back finds the old
model; it is the same on every processor. The number of epochs is not part of it: when none is asked for, the newest
model is the one to use.

A cache may come from anywhere. Only regular files of bounded size are opened, and what is wrong in any way, also beside
right checksums, is set aside and trained anew.
"""

import base64
import contextlib
import hashlib
import json
import math
import os
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.data.formats import LEAST as SAMPLES
from mnist_demo.data.formats import MOST_TESTS
from mnist_demo.errors import CacheError
from mnist_demo.messages import LANGUAGES, Sentence, say
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import CLASSES, SIDE, Spec
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.store import seen, timeline
from mnist_demo.store.timeline import Timeline
from mnist_demo.system import arrays, files
from mnist_demo.training.history import Epoch
from mnist_demo.training.recipe import VERSION, Recipe, from_json

FORMAT = 5
WEIGHTS_FILE = "weights.npz"
MODEL_FILE = "model.keras"
TEST_FILE = "test.npz"
TIMELINE_FILE = "timeline.npz"
HASHED = (WEIGHTS_FILE, MODEL_FILE, TEST_FILE, seen.FILE, TIMELINE_FILE)
FACTS_FILE = "training.json"

MOST_FACTS = 4_000_000  # bytes, many times the usual

MOST_WEIGHT = 1000.0
"""The largest weight that is believed, some hundred times a real one: much larger ones make infinite logits."""


Images = tuple[np.ndarray, np.ndarray]  # (n, 28, 28) uint8, (n,) uint8


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
    timeline: Timeline
    notices: tuple[Sentence, ...] = ()
    further: tuple[Recipe, ...] = ()  # by which it went on learning

    @property
    def test_accuracy(self) -> float:
        """0..1, on the test images."""
        return self.evaluation.accuracy


@dataclass(frozen=True)
class Found:
    """What `find` came upon: the model, if there is one, its folder, and what had to be set aside."""

    model: TrainedModel | None
    folder: Path | None = None
    damaged: tuple[CacheError, ...] = field(default=())


def most_bytes(spec: Spec) -> dict[str, int]:
    """Of each of `HASHED` for such a network, and of what is unpacked from it. Twice the usual and more."""
    parameters = sum(spec.parameters)
    return {
        WEIGHTS_FILE: 8 * parameters + 100_000,
        MODEL_FILE: 40 * parameters + 1_000_000,
        TEST_FILE: MOST_TESTS * (SIDE * SIDE + 1 + 4 * CLASSES) + 10_000,
        seen.FILE: seen.MAX_BYTES,
        TIMELINE_FILE: timeline.most_bytes(spec),
    }


def fingerprint(data: str, recipe: Recipe, spec: Spec) -> str:
    """The key of a dataset's fingerprint with a recipe and the network: 16 hexadecimal digits."""
    parts = {k: v for k, v in asdict(recipe).items() if k != "epochs"}
    text = json.dumps([FORMAT, VERSION, data, parts, spec.to_json()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def checkpoint(cache: Path, key: str, epochs: int) -> Path:
    """Where a training of `epochs` epochs keeps its state, to go on from if it is interrupted."""
    return cache / "checkpoints" / f"{key}-{epochs}"


def may_hold(cache: Path, keys: Collection[str] | None) -> bool:
    """Whether there is something with one of these keys, or with any."""
    return any(keys is None or home.name in keys for home in (cache / "models").glob("*") if _folders(home))


def find(cache: Path, key: str, spec: Spec, epochs: int | None = None) -> Found:
    """The newest model with the key (of so many epochs, unless None) that passes its check; others it sets aside."""
    damaged: list[CacheError] = []
    for folder in _folders(cache / "models" / key):
        try:
            facts = _facts(folder)
            if epochs is not None and from_json(Recipe, facts["recipe"]).epochs != epochs:
                continue
            return Found(_load(folder, facts, spec), folder, tuple(damaged))
        except CacheError as error:
            set_aside(cache, folder)
            damaged.append(error)
    return Found(None, None, tuple(damaged))


def save(cache: Path, key: str, model: TrainedModel, keras_file: bytes, trained_on: Images) -> Path:
    """Keep the model as the newest with its key, `keras_file` and images that it was trained on (see `store/seen`)
    beside it -> its folder. OSError if the disk won't have it."""
    home = cache / "models" / key
    old = _folders(home)
    number = int(old[0].name) + 1 if old else 1
    target = home / f"{number:04}"
    with files.folder_whole(target) as folder:
        weights: dict[str, Any] = dict(zip(model.spec.weights, model.weights, strict=True))
        np.savez(folder / WEIGHTS_FILE, **weights)
        (folder / MODEL_FILE).write_bytes(keras_file)
        found = model.evaluation
        np.savez_compressed(folder / TEST_FILE, images=found.images, labels=found.labels, logits=found.logits)
        seen.write(folder, *trained_on)
        (folder / TIMELINE_FILE).write_bytes(model.timeline.to_bytes())
        facts = _facts_of(model) | {"sha256": {name: files.sha256(folder / name) for name in HASHED}}
        write_facts(folder, facts)
    for folder in old:
        with contextlib.suppress(CacheError):  # what is damaged is set aside when it is looked for
            if from_json(Recipe, _facts(folder)["recipe"]).epochs == model.recipe.epochs:
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
    numbered = (name for name in names if re.fullmatch(r"[0-9]{4,9}", name))
    return [home / name for name in sorted(numbered, key=int, reverse=True)]


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
        "history": [asdict(epoch) for epoch in model.history],
        "samples": {"images": base64.b64encode(images.tobytes()).decode(), "labels": labels.tolist()},
        "notices": [notice.to_json() for notice in model.notices],
    }


_WRONG = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What comes of reading what is not as it was written."""


def _facts(folder: Path) -> dict[str, Any]:
    with _checked(folder):
        content = files.read_regular(folder / FACTS_FILE, MOST_FACTS)
        facts: dict[str, Any] = json.loads(content, parse_constant=_no_number)
        if facts["format"] != FORMAT or facts["checksum"] != _checksum(facts):
            raise ValueError("another format, or damaged")
        from_json(Recipe, facts["recipe"])
        return facts


@contextlib.contextmanager
def _checked(folder: Path) -> Iterator[None]:
    """Whatever is wrong with the folder's files is a `CacheError`."""
    try:
        yield
    except _WRONG as error:
        raise CacheError(folder=str(folder), reason=say("reason.facts")) from error


def _load(folder: Path, facts: dict[str, Any], spec: Spec) -> TrainedModel:
    most = most_bytes(spec)
    with _checked(folder):
        if any(files.sha256(folder / name, most[name]) != facts["sha256"][name] for name in HASHED):
            raise CacheError(folder=str(folder), reason=say("reason.hash"))
        weights = _weights(folder, spec, most[WEIGHTS_FILE])
        evaluation = _evaluation(folder, most[TEST_FILE])
        return _model_of(spec, weights, evaluation, timeline.read(folder / TIMELINE_FILE, spec), facts)


def _weights(folder: Path, spec: Spec, most: int) -> tuple[np.ndarray, ...]:
    found = arrays.read_npz(folder / WEIGHTS_FILE, list(spec.weights), most)
    spec.check(found)
    if max(float(np.abs(array).max()) for array in found) > MOST_WEIGHT:
        raise ValueError("with such weights the answers are no numbers")
    return tuple(array.astype(np.float32) for array in found)


def _evaluation(folder: Path, most: int) -> Evaluation:
    found = arrays.read_npz(folder / TEST_FILE, ("images", "labels", "logits"), most)
    images, labels, logits = found
    count = len(images)
    right = (
        [array.dtype.kind for array in found] == ["u", "u", "f"]
        and [array.shape for array in found] == [(count, SIDE, SIDE), (count,), (count, CLASSES)]
        and images.dtype == labels.dtype == np.uint8
        and count >= SAMPLES
        and labels.max() < CLASSES
        and np.isfinite(logits).all()
    )
    if not right:
        raise ValueError("these are no test images with labels and logits")
    return Evaluation(images, labels, logits)


def _model_of(
    spec: Spec,
    weights: tuple[np.ndarray, ...],
    evaluation: Evaluation,
    moments: Timeline,
    facts: dict[str, Any],
) -> TrainedModel:
    if facts["data"] not in ("mnist", "file", "generated") or not 1 <= len(facts["history"]) <= MAX_EPOCHS:
        raise ValueError("another kind of training")
    return TrainedModel(
        spec=spec,
        weights=weights,
        data=facts["data"],
        source=_sentence(facts["source"]),
        recipe=from_json(Recipe, facts["recipe"]),
        history=tuple(_epoch(values, spec) for values in facts["history"]),
        seconds=_number(facts["seconds"]),
        device=_line(facts["device"]),
        samples=_samples(**facts["samples"]),
        evaluation=evaluation,
        timeline=moments,
        notices=tuple(_sentence(notice) for notice in facts["notices"][:10]),
    )


def _epoch(values: dict[str, Any], spec: Spec) -> Epoch:
    epoch = Epoch.from_json(values)
    size = math.prod(next(iter(spec.weights.values())))
    if epoch.kernels and len(base64.b64decode(epoch.kernels, validate=True)) != size:
        raise ValueError("these are not the first layer's kernels")
    return epoch


def _samples(images: str, labels: list[int]) -> tuple[np.ndarray, np.ndarray]:
    if len(labels) != SAMPLES or not all(type(label) is int and 0 <= label < CLASSES for label in labels):
        raise ValueError("no labels")
    pixels = np.frombuffer(base64.b64decode(images, validate=True), np.uint8)
    return pixels.reshape(SAMPLES, SIDE, SIDE), np.array(labels, np.uint8)


def _sentence(value: dict[str, Any]) -> Sentence:
    sentence = Sentence.from_json(value)
    for language in LANGUAGES:
        _line(sentence.to(language))
    return sentence


def _line(text: Any) -> str:
    """Text that can be shown anywhere: it is printed in the terminal too."""
    if not isinstance(text, str) or not text.isprintable() or len(text) > 2000:
        raise ValueError("no line of text")
    return text


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < 1e9:
        raise ValueError("no number")
    return float(value)


def _no_number(name: str) -> None:
    """JSON knows neither Infinity nor NaN, but Python's does."""
    raise ValueError(name)


def set_aside(cache: Path, folder: Path) -> None:
    """Move a folder that failed its check out of the way; one that can't be moved is simply not used."""
    with contextlib.suppress(OSError):
        place = files.damaged_folder(cache) / f"{folder.parent.name}-{folder.name}"
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
        folder.rename(place)
