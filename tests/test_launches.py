"""It always starts and loses nothing: several launches at once, kills at any moment, broken networks and disks, and
its end by every signal in every phase. Real processes, real signals, real sockets."""

import contextlib
import http.server
import json
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conftest import App

from mnist_demo import cache, network

pytestmark = pytest.mark.slow

Launch = Callable[..., App]
HOST = ("--host", "127.0.0.1")
# every address but this computer's own is unreachable at once
OFFLINE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9") | {"NO_PROXY": "127.0.0.1"}


def status(app: App) -> dict:
    return httpx.post(f"{app.url}/gradio_api/run/status", json={"data": []}, timeout=20).json()["data"][0]


def watched(app: App, enough: Callable[[dict], bool], seconds: float = 90) -> dict:
    """The first status that is `enough`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = status(app)
        if enough(now):
            return now
        time.sleep(0.2)
    raise AssertionError(f"still {now}")


def ready(now: dict) -> bool:
    assert now["phase"] != "failed", now
    return now["phase"] == "ready"


def result(app: App) -> dict:
    """What a --train-only launch came to."""
    assert app.process.wait(120) == 0, app.output
    time.sleep(0.2)
    return json.loads(app.lines[-1])


# --- several at once -----------------------------------------------------------------------------------------------


def test_a_second_launch_shows_the_firsts_progress_and_takes_over_when_it_is_killed(
    launch: Launch, tmp_path: Path, small_npz: Path
) -> None:
    slow = ("--cache", str(tmp_path), "--data", str(small_npz), "--limit", "10000", "--epochs", "4")
    first = launch("--train-only", *slow)
    first.wait_for("Training on")
    second = launch(*HOST, *slow)
    seen = watched(second, lambda now: "Training: epoch 2 of 4" in now["message"])
    assert seen["message"].startswith("Another copy of this program is at work")
    assert (seen["phase"], seen["epoch"], seen["epochs"]) == ("loading", 1, 4)
    assert seen["seconds_left"] > 0
    first.kill()
    watched(second, ready)
    done = [line for line in first.lines if re.match(r"epoch \d/4", line)]
    assert done
    assert set(done) <= set(second.lines), "the second did not go on from the first's last finished epoch"
    assert "Training on" in second.output
    assert not (tmp_path / "training.now").exists()


def test_five_launches_of_which_the_one_that_trains_is_killed(launch: Launch, tmp_path: Path, small_npz: Path) -> None:
    data = ("--data", str(small_npz), "--limit", "5000", "--epochs", "4")
    arguments = ("--train-only", "--cache", str(tmp_path), *data)
    apps = [launch(*arguments) for _ in range(5)]
    deadline = time.monotonic() + 90
    while not (training := [app for app in apps if "epoch 1/4" in app.output]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    training[0].kill()
    kept = training[0].wait_for(r"epoch 1/4.*")[0]
    rest = [app for app in apps if app not in training]
    assert len(rest) == 4
    results = [result(app) for app in rest]
    assert results == results[:1] * 4
    assert sum("Training on" in app.output for app in rest) == 1
    assert all(kept in app.output for app in rest)


# --- kill -9 at any moment -----------------------------------------------------------------------------------------


class Mirror(http.server.BaseHTTPRequestHandler):
    """Sends what could be MNIST for two seconds, fast enough; then it turns out to be something else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(40 * 25_000))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(40):
                self.wfile.write(bytes(25_000))
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/mnist.npz"
        running.shutdown()


KILLS = 20


def test_killed_at_twenty_random_moments(launch: Launch, tmp_path: Path, mirror: str, small_npz: Path) -> None:
    """Two rows of launches, each beginning where the last was killed: one reads a file, one downloads first."""
    network.prepare()
    common = ("--train-only", "--limit", "1000", "--epochs", "4")
    rows = [("--data", str(small_npz), *common), ("--mirror", mirror, *common)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda row: _kill_often(launch, row[1], tmp_path / str(row[0]), row[0]), enumerate(rows)))


