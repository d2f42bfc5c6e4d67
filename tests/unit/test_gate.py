"""What the gate lets through, by whom and by which name it may be asked: everything else is refused in a sentence."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mnist_demo.web import gradio_patches
from mnist_demo.web.gate import GRADIO, KINDS, MAX_QUESTION, Gate, local_hosts


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """In the place of Gradio and our routes: says what reaches it."""
    size = len(await Request(scope, receive).body())
    await PlainTextResponse(f"reached {scope['path']}?{scope['query_string'].decode()} {size}")(scope, receive, send)


async def own(request: Request) -> PlainTextResponse:
    raise AssertionError("only its path is looked at here")


OWN = [Route("/demo/status", own), *(Route(path, own, methods=["POST"]) for path in ("/demo/recognize", *KINDS))]
JSON = {"content-type": "application/json"}


def ask(
    method: str, path: str, hosts: frozenset[str] | None = None, app: ASGIApp = behind, **more: Any
) -> httpx.Response:
    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(Gate(app, OWN, hosts))
        async with httpx.AsyncClient(transport=transport, base_url="http://page.test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(sent())


def post(path: str = "/demo/recognize", **headers: str) -> httpx.Response:
    return ask("POST", path, content=b"{}", headers={**JSON, **headers})


def gradio_routes() -> set[tuple[str, str]]:
    """Method and path of everything that Gradio serves, a routers' parts too."""
    with gradio_patches.gradio.Blocks() as nothing:
        pass
    app = gradio_patches.gradio.routes.App.create_app(nothing)
    listed = [route for route in app.routes if isinstance(route, Route)]
    found = {(method, route.path.replace(":path", "")) for route in listed for method in route.methods or ()}
    described = app.openapi()["paths"]
    return found | {(method.upper(), path) for path, methods in described.items() for method in methods}


def test_whatever_else_gradio_serves_is_closed() -> None:
    """A new version's new routes are, until somebody opens them here."""
    routes = gradio_routes()
    assert len(routes) > 60
    opened = set()
    for method, path in routes:
        target = re.sub(r"\{.*?\}", "x", path)
        reply = ask(method, target)
        if reply.status_code == 200:
            opened.add((method, path))
        else:
            assert reply.status_code == (415 if path in KINDS else 404), (method, path)  # one address is ours now
    assert opened == {
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/config"),
        ("GET", "/config/"),
        ("GET", "/theme.css"),
        ("GET", "/favicon.ico"),
        ("GET", "/robots.txt"),
        ("GET", "/manifest.json"),
        ("GET", "/assets/{path}"),
        ("GET", "/static/{path}"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/info/"),
        ("GET", "/gradio_api/startup-events"),
    }


def test_nothing_is_let_through_that_gradio_does_not_serve() -> None:
    paths = {re.sub(r"\{.*?\}", "x", path) for _, path in gradio_routes()}
    for method, pattern in GRADIO:
        assert any(pattern.fullmatch(path) for path in paths), (method, pattern)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://100.100.100.200/latest",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1",
        "/gradio_api/deep_link",
        "/gradio_api/upload_progress?upload_id=x",
        "/gradio_api/custom_component/%1b[2J/x/x/x",
        "/monitoring",
        "/gradio_api/heartbeat/x",
        "/demo/nothing",
        "/demo/status/",
        "//etc/passwd",
        "/config/../gradio_api/deep_link",
    ],
)
def test_what_the_attack_used_is_closed(path: str) -> None:
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize("path", ["process_recording", "component_server", "component_server/", "cancel", "stream/x"])
def test_nothing_is_sent_where_gradio_would_keep_it(path: str) -> None:
    assert post(f"/gradio_api/{path}").status_code == 404
    files = {"files": ("a.png", b"x")}
    assert ask("POST", f"/gradio_api/{path}", files=files).status_code == 404


def test_no_multipart_but_for_an_upload() -> None:
    files = {"files": ("a.png", b"x")}
    assert ask("POST", "/demo/recognize", files=files).status_code == 415
    assert ask("POST", "/gradio_api/upload", files=files).status_code == 200


def test_no_query_reaches_gradio() -> None:
    assert ask("GET", "/?deep_link=x&page=y").text == "reached /? 0"
    assert ask("GET", "/config?x").text == "reached /config? 0"
    assert ask("GET", "/demo/status?version=1").text == "reached /demo/status?version=1 0"


def test_gradio_is_asked_so_that_it_keeps_no_address() -> None:
    assert ask("GET", "/gradio_api/info?all_endpoints=1").text == "reached /gradio_api/info?page= 0"


def test_below_a_proxy_s_path_the_same_is_let_through() -> None:
    async def sent(path: str) -> int:
        async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
            await Gate(behind, OWN)({**scope, "root_path": "/digits"}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(mounted), base_url="http://page.test") as client:
            return (await client.get(path)).status_code

    for path in ("/config", "/digits/config", "/demo/status", "/digits/demo/status"):
        assert asyncio.run(sent(path)) == 200, path
    for path in ("/monitoring", "/digits/monitoring", "/digits/demo"):
        assert asyncio.run(sent(path)) == 404, path


