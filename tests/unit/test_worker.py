"""Handwriting from a process of its own: the same bytes, whatever becomes of the process."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from mnist_demo.handwriting.worker import NO_DIGIT, Request, Worker

ORDER = Request(seed=(1, 2, 3), digits=50, non_digits=7, rare_form_weight=0.3)


@pytest.fixture
def scribe() -> Iterator[Worker]:
    with contextlib.closing(Worker()) as one:
        yield one


def same(written: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = ORDER.write()
    np.testing.assert_array_equal(written[0], images)
    np.testing.assert_array_equal(written[1], labels)
    assert (images.shape, images.dtype) == ((57, 28, 28), np.uint8)
    assert (labels[50:] == NO_DIGIT).all()
    assert labels[:50].max() < NO_DIGIT


def test_the_process_writes_the_same_bytes(scribe: Worker) -> None:
    for _ in range(2):
        same(scribe.write(ORDER))
    assert scribe._process is not None
    assert scribe._process.poll() is None


def test_a_process_that_is_lost(scribe: Worker) -> None:
    same(scribe.write(ORDER))
    assert scribe._process is not None
    scribe._process.kill()
    same(scribe.write(ORDER))
    same(scribe.write(ORDER))


@pytest.mark.parametrize("program", ["/nowhere/python", "", "/bin/true"])
def test_no_process(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with contextlib.closing(Worker()) as one:
        same(one.write(ORDER))


def test_what_is_no_answer_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python that prints something of its own when it starts."""
    (tmp_path / "sitecustomize.py").write_text("print('hello ' * 20_000)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with contextlib.closing(Worker()) as one:
        same(one.write(ORDER))


def test_an_empty_order(scribe: Worker) -> None:
    images, labels = scribe.write(Request((1,), 0, 0))
    assert (images.shape, labels.shape) == ((0, 28, 28), (0,))
    assert scribe._process is not None


def test_closed(scribe: Worker) -> None:
    """Whoever still waits for it is not to go on writing here."""
    scribe.close()
    with pytest.raises(CancelledError):
        scribe.write(ORDER)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_outlives_ctrl_c_but_not_its_parent() -> None:
    """Also when the parent is killed and can't say so."""
    code = (
        "import time; from mnist_demo.handwriting.worker import Request, Worker\n"
        "s = Worker(); s.write(Request((1,), 5, 0))\n"
        "print(s._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        assert os.getsid(number) != os.getsid(parent.pid)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while _runs(number):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(number: int) -> bool:
    """Whether that process runs; one that has ended may still wait to be collected."""
    try:
        os.kill(number, 0)
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True).stdout
    except ProcessLookupError:
        return False
    return bool(state.strip()) and not state.startswith("Z")
