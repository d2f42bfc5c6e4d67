"""No file of the server leaves it, whichever way it is asked for."""

import re
from pathlib import Path
from urllib.parse import quote

import gradio
import pytest
from conftest import ROOT, App
from gradio.routes import App as GradioApp
from visitor import RUN, Visitor, raw_get

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a digit that nobody uploaded."""
    path = tmp_path_factory.mktemp("secret") / "secret.png"
    path.write_bytes((ROOT / "assets" / "examples" / "1-3.webp").read_bytes())
    return path


def test_no_file_of_the_server_is_sent(server: App, visitor: Visitor, secret: Path, tmp_path: Path) -> None:
    uploaded = Path(visitor.upload(b"mine").json()[0])
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
                reply = raw_get(server, way.format(form(path)))
                assert content[:200] not in reply, (way, form(path))
                assert b"Traceback" not in reply
    visitor.fine()


STREAMS = ("heartbeat", "queue/data", "dev/reload", "upload_progress")  # they never end, and name no file


def test_no_file_of_the_server_through_any_route(server: App, visitor: Visitor, secret: Path) -> None:
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
                reply = raw_get(server, f"{target}?path={form}&url={form}&file={form}")
                assert content not in reply, target
                assert b"Traceback" not in reply, target
            if "post" in methods:
                body = {"path": form, "url": form, "data": [{"path": form}], "session_hash": "a", "fn_index": 0}
                answer = visitor.client.post(target, json=body)
                assert content not in answer.content, target
                assert "Traceback" not in answer.text, target
    visitor.fine()


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
        f"/proc/self/cwd/../..{secret}",
        ROOT / "assets" / "icon.svg",
        f"file://{secret}",
        own.parent,
    ]
    for way in ways:
        for file in ({"path": str(way), **meta}, [{"path": str(way), **meta}], {"url": str(way), "path": "", **meta}):
            reply = visitor.post(f"{RUN}/recognize", {"data": [file]})
            assert reply.status_code in (400, 500), way
            assert "probabilities" not in reply.text
