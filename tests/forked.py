"""The program in a process forked from one that has imported TensorFlow and Gradio, which is most of what a launch
costs: for tests of what comes after."""

import ctypes
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

POSSIBLE = "forkserver" in multiprocessing.get_all_start_methods()  # not on Windows

context = multiprocessing.get_context("forkserver" if POSSIBLE else None)


class Forked:
    """`python program arguments` from behind its imports on, with what tests need of `subprocess.Popen`. `mounts` is a
    shell command that changes what it, and it alone, sees of the file system (Linux, root)."""

    def __init__(self, program: Path, arguments: tuple[str, ...], environment: dict[str, str], mounts: str = ""):
        context.set_forkserver_preload(["imports"])
        read, write = context.Pipe(duplex=False)
        with pytest.MonkeyPatch.context() as patch:  # where the first of them looks for modules
            patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests'}")
            self._process = context.Process(target=_run, args=(program, arguments, environment, mounts, write))
            self._process.start()
        write.close()
        self.stdout = os.fdopen(os.dup(read.fileno()), encoding="utf-8", errors="replace")
        read.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("app.py", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    program: Path, arguments: tuple[str, ...], environment: dict[str, str], mounts: str, output: Connection
) -> None:
    if mounts:
        _mount(mounts)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    tempfile.tempdir = None  # asked for anew
    sys.argv = [str(program), *arguments]
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), write_through=True) for number in (1, 2))
    runpy.run_path(str(program), run_name="__main__")


def _mount(command: str) -> None:
    """As `unshare -m` does; Python has this since 3.12."""
    new_mount_namespace = 0x00020000
    if ctypes.CDLL(None, use_errno=True).unshare(new_mount_namespace):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["sh", "-c", f"mount --make-rprivate / && {command}"], check=True)
