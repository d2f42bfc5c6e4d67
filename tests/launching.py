"""What the tests share that launch the program as a process and watch it."""

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import httpx
from conftest import ROOT, App

from mnist_demo.service.workshop import Trainer

Launch = Callable[..., App]
HOST = ("--host", "127.0.0.1")
# every address but this computer's own is unreachable at once
OFFLINE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9") | {"NO_PROXY": "127.0.0.1"}
QUICK = (*HOST, "--limit", "1000", "--epochs", "1")
SMALL = (*QUICK, "--data", "generated")


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


def is_running(number: int) -> bool:
    """Whether that process runs; one that has ended may still wait to be collected."""
    try:
        os.kill(number, 0)
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True).stdout
    except ProcessLookupError:
        return False
    return bool(state.strip()) and not state.startswith("Z")


def outlives_ctrl_c_but_not_its_parent(code: str, seconds: float) -> None:
    """A process that `code` starts, whose number it prints before it sleeps; also when its parent is killed and can't
    say so."""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        assert os.getsid(number) != os.getsid(parent.pid)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while is_running(number):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def trainer_here() -> Trainer:
    """For a `Service` that trains in this process, as where no other can be started: TensorFlow is imported once."""
    from mnist_demo.training.train import train

    return train


class Mirror(http.server.BaseHTTPRequestHandler):
    """Sends what could be MNIST for half a second, fast enough; then it turns out to be something else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(25 * 25_000))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(25):
                self.wfile.write(bytes(25_000))
                time.sleep(0.02)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def slow_mirror() -> Iterator[str]:
    """The address of such a server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/mnist.npz"
        running.shutdown()
