"""Whether people who can't see well, or use no mouse, get along: axe-core's rules, and the keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, PHONE, Visit, settled
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow

TABS = ("draw", "training", "network", "class")
STILL = {"reduced_motion": "reduce"}  # no colour is on its way to another one


def serious(page: Page) -> list[str]:
    """axe-core's serious and critical violations, with the elements that have them."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{v['id']} ({v['impact']}): {v['help']}: {[node['html'][:160] for node in v['nodes'][:3]]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("color_scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_axe_finds_nothing_serious(app: App, visit: Visit, color_scheme: str, locale: str) -> None:
    page = visit(app.url, **DESKTOP, **STILL, color_scheme=color_scheme, locale=locale)
    assert serious(page) == []
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    for tab in TABS:
        page.locator(f"#tab-{tab}-button").click()
        if tab == "training":
            page.locator("#confusion button").first.click()
            page.locator(".samples button").first.click()
        settled(page)
        assert serious(page) == [], tab


NARROW = {"viewport": {"width": 320, "height": 568}}  # 1280 pixels at four times their size


@pytest.mark.parametrize(
    "screen", [PHONE, NARROW, {**DESKTOP, "forced_colors": "active"}], ids=["phone", "320", "forced"]
)
def test_axe_on_other_screens(app: App, visit: Visit, screen: dict) -> None:
    page = visit(app.url, **STILL, **screen)
    draw(page, SEVEN)
    for tab in TABS:
        page.locator(f"#tab-{tab}-button").click()
        settled(page)
        assert serious(page) == [], tab


def test_everything_can_be_reached_and_seen_by_keyboard(app: App, visit: Visit) -> None:
    page = visit(app.url)
    for tab, wanted in {
        "draw": {"language", "undo_or_clear", "sketchpad", "upload"},
        "training": {"retrain", "confusion", "gallery", "samples"},
        "network": {"network-clear_or_pad", "test-image", "sheet"},
        "class": {"class-steps", "class-begin"},
    }.items():
        page.locator(f"#tab-{tab}-button").click()
        if tab == "draw":
            draw(page, SEVEN)
        page.wait_for_timeout(300)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            here = page.evaluate(WHERE)
            assert here["outline"], f"no visible focus on {here}"
            reached |= set(here["names"])
        assert wanted <= reached, tab


WHERE = """() => {
  const node = document.activeElement;
  const style = getComputedStyle(node);
  const inside = (selector) => node.closest(selector) !== null;
  const names = Object.entries({
    language: "#language", undo_or_clear: "#undo, #clear", sketchpad: "#sketchpad canvas", upload: "#upload",
    retrain: "#retrain", confusion: "#confusion button", gallery: ".gallery button", samples: ".samples button",
    "network-clear_or_pad": "#network-clear, #network-input canvas", "test-image": "#test-image", sheet: ".sheet",
    "class-steps": "#class .steps button", "class-begin": "#class .begin",
  }).filter(([, selector]) => inside(selector)).map(([name]) => name);
  const outline = node === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { names, outline, html: node.outerHTML.slice(0, 120) };
}"""


def test_arrow_keys_move_inside_a_group(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    page.locator(".samples button").first.focus()
    place = "() => [...document.querySelectorAll('.samples button')].indexOf(document.activeElement)"
    for key, expected in (("ArrowRight", 1), ("ArrowDown", 11), ("ArrowLeft", 10), ("ArrowUp", 0), ("End", 19)):
        page.keyboard.press(key)
        assert page.evaluate(place) == expected
    page.keyboard.press("Enter")
    expect(page.locator(".numbers")).to_be_visible()


def test_the_answer_is_announced_once_the_pen_rests(app: App, visit: Visit) -> None:
    page = visit(app.url)
    spoken = page.locator("#answer [aria-live]")
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    expect(spoken).to_contain_text("7")


def test_nothing_moves_for_those_who_asked_for_that(app: App, visit: Visit) -> None:
    page = visit(app.url, reduced_motion="reduce")
    assert page.locator(".bar .fill").first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
