"""Between the network and Gradio: requests of bounded size, and one sentence instead of a stack trace.

Gradio 6.31 bounds the size of each uploaded file, but no other request: it reads JSON of any length into memory. And
requests that it doesn't foresee (a component that isn't there, NaN in the wrong place) end in an exception, which is
"Internal Server Error" for the sender, forty lines in the terminal, and a closed connection.
"""

import logging
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo import images
from mnist_demo.texts import Sentence, say

MAX_BODY = images.MAX_BYTES * 4 // 3 + 1_000_000
"""Bytes of a request: the largest picture in base64 and something around it."""

log = logging.getLogger("mnist_demo")


class Guard:
    """ASGI middleware around Gradio's routes."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.answered:
                raise
            log.debug("request to %s failed", scope["path"], exc_info=error)
            if not exchange.too_large:
                await _refuse(400, say("error.request"))(scope, receive, send)
        if exchange.too_large and not exchange.answered:
            await _refuse(413, say("error.large", limit=f"{MAX_BODY // 1_000_000}"))(scope, receive, send)


class _Exchange:
    """Counts a request's bytes; once they are too many, what Gradio makes of it is not sent."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._size = 0
        self.answered = False

    @property
    def too_large(self) -> bool:
        return self._size > MAX_BODY

    async def receive(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self.too_large:
            raise ValueError("request too large")
        return message

    async def send(self, message: Message) -> None:
        if self.too_large and not self.answered:
            return
        self.answered = True
        await self._send(message)


def _refuse(status: int, sentence: Sentence) -> Any:
    """In the form of Gradio's own errors, which its clients show."""
    return JSONResponse({"error": str(sentence), "detail": str(sentence)}, status)
