"""The service: first launch, second launch, retraining, failing, two at once. Where it matters nothing what is learned,
the trainer learns nothing."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pytest
import untrained

from mnist_demo.errors import BusyError, RetrainOffError, UntrainedError
from mnist_demo.handwriting import generator
from mnist_demo.messages import say
from mnist_demo.model.packing import rounded
from mnist_demo.model.spec import LESSON, initial_weights
from mnist_demo.service import Service, jobs
from mnist_demo.service.status import NoticeKind, Status
from mnist_demo.service.workshop import Trainer
from mnist_demo.settings import Settings
from mnist_demo.store import progress_file
from mnist_demo.system import files
from mnist_demo.training import recipe, train
from mnist_demo.training.history import EvalPoint, Progress, Stopped, Trained

pytestmark = pytest.mark.slow

SECONDS = 120


def run(settings: Settings, trainer: Trainer = untrained.train) -> tuple[Service, list[Status]]:
    service, seen = Service(settings, trainer=lambda: trainer), []
    service.listen(seen.append)
    service.start()
    service.wait(SECONDS)
    return service, seen


def held(gate: threading.Event) -> Trainer:
    """A trainer that begins when the gate is opened, and learns nothing."""

    def train(*arguments: Any) -> Trained:
        gate.wait(SECONDS)
        return untrained.train(*arguments)

    return train


def small(tmp_path: Path, small_npz: Path, **changes: object) -> Settings:
    return Settings(**{"cache": tmp_path / "cache", "data": str(small_npz), "epochs": 2, "limit": 600} | changes)


def digit() -> np.ndarray:
    return generator.generate(1, np.random.default_rng(3))[0][0].astype(np.float32) / 255


def test_first_launch_trains_and_the_second_loads(tmp_path: Path, small_npz: Path) -> None:
    settings = small(tmp_path, small_npz)
    first, seen = run(settings, train.train)
    assert next(s.phase for s in seen if s.phase != "loading") == "training"
    assert first.status.phase == "ready"
    assert len(first.status.history) == 2
    assert any(s.phase == "training" and s.answering_epoch == 1 for s in seen)
    assert [s.version for s in seen] == sorted({s.version for s in seen})

    second, seen = run(settings)
    assert "training" not in {s.phase for s in seen}
    assert second.status.history == first.status.history
    assert second.status.test_accuracy == first.status.test_accuracy
    assert second.recognize(digit()) == first.recognize(digit())
    for service in (first, second):
        service.stop()


def test_what_it_has_seen_is_kept_with_the_network(tmp_path: Path, small_npz: Path) -> None:
    """The training images may be gone by the time somebody asks."""
    data = Path(shutil.copy(small_npz, tmp_path))
    settings = small(tmp_path, data)
    run(settings)[0].stop()
    service = run(settings)[0]
    data.unlink()
    neighbours = service.neighbours()
    service.stop()
    with np.load(small_npz) as archive:
        np.testing.assert_array_equal(neighbours.images, archive["x_train"][:600])
        np.testing.assert_array_equal(neighbours.labels, archive["y_train"][:600])


def test_the_first_weights_answer_before_they_are_evaluated(tmp_path: Path, small_npz: Path) -> None:
    weights = rounded(initial_weights(LESSON, 1))

    def train(*arguments: object) -> None:
        report = arguments[4]
        assert callable(report)
        for points in ((), (EvalPoint(0.5, 0.1, 2.0, 0.1, 2.0),)):
            report(Progress(2, 0.25, 1.0, (), points, "nothing", weights))
        raise Stopped

    service, seen = Service(small(tmp_path, small_npz), trainer=lambda: train), []
    service.listen(seen.append)
    service.start()
    service.wait(SECONDS)
    service.stop()
    early, later = ([s for s in seen if s.model_version and len(s.eval_points) == count] for count in (0, 1))
    assert [(s.answering_epoch, len(s.moments)) for s in early[:1]] == [(0.5, 1)]
    assert [(s.answering_epoch, len(s.moments)) for s in later[:1]] == [(0.5, 2)]
    assert early[0].model_version == later[0].model_version == later[0].moments[-1].version


def test_a_lock_whose_owner_is_halted_is_not_waited_for_without_end(
    tmp_path: Path, small_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by SIGSTOP: the training goes on elsewhere, and it is said. An owner that tells of itself is waited for."""
    monkeypatch.setattr(jobs, "SILENCE", 1.5)
    monkeypatch.setattr(progress_file, "SECONDS", 0.4)
    settings = small(tmp_path, small_npz)
    places: list[Path] = []

    def train(*arguments: object) -> None:
        places.append(Path(str(arguments[3])))
        raise Stopped

    with files.lock(settings.cache / jobs.LOCK_FILE):
        service = Service(settings, trainer=lambda: train)
        service.start()
        sender = progress_file.Sender(settings.cache)
        for epoch in range(5):
            sender.send(progress_file.Report(say("status.looking"), epoch, 5, 0.0, None))
            service.wait(progress_file.SECONDS)
        assert places == []
        service.wait(SECONDS)
        assert [notice.kind for notice in service.status.notices] == [NoticeKind.UNLOCKED]
        (place,) = places
        assert not place.is_relative_to(settings.cache)
    service.stop()


