"""Links into the page, Back and reload."""

import re

import pytest
from conftest import App
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow


def test_a_link_leads_to_a_test_image_and_back_to_where_one_was(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    page.locator("#tab-training-button").click()
    expect(page).to_have_url(re.compile(r"#training$"))
    page.evaluate("location.hash = 'how-it-works/test/17'")
    source = page.locator("#tab-network .source")
    expect(source).to_contain_text("Test image 17")
    page.go_back()
    expect(page.locator(".samples")).to_be_visible()
    page.go_forward()
    expect(source).to_contain_text("Test image 17")
    page.reload()
    expect(source).to_contain_text("Test image 17")
    page.locator("#tab-draw-button").click()
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")  # the drawing is still there


@pytest.mark.parametrize("width", [1280, 320])
def test_a_mistake_opens_in_its_tab_and_back_is_one_step(app: App, visit: Visit, width: int) -> None:
    page = visit(app.url, viewport={"width": width, "height": 568})
    page.locator("#tab-training-button").click()
    page.locator(".gallery button").first.click()
    expect(page).to_have_url(re.compile(r"#how-it-works/test/\d+$"))
    expect(page.locator("#tab-network .source")).to_contain_text("Test image")
    page.go_back()
    expect(page).to_have_url(re.compile(r"#training$"))
    expect(page.locator(".samples")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_tab_has_its_place_on_the_narrowest_screen(app: App, visit: Visit, locale: str) -> None:
    page = visit(app.url, viewport={"width": 320, "height": 568}, locale=locale)
    for tab in ("training", "network", "class", "draw"):
        page.locator(f"#tab-{tab}-button").click()
        expect(page.locator(f"#tab-{tab}-button")).to_have_attribute("aria-selected", "true")
        assert page.locator(f"#tab-{tab}-button").bounding_box()["x"] >= 0


def test_an_address_that_leads_nowhere_leads_to_the_pad(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.goto(f"{app.url}#no/such/place")
    page.reload()
    expect(page.locator("#sketchpad canvas")).to_be_visible()


def test_arrow_keys_move_between_tabs(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.wait_for_load_state("networkidle")  # the scripts that hear the keys have come
    page.locator("#tab-draw-button").focus()
    for key, tab in (("ArrowRight", "training"), ("ArrowRight", "network"), ("Home", "draw")):
        page.keyboard.press(key)
        expect(page.locator(f"#tab-{tab}-button")).to_be_focused()
        expect(page.locator(f"#tab-{tab}-button")).to_have_attribute("aria-selected", "true")
