"""Caches made to do harm, with right checksums: each is set aside in one sentence, at little cost, never waited for.

Otherwise the page would stay at "Starting", or answer with what is no number.
"""

import io
import json
import os
import resource
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import copy_of
from test_cache import KERAS_FILE, SEEN, model, same

from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache
from mnist_demo.system import files

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with two models, and the newer one's folder within it. To be copied."""
    home = tmp_path_factory.mktemp("cache")
    cache.save(home, "key", model(3, 5), KERAS_FILE, SEEN)
    return cache.save(home, "key", model(), KERAS_FILE, SEEN)


@pytest.fixture
def planted(written: Path, tmp_path: Path) -> Path:
    """The folder of the newest model, beside which there is an older one."""
    home = written.parents[2]
    return copy_of(home, tmp_path / "cache") / written.relative_to(home)


def facts_of(folder: Path) -> Facts:
    return json.loads((folder / cache.FACTS_FILE).read_text())


def sealed(folder: Path, **changes: Any) -> None:
    """With right checksums, whatever was changed."""
    facts = facts_of(folder) | changes
    facts["sha256"] = {name: files.sha256(folder / name) for name in cache.HASHED}
    cache.write_facts(folder, facts)


def set_aside(folder: Path) -> None:
    """The folder is, within seconds and 250 MB, and the older model is found instead."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: list[cache.Found] = []
    thread = threading.Thread(target=lambda: found.append(cache.find(folder.parents[2], "key", LESSON)), daemon=True)
    thread.start()
    thread.join(20)
    assert found, "it is waited for, or ended in another error"
    assert len(found[0].damaged) == 1
    assert str(found[0].damaged[0]).isprintable()
    assert found[0].model is not None
    assert same(found[0].model, model(3, 5))
    assert not folder.exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250_000  # KiB: test.npz may have 165 MB


# --- arrays --------------------------------------------------------------------------------------------------------


def weights(change: Callable[[np.ndarray], np.ndarray], name: str = "dense/kernel") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        with np.load(folder / cache.WEIGHTS_FILE) as found:
            arrays = dict(found)
        np.savez_compressed(folder / cache.WEIGHTS_FILE, **(arrays | {name: change(arrays[name])}))

    return write


def evaluation(**changes: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        with np.load(folder / cache.TEST_FILE) as found:
            arrays = {name: changes.get(name, np.asarray)(array) for name, array in found.items()}
        np.savez_compressed(folder / cache.TEST_FILE, **arrays)

    return write


def moments(**changes: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        with np.load(folder / cache.TIMELINE_FILE) as found:
            arrays = {name: changes.get(name, np.asarray)(array) for name, array in found.items()}
        np.savez_compressed(folder / cache.TIMELINE_FILE, **arrays)

    return write


def with_one(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        changed = array.copy()
        changed.flat[0] = value
        return changed

    return change


def bomb(name: str) -> Callable[[Path], None]:
    """Unpacks to 300 MB and claims two gigabytes."""

    def write(folder: Path) -> None:
        with np.load(folder / name) as found:
            arrays = dict(found)
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (each, array) in enumerate(arrays.items()):
                with archive.open(f"{each}.npy", "w") as member:
                    if number:
                        np.lib.format.write_array(member, array)
                    else:
                        shape = (2_000_000_000,)
                        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                        np.lib.format.write_array_header_1_0(member, header)
                        for _ in range(30):
                            member.write(bytes(10_000_000))

    return write


def directory(folder: Path) -> None:
    """An archive whose directory alone holds a hundred thousand entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}", b"")
    (folder / cache.WEIGHTS_FILE).write_bytes(content.getvalue())


