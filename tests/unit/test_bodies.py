"""Half-sent requests hold nothing for long: they are bounded in size and time, and make room for others."""

import asyncio

import pytest
from starlette.types import Message

from mnist_demo.web import bodies
from mnist_demo.web.bodies import Body, Refused, Room


@pytest.fixture(autouse=True)
def _nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SMALL", 0)


class Sender:
    """Sends pieces of these sizes, then nothing more until it is told to end."""

    def __init__(self, *sizes: int, ends: bool = False):
        self._pieces = [{"type": "http.request", "body": bytes(size), "more_body": True} for size in sizes]
        if ends:
            self._pieces[-1]["more_body"] = False

    async def receive(self) -> Message:
        if not self._pieces:
            await asyncio.Event().wait()
        return self._pieces.pop(0)


async def read(body: Body) -> int:
    """The body's size. Raises `Refused`."""
    size = 0
    while True:
        message = await body.receive()
        size += len(message["body"])
        if not message["more_body"]:
            return size


def body(room: Room, sender: Sender, most: int = 1000) -> Body:
    return Body(sender.receive, most, room)


def test_a_body_is_read_and_forgotten() -> None:
    async def run() -> None:
        room = Room(1000)
        for _ in range(5):
            one = body(room, Sender(300, 300, 300, ends=True))
            assert await read(one) == 900
            one.close()

    asyncio.run(run())


def test_one_that_is_too_large_is_refused() -> None:
    async def run() -> None:
        with pytest.raises(Refused) as caught:
            await read(body(Room(10_000), Sender(600, 600)))
        assert caught.value.status == 413

    asyncio.run(run())


def test_whoever_has_been_sending_for_longest_gives_way() -> None:
    async def run() -> None:
        room = Room(1000)
        slow = [asyncio.create_task(read(body(room, Sender(400)))) for _ in range(2)]
        await asyncio.sleep(0.01)
        quick = body(room, Sender(300, 300, ends=True))
        assert await read(quick) == 600
        await asyncio.wait(slow, timeout=1)
        assert [isinstance(task.exception(), Refused) if task.done() else None for task in slow] == [True, None]
        slow[1].cancel()

    asyncio.run(run())


def test_what_has_come_in_is_not_pushed_out() -> None:
    async def run() -> None:
        room = Room(1000)
        first = body(room, Sender(900, ends=True))
        assert await read(first) == 900
        with pytest.raises(Refused) as caught:
            await read(body(room, Sender(200)))
        assert caught.value.status == 503
        first.close()
        assert await read(body(room, Sender(900, ends=True))) == 900

    asyncio.run(run())


def test_one_that_stops_or_trickles_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)

    async def run() -> None:
        with pytest.raises(Refused) as caught:
            await read(body(Room(1000), Sender(10)))
        assert caught.value.status == 408

    asyncio.run(run())


def test_small_ones_are_always_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SMALL", 100)

    async def run() -> None:
        room = Room(1000)
        assert await read(body(room, Sender(900, ends=True))) == 900
        assert await read(body(room, Sender(50, 50, ends=True))) == 100

    asyncio.run(run())


def test_what_has_come_in_waits_for_its_turn_before_it_is_read() -> None:
    async def run() -> None:
        begun, sizes = asyncio.Event(), []

        async def turn(size: int) -> None:
            sizes.append(size)
            await begun.wait()

        reading = asyncio.create_task(read(Body(Sender(300, 300, ends=True).receive, 1000, Room(1000), turn)))
        await asyncio.sleep(0.01)
        assert (sizes, reading.done()) == ([600], False)
        begun.set()
        assert await reading == 600

    asyncio.run(run())
