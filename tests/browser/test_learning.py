"""Looking back at the network's learning, and teaching the page."""

import re

import pytest
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.hand import THREE, draw

pytestmark = pytest.mark.slow


def visit_with_network(visit: Visit, app: App) -> Page:
    page = visit(app.url)
    expect(page.get_by_text("What you draw stays in this browser")).to_be_visible()
    return page


def expect_digit(page: Page, digit: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-digit", digit)


def test_the_drawing_is_read_by_the_network_of_every_moment(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    draw(page, THREE)
    expect_digit(page, "3")
    slider = page.locator("#tab-draw .learning input")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^After 3 epochs · [\d,]+ mistakes in 10,000$"))
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".verdict")).to_contain_text("has seen nothing yet")
    expect_digit(page, "")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^Untrained: .* · [\d,]+ mistakes in 10,000$"))
    expect(page.locator(".course")).to_have_attribute("aria-label", re.compile(r"^The probability of a 3 .* now$"))
    page.locator("#tab-network-button").click()
    expect(page.locator("#tab-network .learning input")).to_have_value("0")
    page.locator("#tab-network .learning input").focus()
    page.keyboard.press("End")
    page.locator("#tab-draw-button").click()
    expect_digit(page, "3")


def test_the_kernels_on_the_training_tab_follow_the_slider(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    page.locator("#tab-training-button").click()
    slider = page.locator("#tab-training .learning input")
    expect(slider).to_be_visible()
    kernels = page.locator("#tab-training .learning canvas")
    pixels = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].join()"
    newest = kernels.evaluate(pixels)
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Untrained"))
    assert kernels.evaluate(pixels) != newest


def test_play_runs_from_the_untrained_network_to_the_newest(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    draw(page, THREE)
    slider = page.locator("#tab-draw .learning input")
    last = slider.get_attribute("max")
    page.locator("#tab-draw .learning .play").click()
    expect(slider).to_have_value("0")
    expect(slider).to_have_value(last or "")
    expect(page.locator("#tab-draw .learning .play")).to_have_text("Play")
    expect_digit(page, "3")


def test_what_the_visitor_says_is_learned_at_once_and_forgotten_on_demand(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    draw(page, THREE)
    expect_digit(page, "3")
    page.get_by_role("button", name="No, it was a …").click()
    page.locator(".correction").get_by_role("button", name="8", exact=True).click()
    expect_digit(page, "8")
    expect(page.locator(".adapted")).to_contain_text("Adapted to you by one digit")
    page.locator("#clear").click()
    draw(page, [[(x + 0.02, 0.95 * y) for x, y in stroke] for stroke in THREE])
    expect_digit(page, "8")
    page.locator(".adapted button").click()
    expect_digit(page, "3")
    expect(page.locator(".adapted")).to_be_hidden()
