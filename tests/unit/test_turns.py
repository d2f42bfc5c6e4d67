"""Requests begin in turn: so many in a round of the event loop, and fairly among addresses."""

import asyncio

from mnist_demo.web.turns import Turns


async def rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_alone_nobody_waits() -> None:
    async def run() -> None:
        turns = Turns(2)
        for _ in range(10):
            taken = turns.take("a")
            try:
                taken.send(None)
            except StopIteration:
                pass
            else:
                raise AssertionError("it waits")
            await rounds(2)

    asyncio.run(run())


def test_so_many_begin_in_a_round_and_all_in_the_end() -> None:
    async def run() -> None:
        turns, begun = Turns(3), []

        async def ask(number: int) -> None:
            await turns.take("a")
            begun.append(number)

        asking = [asyncio.create_task(ask(number)) for number in range(100)]
        for _ in range(100 // 3 + 4):
            before = len(begun)
            await rounds(1)
            assert len(begun) <= before + 3
        assert begun == list(range(100))
        assert all(task.done() for task in asking)

    asyncio.run(run())


def test_another_address_does_not_wait_for_all_that_one_has_sent() -> None:
    async def run() -> None:
        turns, begun = Turns(1), []

        async def ask(address: str) -> None:
            await turns.take(address)
            begun.append(address)

        asking = [asyncio.create_task(ask("many")) for _ in range(1000)]
        await rounds(5)
        asking.append(asyncio.create_task(ask("one")))
        before = len(begun)
        while "one" not in begun:
            await rounds(1)
        assert len(begun) <= before + 5
        await asyncio.gather(*asking)
        assert begun.count("many") == 1000

    asyncio.run(run())


def test_who_no_longer_waits_takes_no_turn() -> None:
    async def run() -> None:
        turns = Turns(1)
        await turns.take("a")
        gone, there = (asyncio.create_task(turns.take("a")) for _ in range(2))
        await rounds(1)
        gone.cancel()
        await there
        await rounds(3)
        assert not turns._waiting

    asyncio.run(run())
