"""It loses nothing: several launches at once, and kills at any moment. Real processes and signals."""

import json
import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import forked
import pytest
from conftest import ROOT
from launching import HOST, OFFLINE, Launch, ready, result, slow_mirror, watched

from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with slow_mirror() as address:
        yield address


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


def test_three_launches_of_which_the_one_that_trains_is_killed(launch: Launch, tmp_path: Path, small_npz: Path) -> None:
    data = ("--data", str(small_npz), "--limit", "5000", "--epochs", "4")
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


@pytest.mark.parametrize(("kind", "kills"), [("file", 6), ("download", 3)])
def test_killed_at_random_moments(
    start: Callable[..., BaseProcess], tmp_path: Path, mirror: str, small_npz: Path, kind: str, kills: int
) -> None:
    """Nine in all: while downloading, writing digits, training, saving. The next launch goes on from there."""
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
