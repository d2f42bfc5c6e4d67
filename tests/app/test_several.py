"""It loses nothing: several launches at once, and kills at any moment. Real processes and signals."""

import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import App
from launching import HOST, OFFLINE, Launch, ready, result, slow_mirror, watched

from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with slow_mirror() as address:
        yield address


def test_a_second_launch_shows_the_firsts_progress_and_takes_over_when_it_is_killed(
    training_here: Launch, tmp_path: Path, small_npz: Path
) -> None:
    slow = ("--cache", str(tmp_path), "--data", str(small_npz), "--limit", "5000", "--epochs", "4")
    first = training_here("--train-only", *slow)
    first.wait_for("epoch 1/4")
    # halted for as long as the second takes to start, or it could be done before
    first.process.send_signal(signal.SIGSTOP)
    second = training_here(*HOST, *slow)
    seen = watched(second, lambda now: "Training: epoch " in now["message"])
    assert seen["message"].startswith("Another copy of this program is at work")
    assert (seen["phase"], seen["epochs"]) == ("loading", 4)
    assert seen["seconds_left"] > 0
    first.process.send_signal(signal.SIGCONT)
    first.wait_for("epoch 2/4")
    first.process.send_signal(signal.SIGSTOP)
    watched(second, lambda now: now["phase"] == "loading" and now["epoch"] > seen["epoch"])
    first.kill()
    watched(second, ready)
    done = [line for line in first.lines if re.match(r"epoch \d/4", line)]
    assert done
    assert set(done) <= set(second.lines), "the second did not go on from the first's last finished epoch"
    assert "Training on" in second.output
    assert not (tmp_path / "training.now").exists()


def test_three_launches_of_which_the_one_that_trains_is_killed(launch: Launch, tmp_path: Path, small_npz: Path) -> None:
    data = ("--data", str(small_npz), "--limit", "3000", "--epochs", "4")
    arguments = ("--train-only", "--cache", str(tmp_path), *data)
    apps = [launch(*arguments) for _ in range(3)]
    deadline = time.monotonic() + 90
    while not (training := [app for app in apps if "epoch 1/4" in app.output]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    training[0].kill()
    kept = training[0].wait_for(r"epoch 1/4.*")[0]
    rest = [app for app in apps if app not in training]
    assert len(rest) == 2
    results = [result(app) for app in rest]
    assert results == results[:1] * 2
    assert sum("Training on" in app.output for app in rest) == 1
    assert all(kept in app.output for app in rest)


class Launches:
    """Launches of `python app.py --train-only`, one after another, and what they said together."""

    def __init__(self, launch: Launch, folder: Path):
        self._launch = launch
        self._arguments = ("--train-only", "--cache", str(folder), "--limit", "600", "--epochs", "3")
        self._started: list[App] = []

    def start(self, *arguments: str) -> App:
        self._started.append(self._launch(*self._arguments, *arguments, **OFFLINE))
        return self._started[-1]

    @property
    def output(self) -> str:
        return "\n".join(app.output for app in self._started)

    def forget(self) -> None:
        """What was said so far."""
        self._started.clear()


@pytest.fixture
def launches(training_here: Launch, tmp_path: Path) -> Launches:
    return Launches(training_here, tmp_path / "cache")


@pytest.mark.parametrize(("kind", "kills"), [("file", 6), ("download", 3)])
def test_killed_at_random_moments(
    launches: Launches, tmp_path: Path, mirror: str, small_npz: Path, kind: str, kills: int
) -> None:
    """Nine in all: while downloading, writing digits, training, saving. The next launch goes on from there."""
    folder = tmp_path / "cache"
    arguments = ("--data", str(small_npz)) if kind == "file" else ("--mirror", mirror)
    first = launches.start(*arguments)
    reference = result(first)
    whole = time.monotonic() - first.moments[0]
    moments = random.Random(0)
    shutil.rmtree(folder)
    launches.forget()
    for _ in range(kills):
        app = launches.start(*arguments)
        try:
            ended = app.process.wait(moments.uniform(0, whole if kind == "file" else 0.6 * whole))
        except subprocess.TimeoutExpired:
            app.kill()
        else:  # trained before the moment came: a first launch again
            assert ended == 0, app.output
            shutil.rmtree(folder)
            launches.forget()
        for home in folder.glob("models/*"):
            assert cache.find(folder, home.name, LESSON).damaged == (), "a half-written model would have been found"
    finished = set(re.findall(r"^epoch \d/3 .*", launches.output, re.MULTILINE))
    last = launches.start(*arguments)
    trained = result(last)
    assert (trained["epochs"], trained["data"]) == (3, reference["data"])
    shown = [line for line in last.lines if re.match(r"epoch \d/3 ", line)]
    assert len(shown) == 3
    # a kill between the keeping of an epoch and the line about it leaves that line to the next launch
    assert finished <= set(shown), "an epoch that had been finished was trained again"
    leftovers = [path.name for path in folder.rglob("*") if path.name.startswith((".new-", ".training", "tmp"))]
    assert leftovers == []


def test_killed_while_the_model_is_saved(launches: Launches, tmp_path: Path, small_npz: Path) -> None:
    folder = tmp_path / "cache"
    for seconds in (0, 0.03, 0.1):
        app = launches.start("--data", str(small_npz))
        while app.process.poll() is None and not any(folder.glob("models/*/*")):
            time.sleep(0.002)
        time.sleep(seconds)
        app.kill()
        (home,) = folder.glob("models/*")
        found = cache.find(folder, home.name, LESSON)
        assert found.damaged == (), "a half-written model would have been found"
        shutil.rmtree(home)  # so that the next launch's own is what is waited for
    assert result(launches.start("--data", str(small_npz)))["epochs"] == 3
