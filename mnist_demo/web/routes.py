"""Every HTTP route of our own, under /demo. What they answer is in `schemas`; the page asks them in `service.js`."""

import gzip
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from mnist_demo.errors import (
    BusyError,
    DemoError,
    InputError,
    NoWeightsError,
    RequestError,
    RetrainOffError,
    RunError,
    UntrainedError,
)
from mnist_demo.model.spec import CLASSES
from mnist_demo.service import Service
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.store.export import FORMATS, Exporter
from mnist_demo.store.timeline import MOST_MOMENTS
from mnist_demo.web import draw_tab, network_tab, request_parsing, runs, schemas, static, training_tab
from mnist_demo.web.parts import sentence_payload
from mnist_demo.web.status import StatusFeed

EXPORTS_AT_ONCE = 2
NO_STORE = {"Cache-Control": "no-store"}
STATUS_CODES: dict[type[DemoError], int] = {
    RetrainOffError: 403,
    BusyError: 409,
    UntrainedError: 503,
    NoWeightsError: 404,
    InputError: 400,
    RunError: 400,
}


def routes(service: Service) -> list[BaseRoute]:
    """The list of them all. Whatever of the server a visitor may change is a POST with JSON."""
    feed, exporter, exports = StatusFeed(service), Exporter(), anyio.CapacityLimiter(EXPORTS_AT_ONCE)

    async def status(request: Request) -> Mapping[str, Any] | None:
        number = partial(request_parsing.whole, request)
        run = request.query_params.get("run", "")
        asked = number("version", -1), number("training", 0), number("epochs", 0), number("points", 0)
        return feed.since(run, *asked, number("moments", 0))

    @lru_cache(maxsize=MOST_MOMENTS + 1)
    def compressed_weights(version: str) -> bytes:
        packed = service.packed_weights(version)
        if packed is None:
            raise NoWeightsError
        return gzip.compress(packed, mtime=0)

    async def weights(request: Request) -> Response:
        # from a thread: the first time they may come from the disk
        content = await anyio.to_thread.run_sync(compressed_weights, request.path_params["version"])
        headers = static.FOR_EVER | {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
        return Response(content, media_type="application/octet-stream", headers=headers)

    # not left to a thread, which for most drawings would take as long as the answer: the largest takes 15 ms
    async def recognize(request: Request) -> schemas.Answer:
        asked = await request_parsing.json_object(request)
        if "image" in asked:
            return draw_tab.answer(service, request_parsing.image_from_pixels(asked["image"]))
        return draw_tab.answer(service, request_parsing.image_from_strokes(asked.get("strokes")))

    async def picture(request: Request) -> schemas.Answer:
        return draw_tab.answer(service, await request_parsing.image_from_upload(request))

    async def activations(request: Request) -> schemas.Activations:
        return network_tab.activations(service, await request_parsing.json_object(request))

    async def evaluation(request: Request) -> schemas.Evaluation:
        return training_tab.evaluation(service)

    async def cell(request: Request) -> schemas.Cell:
        label, answer = (request_parsing.whole(request, name, CLASSES) for name in ("label", "answer"))
        if label >= CLASSES or answer >= CLASSES:
            raise RequestError
        return training_tab.cell(service, label, answer)

    async def retrain(request: Request) -> None:
        asked = await request_parsing.json_object(request)
        epochs = asked.get("epochs")
        if epochs is not None and (type(epochs) is not int or not 1 <= epochs <= MAX_EPOCHS):
            raise RequestError
        service.retrain(epochs, fetch=asked.get("fetch") is True)

    async def runs_listed(request: Request) -> schemas.Runs:
        return runs.listed(service)

    async def run_begun(request: Request) -> None:
        asked = await request_parsing.json_object(request)
        service.train_beside(asked.pop("run", None), runs.variation(asked))

    async def run_stopped(request: Request) -> None:
        await request_parsing.json_object(request)
        service.stop_beside()

    async def run_deleted(request: Request) -> None:
        service.delete_run((await request_parsing.json_object(request)).get("id"))

    async def run_compared(request: Request) -> schemas.RunComparison:
        return runs.compared(service, request.path_params["id"])

    async def run_table(request: Request) -> Response:
        return _file(runs.table(service, request.path_params["id"]), "mnist-demo-runs.csv")

    async def export(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in FORMATS:
            raise RequestError
        content = await anyio.to_thread.run_sync(exporter.content, service.model, kind, limiter=exports)
        return _file(content, FORMATS[kind])

    return [
        Route(f"{static.PREFIX}/static/{{version}}/{{name}}", static.file),
        _route("GET", "/status", status),
        _route("GET", "/weights/{version}", weights),
        _route("POST", "/recognize", recognize),
        _route("POST", "/picture", picture),
        _route("POST", "/activations", activations),
        _route("GET", "/evaluation", evaluation),
        _route("GET", "/cell", cell),
        _route("POST", "/retrain", retrain),
        _route("GET", "/export/{kind}", export),
        _route("GET", "/runs", runs_listed),
        _route("POST", "/runs/train", run_begun),
        _route("POST", "/runs/stop", run_stopped),
        _route("POST", "/runs/delete", run_deleted),
        _route("GET", "/runs/{id}", run_compared),
        _route("GET", "/runs/{id}/table", run_table),
    ]


def _route(method: str, path: str, function: Callable[[Request], Awaitable[Any]]) -> Route:
    """Sends what `function` returns as JSON, a `Response` as it is, nothing as 204, and a `DemoError` as a failure."""

    async def endpoint(request: Request) -> Response:
        try:
            found = await function(request)
        except DemoError as error:
            return _failure(error)
        if isinstance(found, Response):
            return found
        return Response(status_code=204, headers=NO_STORE) if found is None else JSONResponse(found, headers=NO_STORE)

    return Route(f"{static.PREFIX}{path}", endpoint, methods=[method])


def _file(content: bytes, name: str) -> Response:
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _failure(error: DemoError) -> Response:
    # through the thread that it came from it refers to itself, and its frames hold what the visitor sent: megabytes
    error.__traceback__ = None
    body = schemas.Failure(error=str(error), sentence=sentence_payload(error.sentence))
    code = next((code for kind, code in STATUS_CODES.items() if isinstance(error, kind)), 500)
    return JSONResponse(body, code, headers=NO_STORE)
