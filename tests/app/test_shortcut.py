"""What the page's questions skip, and what goes on to Gradio as it came."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mnist_demo.web import gradio_import, sessions  # noqa: F401 - in the page's order

# isort: split
import gradio as gr

from mnist_demo.web.shortcut import Shortcut

PATH = "/gradio_api/component_server"


async def double(value: Any = None) -> dict[str, Any]:
    return {"twice": 2 * value}


def slow(value: Any = None) -> dict[str, Any]:
    return {}


async def gradio(scope: Scope, receive: Receive, send: Send) -> None:
    """In Gradio's place: shows what reaches it."""
    body = await Request(scope, receive).body()
    await JSONResponse({"gradio": body.decode()})(scope, receive, send)


@pytest.fixture(scope="module")
def part() -> gr.HTML:
    sessions.bound_names()
    return gr.HTML("", server_functions=[double, slow])


def post(part: gr.HTML, content: bytes, path: str = PATH, kind: str = "application/json") -> dict[str, Any]:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Shortcut(gradio, [part]))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, content=content, headers={"content-type": kind})

    reply = asyncio.run(ask())
    assert reply.status_code == 200
    return reply.json()


def question(part: gr.HTML, **changes: Any) -> bytes:
    usual = {"session_hash": "a", "component_id": part._id, "fn_name": "double", "data": 21}
    return json.dumps({key: value for key, value in (usual | changes).items() if value is not ...}).encode()


@pytest.mark.parametrize("path", [PATH, PATH + "/", "/some/where" + PATH])
def test_an_asynchronous_function_is_asked_at_once(part: gr.HTML, path: str) -> None:
    assert post(part, question(part), path) == {"twice": 42}


def test_a_question_in_pieces(part: gr.HTML) -> None:
    async def ask() -> bytes:
        async def pieces():
            for byte in question(part):
                yield bytes([byte])

        transport = httpx.ASGITransport(Shortcut(gradio, [part]))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"content-type": "application/json"}
            return (await client.post(PATH, content=pieces(), headers=headers)).content

    assert json.loads(asyncio.run(ask())) == {"twice": 42}


@pytest.mark.parametrize(
    "changes",
    [
        {"fn_name": "slow"},  # one that would hold up everyone else
        {"fn_name": "postprocess"},
        {"component_id": 10**6},
        {"component_id": "no number"},
        {"session_hash": "x" * 201},
        {"session_hash": ...},
        {"data": ...},
    ],
    ids=str,
)
def test_anything_else_goes_on_as_it_came(part: gr.HTML, changes: dict[str, Any]) -> None:
    content = question(part, **changes)
    assert post(part, content) == {"gradio": content.decode()}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"[" * 5000, b'{"data":' + b"9" * 5000 + b"}"])
def test_no_question_at_all_goes_on_as_it_came(part: gr.HTML, content: bytes) -> None:
    assert post(part, content) == {"gradio": content.decode()}


def test_other_paths_and_kinds_go_on(part: gr.HTML) -> None:
    content = question(part)
    assert post(part, content, "/gradio_api/upload") == {"gradio": content.decode()}
    assert post(part, content, kind="text/plain") == {"gradio": content.decode()}
