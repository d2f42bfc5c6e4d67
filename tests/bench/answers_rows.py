"""Rows about a server with many visitors, and about one that trains at the same time."""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from bench.context import Bench
from bench.processes import PARTS, USUAL, Process, interleaved, result, running, serving
from bench.table import Row, Target
from bench.visitors import Busy, StrokesVisitor

CLIENTS = 32
IMPORTED = "import gradio, tensorflow, time; print('done'); time.sleep(600)"


def crowd(process: Process, kind: str, clients: int, seconds: float, *answers: int) -> dict[str, float]:
    """A crowd of visitors, in a process of its own -> what it prints."""
    return result(PARTS / "visitors.py", process.port, kind, clients, seconds, *answers)


def wait_until_ready(process: Process, limit: float = 90) -> StrokesVisitor:
    process.wait_for_page(limit)
    assert process.port is not None
    visitor = StrokesVisitor(process.port)
    while visitor.phase() != "ready":
        process.check(limit)
        time.sleep(0.05)
    return visitor


def answers(bench: Bench) -> Row:
    model, seconds = bench.model, bench.some(8, 3)

    def ours() -> float:
        with bench.program() as process:
            wait_until_ready(process)
            return _rate(crowd(process, "strokes", CLIENTS, seconds))

    def usual() -> float:
        with serving(USUAL / "app.py", model) as process:
            process.wait_for_page()
            return _rate(crowd(process, "queue", CLIENTS, seconds))

    def floor() -> float:
        with serving(PARTS / "floor_pad.py") as process:
            process.wait_for_page()
            return _rate(crowd(process, "strokes", CLIENTS, seconds))

    return Row(
        "answers/s",
        "1/s",
        "32 visitors, each asking again as soon as it has its answer; usual: pictures through Gradio's queue; floor: "
        "our pad before a bare route that returns a constant, in less time than the network alone takes",
        interleaved(bench.some(5, 2), ours=ours, usual=usual, floor=floor),
        (Target(0.25, "floor", at_most=False), Target(10, "usual", at_most=False)),
    )


def _rate(crowd: dict[str, float]) -> float:
    return crowd["answers"] / crowd["seconds"]


