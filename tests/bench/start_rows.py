"""Rows about the start of the program."""

import json
import time
from pathlib import Path

from bench.answers_rows import wait_until_ready
from bench.context import Bench
from bench.drawings import drawings
from bench.processes import PARTS, USUAL, Process, interleaved, post, running, serving
from bench.table import Row, Target
from bench.training_rows import LIMIT, lesson_and_ours
from bench.visitors import QueueVisitor

TENSORFLOW_FIRST = (
    "import sys, runpy, tensorflow; sys.argv = sys.argv[1:]; runpy.run_path('app.py', run_name='__main__')"
)
IMPORTS = "import gradio, tensorflow; print('done')"
SEVEN = drawings(1)[0]


def page(bench: Bench) -> Row:
    assert bench.model.exists()

    def ours() -> float:
        with bench.program() as process:
            return process.wait_for_page()

    def usual() -> float:
        arguments = bench.arguments(*bench.small)
        with serving("-c", TENSORFLOW_FIRST, *arguments, **bench.variables) as process:
            return process.wait_for_page()

    def floor() -> float:
        with serving(PARTS / "floor_page.py") as process:
            return process.wait_for_page()

    floor()
    ours()
    return Row(
        "page",
        "s",
        "from the start of `python app.py`, its model cached, to the first 200; usual: TensorFlow imported first; "
        "floor: a Gradio page that says Hello",
        interleaved(bench.some(7, 3), ours=ours, usual=usual, floor=floor),
        (Target(1.15, "floor"),),
    )


def first_answer(bench: Bench) -> Row:
    model = bench.model

    def ours() -> float:
        with bench.program() as process:
            process.wait_for_page()
            return _until_right(process, 90)

    def usual() -> float:
        return _usual(model)

    def floor() -> float:
        with running("-c", IMPORTS) as process:
            while not process.lines:
                process.check(90)
                time.sleep(0.002)
            return process.lines[0][0]

    floor()
    ours()
    return Row(
        "first answer, cached",
        "s",
        "from the start to the first right answer over HTTP; usual: `load_model`, then a Gradio page with "
        "`model.predict`; floor: importing Gradio, then TensorFlow",
        interleaved(bench.some(7, 3), ours=ours, usual=usual, floor=floor),
        (Target(1.1, "floor"),),
    )


def _until_right(process: Process, limit: float) -> float:
    """Ask for a seven until it is read as one -> seconds from the start."""
    while True:
        process.check(limit)
        status, body = post(process.port, "/gradio_api/run/recognize_strokes", {"data": [SEVEN]})
        if status == 200 and json.loads(body)["data"][0]["digit"] == 7:
            return process.seconds
        time.sleep(0.05)  # more often would keep the program from its imports


def cold(bench: Bench) -> Row:
    """The first launch as on a Space: nothing cached, the visitor watches the training."""
    pages: list[float] = []
    answers: list[float] = []
    ready: list[float] = []
    for repeat in range(bench.some(2, 1)):
        flags = ["--cache", bench.folder / f"cold-{repeat}", *(["--limit", 6_000] if bench.quick else [])]
        variables = bench.variables | {"SPACE_ID": "benchmark/cold"}
        with serving(*bench.arguments(*flags), **variables) as process:
            pages.append(process.wait_for_page())
            answers.append(_until_right(process, LIMIT))
            wait_until_ready(process, LIMIT)
            ready.append(process.seconds)
    return Row(
        "cold start",
        "s",
        "the first launch as on a Space, nothing cached, MNIST on the disk, to the first right answer over HTTP; "
        "usual: the lesson's training, which has to end before there is a page",
        {"ours": answers, "usual": [run.seconds for run in lesson_and_ours(bench)["usual"]]},
        (Target(1 / 5, "usual"),),
        beside={"page": {"ours": pages}, "training ended": {"ours": ready}},
    )


def _usual(model: Path) -> float:
    with serving(USUAL / "app.py", model) as process:
        process.wait_for_page()
        assert process.port is not None
        answer = QueueVisitor(process.port).ask(SEVEN)
        if answer != "7":
            process.fail(f"read a seven as {answer}")
        return process.seconds
