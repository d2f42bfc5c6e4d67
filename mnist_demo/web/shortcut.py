"""The page's questions, answered before Gradio's routes are asked.

On its way to a server function Gradio 6.31 finds the route, resolves its dependencies and the session's state and looks
for special arguments, which takes longer than to read a drawing; the functions of this page need none of it. One of
these dependencies checks the login: a page with logins must not have this.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from gradio.blocks import Block
from gradio.data_classes import ComponentServerJSONBody
from pydantic import ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON = (b"content-type", b"application/json")

Function = Callable[[Any], Awaitable[Any]]


class Shortcut:
    """ASGI middleware that answers as Gradio's `/component_server` does, where an asynchronous function is asked for.

    Everything else goes on to Gradio as it came, and so does every request that is not quite as it should be.
    """

    def __init__(self, app: ASGIApp, blocks: Iterable[Block]):
        self._app = app
        self._functions: dict[tuple[int, str], Function] = {}
        for block in blocks:
            for function in getattr(block, "server_fns", ()):
                if inspect.iscoroutinefunction(function):
                    self._functions[block._id, function.__name__] = function

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asks = scope["type"] == "http" and scope["method"] == "POST" and JSON in scope["headers"]
        if not asks or not scope["path"].rstrip("/").endswith("/component_server"):
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        question = _read(b"".join(message.get("body", b"") for message in messages))
        function = question and self._functions.get((question.component_id, question.fn_name))
        if question is None or function is None:

            async def once_more() -> Message:
                return messages.pop(0) if messages else await receive()

            await self._app(scope, once_more, send)
            return
        messages.clear()  # of a picture these are megabytes
        await JSONResponse(await function(question.data))(scope, receive, send)


def _read(body: bytes) -> ComponentServerJSONBody | None:
    """Checked as Gradio checks it; None if it is no such thing."""
    try:
        return ComponentServerJSONBody.model_validate_json(body)
    except ValidationError:
        return None
