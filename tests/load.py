"""How the server bears many visitors. Starts the program itself and speaks to it over the loopback only:

    python3 tests/load.py --clients 100 --seconds 60 --predictions 20000 --pages 1000

Prints one JSON line for each of: everyone drawing at once, memory over many predictions, idle pages.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from conftest import App

from mnist_demo.preprocess import strokes

IDLE_SECONDS = 20  # between two questions of an idle page, see assets/js/service.js


class Connection:
    """One visitor's connection. A few lines of HTTP, so that the load doesn't come from the client."""

    def __init__(self, url: str):
        self._address = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, question: dict | None = None) -> dict | None:
        """The decoded JSON of the answer, to GET without a question; None for 204. Raises `OSError`, `ValueError`."""
        if self._streams is None or self._streams[0].at_eof():  # the server closes what is idle for five seconds
            self.close()
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        reader, writer = self._streams
        body = b"" if question is None else json.dumps(question).encode()
        writer.write(
            f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 204 " in head.split(b"\r\n")[0]:
            return None
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ValueError(head.decode())
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return json.loads(await reader.readexactly(length))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Tally:
    """What came of the questions."""

    seconds: list[float] = field(default_factory=list)  # to each answer
    errors: list[str] = field(default_factory=list)
    mistaken: int = 0  # answers to another drawing than the one sent

    def summary(self) -> dict:
        cuts = statistics.quantiles(self.seconds, n=20) if len(self.seconds) > 1 else [0.0] * 19
        milliseconds = {"p50_ms": round(cuts[9] * 1000, 1), "p95_ms": round(cuts[18] * 1000, 1)}
        return {"answers": len(self.seconds), "errors": len(self.errors), "mistaken": self.mistaken, **milliseconds}


class Target:
    """A running app and what its process uses."""

    def __init__(self, app: App):
        self.app, self.url = app, app.url

    @property
    def megabytes(self) -> float:
        pages = int(Path(f"/proc/{self.app.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def processor_seconds(self) -> float:
        after_name = Path(f"/proc/{self.app.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[Target]:
    """The program with a small network, ready."""
    with tempfile.TemporaryDirectory() as cache:
        small = ("--data", "generated", "--limit", "6000", "--epochs", "2")
        app = App("--host", "127.0.0.1", "--cache", cache, *small, *arguments)
        try:
            app.wait_for("Ready: ")
            yield Target(app)
        finally:
            app.kill()


def draw(target: Target, clients: int, seconds: float = 600.0, questions: int = 10**9) -> Tally:
    """Everyone asks about one drawing after the other, until the time or the questions of all together are over."""
    tally, left = Tally(), questions
    deadline = time.monotonic() + seconds

    async def visit(number: int) -> None:
        nonlocal left
        moments, connection = np.random.default_rng(number), Connection(target.url)
        while time.monotonic() < deadline and left > 0:
            left -= 1
            drawing = [moments.uniform(0, 1, (40, 2)).round(4).tolist()]
            expected = (strokes.image(strokes.check(drawing)) * 255).round().astype(np.uint8)
            asked = time.monotonic()
            try:
                answer = await connection.ask("/demo/recognize", {"strokes": drawing})
                tally.seconds.append(time.monotonic() - asked)
                tally.mistaken += not _alike(answer["pixels"], expected) or answer["digit"] is None
            except (OSError, ValueError, KeyError, EOFError) as error:
                tally.errors.append(repr(error))
                connection.close()
                connection = Connection(target.url)
        connection.close()

    async def everyone() -> None:
        await asyncio.gather(*map(visit, range(clients)))

    asyncio.run(everyone())
    return tally


def _alike(pixels: str, expected: np.ndarray) -> bool:
    """Whether these are the expected pixels, but for the last bit of a matrix product made with other threads."""
    found = np.frombuffer(base64.b64decode(pixels), np.uint8)
    return found.size == expected.size and int(np.abs(found - expected.reshape(-1).astype(int)).max()) <= 1


def idle(target: Target, pages: int, seconds: float) -> dict:
    """Pages that only ask whether anything has changed -> the processor's share of one core that they cost."""
    tally = Tally()

    async def page(number: int) -> None:
        connection = Connection(target.url)
        status = await connection.ask("/demo/status")
        poll = f"/demo/status?run={status['run']}&version={status['version']}"
        connection.close()  # as the server does after five seconds
        await opened.wait()
        await asyncio.sleep(min(number / pages * IDLE_SECONDS, seconds))
        while time.monotonic() < deadline:
            asked = time.monotonic()
            try:
                answer = await connection.ask(poll)
                tally.seconds.append(time.monotonic() - asked)
                tally.mistaken += answer is not None
            except (OSError, ValueError, EOFError) as error:
                tally.errors.append(repr(error))
                return
            connection.close()
            await asyncio.sleep(min(IDLE_SECONDS, max(deadline - time.monotonic(), 0)))

    opened, deadline, share = asyncio.Event(), 0.0, 0.0

    async def all_pages() -> None:
        nonlocal deadline, share
        tasks = [asyncio.create_task(page(number)) for number in range(pages)]
        await asyncio.sleep(2 + pages / 200)
        begun, before, deadline = time.monotonic(), target.processor_seconds, time.monotonic() + seconds
        opened.set()
        await asyncio.sleep(seconds)
        share = (target.processor_seconds - before) / (time.monotonic() - begun)
        await asyncio.gather(*tasks)

    asyncio.run(all_pages())
    return tally.summary() | {"share_of_a_core": round(share, 3)}


def memory(target: Target, predictions: int, warm_up: int) -> dict:
    """How much the process grew over so many predictions, after some that don't count."""
    draw(target, 20, questions=warm_up)
    before = target.megabytes
    tally = draw(target, 20, questions=predictions)
    return tally.summary() | {"megabytes_before": round(before), "grown_by": round(target.megabytes - before, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--predictions", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=1000)
    given = parser.parse_args()
    with running() as target:
        print(json.dumps({"drawing": draw(target, given.clients, given.seconds).summary()}), flush=True)
        print(json.dumps({"memory": memory(target, given.predictions, given.predictions // 10)}), flush=True)
        print(json.dumps({"idle": idle(target, given.pages, 30)}), flush=True)


if __name__ == "__main__":
    main()
