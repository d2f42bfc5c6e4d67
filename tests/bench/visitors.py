"""Visitors of a page over HTTP: one that sends strokes to our sketchpad, one that sends pictures through the queue.

As a script it is a crowd of them, each asking again as soon as it has its answer (a closed loop):

    python visitors.py PORT strokes|queue|pen CLIENTS SECONDS [ANSWERS]

For "pen" the strokes grow as a hand draws them, 60 points a second, with a pause after each drawing, and there is one
question at a time at most, as in the page. Ends after SECONDS, or so many ANSWERS in all, or at SIGTERM. Prints "ready"
once everyone has been answered, and at the end {"answers", "seconds", "p50", "p95"}, times in milliseconds.
"""

import http.client
import json
import secrets
import signal
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from bench.drawings import Drawing, drawings, png

POINTS_PER_SECOND = 60
PAUSE = 0.5  # seconds between two drawings


class Busy(Exception):
    """The program is training already."""


class Visitor:
    """A connection that is kept."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        try:
            reply = self._ask(method, path, body, kind)
        except ConnectionError:  # the server has closed it, as it does after some idle seconds
            self._connection.close()
            reply = self._ask(method, path, body, kind)
        content = reply.read()
        if reply.status == 409:
            raise Busy
        if reply.status not in (200, 204):
            raise OSError(f"{path} answered {reply.status}: {content[:200]!r}")
        return content

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, {"Content-Type": kind} if body else {})
        return self._connection.getresponse()

    def post(self, path: str, body: object) -> Any:
        content = self.send("POST", path, json.dumps(body).encode())
        return json.loads(content) if content else None


class StrokesVisitor(Visitor):
    """Asks as our page does."""

    def prepare(self) -> None:
        for drawing in drawings(4):
            self.ask(drawing)

    def phase(self) -> str:
        """What the program is doing, as the page is told."""
        return str(json.loads(self.send("GET", "/demo/status"))["phase"])

    def ask(self, drawing: Drawing) -> str | None:
        """The digit that the page would show; None while there is no network yet."""
        digit = self.post("/demo/recognize", {"strokes": drawing})["digit"]
        return None if digit is None else str(digit)


class QueueVisitor(Visitor):
    """Asks as Gradio's own page does for `pad.change(recognize, pad, label)`: join the queue, then read its events.

    Every picture is uploaded once and then asked about again and again, which spares the usual way the upload that
    its page makes for each stroke.
    """

    def __init__(self, port: int):
        super().__init__(port)
        self.session = secrets.token_hex(6)
        config = json.loads(self.send("GET", "/config"))
        wanted = [d for d in config["dependencies"] if any(t[1] == "change" for t in d["targets"])]
        self._function = wanted[0]["id"]
        self._uploaded: dict[str, str] = {}

    def prepare(self) -> None:
        for drawing in drawings():
            self._upload(drawing)
        self.ask(drawings()[0])

    def _upload(self, drawing: Drawing) -> str:
        key = str(drawing)
        if key not in self._uploaded:
            head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="d.png"\r\n'
            body = head + b"Content-Type: image/png\r\n\r\n" + png(drawing) + b"\r\n--x--\r\n"
            paths = json.loads(self.send("POST", "/gradio_api/upload", body, "multipart/form-data; boundary=x"))
            self._uploaded[key] = paths[0]
        return self._uploaded[key]

    def ask(self, drawing: Drawing) -> str | None:
        file = {"path": self._upload(drawing), "meta": {"_type": "gradio.FileData"}}
        value = {"background": None, "layers": [], "composite": file}
        body = {"data": [value], "fn_index": self._function, "session_hash": self.session}
        self.post("/gradio_api/queue/join", body)
        events = self.send("GET", f"/gradio_api/queue/data?session_hash={self.session}").decode()
        for event in events.split("\n\n"):
            message = json.loads(event.removeprefix("data: ")) if event else {}
            if message.get("msg") == "process_completed":
                if not message["success"]:
                    raise OSError(f"the answer was {event[:300]}")
                return message["output"]["data"][0]["label"]
        raise OSError(f"no answer among {events[:300]}")


def _whole(_seconds: float) -> Iterator[Drawing]:
    while True:
        yield from drawings()


def _growing(seconds: float) -> Iterator[Drawing]:
    end = time.perf_counter() + seconds
    for drawing in _whole(seconds):
        begun = time.perf_counter()
        asked = 0
        while asked < len(drawing[0]):
            there = min(len(drawing[0]), 1 + int(POINTS_PER_SECOND * (time.perf_counter() - begun)))
            if there > asked:
                asked = there
                yield [drawing[0][:there]]
            else:
                time.sleep(1 / POINTS_PER_SECOND / 4)
        if time.perf_counter() > end:
            return
        time.sleep(PAUSE)


def crowd(port: int, kind: str, clients: int, seconds: float, answers: int | None = None) -> dict[str, float]:
    """Let so many visitors ask -> what the script prints. Raises whatever went wrong for one of them."""
    visitors = [(QueueVisitor if kind == "queue" else StrokesVisitor)(port) for _ in range(clients)]
    for visitor in visitors:
        visitor.prepare()
    print("ready", flush=True)
    times: list[float] = []
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    troubles: list[BaseException] = []
    start = time.perf_counter()

    def visit(visitor: Visitor) -> None:
        try:
            for drawing in (_growing if kind == "pen" else _whole)(seconds):
                asked = time.perf_counter()
                late = asked - start > seconds
                if late or (answers is not None and len(times) >= answers) or ended.is_set():
                    return
                visitor.ask(drawing)
                times.append(1000 * (time.perf_counter() - asked))
        except BaseException as error:
            troubles.append(error)
            ended.set()

    threads = [threading.Thread(target=visit, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # a join without an end would keep the signal waiting
            thread.join(0.5)
    passed = time.perf_counter() - start
    if troubles:
        raise troubles[0]
    quantiles = statistics.quantiles(times, n=20, method="inclusive")
    return {"answers": len(times), "seconds": passed, "p50": statistics.median(times), "p95": quantiles[-1]}


if __name__ == "__main__":
    _, port_, kind_, clients_, seconds_, *more = sys.argv
    print(json.dumps(crowd(int(port_), kind_, int(clients_), float(seconds_), int(more[0]) if more else None)))
