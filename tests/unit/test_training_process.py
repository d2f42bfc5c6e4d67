"""A training in a process of its own, whatever becomes of that; and when one is begun early."""

import dataclasses
import os
import sys
import time
from pathlib import Path

import pytest
from conftest import READY, copy_of
from launching import outlives_ctrl_c_but_not_its_parent

from mnist_demo.data import dataset
from mnist_demo.errors import TrainingError
from mnist_demo.model.spec import LESSON, initial_weights
from mnist_demo.service import Service
from mnist_demo.settings import Settings
from mnist_demo.training.history import Progress, Stopped
from mnist_demo.training.process import TrainingProcess
from mnist_demo.training.recipe import Recipe

pytestmark = pytest.mark.slow

SHORT = Recipe(epochs=1, generated=300, non_digits=10, batch=64)
SECONDS = 60


@pytest.fixture(scope="module")
def data(small_npz: Path) -> dataset.Dataset:
    return dataset.from_path(small_npz)


def has_ended(training: TrainingProcess) -> bool:
    assert training._process is not None
    return training._process.returncode is not None


def test_it_trains_and_tells(
    data: dataset.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello ' * 20_000, end='')")  # not what is told
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # written in part and kept in part, as usual
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("state").mkdir()
    Path("state", "history.json").write_text("rubbish")
    training, seen = TrainingProcess(), []
    trained = training.train(LESSON, data, SHORT, Path("state"), seen.append, lambda: False, initial_weights(LESSON, 1))
    assert all(isinstance(progress, Progress) for progress in seen)
    assert seen[-1].history == trained.history
    assert len(trained.history) == 1
    assert any(progress.weights is not None for progress in seen)
    assert trained.evaluation.images is data.test_images, "no copies of them"
    assert trained.evaluation.accuracy == trained.history[-1].test_accuracy
    assert has_ended(training)
    assert (tmp_path / "state" / "latest.weights.h5").exists()
    assert "What an interrupted training had kept is damaged" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX priorities")
def test_answers_go_before_the_training() -> None:
    training = TrainingProcess()
    process = training._process
    assert process is not None
    expected = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    deadline = time.monotonic() + SECONDS
    while os.getpriority(os.PRIO_PROCESS, process.pid) != expected:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_process_that_is_not_needed_ends() -> None:
    training = TrainingProcess()
    process = training._process
    assert process is not None
    del training
    assert process.returncode is not None


def test_it_is_stopped_at_once(data: dataset.Dataset, tmp_path: Path) -> None:
    training = TrainingProcess()
    with pytest.raises(Stopped):
        training.train(LESSON, data, SHORT, tmp_path / "state", stopping=lambda: True)
    assert has_ended(training)


def test_a_process_that_is_lost(data: dataset.Dataset, tmp_path: Path) -> None:
    """As when the system ends it because the memory is full: the program goes on."""
    training = TrainingProcess()
    assert training._process is not None
    training._process.kill()
    with pytest.raises(TrainingError, match="its process was ended"):
        training.train(LESSON, data, SHORT, tmp_path / "state")


def test_what_goes_wrong_in_it_is_told(data: dataset.Dataset, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the loss is not a number any more"):
        TrainingProcess().train(LESSON, data, dataclasses.replace(SHORT, max_lr=1e38, epochs=3), tmp_path / "state")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        TrainingProcess().train(LESSON, data, SHORT, tmp_path / "file" / "state")


@pytest.mark.parametrize("program", ["/nowhere/python", ""])
def test_no_process(data: dataset.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(sys, "executable", program)
    assert len(TrainingProcess().train(LESSON, data, SHORT, tmp_path / "state").history) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_outlives_ctrl_c_but_not_its_parent() -> None:
    code = (
        "import time; from mnist_demo.training.process import TrainingProcess\n"
        "training = TrainingProcess(); print(training._process.pid, flush=True); time.sleep(60)"
    )
    outlives_ctrl_c_but_not_its_parent(code, SECONDS)


# --- when it is begun early


class Counted:
    """What gives trainers that stop at once, and how many it gave."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> object:
        self.given += 1

        def train(*arguments: object) -> None:
            raise Stopped

        return train


def begun(settings: Settings) -> list[int]:
    """How many trainers there were after `prepare`, and when the first job had ended."""
    trainers = Counted()
    service = Service(settings, trainer=trainers)
    service.prepare()
    early = trainers.given
    service.start()
    service.wait(SECONDS)
    service.stop()
    return [early, trainers.given]


def test_with_nothing_cached_a_trainer_gets_ready_beside_the_page(tmp_path: Path, small_npz: Path) -> None:
    assert begun(Settings(cache=tmp_path / "cache", data=str(small_npz))) == [1, 1]
    assert begun(Settings(cache=tmp_path / "cache", data="generated", limit=100)) == [1, 1]


def test_a_cached_launch_has_none(trained_cache: Path, tmp_path: Path) -> None:
    settings = Settings(
        cache=copy_of(trained_cache, tmp_path / "cache"), data="generated", limit=int(READY[READY.index("--limit") + 1])
    )
    assert begun(settings) == [0, 0]
    assert begun(dataclasses.replace(settings, retrain=True, limit=100)) == [1, 1]
    assert begun(dataclasses.replace(settings, limit=100)) == [1, 1], "what is cached is another training's"


def test_whether_a_file_s_network_is_cached_is_known_when_it_is_read(
    trained_cache: Path, small_npz: Path, tmp_path: Path
) -> None:
    assert begun(Settings(cache=copy_of(trained_cache, tmp_path / "cache"), data=str(small_npz))) == [0, 1]


def test_data_that_can_t_be_used_needs_none(tmp_path: Path) -> None:
    service = Service(Settings(cache=tmp_path / "cache", data=str(tmp_path / "missing.npz")))
    service.prepare()
    prepared = service._workshop._prepared
    assert prepared is not None
    process = prepared.__self__._process  # type: ignore[attr-defined]
    del prepared
    service.start()
    service.wait(SECONDS)
    assert service.status.phase == "failed"
    assert process.returncode is not None
    service.stop()
