"""It can't be hurt: whatever is sent to a running server over HTTP is answered in a sentence or two, and leaves the
next request fine."""

import asyncio
import json
import time
from typing import Any

import httpx
import numpy as np
import pytest
from conftest import App
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visitor import GREY, PAGE, RUN, Visitor, resident, saved

from mnist_demo.web.gate import MAX_QUESTION

pytestmark = pytest.mark.slow

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
    route=st.sampled_from(["recognize", "retrain", "runs/train", "runs/stop", "runs/delete"]),
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
def test_much_json(server: App, visitor: Visitor, where: str, kind: str) -> None:
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


def test_requests_that_are_too_large_are_refused(server: App, visitor: Visitor) -> None:
    before = resident(server)
    for path in (f"{RUN}/recognize_strokes", f"{PAGE}/recognize", "/gradio_api/queue/join"):
        try:
            reply = visitor.post(path, content=b'{"data":["' + b"x" * 5 * MAX_QUESTION + b'"]}')
            assert reply.status_code == 413
            assert "more than" in reply.json()["error"]
        except httpx.TransportError:
            pass  # the server may hang up before all of it is sent
        assert resident(server) - before < 5 * MAX_QUESTION / 1e6
    visitor.fine()


def test_no_visitor_gets_another_s_answer(server: App) -> None:
    """Two hundred different drawings by twenty visitors at once, in the same session by name: each its own pixels."""
    moments = np.random.default_rng(0)
    drawings = [[moments.uniform(0, 1, (5, 2)).tolist()] for _ in range(200)]

    async def draw() -> list[list[str]]:
        gate = asyncio.Semaphore(20)
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:

            async def one(drawing: list) -> str:
                async with gate:
                    return (await client.post(f"{PAGE}/recognize", json={"strokes": drawing})).json()["pixels"]

            return [list(await asyncio.gather(*map(one, drawings))) for _ in range(2)]

    first, second = asyncio.run(draw())
    assert first == second
    assert len(set(first)) == len(first)


def test_a_poll_while_nothing_changes_is_small_and_nothing_is_sent_twice(server: App, visitor: Visitor) -> None:
    status = visitor.client.get(f"{PAGE}/status").json()
    assert len(status["history"]) == 3
    assert len(status["training"]["samples"]["labels"]) == 20
    had = {"training": status["training_number"], "epochs": 3, "points": len(status["eval_points"])}
    nothing = visitor.client.get(f"{PAGE}/status", params={"run": status["run"], "version": status["version"]})
    assert nothing.status_code == 204
    assert sum(len(name) + len(value) for name, value in nothing.headers.raw) + len(nothing.content) < 300
    news = visitor.client.get(f"{PAGE}/status", params={"run": status["run"], "version": 0, **had}).json()
    assert (news["training"], news["history"], news["eval_points"]) == (None, [], [])


def test_no_visitor_can_train_where_it_is_switched_off(server: App, visitor: Visitor) -> None:
    for body in ({}, {"epochs": 1}, {"epochs": 50, "fetch": True}):
        reply = visitor.post(f"{PAGE}/retrain", body)
        assert (reply.status_code, reply.json()["sentence"]["key"]) == (403, "error.retrain_off")
    assert visitor.post(f"{RUN}/status", {"data": []}).json()["data"][0]["phase"] == "ready"


def test_memory_is_back_where_it_was(server: App, visitor: Visitor) -> None:
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
    before = resident(server)
    trouble(150, "hot")
    for i in range(1400):
        visitor.post(f"{RUN}/recognize_strokes", {"data": [[]], "session_hash": f"another {i}"})
    assert resident(server) - before < 20
    visitor.fine()
