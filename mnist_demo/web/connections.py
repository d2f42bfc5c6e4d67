"""Connections that can't be held for nothing: a request's head must come in time, and there are so many at most.

uvicorn 0.54 closes what is idle between two requests, but waits without end for a first one and for the rest of a half
one, and has no limit but the system's; asyncio then fills the terminal.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
HEAD_PIECE = 4_096
"""Bytes taken at a time: h11 bounds a head, to 16,384, only as long as its end has not come."""
REQUEST_SECONDS = 600.0  # from head to the end of the answer, which may be waiting for a slow reader
MOST = 3_000  # more than asyncio accepts at a time, 2,048: so nobody is pushed out before there was a time to speak


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1. When there are too many, the one in which nothing has happened for longest gives way."""

    open: ClassVar["dict[Connection, asyncio.TimerHandle]"] = {}  # what comes last was last to go on
    most: ClassVar[int] = MOST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give its first head a time, and end another one where there are too many."""
        super().connection_made(transport)
        if len(self.open) >= self.most:
            next(iter(self.open))._end()
        self._goes_on(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Hand on what came a piece at a time, nothing of a request in chunks."""
        for start in range(0, len(data), HEAD_PIECE):
            if not (self.transport.is_closing() or self._chunked):
                super().data_received(data[start : start + HEAD_PIECE])

    @property
    def _chunked(self) -> bool:
        """Whether the request, which `Gate` then refuses, comes in chunks: of a byte each, two megabytes would take
        half a minute."""
        return any(name == b"transfer-encoding" for name, _ in self.headers or ())

    def handle_events(self) -> None:
        """Let a request whose head has come take its time."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete and not self.transport.is_closing():
            self._goes_on(REQUEST_SECONDS)

    def on_response_complete(self) -> None:
        """Give the next head a time."""
        if not self.transport.is_closing():
            self._goes_on(HEAD_SECONDS)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self._forget()
        super().connection_lost(exc)

    def _goes_on(self, seconds: float) -> None:
        self._forget()
        self.open[self] = self.loop.call_later(seconds, self._end)

    def _forget(self) -> None:
        if timer := self.open.pop(self, None):
            timer.cancel()

    def _end(self) -> None:
        self._forget()
        self.transport.abort()
