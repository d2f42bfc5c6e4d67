"""Between the network and Gradio: requests of bounded size, and one sentence instead of a stack trace.

Gradio 6.31 bounds the size of each uploaded file, but no other request: it reads JSON of any length into memory. And
requests that it doesn't foresee (a component that isn't there, NaN in the wrong place) end in an exception, which is
"Internal Server Error" or an error without a word for the sender, and at times a closed connection.
"""

import logging

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
        if exchange.too_large:
            await exchange.refuse(scope, 413, say("error.large", limit=f"{MAX_BODY // 1_000_000}"))
        await exchange.refuse(scope, 400, say("error.request"))


class _Exchange:
    """A request and its answer. Counts the request's bytes; lets no answer through that is no use to its reader."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._size = 0
        self._held: Message | None = None  # the start of an answer whose body is still to be seen
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
        if not self.answered:
            if self.too_large:
                return
            if message["type"] == "http.response.start" and message["status"] in (422, 500):
                self._held = message
                return
            if self._held is not None:
                if self._held["status"] == 422 or b'"error":null' in message.get("body", b""):
                    return
                await self._send(self._held)
        self.answered = True
        await self._send(message)

    async def refuse(self, scope: Scope, status: int, sentence: Sentence) -> None:
        """Unless there was an answer, say this, in the form of Gradio's own errors, which its clients show."""
        if not self.answered:
            self.answered = True
            reply = JSONResponse({"error": str(sentence), "detail": str(sentence)}, status)
            await reply(scope, self._receive, self._send)
