"""How the server bears a whole class that collects digits while a training goes on. Starts the program itself:

    python3 tests/class_load.py --devices 35 --seconds 60

Every device gives a digit each three seconds and looks at the tab in between; a training with the class's digits begins
again whenever one has ended. Prints one JSON line. MNIST is taken from MNIST_DEMO_TEST_MNIST if that names it.
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from load import Connection, Tally, Target, running

from mnist_demo.service.classroom import FOLDER
from mnist_demo.store.class_digits import ClassDigits

BETWEEN = 3.0  # seconds from one digit of a device to the next
CLASS = "/demo/class"


def lesson(target: Target, devices: int, seconds: float) -> tuple[Tally, list[int], int]:
    """The whole class writes for so long -> the answers, the numbers of the digits kept, how many trainings began."""
    tally, kept, trainings = Tally(), [], 0
    deadline = time.monotonic() + seconds

    async def timed(connection: Connection, path: str, question: dict) -> dict:
        asked = time.monotonic()
        answer = await connection.ask(f"{CLASS}/{path}", question)
        tally.seconds.append(time.monotonic() - asked)
        return answer or {}

    async def write(place: int) -> None:
        pen, connection = np.random.default_rng(place), Connection(target.url)
        writer = {"writer": secrets.token_hex(16)}
        await asyncio.sleep(BETWEEN * place / devices)
        while time.monotonic() < deadline:
            begun = time.monotonic()
            strokes = [np.cumsum(pen.normal(0, 0.02, (60, 2)), 0).round(4).tolist()]
            digit = {"name": "", "group": "", "label": int(pen.integers(10)), "strokes": strokes}
            try:
                kept.append((await timed(connection, "digit", writer | digit))["number"])
                await asyncio.sleep(BETWEEN / 2)
                await timed(connection, "state", writer)
            except (OSError, ValueError, KeyError, EOFError) as error:
                tally.errors.append(repr(error))
                connection.close()
            await asyncio.sleep(max(begun + BETWEEN - time.monotonic(), 0))
        connection.close()

    async def teach() -> None:
        nonlocal trainings
        connection, teacher = Connection(target.url), {"writer": secrets.token_hex(16)}
        while time.monotonic() < deadline:
            state = await connection.ask(f"{CLASS}/state", teacher) or {}
            if state["training"] is None and state["learnable"] >= 10:
                await connection.ask(f"{CLASS}/train", teacher)
                trainings += 1
            await asyncio.sleep(0.5)
        connection.close()

    async def everyone() -> None:
        await asyncio.gather(teach(), *map(write, range(devices)))

    asyncio.run(everyone())
    return tally, kept, trainings


def measure(target: Target, cache: Path, devices: int, seconds: float) -> dict:
    before = target.megabytes
    tally, kept, trainings = lesson(target, devices, seconds)
    lost = set(kept) - set(ClassDigits(cache / FOLDER).numbers())
    memory = {"megabytes_before": round(before), "megabytes_after": round(target.megabytes)}
    print(*sorted(set(tally.errors)), sep="\n", file=sys.stderr)
    summary = {"slowest_ms": round(1000 * max(tally.seconds), 1), "digits": len(kept), "lost": len(lost)}
    return tally.summary() | summary | {"trainings": trainings} | memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=35)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    data = os.environ.get("MNIST_DEMO_TEST_MNIST", "generated")
    with tempfile.TemporaryDirectory() as cache:
        usual = ("--data", data, "--limit", "60000", "--epochs", "1", "--class", "--cache", cache)
        with running(*usual) as target:
            print(json.dumps(measure(target, Path(cache), given.devices, given.seconds)), flush=True)


if __name__ == "__main__":
    main()
