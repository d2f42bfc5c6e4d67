"""It always starts and loses nothing: several launches at once, kills at any moment, broken networks and disks, and
its end by every signal in every phase. Real processes, real signals, real sockets."""

import contextlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import forked
import httpx
import pytest
from conftest import ROOT, App

from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache
from mnist_demo.system import files

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
    slow = ("--cache", str(tmp_path), "--data", str(small_npz), "--limit", "10000", "--epochs", "5")
    first = launch("--train-only", *slow)
    first.wait_for("epoch 1/5")
    # halted for as long as the second takes to start, or it could be done before
    first.process.send_signal(signal.SIGSTOP)
    second = launch(*HOST, *slow)
    seen = watched(second, lambda now: "Training: epoch " in now["message"])
    assert seen["message"].startswith("Another copy of this program is at work")
    assert (seen["phase"], seen["epochs"]) == ("loading", 5)
    assert seen["seconds_left"] > 0
    first.process.send_signal(signal.SIGCONT)
    first.wait_for("epoch 2/5")
    first.process.send_signal(signal.SIGSTOP)
    watched(second, lambda now: now["phase"] == "loading" and now["epoch"] > seen["epoch"])
    first.kill()
    watched(second, ready)
    done = [line for line in first.lines if re.match(r"epoch \d/5", line)]
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
        self.send_header("Content-Length", str(50 * 25_000))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(50):
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


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., BaseProcess]]:
    """Start `python app.py --train-only` again and again; its words go to the file `said` beside the cache."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests'}")
    started: list[BaseProcess] = []

    def begin(*arguments: str) -> BaseProcess:
        common = ("--train-only", "--cache", str(tmp_path / "cache"), "--limit", "1500", "--epochs", "4")
        started.append(forked.launch((*common, *arguments), OFFLINE, tmp_path / "said"))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.join()
    print((tmp_path / "said").read_text())


@pytest.mark.parametrize(("kind", "kills"), [("file", 14), ("download", 6)])
def test_killed_at_random_moments(
    start: Callable[..., BaseProcess], tmp_path: Path, mirror: str, small_npz: Path, kind: str, kills: int
) -> None:
    """Twenty in all: while downloading, writing digits, training, saving. The next launch goes on from there."""
    said, folder = tmp_path / "said", tmp_path / "cache"
    arguments = ("--data", str(small_npz)) if kind == "file" else ("--mirror", mirror)
    begun = time.monotonic()
    start(*arguments).join(120)
    whole = time.monotonic() - begun
    reference = json.loads(said.read_text().splitlines()[-1])
    moments = random.Random(0)
    shutil.rmtree(folder)
    said.write_text("")
    for _ in range(kills):
        process = start(*arguments)
        process.join(moments.uniform(0, whole if kind == "file" else 0.6 * whole))
        if process.exitcode == 0:  # trained before the moment came: a first launch again
            shutil.rmtree(folder)
            said.write_text("")
        process.kill()
        process.join()
        for home in folder.glob("models/*"):
            assert cache.find(folder, home.name, LESSON).damaged == (), "a half-written model would have been found"
    finished = set(re.findall(r"^epoch \d/4 .*", said.read_text(), re.MULTILINE))
    before = len(said.read_text())
    last = start(*arguments)
    last.join(120)
    assert last.exitcode == 0
    lines = said.read_text()[before:].splitlines()
    assert (json.loads(lines[-1])["epochs"], json.loads(lines[-1])["data"]) == (4, reference["data"])
    shown = [line for line in lines if re.match(r"epoch \d/4 ", line)]
    assert len(shown) == 4
    # a kill between the keeping of an epoch and the line about it leaves that line to the next launch
    assert finished <= set(shown), "an epoch that had been finished was trained again"
    leftovers = [path.name for path in folder.rglob("*") if path.name.startswith((".new-", ".training", "tmp"))]
    assert leftovers == []


def test_killed_while_the_model_is_saved(start: Callable[..., BaseProcess], tmp_path: Path, small_npz: Path) -> None:
    folder = tmp_path / "cache"
    for seconds in (0, 0.03, 0.1):
        process = start("--data", str(small_npz))
        while process.exitcode is None and not any(folder.glob("models/*/*")):
            time.sleep(0.002)
        time.sleep(seconds)
        process.kill()
        process.join()
        (home,) = folder.glob("models/*")
        found = cache.find(folder, home.name, LESSON)
        assert found.damaged == (), "a half-written model would have been found"
        shutil.rmtree(home)  # so that the next launch's own is what is waited for
    last = start("--data", str(small_npz))
    last.join(120)
    assert last.exitcode == 0
    assert json.loads((tmp_path / "said").read_text().splitlines()[-1])["epochs"] == 4


# --- broken networks -----------------------------------------------------------------------------------------------


def served_in_time(app: App, words: str) -> None:
    """The page is up, the search for images ends in a few seconds, and one sentence tells why it is not MNIST.

    That training begins within 15 s of the launch follows where the imports take their usual 4 s: they are left out
    here, for on a busy computer they take several times that.
    """
    page = httpx.get(app.url, timeout=20)
    assert page.status_code == 200
    app.wait_for("Training on", 60)
    assert app.seconds_between("Looking for", "Training on") < 15
    told = [line for line in app.lines if "MNIST could not be downloaded" in line]
    assert len(told) == 1
    assert words in told[0]
    assert "Traceback" not in app.output


QUICK = (*HOST, "--limit", "1000", "--epochs", "1")


def test_servers_that_accept_and_never_answer(launch: Launch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        mute = f"http://127.0.0.1:{silent.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), mute)
        app = launch(*QUICK, "--cache", str(tmp_path), **proxies, NO_PROXY="127.0.0.1")
        served_in_time(app, "in time")


class Mischief(socketserver.BaseRequestHandler):
    """The proxy of a bad network: whatever it is asked for, it does the same."""

    kind = ""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.recv(65536)
            if self.kind == "a byte a second":
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 11490434\r\n\r\n")
                for _ in range(60):
                    self.request.sendall(b"P")
                    time.sleep(1)
            status = "502 Bad Gateway" if self.kind == "a proxy's error" else "200 OK"
            page = b"<html>Please log in</html>"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
            self.request.sendall(head.encode() + page)


@pytest.mark.parametrize("kind", ["a byte a second", "a captive portal", "a proxy's error"])
def test_networks_that_answer_with_something_else(launch: Launch, tmp_path: Path, kind: str) -> None:
    handler = type("Handler", (Mischief,), {"kind": kind})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        running.block_on_close = False
        threading.Thread(target=running.serve_forever, daemon=True).start()
        proxies = dict.fromkeys(
            ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://127.0.0.1:{running.server_address[1]}"
        )
        # the built-in addresses have TLS, which such a proxy spoils; a mirror without it gets the answer itself
        mirror = ("--mirror", "http://mirror.invalid/mnist.npz")
        app = launch(*QUICK, "--cache", str(tmp_path), *mirror, **proxies, NO_PROXY="127.0.0.1")
        served_in_time(app, "")
        running.shutdown()


def test_a_mirror_that_has_something_else(launch: Launch, tmp_path: Path, small_npz: Path) -> None:
    """A whole .npz of digits, but not MNIST's; the built-in addresses can't be reached then."""

    class Server(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(small_npz)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        mirror = f"http://127.0.0.1:{running.server_port}/mnist.npz"
        app = launch(*QUICK, "--cache", str(tmp_path), "--mirror", mirror, **OFFLINE)
        served_in_time(app, "storage.googleapis.com")  # where the search ended
        assert f"what 127.0.0.1:{running.server_port} sent is not MNIST" in app.output
        running.shutdown()


@contextlib.contextmanager
def name_server(folder: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket on the port of name servers, and the command by which a process asks it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.bind(("127.0.0.153", 53))  # .53 is systemd's own
        except OSError as error:
            pytest.skip(f"can't listen on the port of name servers: {error}")
        resolver = folder / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.153\noptions timeout:30\n")
        yield asked, f"mount --bind {resolver} /etc/resolv.conf"


def test_name_look_ups_that_never_answer(launch: Launch, tmp_path: Path, mounts: None) -> None:
    with name_server(tmp_path) as (silent, command):
        app = launch(*QUICK, "--cache", str(tmp_path), mounts=command)
        served_in_time(app, "in time")
        assert silent.recv(1000), "nobody asked"


def test_names_that_nobody_knows(launch: Launch, tmp_path: Path, mounts: None) -> None:
    def deny() -> None:
        with contextlib.suppress(OSError):
            while True:
                question, sender = server.recvfrom(4096)
                server.sendto(question[:2] + b"\x81\x83" + question[4:], sender)

    with name_server(tmp_path) as (server, command):
        threading.Thread(target=deny, daemon=True).start()
        app = launch(*QUICK, "--cache", str(tmp_path), mounts=command)
        served_in_time(app, "can't be reached")


# --- broken disks --------------------------------------------------------------------------------------------------

SMALL = (*QUICK, "--data", "generated")


def test_a_read_only_cache(launch: Launch, tmp_path: Path, mounts: None) -> None:
    app = launch(*SMALL, "--cache", str(tmp_path), mounts=f"mount -t tmpfs -o ro tmpfs {tmp_path}")
    watched(app, ready)
    assert "can't be written (Read-only file system)" in app.output
    assert "Traceback" not in app.output
    app.process.terminate()
    assert app.process.wait(5) == 143


def test_no_disk_can_be_written(launch: Launch, tmp_path: Path, mounts: None) -> None:
    """Neither the cache nor a usual folder for temporary files, as in a container whose disk is read-only."""
    places = dict.fromkeys(("/", "/tmp", "/var/tmp", str(ROOT), str(tmp_path)))
    locks = " && ".join(f"mount --bind {p} {p} && mount -o remount,bind,ro {p}" for p in places if Path(p).exists())
    mounted = f"{locks} && mount -t tmpfs tmpfs /dev/shm"  # the memory, where there is always some room
    app = launch(*SMALL, "--cache", str(tmp_path / "cache"), mounts=mounted)
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


def test_a_user_without_name_and_home(launch: Launch, tmp_path: Path, mounts: None) -> None:
    """As in a container that runs under any number: no $HOME, nothing in /etc/passwd either."""
    (tmp_path / "passwd").touch()
    (tmp_path / "nsswitch.conf").write_text("passwd: files\nhosts: files dns\n")
    app = launch(
        *SMALL,
        mounts=f"cd {tmp_path} && mount --bind passwd /etc/passwd && mount --bind nsswitch.conf /etc/nsswitch.conf",
        **dict.fromkeys(("HOME", "KERAS_HOME", "XDG_CACHE_HOME", "USER", "LOGNAME")),
        TMPDIR=str(tmp_path),
    )
    watched(app, ready)
    assert "Traceback" not in app.output
    assert "can't be written" not in app.output
    assert (tmp_path / "mnist-demo" / "models").exists()


def test_a_clock_that_jumps(launch: Launch, tmp_path: Path) -> None:
    """By four hundred days, back and forth, twice a second."""
    (tmp_path / "sitecustomize.py").write_text(
        "import time\n"
        "right = time.time\n"
        "time.time = lambda: right() + (1 if int(2 * right()) % 2 else -1) * 400 * 86400\n"
        "time.time_ns = lambda: int(time.time() * 1e9)\n"
    )
    app = launch(*SMALL, "--cache", str(tmp_path / "cache"), PYTHONPATH=str(tmp_path))

    def ready_and_sensible(now: dict) -> bool:
        assert now["seconds_left"] is None or 0 <= now["seconds_left"] < 600
        return ready(now)

    watched(app, ready_and_sensible)
    assert 0 < float(app.wait_for(r"epoch 1/1 .* ([-\d.]+) s")[1]) < 120
    assert "Traceback" not in app.output


def test_no_home_no_folder_to_write_to_and_a_port_that_is_taken(launch: Launch, tmp_path: Path) -> None:
    # even root can't write to /proc
    nowhere = Path("/proc") if Path("/proc/self").exists() else tmp_path
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = (*SMALL, "--port", str(port))
        app = launch(*arguments, cwd=nowhere, HOME=None, KERAS_HOME=None, XDG_CACHE_HOME=str(tmp_path))
        watched(app, ready)
    assert f"Port {port} is taken" in app.output
    assert not app.url.endswith(f":{port}")
    assert "Traceback" not in app.output
    assert "can't be written" not in app.output
    assert (tmp_path / "mnist-demo" / "models").exists()


def test_a_read_only_cache_with_a_model(launch: Launch, tmp_path: Path, mounts: None) -> None:
    """Baked into an image, for example: it is used, and nobody is told of any trouble."""
    trained = result(launch(*SMALL, "--train-only", "--cache", str(tmp_path)))
    again = launch(
        *SMALL,
        "--train-only",
        "--cache",
        str(tmp_path),
        mounts=f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro {tmp_path}",
    )
    assert result(again) == trained
    assert "Training on" not in again.output
    assert "can't be written" not in again.output


# --- trainings that fail -------------------------------------------------------------------------------------------


def failed_but_alive(app: App, reason: str) -> None:
    """The page says why and offers a way on; whoever draws is told to wait."""
    deadline = time.monotonic() + 90
    while (now := status(app))["phase"] != "failed":
        assert time.monotonic() < deadline, now
        time.sleep(0.2)
    assert now["message"] == f"The training failed: {reason}. Retrain with the button, or start the program again."
    assert httpx.get(app.url, timeout=20).status_code == 200
    stroke = {"data": [[[[0, 0], [0, 9]]]]}
    reply = httpx.post(f"{app.url}/gradio_api/run/recognize_strokes", json=stroke, timeout=20)
    assert "has not learned anything yet" in reply.json()["error"]
    assert "Traceback" not in app.output


def test_too_little_memory(launch: Launch, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs prlimit (Linux)")
    # half of ten million generated digits, made at once, have four gigabytes, TensorFlow less than one
    app = launch(*HOST, "--cache", str(tmp_path), "--data", "generated", "--limit", "10000000", "--epochs", "1")
    app.wait_for("Starting")
    pages = int(Path(f"/proc/{app.process.pid}/statm").read_text().split()[0])
    resource.prlimit(app.process.pid, resource.RLIMIT_AS, (pages * resource.getpagesize() + 3_000_000_000,) * 2)
    failed_but_alive(app, "there is not enough memory")


def test_a_loss_that_is_no_number(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from dataclasses import replace\n"
        "from mnist_demo import recipe\n"
        "recipe.GENERATED = replace(recipe.GENERATED, max_lr=1e38)\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    app = launch(*SMALL, "--limit", "5000", "--cache", str(tmp_path / "cache"), PYTHONPATH=path)
    failed_but_alive(app, "the loss is not a number any more")
    assert not list(tmp_path.glob("cache/models/*"))


# --- the end -------------------------------------------------------------------------------------------------------

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
        ("training", signal.SIGTERM),
        ("serving", signal.SIGINT),
    ],
)
def test_it_stops_in_every_phase(launch: Launch, tmp_path: Path, mirror: str, phase: str, number: int) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz" if phase == "unanswered" else mirror
    data = ["--mirror", address] if phase in ("downloading", "unanswered") else ["--data", "generated"]
    size = ["--limit", "1000", "--epochs", "1"] if phase == "serving" else ["--limit", "5000"]
    another = files.lock(tmp_path / "training.lock")
    if phase == "waiting":
        another.acquire()
    app = launch(*HOST, "--cache", str(tmp_path), *data, *size, **OFFLINE)
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
        assert list((tmp_path / "unfinished").iterdir()), "the finished epoch was not kept"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lets one choose the thread")
def test_it_stops_whichever_thread_gets_the_signal(launch: Launch, tmp_path: Path) -> None:
    app = launch(*HOST, "--cache", str(tmp_path), "--data", "generated", "--limit", "1000", "--epochs", "1", **OFFLINE)
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
