"""It always starts: networks that are broken in any way. Real processes and sockets."""

import contextlib
import http.server
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import App
from launching import OFFLINE, QUICK, Launch

pytestmark = pytest.mark.slow


def served_in_time(app: App, words: str) -> None:
    """The page is up, the search for images ends in a few seconds, and one sentence tells why it is not MNIST.

    That training begins within 15 s of the launch follows where the imports take their usual 4 s: they are left out
    here, for on a busy computer they take several times that.
    """
    page = httpx.get(app.url, timeout=20)
    assert page.status_code == 200
    app.wait_for("Training on", 60)
    assert app.seconds_between("Looking for", "Training on") < 15
    told = [line for line in app.lines if "MNIST could not be downloaded" in line]
    assert len(told) == 1
    assert words in told[0]
    assert "Traceback" not in app.output


class Mischief(socketserver.BaseRequestHandler):
    """The proxy of a bad network: whatever it is asked for, it does the same."""

    kind = ""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.recv(65536)
            if self.kind == "a byte a second":
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 11490434\r\n\r\n")
                for _ in range(60):
                    self.request.sendall(b"P")
                    time.sleep(1)
            status = "502 Bad Gateway" if self.kind == "a proxy's error" else "200 OK"
            page = b"<html>Please log in</html>"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
            self.request.sendall(head.encode() + page)


@contextlib.contextmanager
def mischievous(kind: str) -> Iterator[str]:
    """The address of such a proxy."""
    handler = type("Handler", (Mischief,), {"kind": kind})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        running.block_on_close = False
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def behind(proxy: str) -> dict[str, str]:
    """The environment in which everything but this computer is reached by way of it."""
    return {**dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy), "NO_PROXY": "127.0.0.1"}


# the built-in addresses have TLS, which such proxies spoil; a mirror without it gets the answer itself
MIRROR = ("--mirror", "http://mirror.invalid/mnist.npz")


@pytest.mark.parametrize("kind", ["a captive portal", "a proxy's error"])
def test_networks_that_answer_with_something_else(untrained: Launch, tmp_path: Path, kind: str) -> None:
    with mischievous(kind) as proxy:
        app = untrained(*QUICK, "--cache", str(tmp_path), *MIRROR, **behind(proxy))
        served_in_time(app, "can't be reached")


def test_networks_that_never_come_to_an_end(untrained: Launch, tmp_path: Path) -> None:
    """One accepts and never answers, the other sends too slowly; side by side, as all there is to do is to wait."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent, mischievous("a byte a second") as slow:
        mute = f"http://127.0.0.1:{silent.getsockname()[1]}"
        unanswered = untrained(*QUICK, "--cache", str(tmp_path / "unanswered"), **behind(mute))
        dripping = untrained(*QUICK, "--cache", str(tmp_path / "dripping"), *MIRROR, **behind(slow))
        served_in_time(unanswered, "in time")
        served_in_time(dripping, "sends too slowly")


def test_a_mirror_that_has_something_else(untrained: Launch, tmp_path: Path, small_npz: Path) -> None:
    """A whole .npz of digits, but not MNIST's; the built-in addresses can't be reached then."""

    class Server(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(small_npz)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        mirror = f"http://127.0.0.1:{running.server_port}/mnist.npz"
        app = untrained(*QUICK, "--cache", str(tmp_path), "--mirror", mirror, **OFFLINE)
        served_in_time(app, "storage.googleapis.com")  # where the search ended
        assert f"what 127.0.0.1:{running.server_port} sent is not MNIST" in app.output
        running.shutdown()


@contextlib.contextmanager
def name_server(folder: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket on the port of name servers, and the command by which a process asks it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.bind(("127.0.0.153", 53))  # .53 is systemd's own
        except OSError as error:
            pytest.skip(f"can't listen on the port of name servers: {error}")
        resolver = folder / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.153\noptions timeout:30\n")
        yield asked, f"mount --bind {resolver} /etc/resolv.conf"


def test_name_look_ups_that_never_answer(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    with name_server(tmp_path) as (silent, command):
        app = untrained(*QUICK, "--cache", str(tmp_path), mounts=command)
        served_in_time(app, "in time")
        assert silent.recv(1000), "nobody asked"


def test_names_that_nobody_knows(untrained: Launch, tmp_path: Path, mounts: None) -> None:
    def deny() -> None:
        with contextlib.suppress(OSError):
            while True:
                question, sender = server.recvfrom(4096)
                server.sendto(question[:2] + b"\x81\x83" + question[4:], sender)

    with name_server(tmp_path) as (server, command):
        threading.Thread(target=deny, daemon=True).start()
        app = untrained(*QUICK, "--cache", str(tmp_path), mounts=command)
        served_in_time(app, "can't be reached")
