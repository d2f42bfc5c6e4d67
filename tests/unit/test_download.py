"""Downloads from a real local server that serves the file whole, cut short, altered, slowly, and not at all."""

import contextlib
import hashlib
import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_demo.data import download
from mnist_demo.data.download import Patience, Source
from mnist_demo.errors import DownloadError

CONTENT = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
# short where slowness is tried, long where a busy computer would only be taken for a slow network
HURRY = Patience(slowest=20_000, grace=1.0, first=60.0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        if kind == "missing":
            return self.send_error(404)
        if kind == "portal":
            return self._send(b"<html>Please log in</html>")
        if kind == "altered":
            return self._send(CONTENT[:-1] + b"?")
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        with contextlib.suppress(OSError):
            if kind == "whole":
                self.wfile.write(CONTENT)
            elif kind == "cut":
                self.wfile.write(CONTENT[:5000])
            elif kind == "dribble":
                for byte in CONTENT[:100]:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.1)
            elif kind == "stall":
                self.wfile.write(CONTENT[:200_000])
                time.sleep(20)
        return None

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def source(server: str, kind: str) -> Source:
    return Source(f"{server}/{kind}/", {"digits.npz": DIGEST})


def files_below(folder: Path) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names]


def test_whole(server: str, tmp_path: Path) -> None:
    seen = []
    path = download.fetch(tmp_path, [source(server, "whole")], HURRY, lambda *values: seen.append(values))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (server.removeprefix("http://"), len(CONTENT), len(CONTENT))


def test_several_files_make_a_folder(server: str, tmp_path: Path) -> None:
    both = Source(f"{server}/whole/", {"a.gz": DIGEST, "b.gz": DIGEST})
    assert sorted(os.listdir(download.fetch(tmp_path, [both], HURRY))) == ["a.gz", "b.gz"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "error 404"),
        ("portal", "something else"),
        ("altered", "something else"),
        ("cut", "broke off"),
        ("dribble", "too slowly"),
        pytest.param("stall", "too slowly|in time", marks=pytest.mark.slow),
    ],
)
def test_what_is_not_the_file_is_never_taken_for_it(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    if kind == "stall":
        monkeypatch.setattr(download, "READ_SECONDS", 1.0)
    with pytest.raises(DownloadError, match=words):
        download.fetch(tmp_path, [source(server, kind)], HURRY)
    assert "digits.npz" not in files_below(tmp_path)


@pytest.mark.parametrize("kind", ["missing", "portal", "cut", "dribble"])
def test_the_next_source_helps(server: str, tmp_path: Path, kind: str) -> None:
    path = download.fetch(tmp_path, [source(server, kind), source(server, "whole")], HURRY)
    assert path.read_bytes() == CONTENT


def test_what_is_not_wanted_is_removed_and_the_next_source_helps(server: str, tmp_path: Path) -> None:
    """The file of a mirror, which has no checksum: only a look at its content tells."""
    mirror = Source(f"{server}/altered/", {"digits.npz": None})

    def is_wanted(path: Path) -> bool:
        return path.read_bytes() == CONTENT

    path = download.fetch(tmp_path, [mirror, source(server, "whole")], HURRY, accept=is_wanted)
    assert path.read_bytes() == CONTENT
    assert files_below(tmp_path) == ["digits.npz"]
    with pytest.raises(DownloadError, match=r"what 127\.0\.0\.1:\d+ sent is not MNIST"):
        download.fetch(tmp_path / "empty", [mirror], HURRY, accept=is_wanted)
    assert files_below(tmp_path / "empty") == []


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Source(f"http://127.0.0.1:{unused.getsockname()[1]}/", {"digits.npz": DIGEST})
        with pytest.raises(DownloadError, match="can't be reached"):
            download.fetch(tmp_path, [nobody], HURRY)


@pytest.mark.slow
def test_a_server_that_accepts_and_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = Source(f"http://127.0.0.1:{silent.getsockname()[1]}/", {"digits.npz": DIGEST})
        with pytest.raises(DownloadError):
            download.fetch(tmp_path, [mute], Patience(slowest=20_000, first=1.0))


def test_a_mirror_is_a_file_or_a_folder() -> None:
    assert download.mirror("http://host/a/mnist.npz") == Source("http://host/a/", {"mnist.npz": None})
    assert download.mirror("http://host/idx") == Source("http://host/idx/", download.IDX_FILES)


def downloading() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "download" and thread.is_alive()]


@pytest.mark.slow
def test_the_reading_of_a_server_that_never_ends_its_head_ends(tmp_path: Path) -> None:
    """Answers that only announce an answer, one after the other, as fast as they can be read."""

    def announce() -> None:
        with contextlib.suppress(OSError):
            caller, _ = listening.accept()
            caller.recv(65536)
            while True:
                caller.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)

    before = downloading()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=announce, daemon=True).start()
        endless = Source(f"http://127.0.0.1:{listening.getsockname()[1]}/", {"digits.npz": DIGEST})
        with pytest.raises(DownloadError):
            download.fetch(tmp_path, [endless], Patience(slowest=20_000, first=1.0))
        deadline = time.monotonic() + 20
        while set(downloading()) - set(before):
            assert time.monotonic() < deadline, "it is still being read"
            time.sleep(0.05)


def test_what_breaks_the_look_at_it_is_removed_too(server: str, tmp_path: Path) -> None:
    """Else it would be found by the next start, and break that."""

    def look(path: Path) -> bool:
        raise MemoryError

    with pytest.raises(DownloadError):
        download.fetch(tmp_path, [Source(f"{server}/whole/", {"digits.npz": None})], HURRY, accept=look)
    assert files_below(tmp_path) == []
