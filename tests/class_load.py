"""How the server bears a whole class that collects digits while a training goes on. Starts the program itself:

    python3 tests/class_load.py --devices 35 --seconds 60

Every device gives a digit each three seconds and looks at the tab in between; a training with the class's digits begins
again whenever one has ended. The program finds its network in the cache, as in a lesson: it has imported no TensorFlow
before. Prints one JSON line. MNIST is taken from MNIST_DEMO_TEST_MNIST if that names it.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from conftest import App
from load import Connection, Tally, Target, running

from mnist_demo.service.classroom import FOLDER
from mnist_demo.store.class_digits import ClassDigits

BETWEEN = 3.0  # seconds from one digit of a device to the next
CLASS = "/demo/class"


@dataclass
class Lesson:
    """What came of the class's requests."""

    tally: Tally = field(default_factory=Tally)
    kept: list[int] = field(default_factory=list)  # the numbers of the digits that the server has acknowledged
    again: int = 0  # requests whose connection broke off, sent once more as the page does
    trainings: int = 0  # that began


def lesson(target: Target, devices: int, seconds: float) -> Lesson:
    """The whole class writes for so long."""
    found = Lesson()
    deadline = time.monotonic() + seconds

    async def ask(connection: Connection, path: str, question: dict) -> dict:
        while True:
            asked = time.monotonic()
            try:
                answer = await connection.ask(f"{CLASS}/{path}", question)
            except (OSError, EOFError):
                found.again += 1
                connection.close()
                await asyncio.sleep(1)
            except ValueError as error:
                found.tally.errors.append(str(error))
                return {}
            else:
                found.tally.seconds.append(time.monotonic() - asked)
                return answer or {}

    async def write(place: int) -> None:
        pen, connection = np.random.default_rng(place), Connection(target.url)
        writer = {"writer": secrets.token_hex(16)}
        await asyncio.sleep(BETWEEN * place / devices)
        while time.monotonic() < deadline:
            begun = time.monotonic()
            strokes = [np.cumsum(pen.normal(0, 0.02, (60, 2)), 0).round(4).tolist()]
            digit = {"name": "", "group": "", "key": secrets.token_hex(16)}
            digit |= {"label": int(pen.integers(10)), "strokes": strokes}
            found.kept.extend((await ask(connection, "digit", writer | digit)).values())
            await asyncio.sleep(BETWEEN / 2)
            await ask(connection, "state", writer)
            await asyncio.sleep(max(begun + BETWEEN - time.monotonic(), 0))
        connection.close()

    async def teach() -> None:
        connection, teacher = Connection(target.url), {"writer": secrets.token_hex(16)}
        while time.monotonic() < deadline:
            state = await ask(connection, "state", teacher)
            if state["training"] is None and state["learnable"] >= 10:
                await ask(connection, "train", teacher)
                found.trainings += 1
            await asyncio.sleep(0.5)
        connection.close()

    async def everyone() -> None:
        await asyncio.gather(teach(), *map(write, range(devices)))

    asyncio.run(everyone())
    return found


def measure(target: Target, cache: Path, devices: int, seconds: float) -> dict:
    before = target.megabytes
    found = lesson(target, devices, seconds)
    there = set(ClassDigits(cache / FOLDER).numbers())
    lost = set(found.kept) - there
    print(*sorted(set(found.tally.errors)), sep="\n", file=sys.stderr)
    return found.tally.summary() | {
        "slowest_ms": round(1000 * max(found.tally.seconds), 1),
        "digits": len(found.kept),
        "lost": len(lost),
        "twice": len(there - set(found.kept)),
        "sent_again": found.again,
        "trainings": found.trainings,
        "megabytes_before": round(before),
        "megabytes_after": round(target.megabytes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=35)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    data = os.environ.get("MNIST_DEMO_TEST_MNIST", "generated")
    with tempfile.TemporaryDirectory() as cache:
        usual = ("--data", data, "--limit", "60000", "--epochs", "1", "--class", "--cache", cache)
        trained = App(*usual, "--train-only")
        if trained.process.wait():
            sys.exit(trained.output)
        with running(*usual) as target:
            print(json.dumps(measure(target, Path(cache), given.devices, given.seconds)), flush=True)


if __name__ == "__main__":
    main()
