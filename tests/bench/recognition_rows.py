"""Rows about one answer and about the generator, without a server."""

import statistics

from bench.context import Bench
from bench.processes import PARTS, USUAL, interleaved, result
from bench.table import Row, Target


def one(bench: Bench) -> Row:
    model, times = bench.model, bench.some(2000, 400)
    slow = bench.some(300, 15)

    def median(*arguments: object) -> float:
        return statistics.median(result(*arguments))

    return Row(
        "one recognition",
        "ms",
        "from strokes to answer inside the process; usual: a picture shrunk with Pillow, then `model.predict`; floor: "
        "the network's four matrix products in NumPy",
        interleaved(
            bench.some(5, 1),
            ours=lambda: median(PARTS / "ours_recognition.py", model, times),
            usual=lambda: median(USUAL / "recognition.py", model, slow),
            floor=lambda: median(PARTS / "floor_recognition.py", times),
        ),
        (Target(plus=2.0), Target(1 / 20, "usual")),
    )


def generation(bench: Bench) -> Row:
    count = bench.some(36_000, 12_000)
    rates = [count / result(PARTS / "ours_generation.py", count)[0] for _ in range(bench.some(5, 3))]
    return Row(
        "generation",
        "images/s",
        "digits written by the program on one core",
        {"ours": rates},
        (Target(plus=12_000, at_most=False),),
    )


def growth(bench: Bench) -> Row:
    """The generator's time for one, two and four times as many images."""
    sizes = [bench.some(15_000, 6_000) * times for times in (1, 2, 4)]
    runs = [result(PARTS / "ours_generation.py", *sizes) for _ in range(bench.some(5, 2))]
    seconds = [statistics.median(run[i] for run in runs) for i in range(len(sizes))]
    return Row(
        "growth: generation",
        "times",
        "seconds for each image at 4× as many images, divided by the same at 1×: 1 is linear",
        {"ours": [run[2] / run[0] / 4 for run in runs]},
        (Target(plus=1.2),),
        more={"points": [{"images": n, "seconds": s} for n, s in zip(sizes, seconds, strict=True)]},
        note=", ".join(f"{n:,} images {s:.2f} s" for n, s in zip(sizes, seconds, strict=True)),
    )