def test_before_the_first_epoch_there_is_no_answer(tmp_path: Path, small_npz: Path) -> None:
    service = Service(small(tmp_path, small_npz))
    with pytest.raises(UntrainedError):
        service.recognize(digit())
    assert service.recognize(np.zeros((28, 28), np.float32)).digit is None


def test_retraining(tmp_path: Path, small_npz: Path) -> None:
    gate = threading.Event()
    gate.set()
    service, seen = run(small(tmp_path, small_npz), held(gate))
    before = service.recognize(digit())
    with pytest.raises(UntrainedError):
        service.go_back()
    gate.clear()
    service.retrain(epochs=1)
    with pytest.raises(BusyError):
        service.retrain(epochs=1)
    assert service.recognize(digit()) == before
    gate.set()
    service.wait(SECONDS)
    assert len(service.status.history) == 1
    assert service.status.phase == "ready"
    answer = service.recognize(digit())
    service.go_back()
    assert (len(service.status.history), service.recognize(digit())) == (2, before), "the earlier network is back"
    service.go_back()
    assert (len(service.status.history), service.recognize(digit())) == (1, answer), "and the later one again"
    service.stop()
    # what was trained last is what the next launch finds
    again, seen = run(small(tmp_path, small_npz, epochs=None))
    assert "training" not in {s.phase for s in seen}
    assert len(again.status.history) == 1
    again.stop()


def test_no_retraining_where_it_is_switched_off(tmp_path: Path, small_npz: Path) -> None:
    with pytest.raises(RetrainOffError):
        Service(small(tmp_path, small_npz, retrain_button=False)).retrain()


def test_data_that_cannot_be_used_fails_with_its_reason(tmp_path: Path) -> None:
    service, _ = run(Settings(cache=tmp_path / "cache", data=str(tmp_path / "missing.npz")))
    assert service.status.phase == "failed"
    assert "no such file" in str(service.status.message)


def test_a_failing_retraining_leaves_the_old_network(tmp_path: Path, small_npz: Path) -> None:
    copy = tmp_path / "copy.npz"
    copy.write_bytes(small_npz.read_bytes())
    service, _ = run(small(tmp_path, copy))
    before = service.recognize(digit())
    copy.write_text("no longer a dataset")
    service.retrain()
    service.wait(SECONDS)
    assert service.status.phase == "ready"
    assert service.status.notices[-1].kind is NoticeKind.KEPT
    assert service.status.progress == 1.0
    assert service.recognize(digit()) == before
    service.stop()


