"""Drawing as people do: with the mouse or a finger, stroke after stroke. Points are in 0..1 of the pad."""

import itertools

from playwright.sync_api import FrameLocator, Locator, Page

THREE = [
    [
        (0.3, 0.25),
        (0.5, 0.14),
        (0.68, 0.25),
        (0.6, 0.42),
        (0.46, 0.48),
        (0.64, 0.56),
        (0.7, 0.74),
        (0.5, 0.87),
        (0.28, 0.78),
    ]
]
SEVEN = [[(0.25, 0.2), (0.75, 0.18), (0.45, 0.85)], [(0.35, 0.52), (0.7, 0.5)]]
LINE = [[(0.5, 0.15), (0.5, 0.85)]]


def pad(page: Page | FrameLocator, inside: str = "#sketchpad") -> Locator:
    return page.locator(f"{inside} .pad canvas")


def place(drawn_on: Locator) -> dict[str, float]:
    """Where a pad is, once it can be drawn on: before its script has come it is not visible."""
    drawn_on.wait_for(state="visible")
    return drawn_on.bounding_box()


def draw(page: Page, strokes: list, inside: str = "#sketchpad", frame: FrameLocator | None = None) -> None:
    """With the mouse. Each move waits for a frame, so there are not as many as a hand would make."""
    box = place(pad(frame or page, inside))
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=1 if len(points) > 4 else 2)
        page.mouse.up()


def touch(page: Page, strokes: list) -> None:
    """With a finger: real touch events through the browser's protocol."""
    box = place(pad(page))
    session = page.context.new_cdp_session(page)

    def send(kind: str, points: list) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in stroke]
        send("touchStart", [places[0]])
        for a, b in itertools.pairwise(places):
            for t in (0.5, 1):
                send("touchMove", [{k: a[k] + (b[k] - a[k]) * t for k in a}])
        send("touchEnd", [])
