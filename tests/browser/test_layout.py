"""The page on every screen: who draws sees the answer and the buttons, and need not scroll."""

import pytest
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import Visit, settled
from browser.hand import SEVEN, draw, pad
from browser.test_page import CUT_OFF

pytestmark = pytest.mark.slow

SCREENS = [
    (740, 360),
    (667, 375),
    (844, 390),
    (640, 400),
    (700, 600),
    (1366, 625),
    (1280, 800),
    (1920, 1080),
    (390, 844),
    (375, 553),
    (360, 560),
    (320, 568),
    (820, 1180),
]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_answer_and_buttons_are_in_sight_while_drawing(app: App, visit: Visit, locale: str) -> None:
    """On each screen, and when one is turned into another."""
    page = visit(app.url, locale=locale)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        draw(page, SEVEN)
        expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
        assert page.evaluate("scrollY") == 0, (width, height)
        for part in ("#sketchpad .pad canvas", "#undo", "#clear", "#answer .digit", "#answer .verdict"):
            box = page.locator(part).bounding_box()
            assert box["x"] >= 0, (width, height, part, box)
            assert box["y"] >= 0, (width, height, part, box)
            assert box["x"] + box["width"] <= width, (width, height, part, box)
            assert box["y"] + box["height"] <= height, (width, height, part, box)
        assert pad(page).bounding_box()["width"] >= 0.45 * min(width, height), (width, height)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator("#clear").click()
        expect(page.locator("#answer")).to_have_attribute("data-digit", "")


@pytest.mark.parametrize(("width", "height"), [(740, 360), (390, 844), (320, 568)])
def test_a_swipe_beside_the_pad_scrolls(app: App, visit: Visit, width: int, height: int) -> None:
    page = visit(app.url, viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    box = page.locator("#answer .verdict").bounding_box()
    swipe(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("scrollY > 20")
    expect(page.locator("#undo")).to_be_disabled()  # it drew nothing


@pytest.mark.parametrize(("width", "height"), [(740, 360), (390, 844)])
def test_a_picture_chosen_far_below_is_answered_in_sight(app: App, visit: Visit, width: int, height: int) -> None:
    page = visit(app.url, viewport={"width": width, "height": height})
    page.locator(".example").last.click()
    expect(page.locator("#answer")).not_to_have_attribute("data-digit", "")
    for part in ("#answer .digit", "#answer .verdict", "#sketchpad canvas"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)


def swipe(page: Page, x: float, y: float) -> None:
    """A finger that goes up from there."""
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for up in range(10, 120, 10):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - up}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_at_four_times_its_size_everything_is_there(app: App, visit: Visit, locale: str) -> None:
    page = visit(app.url, viewport={"width": 320, "height": 256}, locale=locale)  # of 1280 × 1024
    pad(page).scroll_into_view_if_needed()
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    for tab in ("draw", "training", "network", "class"):
        page.locator(f"#tab-{tab}-button").click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, tab
        assert page.evaluate(CUT_OFF) == [], tab
