"""Runs beside the present network: kept, compared, deleted, and trained while it goes on answering."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from launching import trainer_here

from mnist_demo.errors import BusyError, RetrainOffError, RunError
from mnist_demo.model import packing
from mnist_demo.model.spec import LESSON, initial_weights
from mnist_demo.service import Service
from mnist_demo.settings import Settings
from mnist_demo.store import runs
from mnist_demo.store.runs import Run
from mnist_demo.store.timeline import Timeline
from mnist_demo.training.history import Epoch, EvalPoint
from mnist_demo.training.recipe import Variation

SECONDS = 180
POINT = EvalPoint(1.0, 0.8, 0.5, 0.9, 0.4)
SMALL = Variation(images=300, generated=False, augmented=False, epochs=2)


def a_run(number: int = 0, tests: int = 20) -> Run:
    return Run(
        id=f"{number:08x}",
        name=f"Run {number}",
        variation=SMALL,
        recipe=SMALL.recipe("mnist"),
        weights=tuple(w.astype(np.float16).astype(np.float32) for w in initial_weights(LESSON, number)),
        history=(Epoch(1, 0.8, 0.5, 0.9, 0.4, 3.0, "", (POINT,)),),
        logits=np.random.default_rng(number).normal(size=(tests, 10)).astype(np.float32),
        device="CPU",
        timeline=Timeline.begun(initial_weights(LESSON, number)),
    )


def test_a_run_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    for number in range(2):
        runs.save(tmp_path / "runs" / "tests", a_run(number))
    for found, kept in zip(runs.read_all(tmp_path / "runs" / "tests", LESSON, 20), map(a_run, range(2)), strict=True):
        assert (found.id, found.name, found.variation, found.recipe, found.history, found.device) == (
            (kept.id, kept.name, kept.variation, kept.recipe, kept.history, kept.device)
        )
        np.testing.assert_array_equal(found.logits, kept.logits)
        assert found.timeline.moments == kept.timeline.moments
        for one, other in zip(found.weights, kept.weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_runs_of_other_test_images_are_not_compared(tmp_path: Path) -> None:
    images, labels = np.zeros((20, 28, 28), np.uint8), np.zeros(20, np.uint8)
    assert runs.home(tmp_path, images, labels) != runs.home(tmp_path, images, labels + 1)
    assert runs.home(tmp_path, images, labels) != runs.home(tmp_path, images + 1, labels)


@pytest.mark.parametrize("damage", ["cut", "rubbish", "other tests", "not finite", "no name", "formula", "no number"])
def test_what_is_no_run_is_set_aside(tmp_path: Path, damage: str) -> None:
    home = tmp_path / "runs" / "tests"
    bad = a_run(1)
    if damage == "other tests":
        bad = a_run(1, tests=21)
    elif damage == "not finite":
        bad = replace(bad, logits=np.full((20, 10), np.nan, np.float32))
    elif damage == "no name":
        bad = replace(bad, name="")
    elif damage == "formula":
        bad = replace(bad, name="=1+1")
    elif damage == "no number":
        bad = replace(bad, recipe=replace(bad.recipe, max_lr=float("nan")))
    runs.save(home, bad)
    runs.save(home, a_run(2))
    file = home / bad.id / runs.FILE
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "rubbish":
        file.write_bytes(b"rubbish")
    assert [run.id for run in runs.read_all(home, LESSON, 20)] == [a_run(2).id]
    assert not (home / bad.id).exists()
    assert len(list((tmp_path / "damaged").iterdir())) == 1


@pytest.mark.parametrize("name", ["", "=SUM(A1)", "-1", " x", "x" * 41, "a\nb", None, 7])
def test_names_that_a_run_may_not_have(name: object) -> None:
    assert not runs.is_name(name)
    assert all(runs.is_name(fine) for fine in ("Lesson", "课上的方法", "9 epochs, × 10", "x" * 40))


@pytest.mark.slow
def test_a_run_beside_the_present_network(tmp_path: Path, small_npz: Path) -> None:
    settings = Settings(cache=tmp_path / "cache", data=str(small_npz), epochs=1, limit=600)
    service = Service(settings, trainer=trainer_here)
    service.start()
    service.wait(SECONDS)
    before, digit = service.recognizer, np.eye(28, dtype=np.float32)
    assert before is not None
    answer = service.recognize(digit)

    service.train_beside("By heart", SMALL)
    with pytest.raises(BusyError):
        service.train_beside("Another", SMALL)
    with pytest.raises(BusyError):
        service.retrain()
    while not service.idle:  # it answers all the while
        assert service.recognize(digit) == answer
        assert service.status.phase == "ready"
        time.sleep(0.05)
    assert service.recognizer is before
    assert (service.runs.training, service.runs.failure) == (None, None)
    (run,) = service.runs.kept(service.model)
    assert (run.name, len(run.history)) == ("By heart", 2)
    assert run.recipe == SMALL.recipe("file")
    found = run.evaluation(service.model.evaluation.images, service.model.evaluation.labels)
    assert found.accuracy == run.history[-1].test_accuracy
    for version in (run.version, *(moment.version for moment in run.timeline.moments)):
        packed = service.packed_weights(version)
        assert packed is not None
        assert packing.version(packed) == version

    service.train_beside("By heart", replace(SMALL, epochs=50))
    while service.runs.training is None or not service.runs.training.eval_points:
        time.sleep(0.05)
    service.stop_beside()
    service.wait(SECONDS)
    assert service.status.phase == "ready"
    assert [kept.id for kept in service.runs.kept(service.model)] == [run.id], "what was stopped is not kept"

    service.train_beside("By heart", replace(SMALL, rate=10.0, name="lesson"))
    service.wait(SECONDS)
    assert [kept.name for kept in service.runs.kept(service.model)] == ["By heart", "By heart 2"]
    service.stop()

    again = Service(settings, trainer=trainer_here)
    again.start()
    again.wait(SECONDS)
    assert [kept.name for kept in again.runs.kept(again.model)] == ["By heart", "By heart 2"]
    other = Service(settings, trainer=trainer_here)  # another copy of the program with the same cache
    other.start()
    other.wait(SECONDS)
    other.delete_run(run.id)
    other.stop()
    assert [kept.name for kept in again.runs.kept(again.model)] == ["By heart 2"]
    with pytest.raises(RunError):
        again.delete_run(run.id)
    with pytest.raises(RunError):
        again.train_beside("Nothing", replace(SMALL, images=0))
    for number in range(2, 6):
        again.runs.add(again.model, a_run(number, tests=200))
    with pytest.raises(RunError, match="delete one first"):
        again.train_beside("One too many", SMALL)
    again.stop()


def test_no_runs_where_training_is_switched_off(tmp_path: Path) -> None:
    service = Service(Settings(cache=tmp_path, retrain_button=False))
    for forbidden in (lambda: service.train_beside("x", SMALL), service.stop_beside, lambda: service.delete_run("x")):
        with pytest.raises(RetrainOffError):
            forbidden()
