"""What the attack of `tests/attack.py` and its kind cost a running program: little memory and disk, no line in the
terminal, and no other visitor's answer. What others have to wait is measured there, not here."""

import asyncio
import contextlib
import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from attack import ATTACKS, LIMITS, Attack, Target, measure
from conftest import App
from visitor import Visitor, raw_get

pytestmark = pytest.mark.slow

UNTRAINED = ("--host", "127.0.0.1", "--limit", "1000", "--epochs", "1")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_costs_little_and_others_are_answered(server: App, visitor: Visitor, attack: Attack) -> None:
    target = Target(server, Path(str(server.environment["TMPDIR"])))
    cost = asyncio.run(measure(target, attack, 3))
    assert {name: cost[name] for name in ("megabytes", "disk", "lines") if cost[name] > LIMITS[name]} == {}
    visitor.fine()


def test_nothing_of_a_request_is_printed(server: App, visitor: Visitor) -> None:
    """F10."""
    before = len(server.lines)
    for path in ("custom_component/%1b[2J%0aforged/x/x/x", "queue/data?session_hash=x", "call/recognize/x"):
        raw_get(server, f"/gradio_api/{path}")
    for path in ("/monitoring", "/monitoring/summary", "/%1b[31mred", "/demo/%0aforged"):
        raw_get(server, path)
    host = (visitor.client.base_url.host, visitor.client.base_url.port)
    for said in (
        b"\x1b[2J\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01" + bytes(200),
        b"A" * 100_000 + b"\r\n\r\n",
    ):
        with socket.create_connection(host, 10) as connection:
            connection.sendall(said)
            connection.settimeout(5)
            connection.recv(1000)
    for said in (b"GET / HTTP/1.0\r\nOrigin: http://x\r\n\r\n", b"OPTIONS / HTTP/1.0\r\nOrigin: x\r\n\r\n"):
        with socket.create_connection(host, 10) as connection:
            connection.sendall(said)
            assert b" 500 " not in connection.recv(1000)
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    for headers in (
        upgrade,
        upgrade | {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="},
        {"upgrade": "h2c", "connection": "upgrade"},
    ):
        httpx.get(f"{server.url}/gradio_api/queue/data", headers=headers)  # a connection of its own
    time.sleep(0.5)
    assert server.lines[before:] == []
    visitor.fine()


def test_a_body_in_chunks_is_not_read(server: App, visitor: Visitor) -> None:
    """Of a byte each, the server would be at them for minutes."""
    host = (visitor.client.base_url.host, visitor.client.base_url.port)
    head = b"POST /demo/recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for _ in range(5):
        with socket.create_connection(host, 10) as connection:
            connection.settimeout(10)
            with contextlib.suppress(OSError):
                connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n[\r\n" * 200_000)
            with contextlib.suppress(OSError):
                said = connection.recv(1000)
                assert said.startswith(b"HTTP/1.1 411 ")
    visitor.fine()
    reply = visitor.client.post("/demo/recognize", content=iter([b"{}"]), headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["sentence"]["key"]) == (411, "error.length")
    assert reply.headers["connection"] == "close"


def test_uploads_end_with_the_program(untrained: Callable[..., App], tmp_path: Path) -> None:
    """F11; and F15: somebody else has Gradio's own folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (temporary / "gradio").write_text("somebody else's")
    app = untrained(*UNTRAINED, "--cache", str(tmp_path / "cache"), TMPDIR=str(temporary))
    visitor = Visitor(app)
    path = Path(visitor.upload(b"mine").json()[0])
    assert path.is_relative_to(temporary)
    assert path.read_bytes() == b"mine"
    app.process.send_signal(signal.SIGTERM)
    app.process.wait(20)
    assert not path.exists()
    assert "Traceback" not in app.output


def test_no_address_that_a_visitor_claims_is_told_to_others(server: App, visitor: Visitor) -> None:
    """F7."""
    forged = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    paths = (
        "/gradio_api/info",
        "/gradio_api/info/",
        "/gradio_api/info?page=x",
        "/gradio_api/info?all_endpoints=1",
        "/config",
        "/",
    )
    for path in paths:
        assert visitor.client.get(path, headers=forged).status_code == 200
    for path in paths:
        assert "evil.example" not in visitor.client.get(path).text


def test_a_name_that_leads_here_from_elsewhere_is_not_answered(server: App, visitor: Visitor) -> None:
    """F6: DNS rebinding. The server listens on the loopback only."""
    for path in ("/", "/demo/status", "/config"):
        reply = visitor.client.get(path, headers={"host": "rebound.example:7860"})
        assert (reply.status_code, json.loads(reply.text)["sentence"]["key"]) == (403, "error.host")