def test_a_cache_that_cannot_be_written(tmp_path: Path, small_npz: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    service, _ = run(small(tmp_path, small_npz, epochs=1))
    assert service.status.phase == "ready"
    assert [n.kind for n in service.status.notices] == [NoticeKind.UNWRITABLE]
    service.stop()


def test_a_damaged_cache_is_told_and_trained_again(tmp_path: Path, small_npz: Path) -> None:
    settings = small(tmp_path, small_npz, epochs=1)
    first, _ = run(settings)
    first.stop()
    (first.folder / "model.keras").write_bytes(b"rubbish")
    second, seen = run(settings)
    assert "training" in {s.phase for s in seen}
    assert second.status.phase == "ready"
    assert [n.kind for n in second.status.notices] == [NoticeKind.DAMAGED]
    second.stop()


def test_two_at_once_train_once(tmp_path: Path, small_npz: Path) -> None:
    settings = small(tmp_path, small_npz)
    results: list[tuple[Service, list[Status]]] = []
    threads = [threading.Thread(target=lambda: results.append(run(settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    phases = [{s.phase for s in seen} for _, seen in results]
    assert sum("training" in p for p in phases) == 1
    assert all(service.status.phase == "ready" for service, _ in results)
    for service, _ in results:
        service.stop()


def test_what_another_launch_trains_between_the_look_and_the_lock_is_not_trained_again(
    tmp_path: Path, small_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, lock = small(tmp_path, small_npz), files.lock
    another: list[Service] = []

    def late(path: Path) -> filelock.BaseFileLock:
        monkeypatch.setattr(files, "lock", lock)
        another.append(run(settings)[0])
        return lock(path)

    monkeypatch.setattr(files, "lock", late)
    service, seen = run(settings)
    assert another[0].status.phase == service.status.phase == "ready"
    assert "training" not in {status.phase for status in seen}
    for one in (*another, service):
        one.stop()


def test_a_loss_that_is_no_number_is_told_and_there_is_a_way_on(
    tmp_path: Path, small_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = recipe.MIXED
    monkeypatch.setattr(recipe, "MIXED", replace(usual, max_lr=1e38))
    service, _ = run(small(tmp_path, small_npz), train.train)
    assert service.status.phase == "failed"
    assert "the loss is not a number" in str(service.status.message)
    assert not list((tmp_path / "cache").glob("models/*"))
    monkeypatch.setattr(recipe, "MIXED", usual)
    service.retrain(epochs=1)
    service.wait(SECONDS)
    assert service.status.phase == "ready"
    service.stop()


def test_whatever_breaks_a_retraining_the_old_network_goes_on(tmp_path: Path, small_npz: Path) -> None:
    service, _ = run(small(tmp_path, small_npz))
    before, answer = service.status, service.recognize(digit())
    seen: list[np.ndarray] = []

    def break_after_an_epoch(status: Status) -> None:
        if status.phase == "training" and status.answering_epoch == 1 and status.epoch == 1:
            seen.append(service.recognize(digit()))
            raise RuntimeError("something unforeseen")

    service.listen(break_after_an_epoch)
    for _ in range(2):
        service.retrain()
        service.wait(SECONDS)
        assert service.status.phase == "ready"
        assert service.recognize(digit()) == answer
        assert [n.kind for n in service.status.notices] == [NoticeKind.KEPT]
        assert service.status.history == before.history
    assert seen[0] != answer, "the new network never answered"
    service.stop()


def test_retrainings_asked_for_by_many_at_once_are_one(tmp_path: Path, small_npz: Path) -> None:
    gate = threading.Event()
    gate.set()
    service, _ = run(small(tmp_path, small_npz), held(gate))
    gate.clear()
    asked = threading.Barrier(20)
    refused: list[BusyError] = []

    def ask() -> None:
        asked.wait()
        try:
            service.retrain(epochs=1)
        except BusyError as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 19
    gate.set()
    service.wait(SECONDS)
    assert service.status.phase == "ready"
    service.stop()
