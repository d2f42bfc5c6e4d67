"""It can't be hurt: whatever is sent to a running server over HTTP is answered in a sentence or two, opens no file of
the server, shows no visitor another's drawing, and leaves the next request fine."""

import asyncio
import base64
import io
import json
import os
import re
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio
import httpx
import numpy as np
import pytest
from conftest import READY, ROOT, App, copy_of
from gradio.routes import App as GradioApp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_demo.web.gate import MAX_BODY
from mnist_demo.web.uploads import FILE_BYTES, MOST_BYTES, MOST_FILES, REMOVED, Uploads, remove_leftovers

pytestmark = pytest.mark.slow

SEVEN = [[[10, 10], [60, 8], [30, 90]]]
RUN = "/gradio_api/run"
PAGE = "/demo"  # the page's own routes


class Visitor:
    """A client of the server that checks every answer."""

    def __init__(self, app: App):
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


@pytest.fixture(scope="module")
def app(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    cache = str(copy_of(trained_cache, tmp_path_factory.mktemp("gate") / "cache"))
    arguments = ("--host", "127.0.0.1", "--cache", cache, *READY)
    running = App(*arguments, "--no-retrain-button", GRADIO_TEMP_DIR=cache + "/uploads")
    running.wait_for("Ready: ")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def visitor(app: App) -> Visitor:
    return Visitor(app)


def resident(app: App) -> float:
    """Megabytes of memory that the process has now."""
    statm = Path(f"/proc/{app.process.pid}/statm")
    if not statm.exists():
        pytest.skip("needs /proc to see another process's memory")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- any JSON ------------------------------------------------------------------------------------------------------

numbers = st.one_of(
    st.integers(), st.floats(), st.sampled_from([10**400, -(10**19), 1e308, float("nan"), float("inf"), -0.0])
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=30), st.sampled_from(["/etc/passwd", "\x00"]))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["path", "url", "meta", "_type", "data", "epochs", "version"]), st.text()),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)
nearly_strokes = st.lists(st.lists(st.lists(st.one_of(numbers, scalars), max_size=3), max_size=5), max_size=5)
hurry = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@hurry
@given(data=st.one_of(anything, nearly_strokes), name=st.sampled_from(["recognize", "recognize_strokes", "status"]))
def test_any_json_to_the_api(visitor: Visitor, data: Any, name: str) -> None:
    reply = visitor.post(f"{RUN}/{name}", {"data": [data]})
    if reply.status_code == 200 and name != "status":
        answer = reply.json()["data"][0]
        assert set(answer) == {"digit", "reading", "confidence", "probabilities"}
        assert 0 <= answer["confidence"] <= 1


@hurry
@given(body=anything, name=st.sampled_from(["run/recognize", "run/status", "queue/join", "upload"]))
def test_any_json_in_place_of_a_request(visitor: Visitor, body: Any, name: str) -> None:
    visitor.post(f"/gradio_api/{name}", body)


@hurry
@given(
    data=st.one_of(anything, nearly_strokes),
    name=st.sampled_from(["strokes", "image", "test", "sample", "epochs", "fetch", "client_version"]),
    route=st.sampled_from(["recognize", "activations", "retrain"]),
)
def test_any_json_to_the_page_s_routes(visitor: Visitor, data: Any, name: str, route: str) -> None:
    for body in ({name: data}, data):
        assert visitor.post(f"{PAGE}/{route}", body).status_code in (200, 400, 403)


@hurry
@given(value=st.text(max_size=40), name=st.sampled_from(["run", "version", "training", "epochs", "points", "label"]))
def test_any_query_to_the_page_s_routes(visitor: Visitor, value: str, name: str) -> None:
    for route in ("status", "cell"):
        reply = visitor.checked(visitor.client.get(f"{PAGE}/{route}", params={name: value}))
        assert reply.status_code in (200, 204, 400)


def test_the_next_request_is_fine(visitor: Visitor) -> None:
    visitor.fine()


