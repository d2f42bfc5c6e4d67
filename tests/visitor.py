"""A client of the running server that checks every answer, and what it sends."""

import io
import json
import os
import socket
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

if TYPE_CHECKING:
    from conftest import App

SEVEN = [[[10, 10], [60, 8], [30, 90]]]
RUN = "/gradio_api/run"
PAGE = "/demo"  # the page's own routes
GREY = Image.linear_gradient("L")


class Visitor:
    """A client of the server that checks every answer."""

    def __init__(self, app: "App"):
        self.app = app
        self.client = httpx.Client(base_url=app.url, timeout=60)

    def post(self, path: str, body: Any = None, content: bytes | None = None, **options: Any) -> httpx.Response:
        sent = json.dumps(body).encode() if content is None else content
        reply = self.client.post(path, content=sent, headers={"content-type": "application/json"}, **options)
        return self.checked(reply)

    def checked(self, reply: httpx.Response) -> httpx.Response:
        """No stack trace, no bare "Internal Server Error", no page; an error is a sentence or two."""
        assert "Traceback" not in reply.text
        assert 'File "' not in reply.text
        assert "Internal Server Error" not in reply.text
        assert not reply.headers.get("content-type", "").startswith("text/html")
        if reply.status_code >= 400 and reply.headers["content-type"] == "application/json":
            said = reply.json()
            sentence = said.get("error") or said.get("detail")
            assert isinstance(sentence, str), said
            assert 5 < len(sentence) < 250
            assert "\n" not in sentence
        return reply

    def picture(self, content: bytes) -> httpx.Response:
        """As the page sends one."""
        kind = {"content-type": "application/octet-stream"}
        return self.checked(self.client.post(f"{PAGE}/picture", content=content, headers=kind))

    def fine(self) -> None:
        """The next request is answered as ever."""
        reply = self.post(f"{RUN}/recognize_strokes", {"data": [SEVEN]}).json()
        assert reply["data"][0]["digit"] == 7

    def upload(self, content: bytes, name: str = "picture.png") -> httpx.Response:
        return self.checked(self.client.post("/gradio_api/upload", files={"files": (name, content)}))

    def recognize(self, content: bytes, name: str = "picture.png") -> httpx.Response:
        path = self.upload(content, name).json()[0]
        return self.post(f"{RUN}/recognize", {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]})


def resident(app: "App") -> float:
    """Megabytes of memory that the process has now."""
    statm = Path(f"/proc/{app.process.pid}/statm")
    if not statm.exists():
        pytest.skip("needs /proc to see another process's memory")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A valid PNG of one colour, a few kilobytes for a thousand million pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def raw_get(app: "App", target: str) -> bytes:
    """GET with the target as it is: HTTP clients would tidy up `..` first."""
    url = httpx.URL(app.url)
    with socket.create_connection((url.host, url.port), 20) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)