MOST = cache.most_bytes(LESSON)
ARRAYS: dict[str, Callable[[Path], None]] = {
    "text for weights": weights(lambda a: a.astype(str)),
    "whole numbers for weights": weights(lambda a: a.astype(np.int32)),
    "weights that are no numbers": weights(with_one(np.nan)),
    "infinite weights": weights(with_one(np.inf)),
    "infinite weights of another layer": weights(with_one(-np.inf), "logits/bias"),
    "weights that become infinite": weights(lambda a: a.astype(np.float64) * 1e300),
    "weights whose products become infinite": weights(lambda a: a * np.float32(1e30)),
    "weights of another shape": weights(lambda a: a[:-1]),
    "weights turned": weights(lambda a: a.T),
    "too few labels": evaluation(labels=lambda a: a[:-1]),
    "labels of no digit": evaluation(labels=lambda a: a + 10),
    "negative labels": evaluation(labels=lambda a: -a.astype(np.int8)),
    "text for labels": evaluation(labels=lambda a: a.astype(str)),
    "images of another size": evaluation(images=lambda a: a[:, :27]),
    "images of numbers": evaluation(images=lambda a: a.astype(np.float32)),
    "no test images": evaluation(images=lambda a: a[:0], labels=lambda a: a[:0], logits=lambda a: a[:0]),
    "logits that are no numbers": evaluation(logits=with_one(np.nan)),
    "too few logits": evaluation(logits=lambda a: a[:, :9]),
    "a bomb for weights": bomb(cache.WEIGHTS_FILE),
    "a bomb for test images": bomb(cache.TEST_FILE),
    "a directory without end": directory,
    "no moments": moments(at=lambda a: a[:0]),
    "moments that are no numbers": moments(at=with_one(np.nan)),
    "moments before the beginning": moments(at=with_one(-1)),
    "accuracies beyond all": moments(test_accuracy=with_one(1e300)),
    "too few accuracies": moments(test_accuracy=lambda a: a[:-1]),
    "names of other weights": moments(version=with_one(1)),
    "names that are none": moments(version=lambda a: a[:, :31]),
    "a bomb for moments": bomb(cache.TIMELINE_FILE),
    "no archive": lambda folder: (folder / cache.TEST_FILE).write_bytes(b"PK\x05\x06" + bytes(18)) and None,
    "a model of any size": lambda folder: os.truncate(folder / cache.MODEL_FILE, MOST[cache.MODEL_FILE] + 1),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_harmful_arrays_are_set_aside(planted: Path, kind: str) -> None:
    ARRAYS[kind](planted)
    sealed(planted)
    set_aside(planted)


# --- facts ---------------------------------------------------------------------------------------------------------


def changed(name: str, value: Any) -> Callable[[Facts], Facts]:
    """One of the facts is that; dots lead into them."""

    def change(facts: Facts) -> Facts:
        place: Any = facts
        *above, last = (int(part) if part.isdigit() else part for part in name.split("."))
        for part in above:
            place = place[part]
        place[last] = value
        return facts

    return change


FACTS = [
    ("data", 5),
    ("data", "\x1b[2J"),
    ("source", "text"),
    ("source", {"key": "no.such", "values": {}}),
    ("source", {"key": "source.file", "values": {}}),
    ("source", {"key": "source.file", "values": {"name": "\x1b[2J", "train": 1, "test": 2}}),
    ("source", {"key": "source.file", "values": {"name": "x" * 10_000, "train": 1, "test": 2}}),
    ("notices", 5),
    ("notices", [[]]),
    ("recipe", []),
    ("recipe.epochs", "2"),
    ("recipe.epochs", 0),
    ("recipe.epochs", True),
    ("recipe.epochs", 10**9),
    ("recipe.batch", "512"),
    ("recipe.batch", -1),
    ("recipe.batch", 0),
    ("recipe.warm_up", 1),
    ("recipe.optimizer", "text"),
    ("recipe.optimizer", None),
    ("recipe.optimizer", 1),
    ("recipe.ema", "4"),
    ("recipe.ema", []),
    ("recipe.warm_up", None),
    ("recipe.no_such", 1),
    ("history", []),
    ("history", "text"),
    ("history.0", 7),
    ("history.0.accuracy", "text"),
    ("history.0.loss", float("nan")),
    ("history.0.loss", 1e300),
    ("history.0.loss", 10**400),
    ("history.0.kernels", "text"),
    ("history.0.kernels", "AAAA"),
    ("history.0.eval_points", [{"at": 1}]),
    ("seconds", "text"),
    ("seconds", float("inf")),
    ("device", ["text"]),
    ("device", "\x1b]0;title\x07"),
    ("samples", {}),
    ("samples.labels", list(range(10))),
    ("samples.labels", ["1"] * 20),
    ("samples.labels", [11] * 20),
    ("samples.images", "!!"),
    ("samples.images", ""),
    ("sha256", []),
]


@pytest.mark.parametrize(("name", "value"), FACTS)
def test_harmful_facts_are_set_aside(planted: Path, name: str, value: Any) -> None:
    facts = changed(name, value)(facts_of(planted))
    cache.write_facts(planted, facts)
    set_aside(planted)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 3_000_000,
        b'{"a":' * 600_000,
        b"9" * 100_000,
        b'{"format": ' + b"9" * 100_000 + b"}",
        b"[]",
        b"7",
        b"null",
        b"\xff\xfe",
        b"{}",
        b'"' + b"x" * 5_000_000,
    ],
    ids=["deep lists", "deep dicts", "a number", "a long format", "list", "seven", "null", "no text", "empty", "large"],
)
def test_a_harmful_training_json_is_set_aside(planted: Path, content: bytes) -> None:
    (planted / cache.FACTS_FILE).write_bytes(content)
    set_aside(planted)


# --- what is no file -----------------------------------------------------------------------------------------------

FILES = (*cache.HASHED, cache.FACTS_FILE)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_a_file_s_place_is_not_waited_for(planted: Path, name: str) -> None:
    (planted / name).unlink()
    os.mkfifo(planted / name)
    set_aside(planted)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="POSIX")
@pytest.mark.parametrize("name", FILES)
def test_a_device_in_a_file_s_place_is_not_read(planted: Path, name: str) -> None:
    (planted / name).unlink()
    (planted / name).symlink_to("/dev/zero")
    set_aside(planted)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_a_file_s_place(planted: Path, name: str) -> None:
    (planted / name).unlink()
    (planted / name).mkdir()
    set_aside(planted)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_pipe_in_a_folder_s_place(planted: Path) -> None:
    shutil.rmtree(planted)
    os.mkfifo(planted)
    set_aside(planted)


def test_what_was_set_aside_before_is_replaced(planted: Path) -> None:
    """Whatever lies in its place."""
    place = planted.parents[2] / "damaged" / f"key-{planted.name}"
    place.parent.mkdir()
    place.write_text("a file")
    (planted / cache.WEIGHTS_FILE).unlink()
    set_aside(planted)
    assert place.is_dir()


def test_names_that_are_no_numbers_of_ours(planted: Path) -> None:
    for name in ("9" * 200, "٣٣٣٣", "1", "x"):
        (planted.parent / name).mkdir()
    newer = cache.save(planted.parents[2], "key", model(4, 8), KERAS_FILE, SEEN)
    assert newer.name == "0003"
    assert same(cache.find(planted.parents[2], "key", LESSON).model, model(4, 8))