@pytest.mark.parametrize("where", [f"{RUN}/recognize_strokes", f"{PAGE}/recognize"])
@pytest.mark.parametrize("kind", ["100,000 strokes", "100,000 points", "deep", "10 MB", "long number", "cut"])
def test_much_json(app: App, visitor: Visitor, where: str, kind: str) -> None:
    data = {
        "100,000 strokes": lambda: "[[0,0]]," * 99_999 + "[[0,0]]",
        "100,000 points": lambda: "[" + "[0,0]," * 99_999 + "[0,0]]",
        "deep": lambda: "[" * 100_000 + "]" * 100_000,
        "10 MB": lambda: '"' + "x" * 10_000_000 + '"',
        "long number": lambda: f"[[{'9' * 100_000},0]]",
        "cut": lambda: "[[0,0]",
    }[kind]()
    begun = time.monotonic()
    if where.startswith(PAGE):
        assert visitor.post(where, content=f'{{"strokes":[{data}]}}'.encode()).status_code in (400, 413)
    else:
        assert visitor.post(where, content=f'{{"data":[[{data}]]}}'.encode()).status_code in (400, 413, 500)
    assert time.monotonic() - begun < 20
    visitor.fine()


def test_requests_that_are_too_large_are_refused(app: App, visitor: Visitor) -> None:
    before = resident(app)
    for path in (f"{RUN}/recognize_strokes", f"{PAGE}/recognize", "/gradio_api/queue/join"):
        try:
            reply = visitor.post(path, content=b'{"data":["' + b"x" * 5 * MAX_BODY + b'"]}')
            assert reply.status_code == 413
            assert "more than" in reply.json()["error"]
        except httpx.TransportError:
            pass  # the server may hang up before all of it is sent
        assert resident(app) - before < 3 * MAX_BODY / 1e6
    visitor.fine()


# --- any picture ---------------------------------------------------------------------------------------------------


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


GREY = Image.linear_gradient("L")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PICTURES = {
    "nothing": (b"", False),
    "cut": (saved(GREY)[:-200], False),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(1000), False),
    "svg": (SVG, False),
    "pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + bytes(100), False),
    "html": (b"<html><script>alert(1)</script></html>", False),
    "bomb": (bomb(30_000, 30_000), False),
    "bomb that Pillow lets through": (bomb(12_000, 12_000), False),
    "bomb by its header": (
        bomb(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1)),
        False,
    ),
    "animated gif": (saved(GREY, "GIF", save_all=True, append_images=[GREY.rotate(90)] * 30), True),
    "cmyk": (saved(GREY.convert("CMYK"), "JPEG"), True),
    "16 bits": (saved(Image.fromarray(np.arange(10_000, dtype=np.uint16).reshape(100, 100))), True),
    "palette": (saved(GREY.convert("P")), True),
    "one pixel": (saved(Image.new("L", (1, 1))), True),
    "one column": (saved(Image.new("L", (1, 50_000), 255)), True),
    "one row": (saved(Image.new("1", (50_000, 1))), True),
    "as large as may be": (bomb(7_000, 7_000), True),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_any_picture(visitor: Visitor, kind: str) -> None:
    content, fit = PICTURES[kind]
    reply = visitor.recognize(content)
    on_page = visitor.picture(content)
    if fit:
        assert set(reply.json()["data"][0]) == {"digit", "reading", "confidence", "probabilities"}
        assert len(base64.b64decode(on_page.json()["pixels"] or bytes(1046))) == 784
    else:
        assert "This picture can't be read: " in reply.json()["error"]
        assert on_page.json()["sentence"]["key"] == "error.image"
    visitor.fine()


def test_many_large_pictures_at_once_don_t_fill_the_memory(app: App, visitor: Visitor) -> None:
    """Each takes some 300 MB while it is decoded; the drawings of others don't wait for them."""
    sent = bomb(7_000, 7_000)
    before = resident(app)

    async def all_at_once() -> tuple[list[httpx.Response], float, float]:
        async with httpx.AsyncClient(base_url=app.url, timeout=120) as client:
            kind = {"content-type": "application/octet-stream"}
            picture = f"{PAGE}/picture"
            asked = [asyncio.create_task(client.post(picture, content=sent, headers=kind)) for _ in range(12)]
            most, slowest = 0.0, 0.0
            while not all(task.done() for task in asked):
                begun = time.monotonic()
                drawing = await client.post(f"{RUN}/recognize_strokes", json={"data": [SEVEN]})
                assert drawing.json()["data"][0]["digit"] == 7
                slowest = max(slowest, time.monotonic() - begun)
                most = max(most, resident(app))
                await asyncio.sleep(0.02)
            return [task.result() for task in asked], most, slowest

    replies, most, slowest = asyncio.run(all_at_once())
    assert all("digit" in reply.json() for reply in replies)
    assert most - before < 1200
    assert slowest < 10
    visitor.fine()


