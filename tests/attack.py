"""Attacks the program as the README says it has been, and measures what that costs it and its other visitors:

    python3 tests/attack.py [--seconds 60] [--only F3] [--cache DIR]

Starts the program itself, with a small network, and speaks to it over the loopback only. While each attack runs,
another visitor draws, from another address, four times a second and sends a small picture every second. Prints a line
of JSON for each attack: the memory of the program and its children above what it was before, what lies on the disk, the
slowest answers in seconds, and the lines that came in the terminal. Ends with 1 if a limit is passed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import forked
import httpx
from bombs import BOMBS
from conftest import ROOT, App

LIMITS = {"megabytes": 600, "disk": 600, "drawing": 1.0, "picture": 10.0, "lines": 5}
SEVEN = {"strokes": [[[10, 10], [60, 8], [30, 90]]]}
SMALL = (ROOT / "assets" / "examples" / "0-7-crossed.webp").read_bytes()
RAW = {"content-type": "application/octet-stream"}
JSON = {"content-type": "application/json"}
FORM = {"content-type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'

Attack = Callable[["Target"], Awaitable[None]]


class Target:
    """The running program: its address, and what it uses."""

    def __init__(self, app: App, temporary: Path):
        self.app, self.temporary, self.url = app, temporary, app.url
        self.client = httpx.AsyncClient()  # a new one for each attack, see `measure`
        address = httpx.URL(app.url)
        self.host, self.port = address.host, address.port or 80

    @property
    def megabytes(self) -> float:
        """Of the process and its children, each page that only one of them has counted in full."""
        pages = 0
        for process in [self.app.process.pid, *self._children()]:
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _children(self) -> list[int]:
        found = []
        for path in Path(f"/proc/{self.app.process.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, path.read_text().split())
        return found

    @property
    def disk(self) -> float:
        """Megabytes in the program's folder for temporary files, those without a name too."""
        total = 0
        for path in [*self.temporary.rglob("*"), *Path(f"/proc/{self.app.process.pid}/fd").glob("*")]:
            with contextlib.suppress(OSError):
                named = path.is_relative_to(self.temporary)
                if named or os.readlink(path).startswith(f"{self.temporary}/"):
                    total += max(path.stat().st_size, 4096)
        return total / 1e6

    async def send(self, method: str, path: str, **options: object) -> httpx.Response | None:
        """One request of an attacker, who doesn't mind being refused."""
        with contextlib.suppress(httpx.HTTPError):
            return await self.client.request(method, path, **options)  # type: ignore[arg-type]
        return None

    async def hang(self, path: str, headers: dict[str, str], body: bytes, promised: int, seconds: float) -> None:
        """Begin a request, and keep its end to oneself."""
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{head}Content-Length: {promised}\r\n\r\n".encode()
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(self.host, self.port)
            writer.write(start + body)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(writer.drain(), seconds)
            await asyncio.sleep(seconds)
            writer.close()


async def many(count: int, what: Callable[[int], Awaitable[object]], at_once: int = 50) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            await what(number)

    await asyncio.gather(*map(one, range(count)))


