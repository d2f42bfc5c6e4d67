"""Rows about the training."""

import functools
import re
import statistics
from dataclasses import dataclass

from bench.context import Bench
from bench.processes import PARTS, USUAL, Failed, Line, interleaved, result, running
from bench.table import Row, Target
from mnist_demo.training.recipe import MIXED, is_frozen

LIMIT = 900  # seconds that one training may take
FORWARD = 2 * (26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 1600 * 64 + 64 * 10)  # FLOPs of one image
FIRST = 2 * 26 * 26 * 9 * 32  # of them in the first layer, whose input needs no gradient
SECOND = 2 * 11 * 11 * 9 * 32 * 64
TRAINING = 3 * FORWARD - FIRST  # forward, gradient of the weights, gradient of the inputs
FROZEN = TRAINING - FIRST - SECOND  # without the first layer's weights' and the second one's inputs' gradients


@dataclass(frozen=True)
class Run:
    """One training as a process: (seconds since its start, test accuracy) whenever it says so, and its last second."""

    reached: tuple[tuple[float, float], ...]
    seconds: float
    dtype: str = "float32"

    def until(self, accuracy: float) -> float | None:
        """Seconds from the start until the test accuracy was that good; None if it never was."""
        return next((seconds for seconds, reached in self.reached if reached >= accuracy), None)

    @property
    def accuracy(self) -> float:
        return self.reached[-1][1]


def _run(lines: list[Line], pattern: str) -> Run:
    found = [(seconds, re.search(pattern, line)) for seconds, line in lines]
    reached = tuple((seconds, float(match[1])) for seconds, match in found if match)
    if not reached:
        raise Failed("no test accuracy in:\n" + "\n".join(line for _, line in lines))
    dtypes = [m[1] for _, line in lines if (m := re.search(r"Training on .*\b(bfloat16|float32)\b", line))]
    return Run(reached, lines[-1][0], *dtypes)


def _images(bench: Bench) -> int:
    return bench.some(60_000, 6_000)


def _lesson_epochs(bench: Bench) -> int:
    return bench.some(10, 4)


@functools.cache
def lesson_and_ours(bench: Bench) -> dict[str, list[Run]]:
    """Our default run and the lesson's, which two rows look at."""

    def ours() -> Run:
        with bench.training(*(["--limit", _images(bench)] if bench.quick else [])) as process:
            return _run(process.finish(LIMIT), r"^(?:epoch|after) \d.*test accuracy ([\d.]+)")

    def usual() -> Run:
        with running(USUAL / "lesson.py", bench.data, _images(bench), _lesson_epochs(bench)) as process:
            return _run(process.finish(LIMIT), r"val_accuracy: ([\d.]+)")

    return interleaved(bench.some(3, 1), ours=ours, usual=usual)


def to_accuracy(bench: Bench) -> Row:
    goal = 0.96 if bench.quick else 0.99
    runs = lesson_and_ours(bench)
    dtype = runs["ours"][0].dtype
    notes = [f"Here the program trains in {dtype}, which it timed to be faster, or has no faster one."]
    values: dict[str, list[float]] = {}
    for column, several in runs.items():
        reached = [run.until(goal) for run in several]
        values[column] = [seconds for seconds in reached if seconds is not None]
        missing = reached.count(None)
        if missing and column == "usual":
            # the whole of such a run counts, less than what it would have taken: the comparison errs on its side
            values[column] = [run.seconds if s is None else s for run, s in zip(several, reached, strict=True)]
            notes.append(f"{missing} of the usual runs ended below {100 * goal} %; their whole time counts instead.")
        elif missing:
            values[column] = []
            notes.append(f"{missing} of our runs ended below {100 * goal} %.")
    if bench.quick:
        notes.append(f"Quick: to {100 * goal:.1f} %, on {_images(bench):,} images.")
    return Row(
        "training to 99.0 %",
        "s",
        "from the start of the process until the test accuracy, which the program says eight times in the first epoch, "
        "is that good; usual: the lesson's script, which says it after each epoch",
        values,
        (Target(1 / 5 if dtype == "bfloat16" else 1 / 3, "usual"),),
        note=" ".join(notes),
        more={"precision": dtype},
    )


def whole(bench: Bench) -> Row:
    runs = lesson_and_ours(bench)
    dtype = runs["ours"][0].dtype
    extra = (MIXED.generated + MIXED.non_digits) / 60_000
    images = round(_images(bench) * (1 + extra))  # in an epoch
    peaks = [result(PARTS / "floor_training.py", dtype) for _ in range(bench.some(3, 2))]
    flops = sum(images * (FROZEN if is_frozen(MIXED, epoch) else TRAINING) for epoch in range(MIXED.epochs))
    seen = f"Ours sees {images * MIXED.epochs:,} images, {flops / 1e12:.1f} TFLOP"
    note = f"{seen}; the peak is {max(peaks) / 1e9:.0f} GFLOP/s."
    if bench.quick:
        note += f" Quick: {_images(bench):,} images, {_lesson_epochs(bench)} of the lesson's 10 epochs."
    return Row(
        "training, whole",
        "s",
        "our default run as a process; usual: the lesson's 10 epochs; floor: the same FLOPs as ours at the rate of one "
        f"big matrix product in {dtype}",
        {name: [run.seconds for run in several] for name, several in runs.items()}
        | {"floor": [flops / p for p in peaks]},
        (Target(1 / 3, "usual"), Target(1, "usual", at_most=False, strict=True, measure="test accuracy")),
        beside={"test accuracy": {name: [run.accuracy for run in several] for name, several in runs.items()}},
        note=note,
    )


def growth(bench: Bench) -> Row:
    """The time of an epoch after the first two, which compile, for one, two and four times as many images."""
    sizes = [bench.some(8_000, 3_000) * times for times in (1, 2, 4)]

    def epoch(images: int) -> float:
        seconds: float = result(PARTS / "ours_training.py", bench.data, images, limit=LIMIT)
        return seconds

    runs = interleaved(bench.some(3, 1), **{str(size): functools.partial(epoch, size) for size in sizes})
    seconds = [statistics.median(runs[str(size)]) for size in sizes]
    if not all(a < b < c for a, b, c in zip(*(runs[str(size)] for size in sizes), strict=True)):
        # a quotient of such differences can be negative, which would pass for very little growth
        raise Failed(f"More images took no longer, so the epochs are too short to compare: {runs}")
    return Row(
        "growth: training",
        "times",
        "seconds for each image more between 2× and 4× the data, divided by the same between 1× and 2×: 1 is linear",
        {"ours": [(c - b) / 2 / (b - a) for a, b, c in zip(*(runs[str(size)] for size in sizes), strict=True)]},
        (Target(plus=1.2),),
        more={"points": [{"images": n, "epoch_seconds": s} for n, s in zip(sizes, seconds, strict=True)]},
        note=", ".join(f"{n:,} images {s:.2f} s" for n, s in zip(sizes, seconds, strict=True)),
    )