# --- other websites ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_another_website_changes_nothing(site: str) -> None:
    reply = post(**{"sec-fetch-site": site})
    assert (reply.status_code, reply.json()["sentence"]["key"]) == (403, "error.cross_site")


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://page.test.evil", "http://page.test:81", ""])
def test_another_origin_changes_nothing_where_browsers_say_no_more(origin: str) -> None:
    assert post(origin=origin).status_code == 403


@pytest.mark.parametrize("path", ["/", "/config", "/demo/status"])
def test_another_website_reads_nothing(path: str) -> None:
    """Nor has it the server make what takes long."""
    for headers in ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, {"origin": "http://evil.test"}):
        assert ask("GET", path, headers=headers).status_code == 403


def test_another_website_may_lead_to_the_page_and_frame_it() -> None:
    there = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert ask("GET", "/", headers=there).status_code == 200
    assert ask("GET", "/demo/status", headers=there).status_code == 403
    assert post(**there).status_code == 403


def test_the_page_itself_may() -> None:
    assert post(**{"sec-fetch-site": "same-origin", "origin": "https://elsewhere.test"}).status_code == 200
    assert post(**{"sec-fetch-site": "none"}).status_code == 200
    assert post(origin="http://page.test").status_code == 200


def test_the_page_behind_a_proxy_may() -> None:
    forwarded = {"x-forwarded-host": "digits.example.org:8080"}
    assert post(origin="http://digits.example.org:8080", **forwarded).status_code == 200


def test_a_program_may() -> None:
    assert post().status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_is_not_taken(kind: str) -> None:
    assert post(**{"content-type": kind}).status_code == 415


# --- names of this computer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1", "[::1]:80", "LOCALHOST", "127.0.0.1:1"])
def test_this_computer_has_its_names(host: str) -> None:
    assert ask("GET", "/demo/status", local_hosts(None), headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test:7860", "localhost.evil.test", "", "[evil]:80"])
@pytest.mark.parametrize("path", ["/", "/demo/status", "/gradio_api/file=x"])
def test_no_other_website_leads_here_under_its_name(host: str, path: str) -> None:
    reply = ask("GET", path, local_hosts(None), headers={"host": host})
    assert (reply.status_code, reply.json()["sentence"]["key"]) == (403, "error.host")


def test_only_a_server_for_this_computer_alone_is_asked_by_its_names() -> None:
    for host in ("0.0.0.0", "192.168.1.7", "::", "digits.example.org"):
        assert local_hosts(host) is None
    for host in (None, "127.0.0.1", "localhost", "[::1]", "127.0.0.2"):
        assert "localhost" in (local_hosts(host) or ())


# --- sizes and faults ----------------------------------------------------------------------------------------------


def test_a_question_has_a_bounded_size() -> None:
    most = b"x" * MAX_QUESTION
    assert ask("POST", "/demo/recognize", content=most, headers=JSON).status_code == 200
    reply = ask("POST", "/demo/recognize", content=most + b"x", headers=JSON)
    assert (reply.status_code, reply.json()["sentence"]["key"]) == (413, "error.large")


def test_a_request_has_a_bounded_number_of_headers() -> None:
    few, many = ({f"x-{i}": "y" for i in range(count)} for count in (80, 101))
    assert ask("GET", "/config", headers=few).status_code == 200
    assert ask("GET", "/config", headers=many).status_code == 431


@pytest.mark.parametrize("status", [422, 500])
def test_an_answer_without_a_word_becomes_a_sentence(status: int) -> None:
    async def wordless(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("Internal Server Error", status)(scope, receive, send)

    reply = ask("GET", "/config", app=wordless)
    assert (reply.status_code, reply.json()["sentence"]["key"]) == (400, "error.request")


@pytest.mark.parametrize(
    ("method", "path", "size"),
    [("POST", "/demo/recognize", 60_000), ("POST", "/demo/recognize", 100), ("GET", "/", 0), ("GET", "/nothing", 0)],
)
@pytest.mark.parametrize("network", ["10.0.0.1", "2001:db8::{:x}"])
def test_a_drawing_does_not_wait_for_all_that_another_device_has_sent(
    network: str, method: str, path: str, size: int
) -> None:
    """As 200 API drawings just short of what counted as large kept everyone waiting for seconds."""
    answered: list[str] = []

    async def run() -> None:
        gate = Gate(behind, OWN)

        async def send(address: str, method: str, path: str, size: int) -> None:
            transport = httpx.ASGITransport(gate, client=(address, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://page.test") as client:
                await client.request(method, path, content=bytes(size), headers=JSON)
            answered.append(address)

        many = [asyncio.create_task(send(network.format(number), method, path, size)) for number in range(200)]
        await asyncio.sleep(0)
        await asyncio.gather(*many, send("10.0.0.2", "POST", "/demo/recognize", 100))

    asyncio.run(run())
    assert len(answered) == 201
    assert answered.index("10.0.0.2") < 100
