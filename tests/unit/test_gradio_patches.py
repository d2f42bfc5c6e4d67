"""What leans on the versions of Gradio and uvicorn is still needed, and still fits. Each test fails once it isn't so:
then the patch that it names goes, or is made anew."""

import asyncio
import contextlib
import inspect
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Message

from mnist_demo.web import gradio_patches

# isort: split
import gradio as gr
from gradio import routes
from gradio.component_meta import create_or_modify_pyi
from gradio.routes import App, templates


def gradio_app() -> tuple[gr.Blocks, ASGIApp]:
    with gr.Blocks() as blocks:
        gr.api(named, api_name="named", queue=False)
    blocks.config = blocks.get_config_file()
    return blocks, App.create_app(blocks)


def named(value: int) -> int:
    """An endpoint."""
    return value


def test_these_are_the_versions_that_were_looked_at() -> None:
    assert version("gradio").split(".")[:2] == ["6", "31"]
    assert version("uvicorn").split(".")[:2] == ["0", "54"]


def test_gradio_still_writes_stubs_for_editors() -> None:
    """`no_source_files`."""
    assert "inspect.getfile" in inspect.getsource(create_or_modify_pyi)
    with gradio_patches.no_source_files():
        try:
            inspect.getfile(gr.HTML)
        except OSError:
            pass
        else:
            raise AssertionError("Gradio would write a stub")
        assert inspect.getfile(Path)
    assert inspect.getfile(gr.HTML)


@pytest.mark.slow
def test_gradio_still_lets_every_website_read_and_fails_without_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """`close_to_other_origins`."""

    async def allowed(method: str) -> bool:
        asked = {"origin": "http://evil.test", "access-control-request-method": "POST"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(gradio_app()[1]), base_url="http://page.test"
        ) as client:
            reply = await client.request(method, "/config", headers=asked)
        return "access-control-allow-origin" in reply.headers

    async def status_without_a_host() -> int:
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": "/nowhere", "query_string": b"", "root_path": ""}
        with contextlib.suppress(KeyError):
            await gradio_app()[1]({**scope, "headers": [(b"origin", b"http://evil.test")]}, receive, send)
        return int(said[0]["status"])

    assert asyncio.run(allowed("GET"))
    assert asyncio.run(allowed("OPTIONS"))
    assert asyncio.run(status_without_a_host()) == 500
    monkeypatch.setattr(routes, "CustomCORSMiddleware", routes.CustomCORSMiddleware)  # to be put back
    gradio_patches.close_to_other_origins()
    assert not asyncio.run(allowed("GET"))
    assert not asyncio.run(allowed("OPTIONS"))
    assert asyncio.run(status_without_a_host()) == 404


