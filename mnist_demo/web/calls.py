"""Gradio's protocol for calling the API, without Gradio's queue: run/, call/, and what `gradio_client` speaks, queue/.

    POST run/NAME            {"data": [...]} -> {"data": [answer]}
    POST call/NAME           {"data": [...]} -> {"event_id"}; then GET call/NAME/EVENT_ID -> one event
    POST call/v2/NAME        the same with its arguments by name, as Gradio's API page tells it
    POST queue/join          the same with "fn_index" and "session_hash"; then GET queue/data?session_hash=

Gradio's own keeps every request with all that it holds until somebody listens, and fetches the addresses in it. Here an
answer is kept, which is small, for a minute and among a few thousand; a failure is a sentence, whichever way it goes.
"""

import asyncio
import inspect
import json
import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mnist_demo.errors import CrowdedError, DemoError, RequestError
from mnist_demo.web import request_parsing
from mnist_demo.web.api import Endpoint
from mnist_demo.web.replies import route
from mnist_demo.web.uploads import Uploads

PREFIX = "/gradio_api"
LARGEST = {"recognize": 10_000}  # bytes of a request: it is kept in memory while it waits for its turn
MOST_LETTERS = 200  # of a session's name, which its client chooses
MOST_KEPT = 2_000  # answers that nobody has fetched yet
MOST_UNFINISHED = 64
SECONDS = 60.0  # that an answer is kept


log = logging.getLogger("mnist_demo")


@dataclass(eq=False)
class _Event:
    id: str
    session: str
    task: "asyncio.Task[dict[str, Any]]"  # {"data": [answer]}, or {"error": sentence}


class Calls:
    """The routes, and the answers that wait for whoever asked. For the one thread of the server's event loop."""

    def __init__(self, endpoints: Sequence[Endpoint], uploads: Uploads, numbers: Mapping[int, str]):
        """`numbers`: Gradio's number of each endpoint -> its name."""
        self._endpoints = {endpoint.__name__: endpoint for endpoint in endpoints}
        self._uploads, self._numbers = uploads, numbers
        self._events: dict[str, _Event] = {}

    def routes(self) -> list[Route]:
        """The list of them."""
        return [
            route("POST", f"{PREFIX}/run/{{name}}", self._run),
            route("POST", f"{PREFIX}/call/{{name}}", self._call),
            route("GET", f"{PREFIX}/call/{{name}}/{{event_id}}", self._called),
            route("POST", f"{PREFIX}/call/v2/{{name}}", self._call_by_name),
            route("POST", f"{PREFIX}/queue/join", self._join),
            route("GET", f"{PREFIX}/queue/data", self._joined),
            route("POST", f"{PREFIX}/upload", self._upload),
        ]

    async def _run(self, request: Request) -> Response:
        asked = await request_parsing.json_object(request)
        await self._check(request.path_params["name"], request)
        return JSONResponse({"data": [await self._answer(request.path_params["name"], asked)]})

    async def _call(self, request: Request) -> Response:
        asked = await request_parsing.json_object(request)
        await self._check(request.path_params["name"], request)
        return self._begin(request.path_params["name"], asked, "")

    async def _call_by_name(self, request: Request) -> Response:
        asked, name = await request_parsing.json_object(request), request.path_params["name"]
        await self._check(name, request)
        return self._begin(name, {"data": [asked.get(parameter) for parameter in self._parameters(name)]}, "")

    async def _called(self, request: Request) -> Response:
        event = self._events.get(request.path_params["event_id"])
        if event is None or event.session:
            raise RequestError

        async def events() -> AsyncIterator[str]:
            found = await asyncio.shield(event.task)
            self._events.pop(event.id, None)
            kind, content = ("complete", found["data"]) if "data" in found else ("error", found)
            yield f"event: {kind}\ndata: {json.dumps(content)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _join(self, request: Request) -> Response:
        asked = await request_parsing.json_object(request)
        number, session = asked.get("fn_index"), asked.get("session_hash")
        if type(number) is not int or not isinstance(session, str) or not 0 < len(session) <= MOST_LETTERS:
            raise RequestError
        name = self._numbers.get(number, "")
        await self._check(name, request)
        return self._begin(name, asked, session)

    async def _joined(self, request: Request) -> Response:
        session = request.query_params.get("session_hash", "")

        async def events() -> AsyncIterator[str]:
            while mine := next((event for event in self._events.values() if event.session == session), None):
                found = await asyncio.shield(mine.task)
                self._events.pop(mine.id, None)
                message = {"msg": "process_completed", "event_id": mine.id, "output": found, "success": "data" in found}
                yield f"data: {json.dumps(message)}\n\n"
            yield f"data: {json.dumps({'msg': 'close_stream', 'event_id': None})}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _upload(self, request: Request) -> Response:
        return JSONResponse(await self._uploads.save(request))

    async def _check(self, name: str, request: Request) -> None:
        if name in LARGEST and len(await request.body()) > LARGEST[name]:
            raise RequestError

    async def _answer(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        data = asked.get("data")
        if not isinstance(data, list) or len(data) != len(self._parameters(name)):
            raise RequestError
        return await self._endpoints[name](*data)

    def _parameters(self, name: str) -> list[str]:
        if name not in self._endpoints:
            raise RequestError
        return list(inspect.signature(self._endpoints[name]).parameters)

    def _begin(self, name: str, asked: Mapping[str, Any], session: str) -> Response:
        """Answer in the background, so that whoever asks need not wait for the reply to the request itself."""
        unfinished = sum(not event.task.done() for event in self._events.values())
        if unfinished >= MOST_UNFINISHED:
            raise CrowdedError
        for oldest in list(self._surplus()):
            del self._events[oldest.id]
        event = _Event(secrets.token_hex(16), session, asyncio.create_task(self._outcome(name, asked)))
        self._events[event.id] = event
        asyncio.get_running_loop().call_later(SECONDS, self._events.pop, event.id, None)
        return JSONResponse({"event_id": event.id})

    def _surplus(self) -> Iterator[_Event]:
        for event, _ in zip(self._events.values(), range(len(self._events) - MOST_KEPT + 1), strict=False):
            yield event

    async def _outcome(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"data": [await self._answer(name, asked)]}
        except DemoError as error:
            return {"error": str(error)}
        except Exception as error:
            log.debug("call to %r failed", name, exc_info=error)
            return {"error": str(RequestError())}