def test_many_large_requests_at_once_don_t_fill_the_memory(app: App, visitor: Visitor) -> None:
    """Each of 20 MB; they wait for each other, and drawings don't wait for them."""
    sent = b"x" * 20_000_000
    before = resident(app)

    async def all_at_once() -> tuple[list[httpx.Response], float]:
        async with httpx.AsyncClient(base_url=app.url, timeout=200) as client:
            kind = {"content-type": "application/octet-stream"}
            picture = f"{PAGE}/picture"
            asked = [asyncio.create_task(client.post(picture, content=sent, headers=kind)) for _ in range(30)]
            most = 0.0
            while not all(task.done() for task in asked):
                drawing = await client.post(f"{RUN}/recognize_strokes", json={"data": [SEVEN]})
                assert drawing.json()["data"][0]["digit"] == 7
                most = max(most, resident(app))
                await asyncio.sleep(0.02)
            return [task.result() for task in asked], most

    replies, most = asyncio.run(all_at_once())
    assert {reply.json()["sentence"]["key"] for reply in replies} == {"error.image"}
    assert most - before < 600
    visitor.fine()


@pytest.mark.parametrize("path", ["queue/join", "call/recognize_strokes", "run/recognize_strokes"])
def test_names_of_sessions_are_limited_in_size(app: App, visitor: Visitor, path: str) -> None:
    """Gradio keeps what belongs to the last 2,000 of them."""
    body = {"data": [SEVEN], "fn_index": 1}
    before = resident(app)
    for i in range(60):
        reply = visitor.post(f"/gradio_api/{path}", {**body, "session_hash": f"{i}" + "x" * 1_000_000})
        assert reply.status_code == 400
    assert resident(app) - before < 40
    assert visitor.post(f"/gradio_api/{path}", {**body, "session_hash": "x" * 200}).status_code == 200


def test_uploads_are_limited_in_size(visitor: Visitor) -> None:
    reply = visitor.upload(bytes(21_000_000))
    assert reply.status_code == 413
    assert "exceeded maximum allowed size" in reply.text
    visitor.fine()


# --- no file of the server -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a digit that nobody uploaded."""
    path = tmp_path_factory.mktemp("secret") / "secret.png"
    path.write_bytes((ROOT / "assets" / "examples" / "1-3.png").read_bytes())
    return path


def test_no_file_of_the_server_is_sent(app: App, visitor: Visitor, secret: Path, tmp_path: Path) -> None:
    uploaded = Path(visitor.upload(b"mine").json()[0])
    assert visitor.client.get(f"/gradio_api/file={uploaded}").content == b"mine"
    link = uploaded.parent / "link.png"
    link.symlink_to(secret)
    program, system = ROOT / "mnist_demo" / "console.py", Path("/etc/passwd")
    forbidden = [secret, program, system, link, uploaded.parent / ".." / ".." / ".." / "secret.png", Path("app.py")]
    ways = ["/gradio_api/file={}", "/gradio_api/file/{}", "/file={}", "/static/{}", "/assets/{}", "/svelte/{}"]
    ways += ["/gradio_api/custom_component/x/client/component/{}", "/gradio_api/proxy=file://{}", "/{}", "//{}"]
    forms = [str, lambda p: quote(str(p), safe=""), lambda p: str(p).replace("/", "%2f"), lambda p: f"{p}%00.png"]
    forms += [lambda p: "../" * 12 + str(p).lstrip("/"), lambda p: "..%2f" * 12 + str(p).lstrip("/")]
    forms += [lambda p: f"{uploaded.parent}/{'../' * 12}{str(p).lstrip('/')}", lambda p: f"file://{p}"]
    for path in forbidden:
        content = (ROOT / path).read_bytes() if (ROOT / path).exists() else b"\x89PNG"
        for way in ways:
            for form in forms:
                reply = raw_get(app, way.format(form(path)))
                assert content[:200] not in reply, (way, form(path))
                assert b"Traceback" not in reply
    visitor.fine()


