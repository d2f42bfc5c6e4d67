"""The standard error while TensorFlow is imported: it comes back, and its last words are heard."""

import subprocess
import sys

import pytest
from conftest import ROOT


def ended(code: str) -> tuple[int, str]:
    """A process's exit status and what it wrote to its standard error."""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    return process.returncode, process.stderr


def test_the_reason_of_an_abort_is_heard_and_no_remark() -> None:
    code = """
import os
from mnist_demo.system import chatter
with chatter.filtered():
    os.write(2, b"I0000 00:00:1 a remark of TensorFlow's\\n")
    os.write(2, b"=== Source Location Trace: === \\nexternal/xla/cuda_status.cc:50\\n\\n")
    os.write(2, b"the reason\\n")
    os.abort()
"""
    status, said = ended(code)
    assert status != 0
    assert said == "the reason\n"


@pytest.mark.slow
def test_two_threads_that_need_tensorflow_at_once_leave_the_standard_error_as_it_was() -> None:
    """As an export while a training begins in this process. The second comes while the first has turned it aside, and
    waits at Python's lock of the import."""
    code = """
import os, threading, time
before = os.fstat(2)

def first():
    import mnist_demo.model.device

def second():
    while os.path.samestat(os.fstat(2), before):
        time.sleep(0.001)
    import mnist_demo.model.device
    os.write(2, f"{os.path.samestat(os.fstat(2), before)} {mnist_demo.model.device.DEVICE.kind}\\n".encode())

threads = [threading.Thread(target=target) for target in (first, second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
os.write(2, b"last words\\n")
"""
    _, said = ended(code)
    assert said.splitlines()[-2:] in (["True CPU", "last words"], ["True GPU", "last words"])
