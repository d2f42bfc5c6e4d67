"""What a visitor's browser sends, checked and brought to the network's input. Nothing is known of it before."""

import base64
import binascii
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from starlette.requests import Request

from mnist_demo.errors import DemoError, ImageError, RequestError
from mnist_demo.messages import say
from mnist_demo.model.spec import SIDE
from mnist_demo.preprocess import strokes
from mnist_demo.preprocess.decode import MAX_BYTES
from mnist_demo.preprocess.reader import PictureReader

MOST_PARTS = 100_000
"""Brackets and commas in a request: more than the largest drawing has. As Python's lists a body of nothing else would
take fifty times its size, and seconds."""


async def json_object(request: Request) -> dict[str, Any]:
    """The request's body. Raises `RequestError` if it is not a JSON object that calls itself one."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise RequestError
    body = await request.body()
    if sum(map(body.count, (b"[", b"{", b","))) > MOST_PARTS:
        raise RequestError
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError from None
    if not isinstance(found, dict):
        raise RequestError
    return found


def whole(request: Request, name: str, default: int) -> int:
    """A whole number of the request's query, 0 or more; `default` where there is none. Raises `RequestError`."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise RequestError
    return int(value)


def image_from_strokes(value: object) -> np.ndarray:
    """Decoded JSON -> float32 (28, 28), ink 1. Raises `StrokesError`."""
    return strokes.image(strokes.check(value))


def image_from_pixels(value: object) -> np.ndarray:
    """784 bytes in base64, as the page gets a picture -> float32 (28, 28), ink 1. Raises `RequestError`."""
    try:
        content = base64.b64decode(value, validate=True) if isinstance(value, str) and len(value) < 2000 else b""
    except (binascii.Error, ValueError):
        raise RequestError from None
    if len(content) != SIDE * SIDE:
        raise RequestError
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE).astype(np.float32) / np.float32(255)


async def image_from_upload(request: Request) -> np.ndarray:
    """A picture file as the request's body -> float32 (28, 28), ink 1. Raises `ImageError`, `RequestError`."""
    if request.headers.get("content-type", "") != "application/octet-stream":
        raise RequestError
    content = await request.body()
    if len(content) > MAX_BYTES:
        raise ImageError(reason=say("reason.file_large", limit=f"{MAX_BYTES // 1_000_000}"))
    return await _while_connected(request, image_from_file(content))


async def _while_connected(request: Request, work: Coroutine[Any, Any, np.ndarray]) -> np.ndarray:
    """What `work` returns. It ends when whoever asks hangs up: nobody else should wait for it then."""
    found: np.ndarray | DemoError = RequestError()  # which nobody hears
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while not await request.is_disconnected():
                await anyio.sleep(0.5)
            group.cancel_scope.cancel()

        group.start_soon(watch)
        try:
            found = await work
        except DemoError as error:
            found = error
        group.cancel_scope.cancel()
    if isinstance(found, DemoError):
        raise found
    return found


reader = PictureReader()


async def image_from_file(picture: bytes | Path) -> np.ndarray:
    """A picture file, its content or its path -> float32 (28, 28), ink 1. Raises `ImageError`."""
    return await reader.read(picture)
