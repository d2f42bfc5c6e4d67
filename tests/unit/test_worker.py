"""Handwriting from a process of its own: the same bytes, whatever becomes of the process."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest
from launching import outlives_ctrl_c_but_not_its_parent

from mnist_demo.handwriting.worker import NO_DIGIT, Request, Worker

REQUEST = Request(seed=(1, 2, 3), digits=50, non_digits=7, rare_form_weight=0.3)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with contextlib.closing(Worker()) as one:
        yield one


def same(written: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = REQUEST.write()
    # with other threads than here a matrix product's last bits differ
    np.testing.assert_allclose(written[0].astype(int), images, atol=1)
    assert (written[0] != images).mean() < 0.001
    np.testing.assert_array_equal(written[1], labels)
    assert (images.shape, images.dtype) == ((57, 28, 28), np.uint8)
    assert (labels[50:] == NO_DIGIT).all()
    assert labels[:50].max() < NO_DIGIT


def test_the_process_writes_the_same_bytes(worker: Worker) -> None:
    for _ in range(2):
        same(worker.write(REQUEST))
    assert worker._process is not None
    assert worker._process.poll() is None


def test_a_process_that_is_lost(worker: Worker) -> None:
    same(worker.write(REQUEST))
    assert worker._process is not None
    worker._process.kill()
    same(worker.write(REQUEST))
    same(worker.write(REQUEST))


@pytest.mark.parametrize("program", ["/nowhere/python", "", "/bin/true"])
def test_no_process(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with contextlib.closing(Worker()) as one:
        same(one.write(REQUEST))


def test_what_is_no_answer_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python that prints something of its own when it starts."""
    (tmp_path / "sitecustomize.py").write_text("print('hello ' * 20_000)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with contextlib.closing(Worker()) as one:
        same(one.write(REQUEST))


def test_an_empty_request(worker: Worker) -> None:
    images, labels = worker.write(Request((1,), 0, 0))
    assert (images.shape, labels.shape) == ((0, 28, 28), (0,))
    assert worker._process is not None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX priorities")
def test_the_training_goes_before_the_writing(worker: Worker) -> None:
    worker.write(REQUEST)
    assert worker._process is not None
    expected = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert os.getpriority(os.PRIO_PROCESS, worker._process.pid) == expected


def test_closed(worker: Worker) -> None:
    """Whoever still waits for it is not to go on writing here."""
    worker.close()
    with pytest.raises(CancelledError):
        worker.write(REQUEST)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_outlives_ctrl_c_but_not_its_parent() -> None:
    """Also when the parent is killed and can't say so."""
    code = (
        "import time; from mnist_demo.handwriting.worker import Request, Worker\n"
        "s = Worker(); s.write(Request((1,), 5, 0))\n"
        "print(s._process.pid, flush=True); time.sleep(60)"
    )
    outlives_ctrl_c_but_not_its_parent(code, 20)


@pytest.mark.slow
def test_what_libraries_print_is_not_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('hello ' * 2_000, end='', flush=True)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with contextlib.closing(Worker()) as one:
        process = one._process
        same(one.write(REQUEST))
        assert one._process is process


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_process_that_is_halted_is_not_waited_for() -> None:
    """As by SIGSTOP; without a timeout the training would never begin."""
    with contextlib.closing(Worker(silence=1.0)) as one:
        same(one.write(REQUEST))
        assert one._process is not None
        one._process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        same(one.write(REQUEST))
        assert time.monotonic() - began < 30
        same(one.write(REQUEST))


@pytest.mark.slow
def test_a_slow_process_is_waited_for() -> None:
    """It says every second that it is at work."""
    with contextlib.closing(Worker(silence=4.0)) as one:
        same(one.write(REQUEST))
        process = one._process
        began = time.monotonic()
        count = 60_000
        while time.monotonic() - began < 4.5:
            began, count = time.monotonic(), 2 * count
            one.write(Request((1,), count, 0))
        assert process is one._process
