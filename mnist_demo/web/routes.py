"""Every HTTP route of our own, under /demo. What they answer is in `schemas`; the page asks them in `service.js`."""

import gzip
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mnist_demo.errors import NoWeightsError, RequestError
from mnist_demo.model.spec import CLASSES
from mnist_demo.service import Service
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.store.export import FORMATS, Exporter
from mnist_demo.store.timeline import MOST_MOMENTS
from mnist_demo.web import (
    draw_tab,
    network_tab,
    request_parsing,
    runs,
    schemas,
    single_file,
    static,
    training_tab,
    why,
)
from mnist_demo.web.replies import download, route
from mnist_demo.web.status import StatusFeed

EXPORTS_AT_ONCE = 2


def routes(service: Service) -> list[Route]:
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

    async def test_image(request: Request) -> schemas.TestPicture:
        return network_tab.test_image(service, request_parsing.whole(request, "number", 0))

    explanations = anyio.CapacityLimiter(1)

    async def explained(request: Request) -> schemas.Why:
        asked = await request_parsing.json_object(request)
        image = request_parsing.image_from_pixels(asked.get("image"))
        return await anyio.to_thread.run_sync(why.why, service, image, limiter=explanations)

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
        return await anyio.to_thread.run_sync(runs.listed, service)  # the first time they come from the disk

    async def run_begun(request: Request) -> None:
        asked = await request_parsing.json_object(request)
        await anyio.to_thread.run_sync(service.train_beside, asked.pop("run", None), runs.variation(asked))

    async def run_stopped(request: Request) -> None:
        await request_parsing.json_object(request)
        service.stop_beside()

    async def run_deleted(request: Request) -> None:
        id_ = (await request_parsing.json_object(request)).get("id")
        await anyio.to_thread.run_sync(service.delete_run, id_)

    async def run_compared(request: Request) -> schemas.RunComparison:
        return await anyio.to_thread.run_sync(runs.compared, service, request.path_params["id"])

    async def run_table(request: Request) -> Response:
        return download(runs.table(service, request.path_params["id"]), "mnist-demo-runs.csv")

    async def earlier(request: Request) -> None:
        await request_parsing.json_object(request)
        service.go_back()

    async def export(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind == "page":
            content = await anyio.to_thread.run_sync(single_file.build, service.model, limiter=exports)
            return download(content, single_file.NAME)
        if kind not in FORMATS:
            raise RequestError
        content = await anyio.to_thread.run_sync(exporter.content, service.model, kind, limiter=exports)
        return download(content, FORMATS[kind])

    return [
        route("GET", f"{static.PREFIX}/static/{{version}}/{{name}}", static.file),
        route("GET", f"{static.PREFIX}/status", status),
        route("GET", f"{static.PREFIX}/weights/{{version}}", weights),
        route("POST", f"{static.PREFIX}/recognize", recognize),
        route("POST", f"{static.PREFIX}/picture", picture),
        route("GET", f"{static.PREFIX}/test_image", test_image),
        route("POST", f"{static.PREFIX}/why", explained),
        route("GET", f"{static.PREFIX}/evaluation", evaluation),
        route("GET", f"{static.PREFIX}/cell", cell),
        route("POST", f"{static.PREFIX}/retrain", retrain),
        route("POST", f"{static.PREFIX}/earlier", earlier),
        route("GET", f"{static.PREFIX}/export/{{kind}}", export),
        route("GET", f"{static.PREFIX}/runs", runs_listed),
        route("POST", f"{static.PREFIX}/runs/train", run_begun),
        route("POST", f"{static.PREFIX}/runs/stop", run_stopped),
        route("POST", f"{static.PREFIX}/runs/delete", run_deleted),
        route("GET", f"{static.PREFIX}/runs/{{id}}", run_compared),
        route("GET", f"{static.PREFIX}/runs/{{id}}/table", run_table),
    ]
