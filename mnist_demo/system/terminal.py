"""What is said in the terminal can't break the program, whatever became of the terminal."""

import contextlib
import io
import logging
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Bear a terminal without the letters for what is said, and a program that was started without any."""
    for number in range(3):  # else the next file or socket to be opened would pass for the terminal
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started it, or a program without a console on Windows
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as it runs
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(*lines: str, stream: TextIO | None = None) -> None:
    """Print the lines at once. A terminal or pipe that has gone away is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        print(*map(printable, lines), sep="\n", file=stream or sys.stdout, flush=True)


def printable(text: str) -> str:
    """The text without what a terminal would obey: names of files, hosts and the like come from anywhere."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else f"\\x{ord(sign):02x}" for sign in text)


class Formatter(logging.Formatter):
    """Of what is logged, nothing that a terminal would obey either."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))
