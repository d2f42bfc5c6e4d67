"""Connections can't be held for nothing."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mnist_demo.web import connections
from mnist_demo.web.connections import Connection

pytestmark = pytest.mark.slow

LARGE = b"x" * 50_000_000


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.5)
    monkeypatch.setattr(Connection, "most", 20)

    async def short(request: object) -> PlainTextResponse:
        return PlainTextResponse("short")

    async def large(request: object) -> PlainTextResponse:
        return PlainTextResponse(LARGE)

    async def slow(request: object) -> PlainTextResponse:
        await asyncio.sleep(0.8)
        return PlainTextResponse("slow")

    app = Starlette(routes=[Route("/", short), Route("/large", large), Route("/slow", slow)])
    config = uvicorn.Config(app, port=0, http=Connection, log_level="critical", timeout_keep_alive=60)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(5)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 5)


def get(port: int, path: str = "/") -> bytes:
    with connect(port) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def closed_after(connection: socket.socket) -> float:
    """Seconds until the server closes it."""
    begun = time.monotonic()
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - begun


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"])
def test_a_head_that_does_not_come_is_not_waited_for(port: int, sent: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(sent)
        assert 0.3 < closed_after(connection) < 3


def test_a_trickle_does_not_help(port: int) -> None:
    with connect(port) as connection:
        begun = time.monotonic()
        while time.monotonic() < begun + 4:
            try:
                connection.sendall(b"G")
            except OSError:
                break
            time.sleep(0.05)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("lines", [b"a:\r\n" * 7_000, b"a: " + b"x" * 30_000 + b"\r\n"])
def test_a_head_has_a_bounded_size(port: int, lines: bytes) -> None:
    """Also one that comes in one go."""
    with connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 4")
    with connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"x" * 8_000 + b"\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_an_answer_may_take_longer_than_a_head(port: int) -> None:
    assert get(port, "/slow").endswith(b"slow")


def test_a_reader_who_does_not_read_is_left(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(2.5)
        received = 0
        try:
            while part := connection.recv(1_000_000):
                received += len(part)
        except ConnectionResetError:
            pass
        assert received < len(LARGE)


def test_many_silent_connections_keep_nobody_out(port: int) -> None:
    silent = [connect(port) for _ in range(60)]
    assert get(port).endswith(b"short")
    for connection in silent:
        connection.close()


def test_a_kept_connection_is_used_again(port: int) -> None:
    with connect(port) as connection:
        for _ in range(6):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while not received.endswith(b"short"):
                received += connection.recv(1000)
            time.sleep(0.3)
