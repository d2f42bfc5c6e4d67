"""The row about the page: from the pen's leaving the pad to the answer, in a real Chromium."""

import contextlib
import itertools
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench.answers_rows import wait_until_ready
from bench.context import Bench
from bench.drawings import drawings
from bench.processes import USUAL, Failed, Process, interleaved, serving
from bench.table import Row, Target

FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The time of the pen's leaving is the input event's own. In our page every answer sets the attribute, also to the
# value that it had; what is asked while the pen moves is not shown any more once it has left.
OURS = """() => {
  window.penUp = window.answered = 0;
  addEventListener("pointerup", (event) => { penUp = event.timeStamp; answered = 0; }, true);
  new MutationObserver(() => { if (penUp && !answered) answered = performance.now(); })
    .observe(document.querySelector("#answer"), { attributeFilter: ["data-digit"] });
}"""
# Gradio's label shows nothing but words, so an answer is the last change of them.
USUAL_WAY = """() => {
  window.penUp = window.answered = 0;
  addEventListener("pointerup", (event) => { penUp = event.timeStamp; answered = 0; }, true);
  const words = () => [...document.querySelectorAll("[data-testid^='label'], .output-class, .confidence-set")]
    .map((node) => node.textContent).join();
  let before = words();
  new MutationObserver(() => {
    const now = words();
    if (now !== before && penUp) answered = performance.now();
    before = now;
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""


def pen_up(bench: Bench) -> Row:
    """Raises ImportError without Playwright."""
    model, strokes = bench.model, bench.some(10, 6)

    def ours() -> float:
        with bench.program() as process:
            wait_until_ready(process)
            return _ours(process, strokes)

    def usual() -> float:
        with serving(USUAL / "app.py", model) as process:
            process.wait_for_page()
            return _usual(process, bench.some(10, 4))

    return Row(
        "pen-up to answer in the page",
        "ms",
        f"in Chromium, the median of {strokes} drawings in each repeat; usual: gr.Sketchpad, gr.Label",
        interleaved(bench.some(5, 1), ours=ours, usual=usual),
        (Target(1 / 20, "usual"),),
    )


@contextlib.contextmanager
def visit(process: Process, go: bool = True) -> Iterator[Any]:
    """Chromium at our program's page, or with `go` false before it."""
    from playwright.sync_api import Error, sync_playwright

    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            if go:
                page.goto(process.url)
            yield page
            browser.close()
        except Error as error:
            raise Failed(f"The browser: {error}") from error


def draw(page: Any, canvas: Any, drawing: Any) -> None:
    """In the middle of the canvas, which is wider than its paper in the usual way."""
    box = canvas.bounding_box()
    side = min(box["width"], box["height"])
    left, top = box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2
    for stroke in drawing:
        points = [(left + x * side, top + y * side) for x, y in stroke[::2]]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def _times(page: Any) -> tuple[float, float]:
    pen, answered = page.evaluate("[window.penUp, window.answered]")
    return pen, answered


def _ours(process: Process, count: int) -> float:
    times = []
    with visit(process) as page:
        canvas = page.locator("#sketchpad canvas")
        canvas.wait_for()
        page.evaluate(OURS)
        for drawing in drawings(count + 2):
            page.keyboard.press("Delete")
            page.wait_for_timeout(150)
            page.evaluate("() => { penUp = answered = 0 }")
            draw(page, canvas, drawing)
            page.wait_for_function("window.answered > 0", timeout=20_000)
            pen, answered = _times(page)
            times.append(answered - pen)
    return statistics.median(times[2:])


def _usual(process: Process, count: int) -> float:
    """Each drawing differs from the one before, so that the words change; they are final once they rest for long.

    The sketchpad loses strokes that come while it is still busy with its tools; only answered drawings count.
    """
    times: list[float] = []
    with visit(process) as page:
        canvas = page.locator("canvas").first
        canvas.wait_for()
        _take_brush(page)
        page.evaluate(USUAL_WAY)
        for drawing in itertools.islice(itertools.cycle(drawings()), 3 * count):
            page.evaluate("() => { penUp = answered = 0 }")
            draw(page, canvas, drawing)
            if time_taken := _usual_answer(page):
                times.append(time_taken)
            if len(times) == count + 1:
                return statistics.median(times[1:])
            page.get_by_role("button", name="Clear").first.click()
            _take_brush(page)
    raise Failed(f"The usual way answered {len(times)} of {3 * count} drawings.")


def _take_brush(page: Any) -> None:
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Brush").first.click()
    page.wait_for_timeout(1000)


def _usual_answer(page: Any) -> float | None:
    """Milliseconds from the pen's leaving to the last change of the label; None if there is none."""
    deadline = time.perf_counter() + 15
    while time.perf_counter() < deadline:
        page.wait_for_timeout(200)
        pen, answered = _times(page)
        if answered and page.evaluate("performance.now()") - answered > 1500:
            return answered - pen
    return None