@pytest.mark.slow
def test_gradio_still_ends_in_a_traceback_for_a_port_that_is_no_number(tmp_path: Path) -> None:
    """`leave_out_variables`."""
    program = "import gradio.http_server"
    environment = {**os.environ, "GRADIO_SERVER_PORT": "abc"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert "ValueError" in done.stderr


def test_gradio_still_numbers_its_endpoints_so() -> None:
    """`endpoint_numbers`."""
    blocks, _ = gradio_app()
    described = {d["id"]: d["api_name"] for d in blocks.config["dependencies"]}
    assert gradio_patches.endpoint_numbers(blocks) == described
    assert "named" in described.values()


def test_gradio_still_keeps_the_address_of_who_asks_first_unless_a_page_is_named() -> None:
    """`PAGE`."""
    _, app = gradio_app()

    async def ask() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page.test") as client:
            forged = {"x-forwarded-host": "evil.test"}
            return [
                (await client.get(f"/gradio_api/info{query}", headers=headers)).text
                for query in (f"?{gradio_patches.PAGE.decode()}", "")
                for headers in (forged, {})
            ]

    forged_first, honest, kept_first, kept = asyncio.run(ask())
    assert "named" in honest
    assert "evil.test" in forged_first
    assert "evil.test" not in honest
    assert "evil.test" in kept_first
    assert "evil.test" in kept, "without a page, too, nothing is kept any more"


def test_gradio_still_shows_its_own_preview_and_puts_a_program_s_head_in_by_a_script() -> None:
    """`extend_page`."""
    blocks, app = gradio_app()
    blocks.head, blocks.css = "<meta name=mark>", ":root { --mark: 1 }"
    blocks.config = blocks.get_config_file() | {"body_css": {}}

    async def page() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page.test") as client:
            return re.sub("<script.*?</script>", "", (await client.get("/")).text, flags=re.S)

    before = templates.env.loader
    try:
        templates.env.loader = getattr(before, "gradios", before)  # as it is before a page of ours has been made
        templates.env.cache.clear()
        gradios = asyncio.run(page())
        assert 'content="@Gradio"' in gradios
        assert "mark" not in gradios
        for mark in ("first", "second"):
            gradio_patches.extend_page(f"<meta name={mark}>", f"<p>{mark}</p>")
        templates.env.cache.clear()
        ours = asyncio.run(page())
    finally:
        templates.env.loader = before
        templates.env.cache.clear()
    assert "Gradio" not in ours.partition("</head>")[0]
    assert "<meta name=second></head>" in ours
    assert "<p>second</p><gradio-app" in ours
    assert "first" not in ours


def test_gradio_still_compresses_scripts_with_little_effort() -> None:
    """`compression`."""
    _, app = gradio_app()
    (ours,) = gradio_patches.compression()
    (gradios,) = [middleware for middleware in app.user_middleware if middleware.cls is ours.cls]
    assert gradios.kwargs["quality"] < ours.kwargs["quality"]


def test_gradio_s_queue_still_looks_for_work_all_the_time() -> None:
    """`rest_queue`."""
    with gradio_patches.gradio.Blocks() as nothing:
        pass
    assert nothing._queue.sleep_when_free < 0.1
    assert "sleep(self.sleep_when_free)" in inspect.getsource(type(nothing._queue).start_processing)
    gradio_patches.rest_queue(nothing)
    assert nothing._queue.sleep_when_free > 60


def test_uvicorn_still_has_no_time_for_a_request_s_head() -> None:
    """`bound_connections`."""
    options = set(inspect.signature(uvicorn.Config).parameters)
    times = {name for name in options if "timeout" in name and not name.startswith("ws_")}
    assert times == {"timeout_keep_alive", "timeout_notify", "timeout_graceful_shutdown", "timeout_worker_healthcheck"}
    before = dict(uvicorn.config.HTTP_PROTOCOLS)
    try:
        gradio_patches.bound_connections(77)
        config = uvicorn.Config(lambda: None)
        config.load()
        assert config.http_protocol_class.__name__ == "Connection"
        assert config.http_protocol_class.most == 77
    finally:
        uvicorn.config.HTTP_PROTOCOLS.update(before)


def test_uvicorn_still_warns_of_every_request_that_it_can_t_read(caplog: pytest.LogCaptureFixture) -> None:
    """`quiet_server`."""
    server = uvicorn.Server(uvicorn.Config(lambda: None, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    place = server.servers[0].sockets[0].getsockname()
    for _ in range(3):
        with socket.create_connection(place, 10) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    server.should_exit = True
    thread.join()
    assert caplog.messages.count("Invalid HTTP request received.") == 3


def test_each_fault_of_the_server_is_said_once_and_no_request_s_at_all(caplog) -> None:
    """`quiet_server`."""
    gradio_patches.quiet_server()
    try:
        log = logging.getLogger("uvicorn.error")
        for _ in range(5):
            log.warning("Invalid HTTP request received.")
            log.error("a fault")
        assert [record.message for record in caplog.records] == ["a fault"]
    finally:
        for name in ("uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.filters = []
