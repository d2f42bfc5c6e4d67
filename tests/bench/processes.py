"""Processes to be measured, each started fresh and ended with whatever it started itself."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
PARTS = TESTS / "bench"
USUAL = TESTS / "usual_way"

Line = tuple[float, str]  # seconds since the start, and what was printed then


class Failed(Exception):
    """A measured process ended, or said nothing, before it had done what it was started for."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without the settings of the programs that are measured, which are the same for all."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MNIST_DEMO_", "GRADIO_"))}
    same = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(TESTS)]),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **same, **extra}


class Process:
    """`python ARGUMENTS` in the project's folder; what it prints is kept with the time at which it came."""

    def __init__(self, *arguments: object, port: int | None = None, **extra: str):
        self.port = port
        if port is not None:
            extra |= {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `kill`
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,  # so that it can be ended with its children
        )
        self.lines: list[Line] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append((self.seconds, line.rstrip("\n")))

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.started

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def check(self, limit: float) -> None:
        """Raise `Failed` if the process has ended or is older than `limit` seconds."""
        if self._process.poll() is not None:
            self.fail(f"ended with {self._process.returncode}")
        if self.seconds > limit:
            self.fail(f"was not ready after {limit} s")

    def fail(self, what: str) -> None:
        self._errors.seek(0)
        last = [line for _, line in self.lines] + self._errors.read().decode(errors="replace").splitlines()
        raise Failed("\n".join([f"{self._process.args} {what}", *last[-15:]]))

    def finish(self, limit: float) -> list[Line]:
        """Wait for its end -> its lines. Raises `Failed` if that is no success."""
        try:
            code = self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.fail(f"was not done after {limit} s")
        self._reader.join()
        if code:
            self.fail(f"ended with {code}")
        return self.lines

    def wait_for_page(self, limit: float = 90) -> float:
        """Wait until the page answers 200 -> seconds from the start."""
        while True:
            self.check(limit)
            try:
                if get(self.port, "/")[0] == 200:
                    return self.seconds
            except OSError:
                time.sleep(0.004)

    def resident(self) -> float:
        """Megabytes of physical memory that it holds."""
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True)
        return int(shown.stdout) * 1024 / 1e6

    def ask_to_end(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._errors.close()


@contextlib.contextmanager
def running(*arguments: object, port: int | None = None, **extra: str) -> Iterator[Process]:
    process = Process(*arguments, port=port, **extra)
    try:
        yield process
    finally:
        process.kill()


@contextlib.contextmanager
def serving(*arguments: object, **extra: str) -> Iterator[Process]:
    """A web app that takes its port from Gradio's environment variable."""
    with running(*arguments, port=free_port(), **extra) as process:
        yield process


def result(*arguments: object, limit: float = 500, **extra: str) -> Any:
    """What a script prints last, as JSON."""
    with running(*arguments, **extra) as process:
        return json.loads(process.finish(limit)[-1][1])


def get(port: int | None, path: str) -> tuple[int, bytes]:
    return _request(port, "GET", path, None, {})


def post(port: int | None, path: str, body: object) -> tuple[int, bytes]:
    return _request(port, "POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _request(
    port: int | None, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def interleaved(repeats: int, **measures: Any) -> dict[str, list[Any]]:
    """Call every measure `repeats` times, in turn and each time beginning with another, so that none has a better hour.

    -> the results by name.
    """
    names: Sequence[str] = list(measures)
    results: dict[str, list[Any]] = {name: [] for name in names}
    for repeat in range(repeats):
        for place in range(len(names)):
            name = names[(repeat + place) % len(names)]
            results[name].append(measures[name]())
    return results