def _kill_often(launch: Launch, arguments: tuple[str, ...], home: Path, seed: int) -> None:
    moments = random.Random(seed)
    folder, trained, generation = home / "0", set(), 0
    for _ in range(KILLS // 2):
        app = launch(*arguments, "--cache", str(folder), **OFFLINE)
        # half of the kills at a random moment of it all, half once TensorFlow is there, where files are written
        with contextlib.suppress(AssertionError):
            app.wait_for("Looking for" if moments.random() < 0.5 else "Starting", 30)
        with contextlib.suppress(TimeoutError):
            _wait(app, moments.uniform(0, 5))
        finished = app.process.poll() == 0
        app.kill()
        trained |= _finished_epochs(app)
        _all_whole(folder)
        if finished:
            generation += 1
            folder, trained = home / str(generation), set()
    last = launch(*arguments, "--cache", str(folder), **OFFLINE)
    assert result(last)["epochs"] == 4
    assert trained - {4} <= _finished_epochs(last), "an epoch that had been finished was trained again"
    leftovers = [p.name for p in folder.rglob("*") if p.name.startswith((".new-", ".training.now-", "tmp"))]
    assert leftovers == []


def _wait(app: App, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and app.process.poll() is None:
        time.sleep(0.01)


def _finished_epochs(app: App) -> set[int]:
    return {int(n) for n in re.findall(r"epoch (\d)/4  ", app.output)}


def _all_whole(folder: Path) -> None:
    """Whatever models the next launch would find pass their check."""
    for home in folder.glob("models/*"):
        assert cache.find(folder, home.name).damaged == ()


# --- broken networks -----------------------------------------------------------------------------------------------


def served_in_time(app: App, words: str) -> None:
    """The page is up in the usual time, training begins within 15 s, and one sentence tells why it is not MNIST."""
    page = httpx.get(app.url, timeout=20)
    assert page.status_code == 200
    app.wait_for("Training on", 60)
    assert time.monotonic() - app.started < 15 + 15, "15 s, and as many again for a busy machine's imports"
    told = [line for line in app.lines if "MNIST could not be downloaded" in line]
    assert len(told) == 1
    assert words in told[0]
    assert "Traceback" not in app.output


QUICK = (*HOST, "--limit", "1000", "--epochs", "1")


def test_a_proxy_that_is_not_there(launch: Launch, tmp_path: Path) -> None:
    served_in_time(launch(*QUICK, "--cache", str(tmp_path), **OFFLINE), "can't be reached")


def test_servers_that_accept_and_never_answer(launch: Launch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        mute = f"http://127.0.0.1:{silent.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), mute)
        app = launch(*QUICK, "--cache", str(tmp_path), **proxies, NO_PROXY="127.0.0.1")
        served_in_time(app, "in time")


def test_name_look_ups_that_never_answer(launch: Launch, tmp_path: Path, mounts: None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        try:
            silent.bind(("127.0.0.53", 53))
        except OSError as error:
            pytest.skip(f"can't listen on the port of name servers: {error}")
        resolver = tmp_path / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.53\noptions timeout:30\n")
        app = launch(*QUICK, "--cache", str(tmp_path), mounts=f"mount --bind {resolver} /etc/resolv.conf")
        served_in_time(app, "in time")
        assert silent.recv(1000), "nobody asked"


# --- broken disks --------------------------------------------------------------------------------------------------

SMALL = (*QUICK, "--data", "generated")


def test_a_read_only_cache(launch: Launch, tmp_path: Path, mounts: None) -> None:
    app = launch(*SMALL, "--cache", str(tmp_path), mounts=f"mount -t tmpfs -o ro tmpfs {tmp_path}")
    watched(app, ready)
    assert "can't be written (Read-only file system)" in app.output
    assert "Traceback" not in app.output
    app.process.terminate()
    assert app.process.wait(10) == 143


@pytest.mark.parametrize("size", ["16k", "1200k"], ids=["at once", "while training"])
def test_a_full_disk(launch: Launch, tmp_path: Path, mounts: None, size: str) -> None:
    app = launch(*SMALL, "--cache", str(tmp_path), mounts=f"mount -t tmpfs -o size={size} tmpfs {tmp_path}")
    watched(app, ready)
    assert "can't be written (No space left on device)" in app.output
    assert "Traceback" not in app.output


def test_no_home_and_a_folder_that_cannot_be_written(launch: Launch, tmp_path: Path) -> None:
    # even root can't write to /proc
    nowhere = Path("/proc") if Path("/proc/self").exists() else tmp_path
    scratch = {"TMPDIR": str(tmp_path)}
    app = launch(*SMALL, "--cache", str(tmp_path / "cache"), cwd=nowhere, HOME=None, KERAS_HOME=None, **scratch)
    watched(app, ready)
    assert "Traceback" not in app.output
    assert "can't be written" not in app.output


def test_a_port_that_is_taken(launch: Launch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = launch(*SMALL, "--cache", str(tmp_path), "--port", str(port))
        assert f"Port {port} is taken" in app.wait_for("(?s).*http://.*")[0]
        assert httpx.get(app.url, timeout=20).status_code == 200
        assert not app.url.endswith(f":{port}")


# --- the end -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("phase", ["importing", "loading", "downloading", "training", "serving"])
def test_it_stops_in_every_phase(
    launch: Launch, tmp_path_factory: pytest.TempPathFactory, mirror: str, phase: str, number: int
) -> None:
    # the training that is stopped in one test is what another finds in its cache
    folder = tmp_path_factory.getbasetemp() / "stops"
    arguments = [*HOST, "--cache", str(folder / phase), "--limit", "20000"]
    arguments += ["--mirror", mirror] if phase == "downloading" else ["--data", "generated"]
    arguments += ["--epochs", "1", "--limit", "1000"] if phase == "serving" else []
    app = launch(*arguments, **OFFLINE)
    if phase == "importing":
        time.sleep(1.0)
    else:
        app.wait_for({"loading": "Starting", "downloading": "Downloading", "training": "epoch 1/"}.get(phase, "Ready"))
    asked = time.monotonic()
    app.process.send_signal(number)
    assert app.process.wait(20) == 128 + number
    assert time.monotonic() - asked < 5
    assert "Traceback" not in app.output
    if phase == "training":
        assert list((folder / phase / "unfinished").iterdir()), "the finished epoch was not kept"
