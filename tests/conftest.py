"""What several tests share: small data, the real MNIST if there is one, the app as a process of its own."""

import contextlib
import gc
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock
import forked
import numpy as np
import pytest
from visitor import Visitor

from mnist_demo.handwriting import generator

ROOT = Path(__file__).resolve().parents[1]
REAL_MNIST = os.environ.get("MNIST_DEMO_TEST_MNIST")

READY = ("--data", "generated", "--limit", "25000", "--epochs", "3")
"""With these and a copy of `trained_cache` a launch finds a network that reads generated digits well."""

UNTRAINED = ROOT / "tests" / "untrained.py"
TRAINING_HERE = ROOT / "tests" / "training_here.py"

# half the time that TensorFlow's import takes is spent in looks for garbage; see `pytest_collection_finish`
gc.disable()

# nothing a test starts may look at this computer's own settings or MNIST
for name in list(os.environ):
    if name.startswith(("MNIST_DEMO_", "GRADIO_")) and not name.startswith("MNIST_DEMO_TEST_"):
        del os.environ[name]
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of slow tests alone import TensorFlow and browsers, which takes longer than many a test."""
    unwanted = config.option.markexpr == "not slow" and collection_path.match("test_*.py")
    slow = "\npytestmark = pytest.mark.slow"
    return True if unwanted and slow in collection_path.read_text(encoding="utf-8") else None


def pytest_collection_finish() -> None:
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes no time first, browsers last."""
    items.sort(key=lambda item: ("browser" in item.path.parts, item.get_closest_marker("slow") is not None))


@pytest.fixture(autouse=True)
def _no_keras_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.getbasetemp() / "no-keras"))


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    """Keras's mnist.npz, if the environment names one."""
    if not REAL_MNIST:
        pytest.skip("needs the real MNIST: set MNIST_DEMO_TEST_MNIST to Keras's mnist.npz")
    return Path(REAL_MNIST).resolve()


@pytest.fixture(scope="session")
def small_arrays() -> dict[str, np.ndarray]:
    """600 training and 200 test digits under Keras's names."""
    images, labels = generator.generate(800, np.random.default_rng(7))
    return {"x_train": images[:600], "y_train": labels[:600], "x_test": images[600:], "y_test": labels[600:]}


@pytest.fixture(scope="session")
def small_npz(small_arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez_compressed(path, **small_arrays)
    return path


class App:
    """`python app.py` as a process; its output is collected, and shown when a test fails.

    `mounts` is a shell command that changes what the process, and it alone, sees of the file system. An environment
    variable that is None is taken away. What it imports is there already where that can make no difference, unless it
    is to start `cold`.
    """

    def __init__(
        self,
        *arguments: str,
        mounts: str = "",
        cwd: Path = ROOT,
        program: Path = ROOT / "app.py",
        cold: bool = False,
        **environment: str | None,
    ):
        self.environment = environment
        self.lines: list[str] = []
        self.moments: list[float] = []  # when each line came
        together = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        variables = {name: value for name, value in together.items() if value is not None}
        # what Python and Gradio look at when they are started or imported
        cold = cold or cwd != ROOT or any(n.startswith(("PYTHON", "GRADIO_")) for n in environment)
        self.process: subprocess.Popen | forked.Forked
        if cold or not forked.POSSIBLE:
            around = ["unshare", "-m", "sh", "-c", f'{mounts} && exec "$@"', "sh"] if mounts else []
            self.process = subprocess.Popen(
                [*around, sys.executable, str(program), *arguments],
                cwd=cwd,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        else:
            self.process = forked.Forked(program, arguments, variables, mounts)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.moments.append(time.monotonic())
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """The first match of `pattern` in the output, waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if match := re.search(pattern, self.output):
                return match
            if ended:
                time.sleep(0.2)
                if match := re.search(pattern, self.output):
                    return match
                break
            time.sleep(0.05)
        print(self.output)
        raise AssertionError(f"{pattern!r} did not come in {seconds} s (process: {self.process.poll()})")

    def seconds_between(self, first: str, second: str) -> float:
        """From the first line that begins with the one to the first that begins with the other."""
        moments = [
            next(m for m, line in zip(self.moments, self.lines, strict=False) if line.startswith(s))
            for s in (first, second)
        ]
        return moments[1] - moments[0]

    def kill(self) -> None:
        """As a power cut would: the process can do nothing about it."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    @property
    def url(self) -> str:
        return self.wait_for(r"http://[\d.]+:\d+")[0]

    def stop(self) -> None:
        self.kill()
        print(self.output)


@pytest.fixture(scope="session")
def mounts() -> None:
    """The test needs to mount file systems of its own, in a namespace of its own."""
    tried = shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if not tried or tried.returncode:
        pytest.skip("needs mount namespaces (Linux, root): unshare -m")


@pytest.fixture(scope="session")
def trained_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the network of a launch with `READY`. To be copied, as `copy_of` does, not to be used."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "trained"
    with filelock.FileLock(shared / "trained.lock"):
        if not folder.exists():
            app = App(*READY, "--train-only", "--cache", str(shared / "being-trained"), program=TRAINING_HERE)
            assert app.process.wait(300) == 0, app.output
            (shared / "being-trained").rename(folder)
    return folder


def copy_of(cache: Path, place: Path) -> Path:
    """A copy of a cache, for one test or module to do with as it likes."""
    return Path(shutil.copytree(cache, place))


@pytest.fixture
def ready(trained_cache: Path, tmp_path: Path) -> tuple[str, ...]:
    """The arguments of a launch that is ready within seconds, on this computer only, in a cache of its own."""
    return "--host", "127.0.0.1", *READY, "--cache", str(copy_of(trained_cache, tmp_path / "ready"))


@pytest.fixture(scope="module")
def server(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, ready, for all tests of a module that only ask it something. Visitors may not train there."""
    home = tmp_path_factory.mktemp("server")
    (home / "temporary").mkdir()
    arguments = ("--host", "127.0.0.1", "--cache", str(copy_of(trained_cache, home / "cache")), *READY)
    app = App(*arguments, "--no-retrain-button", TMPDIR=str(home / "temporary"))
    app.wait_for("Ready: ")
    yield app
    app.stop()


@pytest.fixture(scope="module")
def visitor(server: App) -> Visitor:
    return Visitor(server)


@pytest.fixture
def launch() -> Iterator[Callable[..., App]]:
    """Start the app; whatever was started ends with the test."""
    with _launcher(ROOT / "app.py") as start:
        yield start


@pytest.fixture
def untrained() -> Iterator[Callable[..., App]]:
    """As `launch`, but it learns nothing, in no time."""
    with _launcher(UNTRAINED) as start:
        yield start


@pytest.fixture
def training_here() -> Iterator[Callable[..., App]]:
    """As `launch`, but it trains in its own process, where a kill ends all there is of it."""
    with _launcher(TRAINING_HERE) as start:
        yield start


@pytest.fixture
def deeper() -> Iterator[Callable[..., App]]:
    """As `launch`, with a network of a third convolution."""
    with _launcher(ROOT / "tests" / "deeper.py") as start:
        yield start


@contextlib.contextmanager
def _launcher(program: Path) -> Iterator[Callable[..., App]]:
    started: list[App] = []

    def start(*arguments: str, **options: Any) -> App:
        started.append(App(*arguments, program=program, **options))
        return started[-1]

    yield start
    for app in started:
        app.stop()
