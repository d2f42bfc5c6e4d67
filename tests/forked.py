"""The program in a process that has TensorFlow imported already, for tests that start it many times."""

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

import app

_context = multiprocessing.get_context("forkserver")


def launch(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> BaseProcess:
    """`python app.py` with these, from behind its imports on; what it says is appended to the file `output`."""
    _context.set_forkserver_preload(["tensorflow", "keras", "mnist_demo.console", "forked"])
    process = _context.Process(target=_run, args=(arguments, environment, output))
    process.start()
    return process


def _run(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> None:
    os.environ.update(environment)
    sys.argv = ["app.py", *arguments]
    with output.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    from mnist_demo.training.train import train

    code = app.main(trainer=lambda: train)
    sys.stdout.flush()
    os._exit(code)
