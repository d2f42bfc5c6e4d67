"""Rows about the network in the page: from the pen to the painted answer, and the first visit on a slow line."""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.answers_rows import wait_until_ready
from bench.context import Bench
from bench.drawings import drawings
from bench.page_rows import visit
from bench.processes import PARTS, Failed, Process, serving
from bench.table import Row, Target

FRAME = 16.7  # ms, at 60 Hz
SLOWER = 6  # times: a cheap phone
SLOW_LINE = {"offline": False, "latency": 300, "downloadThroughput": 62_500, "uploadThroughput": 62_500}
FAR = {**SLOW_LINE, "downloadThroughput": -1, "uploadThroughput": -1}

# For every frame with a movement of the pen: from the event's own time until after the paint, and how long scripts ran,
# in the event's listeners and in the frame's callbacks.
PROBE = """() => {
  const now = () => performance.now();
  const ask = requestAnimationFrame.bind(window);
  window.frames_ = [];
  let [frame, begun] = [null, 0];
  window.requestAnimationFrame = (callback) => ask((time) => {
    const start = now();
    callback(time);
    if (frame) frame.script += now() - start;
  });
  addEventListener("pointermove", (event) => {
    begun = now();
    if (frame) return;
    const mine = (frame = { script: 0, painted: 0 });
    const after = new MessageChannel();
    after.port1.onmessage = () => {
      mine.painted = now() - event.timeStamp;
      frames_.push(mine);
      frame = null;
    };
    ask(() => after.port2.postMessage(0));
  }, true);
  addEventListener("pointermove", () => { if (frame) frame.script += now() - begun; });
}"""


def pen_to_paint(bench: Bench) -> Row:
    """Raises ImportError without Playwright."""
    assert bench.model.exists()
    runs: list[dict[str, float]] = []
    for _ in range(bench.some(3, 1)):
        with bench.program() as process:
            wait_until_ready(process)
            runs.append(_paints(process, bench.some(12, 6)))

    def column(name: str) -> dict[str, list[float]]:
        return {"ours": [run[name] for run in runs]}

    beside = [name for name in runs[0] if name != "painted"]
    limits = {
        "script": 3.0,
        "script, p95": 6.0,
        "300 ms away": FRAME,
        "server stopped": FRAME,
        "script, processor slowed six times": 16.0,
    }
    return Row(
        "pen to painted answer",
        "ms",
        "in Chromium, the median of the frames in which the pen moved, from the event, which comes at any moment of a "
        "frame, to after the paint; script: ours in such a frame",
        column("painted"),
        (Target(plus=FRAME), *(Target(plus=limit, measure=name) for name, limit in limits.items())),
        beside={name: column(name) for name in beside},
    )


def _paints(process: Process, count: int) -> dict[str, float]:
    with visit(process) as page:
        page.locator(".private").wait_for(state="attached")
        page.wait_for_function("!document.querySelector('.private').hidden")
        page.evaluate(PROBE)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        near = _frames(page, count)
        session.send("Network.emulateNetworkConditions", FAR)
        far = _frames(page, count)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        slow = _frames(page, count)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        process.kill()
        stopped = _frames(page, count)

    def middle(frames: list[dict[str, float]], name: str) -> float:
        return statistics.median(frame[name] for frame in frames)

    return {
        "painted": middle(near, "painted"),
        "script": middle(near, "script"),
        "script, p95": statistics.quantiles((frame["script"] for frame in near), n=20)[-1],
        "300 ms away": middle(far, "painted"),
        "server stopped": middle(stopped, "painted"),
        "script, processor slowed six times": middle(slow, "script"),
    }


def _frames(page: Any, count: int) -> list[dict[str, float]]:
    canvas = page.locator("#sketchpad canvas")
    page.evaluate("() => { frames_ = [] }")
    for drawing in drawings(count):
        _draw(page, canvas.bounding_box(), drawing)
        if page.locator("#answer").get_attribute("data-digit") == "":
            raise Failed("A drawing was not answered.")
        page.locator("#clear").click()
    page.wait_for_timeout(200)
    frames: list[dict[str, float]] = page.evaluate("frames_")
    return frames


def _draw(page: Any, box: dict[str, float], drawing: Any) -> None:
    """Playwright goes on once a movement has been dealt with, which is just after a frame: without a pause as long as
    chance has it, each would wait for the whole of the next one."""
    chance = random.Random(len(drawing[0]))
    for stroke in drawing:
        for i, (x, y) in enumerate(stroke[::2]):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if i == 0:
                page.mouse.down()
            time.sleep(chance.uniform(0, FRAME / 1000))
        page.mouse.up()


def first_visit(bench: Bench) -> list[Row]:
    """Raises ImportError without Playwright."""
    assert bench.model.exists()
    figures: list[dict[str, dict[str, float]]] = []
    for _ in range(bench.some(3, 1)):
        with bench.program() as process:
            wait_until_ready(process)
            ours = _first(process, lambda page: page.locator("#sketchpad canvas").wait_for(timeout=90_000))
        with serving(PARTS / "floor_page.py") as process:
            process.wait_for_page()
            floor = _first(process, lambda page: page.get_by_text("Hello").wait_for(timeout=90_000))
        figures.append({"ours": ours, "floor": floor})

    def both(name: str) -> dict[str, list[float]]:
        return {side: [figure[side][name] for figure in figures] for side in ("ours", "floor")}

    line = "on 500 kbit/s with 300 ms; floor: a page of Gradio's that says hello"
    return [
        Row("first visit: bytes", "KB", f"until the pad can be drawn on, {line}", both("kilobytes"),
            (Target(1.25, "floor"),)),
        Row("first visit: pad", "s", f"until it can be drawn on, {line}", both("usable"),
            (Target(1.25, "floor"), Target(0.5, "floor", measure="first paint")),
            beside={"first paint": both("painted")}),
    ]  # fmt: skip


def _first(process: Process, usable: Callable[[Any], None]) -> dict[str, float]:
    with visit(process, go=False) as page:
        session = page.context.new_cdp_session(page)
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_LINE)
        begun = time.perf_counter()
        page.goto(process.url, wait_until="commit", timeout=90_000)
        usable(page)
        seconds = time.perf_counter() - begun
        kilobytes = sum(sizes) / 1000
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
        return {"usable": seconds, "kilobytes": kilobytes, "painted": paint / 1000}