STREAMS = ("heartbeat", "queue/data", "dev/reload", "upload_progress")  # they never end, and name no file


def test_no_file_of_the_server_through_any_route(app: App, visitor: Visitor, secret: Path) -> None:
    """Whatever routes Gradio has, with the file in every place of their paths, in the query and in the body."""
    with gradio.Blocks() as nothing:
        pass
    content, file = secret.read_bytes()[:200], str(secret)
    routes = GradioApp.create_app(nothing).openapi()["paths"]
    assert len(routes) > 30
    for path, methods in routes.items():
        if any(name in path for name in STREAMS):
            continue
        for form in (file, quote(file, safe=""), f"file://{file}", f"../../../../../..{file}"):
            target = re.sub("{.*?}", lambda _, form=form: form, path)
            if "get" in methods:
                reply = raw_get(app, f"{target}?path={form}&url={form}&file={form}")
                assert content not in reply, target
                assert b"Traceback" not in reply, target
            if "post" in methods:
                wish = {"path": form, "url": form, "data": [{"path": form}], "session_hash": "a", "fn_index": 0}
                answer = visitor.client.post(target, json=wish)
                assert content not in answer.content, target
                assert "Traceback" not in answer.text, target
    visitor.fine()


def raw_get(app: App, target: str) -> bytes:
    """GET with the target as it is: HTTP clients would tidy up `..` first."""
    url = httpx.URL(app.url)
    with socket.create_connection((url.host, url.port), 20) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["without meta", "with meta"])
def test_no_file_of_the_server_is_recognised(visitor: Visitor, secret: Path, meta: dict) -> None:
    own = Path(visitor.upload(secret.read_bytes()).json()[0])
    assert visitor.post(f"{RUN}/recognize", {"data": [{"path": str(own), **meta}]}).status_code == 200
    link = own.parent / f"{len(meta)}.png"
    link.symlink_to(secret)
    ways = [
        secret,
        link,
        own.parent / ".." / ".." / ".." / ".." / ".." / str(secret)[1:],
        f"file://{secret}",
        own.parent,
    ]
    for way in ways:
        for file in ({"path": str(way), **meta}, [{"path": str(way), **meta}], {"url": str(way), "path": "", **meta}):
            reply = visitor.post(f"{RUN}/recognize", {"data": [file]})
            assert reply.status_code in (400, 500), way
            assert "probabilities" not in reply.text


# --- visitors ------------------------------------------------------------------------------------------------------


def test_nothing_that_is_sent_comes_back_as_html(visitor: Visitor) -> None:
    page = b"<html><script>alert(1)</script></html>"
    for name in ("a.html", "a.svg", "a.xhtml", "a.png"):
        path = visitor.upload(page, name).json()[0]
        reply = visitor.checked(visitor.client.get(f"/gradio_api/file={path}"))
        attachment = reply.headers["content-disposition"].startswith("attachment")
        assert attachment or reply.headers["content-type"].startswith("image/png")
    script = "<img src=x onerror=alert(1)>"
    for body in ({"data": [script]}, {"data": script}, script):
        reply = visitor.post(f"{RUN}/recognize_strokes", body)
        assert script not in reply.text


def test_no_visitor_gets_another_s_answer(app: App) -> None:
    """Two hundred different drawings by twenty visitors at once, in the same session by name: each its own pixels."""
    moments = np.random.default_rng(0)
    drawings = [[moments.uniform(0, 1, (5, 2)).tolist()] for _ in range(200)]

    async def draw() -> list[list[str]]:
        gate = asyncio.Semaphore(20)
        async with httpx.AsyncClient(base_url=app.url, timeout=60) as client:

            async def one(drawing: list) -> str:
                async with gate:
                    return (await client.post(f"{PAGE}/recognize", json={"strokes": drawing})).json()["pixels"]

            return [list(await asyncio.gather(*map(one, drawings))) for _ in range(2)]

    first, second = asyncio.run(draw())
    assert first == second
    assert len(set(first)) == len(first)


