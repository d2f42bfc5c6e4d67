"""It ends at every signal in every phase. Real processes and signals."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import App
from launching import HOST, OFFLINE, Launch, slow_mirror

from mnist_demo.system import files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with slow_mirror() as address:
        yield address


SIGNS = {
    "TensorFlow's import": "The page is at",
    "loading": "Starting",
    "downloading": "Downloading",
    "waiting": "Another copy",
    "training": "epoch 1/",
    "serving": "Ready",
}


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("importing", signal.SIGINT),
        ("importing", signal.SIGTERM),
        ("TensorFlow's import", signal.SIGINT),
        ("loading", signal.SIGINT),
        ("downloading", signal.SIGTERM),
        ("unanswered", signal.SIGINT),
        ("waiting", signal.SIGTERM),
        ("training", signal.SIGINT),
        ("serving", signal.SIGINT),
    ],
)
def test_it_stops_in_every_phase(
    launch: Launch, untrained: Launch, tmp_path: Path, mirror: str, phase: str, number: int
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz" if phase == "unanswered" else mirror
    data = ["--mirror", address] if phase in ("downloading", "unanswered") else ["--data", "generated"]
    size = ["--limit", "1000", "--epochs", "1"] if phase == "serving" else ["--limit", "5000"]
    another = files.lock(tmp_path / "training.lock")
    if phase == "waiting":
        another.acquire()
    start = launch if phase in ("TensorFlow's import", "training") else untrained
    app = start(*HOST, "--cache", str(tmp_path), *data, *size, cold=phase == "importing", **OFFLINE)
    if phase == "importing":
        _until_it_catches_signals(app)
    elif phase == "unanswered":
        silent.settimeout(60)
        _kept_open = silent.accept()
    else:
        app.wait_for(SIGNS[phase])
    asked = time.monotonic()
    app.process.send_signal(number)
    assert app.process.wait(20) == 128 + number
    assert time.monotonic() - asked < 5
    assert "Traceback" not in app.output
    another.release()
    silent.close()
    if phase == "training":
        assert list((tmp_path / "checkpoints").iterdir()), "the finished epoch was not kept"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lets one choose the thread")
def test_it_stops_whichever_thread_gets_the_signal(untrained: Launch, tmp_path: Path) -> None:
    app = untrained(*HOST, "--cache", str(tmp_path), "--data", "generated", "--limit", "1000", **OFFLINE)
    app.wait_for("Ready")
    threads = {int(task.name) for task in Path(f"/proc/{app.process.pid}/task").iterdir()} - {app.process.pid}
    os.kill(max(threads), signal.SIGTERM)
    assert app.process.wait(5) == 128 + signal.SIGTERM


def _until_it_catches_signals(app: App) -> None:
    """Where the system doesn't tell, after half a second."""
    told = Path(f"/proc/{app.process.pid}/status")
    deadline = time.monotonic() + (10 if told.exists() else 0.5)
    while time.monotonic() < deadline:
        if told.exists():
            caught = re.search(r"SigCgt:\s*(\w+)", told.read_text())
            if caught and int(caught[1], 16) >> signal.SIGTERM - 1 & 1:
                return
        time.sleep(0.01)
