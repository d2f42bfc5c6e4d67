"""The bodies of requests: each bounded in size and time, all of them together in memory.

Whoever has been sending for longest gives way when the room is short: half-sent requests push each other out, and one
that comes in at an ordinary pace is done before its turn.
"""

from collections.abc import Awaitable, Callable

import anyio
from starlette.types import Message, Receive

from mnist_demo.messages import Sentence, say

MOST_HELD = 120_000_000  # bytes of all requests that are being received or answered; the allocator needs thrice that
SMALL = 64_000  # bytes; of drawings and thumbnails, which are always taken: as many as there are connections
PATIENCE = 20.0  # seconds for a body to come in, and one more
LEAST_RATE = 4_000  # for so many bytes


class Refused(Exception):
    """A request that is not taken: HTTP status and words."""

    def __init__(self, status: int, sentence: Sentence):
        super().__init__(status)
        self.status, self.sentence = status, sentence


class Room:
    """What the bodies share. For the one thread of the server's event loop."""

    def __init__(self, most: int = MOST_HELD):
        self._most = most
        self._held = 0
        self._incoming: dict[Body, None] = {}  # in the order in which they began

    def begin(self, body: "Body") -> None:
        """It is coming in, and gives way to those that began later."""
        self._incoming[body] = None

    def add(self, body: "Body", size: int) -> None:
        """Make room for so many bytes more. Raises `Refused` if it is this body that has to go."""
        self._held += size
        body.held += size
        while self._held > self._most:
            oldest = next(iter(self._incoming))
            self.leave(oldest)
            oldest.give_way()
            if oldest is body:
                raise Refused(503, say("error.crowded"))

    def complete(self, body: "Body") -> None:
        """It has come in: nothing pushes it out any more."""
        self._incoming.pop(body, None)

    def leave(self, body: "Body") -> None:
        """It is answered, or has given way."""
        self._incoming.pop(body, None)
        self._held -= body.held
        body.held = 0


class Body:
    """A request's body on its way to those who read it."""

    def __init__(self, receive: Receive, most: int, room: Room, turn: Callable[[int], Awaitable[None]] | None = None):
        """`most`: bytes. `turn`: waited for once so many bytes have come in, and before they are read."""
        self._receive, self._most, self._room = receive, most, room
        self._begun = anyio.current_time()
        self._size = 0
        self._complete = False
        self._pushed_out = False
        self._turn = turn
        self._waiting: anyio.CancelScope | None = None
        self.held = 0  # bytes that the room counts
        room.begin(self)

    async def receive(self) -> Message:
        """As ASGI's. Raises `Refused` if the body is too large or too slow."""
        if self._complete:
            return await self._receive()  # whoever goes on listening waits for the end of the connection
        deadline = self._begun + PATIENCE + self._size / LEAST_RATE
        with anyio.CancelScope(deadline=deadline) as self._waiting:
            message = await self._receive()
        if self._pushed_out:
            raise Refused(503, say("error.crowded"))
        if self._waiting.cancelled_caught:
            raise Refused(408, say("error.slow"))
        size = len(message.get("body", b""))
        self._size += size
        if self._size > self._most:
            raise Refused(413, say("error.large", limit=f"{self._most // 1_000_000}"))
        if self._size > SMALL:
            self._room.add(self, self._size - self.held)
        if not message.get("more_body"):
            self._complete = True
            self._room.complete(self)
            if self._turn is not None:
                await self._turn(self._size)
        return message

    def give_way(self) -> None:
        """Stop receiving, now."""
        self._pushed_out = True
        if self._waiting is not None:
            self._waiting.cancel()

    def close(self) -> None:
        """The request is over, however it ended."""
        self._room.leave(self)
