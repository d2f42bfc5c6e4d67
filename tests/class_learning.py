"""Whether a class's digits help: what the network reads wrongly before and after a training with them.

    python3 tests/class_learning.py mnist.npz DRAWN.npz [--draws 5] [--cache DIR]

DRAWN.npz is as `tests/compare.py` takes it, with the `writer` of each digit. In each draw 20 writers give 20 digits
each and 10 others are only tested, on all they have; the class is trained as the page trains it, from the network in
the cache, or one that is trained first. Prints a JSON line for each draw and one of their means: percent misread before
and after, of the digits that it learned from, of the tested writers', and of MNIST's test images, and the seconds from
the order to the comparison.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from compare import drawn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist_demo.model.recognizer import Recognizer
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.settings import Settings
from mnist_demo.store.class_digits import TESTED, Incoming

WRITERS, EACH = 30, 20


def places(writers: np.ndarray, seed: int) -> list[np.ndarray]:
    """Of each writer, in the order in which they come into the class, where their digits are: all of those who are only
    tested (the second, and then every third), `EACH` of the others."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(writers, return_counts=True)
    some = rng.permutation(names[counts >= EACH])[:WRITERS]
    found = [rng.permutation(np.flatnonzero(writers == name)) for name in some]
    return [every if number % TESTED == 2 else every[:EACH] for number, every in enumerate(found, 1)]


def learned(service: Service) -> dict[str, float]:
    """What came of a training with the class's digits that are there now."""
    begun = time.monotonic()
    service.train_with_class()
    service.wait()
    seconds = time.monotonic() - begun
    found = service.classroom.compared(service.model)
    models = found.before, found.after
    own = [Recognizer(m.spec, m.weights, 1).evaluate(found.trained.images, found.trained.labels) for m in models]
    sides = {
        "own": own,
        "others": [found.tested_before, found.tested_after],
        "usual": [model.evaluation for model in models],
    }
    shares = {
        f"{name} {when}": 100 * (1 - evaluation.accuracy)
        for name, pair in sides.items()
        for when, evaluation in zip(("before", "after"), pair, strict=True)
    }
    return {"tested": len(found.tested.digits), **shares, "seconds": seconds}


def measure(settings: Settings, path: Path, draws: range) -> Iterator[dict[str, float]]:
    """A row for each draw."""
    drawings, labels = drawn(path)
    with np.load(path) as file:
        writers = file["writer"]
    service = Service(settings)
    service.start()
    service.wait()
    for seed in draws:
        service.classroom.digits.clear()
        service.classroom.digits.bring_in(
            [
                Incoming("", "", [(int(labels[i]), strokes.check(drawings[i]), 0.0) for i in mine])
                for mine in places(writers, seed)
            ]
        )
        yield {"draw": seed, **learned(service)}
    service.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mnist", "drawn"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--cache", type=Path, help="is copied; nothing is kept in it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        if asked.cache:
            shutil.copytree(asked.cache, cache)
        rows = []
        for row in measure(Settings(cache, data=str(asked.mnist)), asked.drawn, range(asked.draws)):
            rows.append(row)
            tell(row)
        tell(
            {"draw": "mean"} | {name: float(np.mean([row[name] for row in rows])) for name in rows[0] if name != "draw"}
        )


def tell(row: dict) -> None:
    print(json.dumps({k: round(v, 2) if isinstance(v, float) else v for k, v in row.items()}), flush=True)


if __name__ == "__main__":
    main()
