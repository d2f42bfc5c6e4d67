"""A warm process for work that may go wrong: untrusted input, bounded in time, processor and memory.

The child is a module of this package that ends with `serve(function)`. It is started once and asked again and again, so
that a question costs a fraction of a millisecond; one that takes too long or too much costs its process, and the next
question starts another.

A pipe and no `ProcessPoolExecutor`: that needs semaphores, which locked-down systems lack, and its processes outlive a
parent that is killed. This one ends with the pipe; if it is at work then, with the alarm of its question.

Where there is no `resource` (Windows) or the system doesn't keep to the limit of memory (macOS), the time remains.
"""

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

READY = b"what is told follows\n"  # whatever comes out of a process before it is nothing of ours

_HEADER = struct.Struct("<dQ")  # seconds that the question may take, bytes that follow
_SIZE = struct.Struct("<Q")
_START = 20.0  # seconds for Python and its modules on a busy machine, beside those of the question


def started(module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A module of this package as a process, with pipes to it and from it. Ctrl-C is for the parent.

    Raises `OSError` where the system allows none, `ValueError` or `TypeError` where no Python is known to start.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
        **options,
    )


def lower_priority() -> None:
    """In the child: wait where its parent wants the processor. On Linux only this thread does, and what it starts."""
    with contextlib.suppress(OSError, AttributeError):  # Windows has none of it
        os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10))


def tells() -> BinaryIO:
    """In the child: what leads to the parent, and nothing that libraries print, from now on, gets into."""
    sys.stdout.flush()
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pipe.write(b"\n" + READY)  # a line of its own
    return pipe


def skip_printed(pipe: IO[bytes]) -> None:
    """In the parent: what was printed before `tells`."""
    while pipe.readline() not in (READY, b""):
        pass


class ChildError(Exception):
    """The child has ended without an answer, or could not be started."""


class ChildTimeout(ChildError):
    """It took too long and has been ended."""


class Child:
    """One process, started with the first question. For one thread at a time, but for `close`."""

    def __init__(self, module: str, memory: int):
        """`module`: whose `serve` is run. `memory`: bytes it may take for a question, beside what it starts with."""
        self._command = module, str(memory)
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = False
        self._closed = False

    def start(self) -> None:
        """Start the process now, so that the first question doesn't wait for it. Raises `ChildError`."""
        if self._closed:
            raise ChildError("closed")
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        try:
            self._process = started(*self._command, stderr=subprocess.DEVNULL)
            self._answered = False
        except (OSError, ValueError, TypeError) as error:
            raise ChildError(str(error)) from None

    def ask(self, question: bytes, seconds: float) -> bytes:
        """The child's answer.

        Args:
            question: of any length.
            seconds: that it may take; as many of processor time.

        Raises:
            ChildTimeout: it took longer. The process has been ended.
            ChildError: it has ended, for example for want of memory, or can't be started.
        """
        fresh = self._process is None
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds + (_START if fresh else 0.5), end)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(_HEADER.pack(seconds, len(question)))
            process.stdin.write(question)
            process.stdin.flush()
            if not self._answered:
                skip_printed(process.stdout)
                self._answered = True
            return _read(process.stdout, *_SIZE.unpack(_read(process.stdout, _SIZE.size)))
        except BaseException as error:
            code = self._end()
            if not isinstance(error, OSError | EOFError | ValueError):  # ValueError: closed meanwhile
                raise
            if late.is_set() or code in _BY_TIME:
                raise ChildTimeout from None
            raise ChildError(f"it has ended with {code}") from None
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process, whatever it is doing; no other is started. May be called from any thread."""
        self._closed = True
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
        self._end()

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(OSError, ValueError), process:  # closes its pipes and waits for its end
            process.kill()
        return process.returncode


_BY_TIME = {-getattr(signal, name) for name in ("SIGALRM", "SIGXCPU") if hasattr(signal, name)}


def _read(pipe: IO[bytes], size: int) -> bytes:
    content = pipe.read(size)
    if len(content) != size:
        raise EOFError
    return content


def serve(answer: Callable[[bytes], bytes]) -> None:
    """In the child: answer questions until the parent is gone. A MemoryError ends the process."""
    pipe = tells()
    _limit(int(sys.argv[1]))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            seconds, size = _HEADER.unpack(_read(sys.stdin.buffer, _HEADER.size))
            question = _read(sys.stdin.buffer, size)
            with _alarm(seconds):
                found = answer(question)
            pipe.write(_SIZE.pack(len(found)))
            pipe.write(found)
            pipe.flush()
            del question, found


def _limit(memory: int) -> None:
    if resource is None:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written to disk
    with contextlib.suppress(OSError, ValueError):  # no /proc: the system has no such limit either
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process if it takes longer: the parent, who also looks at the time, may be gone."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 2, resource.RLIM_INFINITY))
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
