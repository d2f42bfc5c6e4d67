"""It always starts: disks that are full or read-only, clocks that jump, trainings that fail. Real processes."""

import os
import socket
import time
from pathlib import Path

import httpx
import pytest
from conftest import ROOT, App
from launching import HOST, SMALL, Launch, ready, result, status, watched

pytestmark = pytest.mark.slow


def test_a_read_only_cache(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    app = untrained(*SMALL, "--cache", str(tmp_path), mounts=f"mount -t tmpfs -o ro tmpfs {tmp_path}")
    watched(app, ready)
    assert "can't be written (Read-only file system)" in app.output
    assert "Traceback" not in app.output
    app.process.terminate()
    assert app.process.wait(5) == 143


def test_no_disk_can_be_written(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    """Neither the cache nor a usual folder for temporary files, as in a container whose disk is read-only."""
    places = dict.fromkeys(("/", "/tmp", "/var/tmp", str(ROOT), str(tmp_path)))
    locks = " && ".join(f"mount --bind {p} {p} && mount -o remount,bind,ro {p}" for p in places if Path(p).exists())
    mounted = f"{locks} && mount -t tmpfs tmpfs /dev/shm"  # the memory, where there is always some room
    app = untrained(*SMALL, "--cache", str(tmp_path / "cache"), mounts=mounted, cold=True)
    watched(app, ready)
    reply = httpx.post(f"{app.url}/gradio_api/run/recognize_strokes", json={"data": [[[[0, 0], [0, 9]]]]}, timeout=20)
    assert reply.json()["data"][0]["digit"] is not None
    assert app.output.count("can't be written (Read-only file system)") == 1
    assert "Traceback" not in app.output


def test_a_full_disk(launch: Launch, tmp_path: Path, mounts: None) -> None:
    app = launch(
        *SMALL, "--train-only", "--cache", str(tmp_path), mounts=f"mount -t tmpfs -o size=300k tmpfs {tmp_path}"
    )
    assert result(app)["cache"] is None
    assert "can't be written (No space left on device)" in app.output
    assert "Traceback" not in app.output


def test_a_user_without_name_and_home(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    """As in a container that runs under any number: no $HOME, nothing in /etc/passwd either."""
    (tmp_path / "passwd").touch()
    (tmp_path / "nsswitch.conf").write_text("passwd: files\nhosts: files dns\n")
    app = untrained(
        *SMALL,
        mounts=f"cd {tmp_path} && mount --bind passwd /etc/passwd && mount --bind nsswitch.conf /etc/nsswitch.conf",
        **dict.fromkeys(("HOME", "KERAS_HOME", "XDG_CACHE_HOME", "USER", "LOGNAME")),
        TMPDIR=str(tmp_path),
        cold=True,
    )
    watched(app, ready)
    assert "Traceback" not in app.output
    assert "can't be written" not in app.output
    assert (tmp_path / "mnist-demo" / "models").exists()


def test_a_clock_that_jumps(untrained: Launch, tmp_path: Path) -> None:
    """By four hundred days, back and forth, twice a second."""
    (tmp_path / "sitecustomize.py").write_text(
        "import time\n"
        "right = time.time\n"
        "time.time = lambda: right() + (1 if int(2 * right()) % 2 else -1) * 400 * 86400\n"
        "time.time_ns = lambda: int(time.time() * 1e9)\n"
    )
    app = untrained(*SMALL, "--cache", str(tmp_path / "cache"), PYTHONPATH=str(tmp_path))

    def ready_and_sensible(now: dict) -> bool:
        assert now["seconds_left"] is None or 0 <= now["seconds_left"] < 600
        return ready(now)

    watched(app, ready_and_sensible)
    assert 0 < float(app.wait_for(r"epoch 1/1 .* ([-\d.]+) s")[1]) < 120
    assert "Traceback" not in app.output


def test_no_home_no_folder_to_write_to_and_a_port_that_is_taken(untrained: Launch, tmp_path: Path) -> None:
    # even root can't write to /proc
    nowhere = Path("/proc") if Path("/proc/self").exists() else tmp_path
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = (*SMALL, "--port", str(port))
        app = untrained(*arguments, cwd=nowhere, HOME=None, KERAS_HOME=None, XDG_CACHE_HOME=str(tmp_path))
        watched(app, ready)
    assert f"Port {port} is taken" in app.output
    assert not app.url.endswith(f":{port}")
    assert "Traceback" not in app.output
    assert "can't be written" not in app.output
    assert (tmp_path / "mnist-demo" / "models").exists()


def test_a_read_only_cache_with_a_model(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    """Baked into an image, for example: it is used, and nobody is told of any trouble."""
    trained = result(untrained(*SMALL, "--train-only", "--cache", str(tmp_path)))
    again = untrained(
        *SMALL,
        "--train-only",
        "--cache",
        str(tmp_path),
        mounts=f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro {tmp_path}",
    )
    assert result(again) == trained
    assert "Training on" not in again.output
    assert "can't be written" not in again.output


def failed_but_alive(app: App, *reasons: str) -> None:
    """The page says why and offers a way on; whoever draws is told to wait."""
    deadline = time.monotonic() + 200  # the images that fill the memory take some seconds to write
    while (now := status(app))["phase"] != "failed":
        assert time.monotonic() < deadline, now
        time.sleep(0.2)
    whole = "The training failed: {}. Retrain with the button, or start the program again."
    assert now["message"] in map(whole.format, reasons)
    assert httpx.get(app.url, timeout=20).status_code == 200
    stroke = {"data": [[[[0, 0], [0, 9]]]]}
    reply = httpx.post(f"{app.url}/gradio_api/run/recognize_strokes", json=stroke, timeout=20)
    assert "has not learned anything yet" in reply.json()["error"]
    assert "Traceback" not in app.output


def test_too_little_memory(launch: Launch, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs prlimit (Linux)")
    # TensorFlow is there by then; an eighth of two million generated digits, several times at once, is to follow
    app = launch(*HOST, "--cache", str(tmp_path), "--data", "generated", "--limit", "2000000", "--epochs", "1")
    app.wait_for("Training on")
    children = Path(f"/proc/{app.process.pid}/task").glob("*/children")
    numbers = [int(number) for file in children for number in file.read_text().split()]
    (training,) = (n for n in numbers if b"training.process" in Path(f"/proc/{n}/cmdline").read_bytes())
    pages = int(Path(f"/proc/{training}/statm").read_text().split()[0])
    resource.prlimit(training, resource.RLIMIT_AS, (pages * resource.getpagesize() + 500_000_000,) * 2)
    # where NumPy asks for too much Python says so; where TensorFlow's C++ does, that ends the process
    ended = "its process was ended, perhaps because there was not enough memory"
    failed_but_alive(app, "there is not enough memory", ended)


def test_a_loss_that_is_no_number(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from dataclasses import replace\n"
        "from mnist_demo.training import recipe\n"
        "recipe.GENERATED = replace(recipe.GENERATED, max_lr=1e38)\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    app = launch(*SMALL, "--limit", "5000", "--cache", str(tmp_path / "cache"), PYTHONPATH=path)
    failed_but_alive(app, "the loss is not a number any more")
    assert not list(tmp_path.glob("cache/models/*"))