async def f1_fetching(target: Target) -> None:
    """F1: have the server ask another one."""
    asked = 0

    def connected(_reader: object, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.png"
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    for path in (f"/gradio_api/file={address}", f"/gradio_api/proxy={address}"):
        await target.send("GET", path)
    for path in ("run/recognize", "call/recognize", "queue/join"):
        body = {"data": [file], "fn_index": 0, "session_hash": "a"}
        await target.send("POST", f"/gradio_api/{path}", json=body)
    await asyncio.sleep(1)
    server.close()
    if asked:
        raise AssertionError(f"the server opened {asked} connections")


async def f2_keeping(target: Target) -> None:
    """F2: requests that the queue keeps, with much in them."""
    lists = b"[" + b"[]," * 633_000 + b"[]]"
    large = b'{"data":[[]],"fn_index":1,"session_hash":"a","event_data":' + lists + b"}"
    await many(40, lambda _: target.send("POST", "/gradio_api/queue/join", content=large, headers=JSON))
    middling = b'{"data":[[]],"fn_index":1,"session_hash":"a","event_data":"' + b"x" * 290_000 + b'"}'
    await many(1000, lambda _: target.send("POST", "/gradio_api/queue/join", content=middling, headers=JSON))


async def f3_slow_pictures(target: Target) -> None:
    """F3: small pictures that take long."""
    bomb = BOMBS["progressive JPEG"]()
    await many(24, lambda _: target.send("POST", "/demo/picture", content=bomb, headers=RAW), 8)


async def f3_many_slow_pictures(target: Target) -> None:
    """F3: and whoever sent them hangs up."""
    bomb = BOMBS["progressive JPEG"]()
    await many(100, lambda _: target.hang("/demo/picture", RAW, bomb, len(bomb), 0.3), 20)
    await asyncio.sleep(10)


async def f4_broken_uploads(target: Target) -> None:
    """F4: files that are begun and left."""
    body, files = PART + bytes(8_000_000), PART.join([b""] + [b"x\r\n"] * 1000) + b"--x--\r\n"
    for path in ("component_server", "process_recording", "upload"):
        await many(10, lambda _, path=path: target.hang(f"/gradio_api/{path}", FORM, body, 10**7, 1.0))
        await many(10, lambda _, path=path: target.send("POST", f"/gradio_api/{path}", content=files, headers=FORM))


async def f5_silent(target: Target) -> None:
    """F5: 1,100 connections that say nothing, and as many that say half."""
    silent = []
    for number in range(2_200):
        with contextlib.suppress(OSError):
            connection = socket.create_connection((target.host, target.port), 5)
            if number % 2:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            silent.append(connection)
        if number % 50 == 0:
            await asyncio.sleep(0.01)
    await asyncio.sleep(5)
    for connection in silent:
        connection.close()


async def f8_half_sent(target: Target) -> None:
    """F8: bodies that stop in the middle."""
    for path, kind in (("/gradio_api/run/recognize_strokes", JSON), ("/demo/picture", RAW)):
        await many(300, lambda _, path=path, kind=kind: target.hang(path, kind, bytes(400_000), 10**6, 5.0), 300)


async def f9_names(target: Target) -> None:
    """F9: names that are kept, and answers that nobody fetches."""
    name = "x" * 60_000
    await many(100, lambda i: target.send("GET", f"/gradio_api/upload_progress?upload_id={i}{name}"))
    await many(100, lambda i: target.send("POST", f"/gradio_api/upload?upload_id={i}{name}", files={"files": b"x"}))
    body = {"data": [SEVEN["strokes"]], "fn_index": 1}
    for _ in range(3):
        await many(1000, lambda i: target.send("POST", "/gradio_api/queue/join", json=body | {"session_hash": f"{i}"}))


async def f14_large_pictures(target: Target) -> None:
    """F14: pictures of fifty million pixels."""
    for kind in ("WebP 16383x3051", "PNG 1x49999999"):
        bomb = BOMBS[kind]()
        await many(12, lambda _, bomb=bomb: target.send("POST", "/demo/picture", content=bomb, headers=RAW), 12)


async def many_drawings(target: Target) -> None:
    """200 API drawings at once, of thousands of points."""
    points = [[i % 100, i * 7 % 97] for i in range(7_000)]
    body = json.dumps({"data": [[points]]}, separators=(",", ":")).encode()
    await many(400, lambda _: target.send("POST", "/gradio_api/run/recognize_strokes", content=body, headers=JSON), 200)


ATTACKS: tuple[Attack, ...] = (
    f1_fetching,
    f2_keeping,
    f3_slow_pictures,
    f3_many_slow_pictures,
    f4_broken_uploads,
    f5_silent,
    f8_half_sent,
    f9_names,
    f14_large_pictures,
    many_drawings,
)


def visit(url: str, ended: Event, slowest: Connection) -> None:
    """In a process of its own: draws, and sends a small picture, and tells the slowest answer to each."""
    most = {"drawing": 0.0, "picture": 0.0}

    def ask(name: str, path: str, **options: Any) -> None:
        begun = time.monotonic()
        reply = client.post(path, **options)
        if reply.status_code != 200 or reply.json()["digit"] != 7:
            raise AssertionError(f"{path} answered {reply.status_code} {reply.text[:200]}")
        most[name] = max(most[name], time.monotonic() - begun)

    def pictures() -> None:
        while not ended.wait(1.0):
            ask("picture", "/demo/picture", content=SMALL, headers=RAW)

    limits = httpx.Limits(max_keepalive_connections=0)  # as a visitor who comes now
    elsewhere = "127.0.0.2" if sys.platform == "linux" else None  # other systems have one loopback address
    slowest.send("ready")
    transport = httpx.HTTPTransport(local_address=elsewhere, limits=limits)
    with httpx.Client(base_url=url, timeout=60, transport=transport) as client:
        thread = threading.Thread(target=pictures)
        thread.start()
        while not ended.wait(0.25):
            ask("drawing", "/demo/recognize", json=SEVEN)
        thread.join()
    slowest.send(most)


async def measure(target: Target, attack: Attack, seconds: float) -> dict[str, float]:
    """What it costs while it runs, for so many seconds at most."""
    before, lines = target.megabytes, len(target.app.lines)
    most = {"megabytes": 0.0, "disk": 0.0}
    ended, (slowest, there) = forked.context.Event(), forked.context.Pipe(False)
    visitor = forked.context.Process(target=visit, args=(target.url, ended, there), daemon=True)
    visitor.start()
    while not slowest.poll():
        await asyncio.sleep(0.1)
    slowest.recv()
    async with httpx.AsyncClient(base_url=target.url, timeout=30, limits=httpx.Limits(max_connections=300)) as client:
        target.client = client
        attacking = asyncio.create_task(attack(target))
        deadline = time.monotonic() + seconds
        while not attacking.done() and time.monotonic() < deadline:
            most["megabytes"] = max(most["megabytes"], target.megabytes - before)
            most["disk"] = max(most["disk"], target.disk)
            await asyncio.sleep(0.1)
        if not attacking.cancel():
            attacking.result()
    ended.set()
    if not slowest.poll(90):
        raise AssertionError("the other visitor got no answer")
    most |= slowest.recv()
    most["lines"] = len(target.app.lines) - lines
    return {name: round(value, 2) for name, value in most.items()}


@contextlib.contextmanager
def running(cache: str | None) -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder, "temporary")
        temporary.mkdir()
        small = ("--data", "generated", "--limit", "6000", "--epochs", "2")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        app = App(
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--cache",
            cache or f"{folder}/cache",
            *small,
            TMPDIR=str(temporary),
        )
        try:
            app.wait_for("Ready: ", 300)
            yield Target(app, temporary)
            app.process.terminate()
            app.process.wait(10)
            left = [path.name for path in temporary.rglob("*") if path.is_file() and path.suffix != ".lock"]
            print(json.dumps({"left at its end": left}), flush=True)
        finally:
            app.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="the longest that an attack goes on")
    parser.add_argument("--only", default="", help="the attacks with this in their names")
    parser.add_argument("--cache", help="where a network of an earlier attack is kept")
    given = parser.parse_args()
    passed = False
    with running(given.cache) as target:
        httpx.post(f"{target.url}/demo/picture", content=SMALL, headers=RAW)  # its readers are awake now
        for attack in ATTACKS:
            if given.only.lower() in attack.__name__:
                cost = asyncio.run(measure(target, attack, given.seconds))
                over = [name for name, limit in LIMITS.items() if cost[name] > limit]
                passed = passed or bool(over)
                print(json.dumps({"attack": attack.__doc__, **cost, "over": over}, ensure_ascii=False), flush=True)
        print(json.dumps({"at rest": round(target.megabytes)}), flush=True)
    return int(passed)


if __name__ == "__main__":
    sys.exit(main())