def test_no_visitor_can_train_where_it_is_switched_off(app: App, visitor: Visitor) -> None:
    for wish in ({}, {"epochs": 1}, {"epochs": 50, "fetch": True}):
        reply = visitor.post(f"{PAGE}/retrain", wish)
        assert (reply.status_code, reply.json()["sentence"]["key"]) == (403, "error.retrain_off")
    assert visitor.post(f"{RUN}/status", {"data": []}).json()["data"][0]["phase"] == "ready"


def test_memory_is_back_where_it_was(app: App, visitor: Visitor) -> None:
    """Thousands of sessions, refused requests and pictures leave nothing behind."""
    many = json.dumps({"data": [[[[0, 0]]] * 500]}).encode()
    picture = saved(GREY)

    def trouble(times: int, name: str) -> None:
        for i in range(times):
            visitor.post(f"{RUN}/recognize_strokes", content=many)
            visitor.picture(picture)
            body = {"data": [[[["a"]]]], "session_hash": f"{name}{i}" + "x" * 180}
            visitor.post(f"{RUN}/recognize_strokes", body)

    trouble(40, "warm")
    before = resident(app)
    trouble(150, "hot")
    for i in range(1400):
        visitor.post(f"{RUN}/recognize_strokes", {"data": [[]], "session_hash": f"another {i}"})
    assert resident(app) - before < 20
    visitor.fine()


# --- uploads and the disk ------------------------------------------------------------------------------------------


def test_uploads_that_break_off_count_too_and_end_in_a_refusal(
    app: App, visitor: Visitor, launch: Callable[..., App], tmp_path: Path
) -> None:
    """Each may have left a thousand files. In a server of its own, for it takes no more of anyone for a while."""
    cache = app.process.args[app.process.args.index("--cache") + 1]
    arguments = ("--host", "127.0.0.1", "--cache", cache, "--data", "generated", "--limit", "6000")
    other = launch(*arguments, GRADIO_TEMP_DIR=str(tmp_path / "uploads"))
    other.wait_for("Ready: ")
    guest = Visitor(other)
    assert guest.upload(b"whole").status_code == 200
    url = httpx.URL(other.url)
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 1000\r\n"
    head += 'Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="files"; '
    for _ in range(MOST_BYTES // (MOST_FILES * FILE_BYTES // 2) + 2):
        with socket.create_connection((url.host, url.port), 20) as connection:
            connection.sendall(f'{head}filename="a.png"\r\n\r\nhalf'.encode())
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
    reply = guest.upload(b"one more")
    assert reply.status_code == 429
    assert "Too many pictures have been uploaded" in reply.json()["error"]
    assert "digit" in guest.picture(saved(GREY)).json(), "the page's own pictures are no uploads"
    guest.fine()


def test_the_ledger_of_uploads_forgets_what_has_been_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ledger = Uploads(most=100)
    for _ in range(5):
        assert not ledger.full
        ledger.add(21)
        now += 30
    assert ledger.full
    now += sum(REMOVED) - 150
    assert ledger.full, "what came first may still lie there"
    now += 300
    assert not ledger.full


def test_leftovers_of_broken_uploads_are_removed_when_they_are_old(tmp_path: Path) -> None:
    old, new, other = tmp_path / "tmp12345678", tmp_path / "tmpabcdefgh", tmp_path / "tmp-mine.png"
    (tmp_path / "secret").write_text("x")
    link = tmp_path / "tmplinkwxyz"
    link.symlink_to(tmp_path / "secret")
    for path in (old, new, other):
        path.write_text("x")
    for path in (old, other, tmp_path / "secret"):
        os.utime(path, (time.time() - 2 * REMOVED[1],) * 2)
    remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(["secret", "tmp-mine.png", "tmpabcdefgh", "tmplinkwxyz"])
    remove_leftovers(tmp_path / "missing")
