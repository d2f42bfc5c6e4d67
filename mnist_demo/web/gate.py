"""Between the network and Gradio: requests of bounded size, and one sentence instead of a stack trace.

Gradio 6.31 bounds the size of each uploaded file, but no other request: it reads JSON of any length into memory, of any
number of requests at once. And requests that it doesn't foresee (a component that isn't there, NaN in the wrong place)
end in an exception, which is "Internal Server Error" or an error without a word for the sender, and at times a closed
connection.
"""

import logging
import time
from pathlib import Path

import anyio
import anyio.to_thread
from gradio.utils import get_upload_folder
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.messages import Sentence, say
from mnist_demo.preprocess.decode import MAX_BYTES
from mnist_demo.web.uploads import FILE_BYTES, MOST_FILES, Uploads, remove_leftovers

MAX_BODY = MAX_BYTES * 4 // 3 + 1_000_000
"""Bytes of a request with a picture: the largest one in base64 and something around it."""

MAX_QUESTION = 2_000_000
"""Bytes of any other request: the most points that a drawing may have, with all their decimals."""

LARGE = 300_000  # bytes; more than any usual drawing
LARGE_AT_ONCE = 4  # of a picture in base64 there are some five copies in memory before it is decoded
LARGE_SECONDS = 120  # for one to come in

log = logging.getLogger("mnist_demo")


class Guard:
    """ASGI middleware around Gradio's routes."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._uploads = Uploads()
        self._swept = 0.0
        self._room = anyio.CapacityLimiter(LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].rstrip("/")
        if scope["method"] == "POST" and path.endswith("/upload"):
            exchange: _Exchange = _Upload(receive, send, self._uploads)
            await self._sweep()
        else:
            most = MAX_BODY if path.endswith("/demo/picture") else MAX_QUESTION
            exchange = _Question(receive, send, most, self._room)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.answered:
                raise
            log.debug("request to %s failed", scope["path"], exc_info=error)
        finally:
            exchange.close()
        if exchange.refused:
            await exchange.refuse(scope, *exchange.refused)
        await exchange.refuse(scope, 400, say("error.request"))

    async def _sweep(self) -> None:
        if time.monotonic() - self._swept > 60 or not self._swept:
            self._swept = time.monotonic()
            await anyio.to_thread.run_sync(remove_leftovers, Path(get_upload_folder()))


class _Exchange:
    """A request and its answer. Counts the request's bytes; lets no answer through that is no use to its reader."""

    def __init__(self, receive: Receive, send: Send, most: int):
        self._receive, self._send, self._most = receive, send, most
        self._size = 0
        self._held: Message | None = None  # the start of an answer whose body is still to be seen
        self.answered = False
        self.refused: tuple[int, Sentence] | None = None  # why the request is not taken: status and words

    async def receive(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            self.refused = 413, say("error.large", limit=f"{self._most // 1_000_000}")
        if self.refused:
            raise ValueError("request refused")
        return message

    async def send(self, message: Message) -> None:
        if not self.answered:
            if self.refused:
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

    def close(self) -> None:
        """The exchange is over, however it ended."""

    async def refuse(self, scope: Scope, status: int, sentence: Sentence) -> None:
        """Unless there was an answer, say this, in the form of Gradio's own errors, which its clients show."""
        if not self.answered:
            self.answered = True
            said = {"error": str(sentence), "detail": str(sentence), "sentence": sentence.to_json()}
            reply = JSONResponse(said, status)
            await reply(scope, self._receive, self._send)


class _Question(_Exchange):
    """Whose body is read into memory: a large one waits, half-read, until there is room for it."""

    def __init__(self, receive: Receive, send: Send, most: int, room: anyio.CapacityLimiter):
        super().__init__(receive, send, most)
        self._room = room
        self._until: float | None = None  # when a large one must have come in

    async def receive(self) -> Message:
        if self._until is None:
            message = await super().receive()
            if self._size > LARGE:
                await self._room.acquire_on_behalf_of(self)
                self._until = anyio.current_time() + LARGE_SECONDS
        else:
            with anyio.fail_after(self._until - anyio.current_time()):
                message = await super().receive()
        if not message.get("more_body") and self._until is not None:
            self._until = float("inf")  # whoever goes on listening waits for the end of the connection
        return message

    def close(self) -> None:
        if self._until is not None:
            self._room.release_on_behalf_of(self)


class _Upload(_Exchange):
    """Whose files lie on the disk for a while."""

    def __init__(self, receive: Receive, send: Send, uploads: Uploads):
        super().__init__(receive, send, MAX_BODY)
        self._uploads = uploads

    async def receive(self) -> Message:
        if self._uploads.full:
            self.refused = 429, say("error.uploads")
        message = await super().receive()
        self._uploads.add(len(message.get("body", b"")))
        return message

    async def send(self, message: Message) -> None:
        # the answer is a list of paths
        self._uploads.add(message.get("body", b"").count(b'"') // 2 * FILE_BYTES)
        await super().send(message)

    def close(self) -> None:
        if not self.answered and not self.refused:
            self._uploads.add(MOST_FILES * FILE_BYTES // 2)  # it broke off; there is no telling how many files it had
