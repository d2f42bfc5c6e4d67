"""Requests begin in turn, so that nobody waits for all that others have sent.

An event loop goes on with everything that is ready before it looks for what is new, and a new connection needs several
such rounds until it is answered. So of the work that the loop does itself only so much begins in a round, and of each
address something before any has a second turn.
"""

import asyncio
from collections import deque


class Turns:
    """For the one thread of the server's event loop."""

    def __init__(self, at_once: int):
        """`at_once`: that begin in a round."""
        self._at_once = self._left = at_once
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # by address, in the order of their turns
        self._counting = False

    async def take(self, address: str) -> None:
        """Wait for a turn; none is waited for while there are any left in this round."""
        loop = asyncio.get_running_loop()
        if not self._counting:
            self._counting = True
            loop.call_soon(self._next_round)
        if self._left:
            self._left -= 1
            return
        turn = loop.create_future()
        self._waiting.setdefault(address, deque()).append(turn)
        await turn

    def _next_round(self) -> None:
        self._left = self._at_once
        while self._left and self._waiting:
            address = next(iter(self._waiting))
            others = self._waiting.pop(address)
            turn = others.popleft()
            if others:
                self._waiting[address] = others
            if not turn.done():  # nobody waits for it any more
                turn.set_result(None)
                self._left -= 1
        self._counting = self._left < self._at_once
        if self._counting:
            asyncio.get_running_loop().call_soon(self._next_round)