def copies(bench: Bench) -> Row:
    assert bench.model.exists()
    seconds = bench.some(8, 3)

    def one() -> float:
        with bench.program() as process:
            wait_until_ready(process)
            return _rate(crowd(process, "strokes", CLIENTS, seconds))

    def two() -> float:
        with bench.program() as first, bench.program() as second, ThreadPoolExecutor(2) as pool:
            both = (first, second)
            for process in both:
                wait_until_ready(process)
            crowds = pool.map(lambda process: crowd(process, "strokes", CLIENTS // 2, seconds), both)
            return sum(map(_rate, crowds))

    rates = interleaved(bench.some(3, 1), one=one, two=two)
    return Row(
        "growth: copies",
        "times",
        "answers/s of two copies with one cache and half the 32 visitors each, as nginx would share them out, divided "
        "by those of one copy with all 32; visitors and copies have the same cores",
        {"ours": [b / a for a, b in zip(rates["one"], rates["two"], strict=True)]},
        (Target(plus=1.0, at_most=False),),
        beside={f"answers/s, {name}": {"ours": values} for name, values in rates.items()},
    )


def memory(bench: Bench) -> Row:
    model, count = bench.model, bench.some(1000, 200)

    def ours() -> float:
        with bench.program() as process:
            wait_until_ready(process)
            crowd(process, "strokes", 8, 300, count)
            return process.resident()

    def usual() -> float:
        with serving(USUAL / "app.py", model) as process:
            process.wait_for_page()
            crowd(process, "queue", 8, 300, count)
            return process.resident()

    def floor() -> float:
        with running("-c", IMPORTED) as process:
            while not process.lines:
                process.check(90)
                time.sleep(0.05)
            return process.resident()

    return Row(
        "memory",
        "MB",
        f"resident after {count:,} answers; usual: the same; floor: TensorFlow and Gradio imported, nothing else",
        interleaved(bench.some(3, 1), ours=ours, usual=usual, floor=floor),
        (Target(1, "floor", plus=120),),
    )


def growth(bench: Bench) -> Row:
    assert bench.model.exists()
    crowds, seconds = (1, 8, 32, 128), bench.some(6, 2)
    runs: list[dict[int, dict[str, float]]] = []
    for _ in range(bench.some(3, 1)):
        with bench.program() as process:
            wait_until_ready(process)
            runs.append({clients: crowd(process, "strokes", clients, seconds) for clients in crowds})

    def point(clients: int) -> dict[str, float]:
        return {
            "clients": clients,
            "answers_per_second": statistics.median(_rate(run[clients]) for run in runs),
            "p95_ms": statistics.median(run[clients]["p95"] for run in runs),
        }

    points = [point(clients) for clients in crowds]
    worst = [max(run[n]["p95"] / run[1]["p95"] / n for n in crowds[1:]) for run in runs]
    return Row(
        "growth: clients",
        "times",
        "how much longer the p95 of an answer is at 8, 32 and 128 visitors than at one, divided by their number, "
        "the worst of the three: at most 1",
        {"ours": worst},
        (Target(plus=1.0),),
        more={"points": points},
        note="; ".join(
            f"{p['clients']} clients {p['answers_per_second']:.0f}/s, p95 {p['p95_ms']:.1f} ms" for p in points
        ),
    )


def while_training(bench: Bench) -> list[Row]:
    """Both rows about a visitor who draws while the program trains."""
    assert bench.model.exists()
    epochs = bench.some(5, 2)
    idle: list[float] = []
    busy: list[float] = []
    alone: list[float] = []
    visited: list[float] = []
    with bench.program() as process:
        visitor = wait_until_ready(process)
        for repeat in range(bench.some(4, 2)):
            idle.append(crowd(process, "pen", 1, bench.some(10, 5))["p95"])
            for visit in (True, False) if repeat % 2 else (False, True):
                if visit:
                    seconds, p95 = train_visited(process, visitor, epochs)
                    visited.append(seconds)
                    busy.append(p95)
                else:
                    alone.append(train(process, visitor, epochs))
    return [
        Row(
            "answer while training",
            "ms",
            "the p95 of an answer to a visitor who draws while the program trains; floor: the same when it is idle",
            {"ours": busy, "floor": idle},
            (Target(5, "floor"),),
        ),
        Row(
            "training while a visitor draws",
            "s",
            f"{epochs} epochs on 12,000 images and 8,000 generated ones with a visitor who draws and is answered, who "
            "runs on the same cores; floor: the same alone",
            {"ours": visited, "floor": alone},
            (Target(1.1, "floor"),),
        ),
    ]


def train_visited(process: Process, visitor: StrokesVisitor, epochs: int) -> tuple[float, float]:
    """The same with someone drawing all the time -> seconds, and the p95 of their answers in milliseconds."""
    with running(PARTS / "visitors.py", process.port, "pen", 1, 1000) as drawing:
        while not drawing.lines:
            drawing.check(30)
            time.sleep(0.01)
        seconds = train(process, visitor, epochs)
        drawing.ask_to_end()
        return seconds, json.loads(drawing.finish(30)[-1][1])["p95"]


def train(process: Process, visitor: StrokesVisitor, epochs: int) -> float:
    """Train anew, as the page's button does -> seconds, from the click until the new network is in place."""
    process.check(limit=1500)
    while True:
        start = time.perf_counter()
        try:
            visitor.post("/demo/retrain", {"epochs": epochs, "fetch": False})
            break
        except Busy:  # for a moment after it has said that it is ready
            time.sleep(0.1)
    while (phase := visitor.phase()) != "ready":
        process.check(limit=1500)
        if phase == "failed":
            process.fail("failed to train")
        time.sleep(0.2)
    return time.perf_counter() - start
