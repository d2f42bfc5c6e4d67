"""Keeps TensorFlow's remarks about itself out of the terminal, and lets everything else through.

Its C++ side writes them straight to the standard error before it reads any log level. What is written goes through a
pipe to a process of its own, so that the last words of a library that ends the program are still read.
"""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

CHATTER = re.compile(
    rb"[IW]\d{4} |E\d{4} .*cuInit|\d{4}-\d\d-\d\d .*: [IW] "
    rb"|WARNING: All log messages before absl|To enable the following"
    rb"|=== Source Location Trace|external/\S+:\d+$|$"  # with which 2.22 says where a remark comes from
)


@contextlib.contextmanager
def filtered() -> Iterator[None]:
    """Within, only what is no chatter comes out of the standard error; where no process can be started, everything."""
    try:
        reader = subprocess.Popen(
            [sys.executable, "-S", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=2,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,  # Ctrl-C is for the parent, whose end this one waits for
        )
    except (OSError, ValueError, TypeError):  # TypeError: no Python that could be started is known
        yield
        return
    assert reader.stdin is not None
    sys.stderr.flush()
    original = os.dup(2)
    os.dup2(reader.stdin.fileno(), 2)
    reader.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(original, 2)
        os.close(original)
        with contextlib.suppress(subprocess.TimeoutExpired):  # another process may have been given the pipe
            reader.wait(2)


def copy_without_chatter(lines: Iterable[bytes], stream: BinaryIO) -> None:
    """Write to `stream` those of the lines that are no chatter, each at once."""
    for line in lines:
        if not CHATTER.match(line):
            stream.write(line)
            stream.flush()


if __name__ == "__main__":
    with contextlib.suppress(OSError):  # the terminal has gone away
        copy_without_chatter(sys.stdin.buffer, sys.stdout.buffer)
