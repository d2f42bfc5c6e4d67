"""Harmful content of what other processes leave in the cache folder: a training's progress, an interrupted one's state.

Whatever it is, it is passed over or removed.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_demo.model.spec import LESSON
from mnist_demo.store import progress_file

# --- another process's progress --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 9_000,
        b"x" * 20_000,
        b"7",
        b"{}",
        b'{"doing": {"key": "status.looking", "values": {}}, "epoch": "x"}',
        json.dumps({"doing": {"key": "reason.system", "values": {"detail": "\x1b[2J"}}, "epoch": 1}).encode(),
    ],
)
def test_a_harmful_progress_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / progress_file.FILE).write_bytes(content)
    assert progress_file.receive(tmp_path) is None


def test_a_progress_beyond_all_bounds_is_brought_within(tmp_path: Path) -> None:
    values = {"epoch": 10**30, "epochs": -5, "progress": 1e300, "seconds_left": 1e300}
    doing = {"key": "status.looking", "values": {}}
    (tmp_path / progress_file.FILE).write_text(json.dumps(values | {"doing": doing}))
    report = progress_file.receive(tmp_path)
    assert report is not None
    assert (report.epoch, report.epochs, report.progress, report.seconds_left) == (50, 0, 1.0, 1e6)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_pipe_in_the_progress_s_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / progress_file.FILE)
    began = time.monotonic()
    assert progress_file.receive(tmp_path) is None
    assert time.monotonic() - began < 5


# --- an interrupted training's state --------------------------------------------------------------------------------


def kept(folder: Path) -> Path:
    """As after an epoch."""
    epoch = {"epoch": 1, "accuracy": 0.5, "loss": 1.0, "test_accuracy": 0.5, "test_loss": 1.0, "seconds": 1.0}
    folder.mkdir()
    (folder / "latest.weights.h5").write_bytes(b"weights")
    (folder / "training_metadata.json").write_text('{"epoch": 1, "batch": 0}')
    (folder / "history.json").write_text(json.dumps([epoch | {"kernels": "", "eval_points": []}]))
    return folder


def h5_bomb(folder: Path) -> None:
    """A few kilobytes that claim ten gigabytes."""
    import h5py

    with h5py.File(folder / "latest.weights.h5", "w") as file:
        file.create_dataset("layers/dense/vars/0", (100_000, 25_000), "f4", chunks=(1000, 1000), compression="gzip")


STATES: dict[str, Callable[[Path], None]] = {
    "a pipe for weights": lambda folder: os.mkfifo(folder / "weights"),
    "a pipe for figures": lambda folder: (folder / "history.json").unlink() or os.mkfifo(folder / "history.json"),
    "a device": lambda folder: (folder / "device").symlink_to("/dev/zero"),
    "a folder": lambda folder: (folder / "folder").mkdir(),
    "a bomb for weights": h5_bomb,
    "weights of any size": lambda folder: os.truncate(folder / "latest.weights.h5", 10**9),
    "deep figures": lambda folder: (folder / "history.json").write_bytes(b"[" * 1_000_000) and None,
    "figures that are none": lambda folder: (folder / "history.json").write_text("[7]") and None,
    "more epochs than figures": lambda folder: (folder / "training_metadata.json").write_text('{"epoch": 9}') and None,
    "fewer epochs than none": lambda folder: (folder / "training_metadata.json").write_text('{"epoch": -1}') and None,
    "an epoch of no number": lambda folder: (folder / "training_metadata.json").write_text('{"epoch": "1"}') and None,
}


@pytest.mark.slow  # Keras is imported
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
@pytest.mark.parametrize("kind", STATES)
def test_a_harmful_state_of_a_training_is_removed(tmp_path: Path, kind: str) -> None:
    from mnist_demo.training import checkpoint

    folder = kept(tmp_path / "state")
    assert len(checkpoint.restore(folder, LESSON)) == 1
    STATES[kind](folder)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(checkpoint.restore(folder, LESSON)), daemon=True)
    thread.start()
    thread.join(20)
    assert found == [[]]
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_file_in_the_place_of_a_training_s_state_is_removed(tmp_path: Path) -> None:
    from mnist_demo.training import checkpoint

    (tmp_path / "state").write_text("a file")
    assert checkpoint.restore(tmp_path / "state", LESSON) == []
    assert (tmp_path / "state").is_dir()
