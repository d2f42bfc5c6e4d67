"""How a route of our own answers: JSON, a file, or one sentence about what went wrong."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mnist_demo.errors import (
    BusyError,
    ClassError,
    CrowdedError,
    DemoError,
    InputError,
    NoWeightsError,
    RetrainOffError,
    RunError,
    TeacherError,
    UntrainedError,
    UploadsError,
)
from mnist_demo.messages import Sentence
from mnist_demo.web import schemas
from mnist_demo.web.parts import sentence_payload

NO_STORE = {"Cache-Control": "no-store"}
PIECE = 65_536  # bytes of a download that wait for a slow reader
STATUS_CODES: dict[type[DemoError], int] = {
    NoWeightsError: 404,
    InputError: 400,
    RunError: 400,
    RetrainOffError: 403,
    TeacherError: 403,
    ClassError: 409,
    BusyError: 409,
    UploadsError: 429,
    UntrainedError: 503,
    CrowdedError: 503,
}


def route(method: str, path: str, function: Callable[[Request], Awaitable[Any]]) -> Route:
    """Sends what `function` returns as JSON, a `Response` as it is, nothing as 204, and a `DemoError` as a failure."""

    async def endpoint(request: Request) -> Response:
        try:
            found = await function(request)
        except DemoError as error:
            # through the thread that it came from it refers to itself, and its frames hold what the visitor sent
            error.__traceback__ = None
            code = next((code for kind, code in STATUS_CODES.items() if isinstance(error, kind)), 500)
            return failure(code, error.sentence)
        if isinstance(found, Response):
            return found
        return Response(status_code=204, headers=NO_STORE) if found is None else JSONResponse(found, headers=NO_STORE)

    return Route(path, endpoint, methods=[method])


def failure(code: int, sentence: Sentence) -> Response:
    """What goes wrong, in every form that those who ask look for: the page, Gradio's clients, people."""
    body = schemas.Failure(error=str(sentence), detail=str(sentence), sentence=sentence_payload(sentence))
    return JSONResponse(body, code, headers=NO_STORE)


def download(content: bytes, name: str) -> Response:
    """A file for the visitor to keep."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(len(content))}
    return StreamingResponse(pieces(), media_type="application/octet-stream", headers=NO_STORE | headers)
