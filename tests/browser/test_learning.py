"""Looking back at the network's learning, and teaching the page."""

import re

import pytest
from conftest import App
from playwright.sync_api import Page, Route, expect

from browser.conftest import Held, Visit
from browser.hand import SEVEN, THREE, draw

pytestmark = pytest.mark.slow


# what is on a canvas, or in an element
LOOK = """(element) => element.toDataURL?.() ??
  [...element.querySelectorAll("*")].map((node) => node.style.cssText + node.textContent).join()"""

# where the slider is in each frame, and whether a bar is on its way
WATCH = """() => {
  [window.places, window.widths] = [new Set(), new Set()];
  const slider = document.querySelector("#tab-draw .learning input");
  const watch = () => {
    places.add(slider.value);
    for (const bar of document.querySelectorAll(".bars .fill")) {
      if (bar.getAnimations().length) widths.add(bar.parentElement.parentElement.textContent);
    }
    requestAnimationFrame(watch);
  };
  watch();
}"""


# for the page five times as much time passes
HURRY = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => 5 * now();
}"""


def visit_with_network(visit: Visit, app: App, **options: object) -> Page:
    page = visit(app.url, **options)
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
    place = slider.bounding_box()
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".verdict")).to_contain_text("has seen nothing yet")
    expect_digit(page, "")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^Untrained: .* · [\d,]+ mistakes in 10,000$"))
    expect(page.locator(".course canvas")).to_have_attribute(
        "aria-label", re.compile(r"^The probability of a 3 .* now$")
    )
    assert slider.bounding_box() == place, "it stays under the finger that moves it"
    page.locator("#tab-network-button").click()
    expect(page.locator("#tab-network .learning input")).to_have_value("0")
    page.locator("#tab-network .learning input").focus()
    page.keyboard.press("End")
    page.locator("#tab-draw-button").click()
    expect_digit(page, "3")


def test_at_an_early_moment_all_tabs_show_its_network(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    told: set[str] = set()
    shown: dict[str, set[str]] = {}

    def look(tab: str, *parts: str) -> None:
        page.locator(f"#{tab}-button").click()
        expect(page.locator(f"#{tab} .learning output")).to_contain_text("mistakes in 10,000")
        told.add(page.locator(f"#{tab} .learning output").inner_text())
        for part in parts:
            shown.setdefault(part, set()).add(page.locator(f"#{tab} {part}").first.evaluate(LOOK))

    def look_everywhere() -> None:
        told.clear()
        look("tab-training", ".learning canvas")
        look(
            "tab-network", "[data-layer=convolution_1] .sheet", "[data-layer=convolution_1] .kernel canvas", ".outputs"
        )
        look("tab-draw", ".bars", ".course canvas")
        assert len(told) == 1

    page.locator("#tab-draw .learning input").focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#tab-draw .learning input")).to_have_value("1")
    draw(page, SEVEN)
    expect(page.locator(".course canvas")).to_be_visible()
    page.wait_for_timeout(500)
    look_everywhere()
    early = set(told)
    page.locator("#tab-draw .learning input").focus()
    page.keyboard.press("End")
    expect_digit(page, "7")
    page.wait_for_timeout(500)
    look_everywhere()
    assert told != early
    assert {part: len(looks) for part, looks in shown.items()} == dict.fromkeys(shown, 2), "shown as before"


def test_in_a_live_training_the_slider_s_right_end_grows(held: Held, visit: Visit) -> None:
    page = visit(held.launch(epochs=2).url)
    held.let(1)
    slider = page.locator("#tab-draw .learning input")
    expect(slider).to_have_attribute("max", "1")
    expect(slider).to_have_value("1")
    held.let(2)
    expect(page.locator("#tab-draw .state")).to_be_hidden()
    expect(slider).to_have_attribute("max", "2")
    expect(slider).to_have_value("2")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_runs_from_the_untrained_network_to_the_newest(app: App, visit: Visit, motion: str) -> None:
    page = visit_with_network(visit, app, reduced_motion=motion)
    draw(page, THREE)
    slider, button = page.locator("#tab-draw .learning input"), page.locator("#tab-draw .learning .play")
    last = slider.get_attribute("max")
    for tab in ("training", "network", "draw"):
        page.locator(f"#tab-{tab}-button").click()  # so that each has its slider
    page.evaluate(WATCH)
    page.evaluate(HURRY)
    button.click()
    expect(slider).to_have_value("0")
    expect(button).to_have_text("Pause")
    expect(button).to_have_text("Play", timeout=30_000)
    expect(slider).to_have_value(last or "")
    expect_digit(page, "3")
    for tab in ("training", "network"):
        expect(page.locator(f"#tab-{tab} .learning .play")).to_have_text("Play")
    places, widths = page.evaluate("[places, widths].map((all) => [...all])")
    between = [place for place in places if float(place) % 1]
    assert {str(i) for i in range(int(last or "0") + 1)} <= set(places) | {str(round(float(p))) for p in between}
    assert bool(between) == (motion == "no-preference")
    assert bool(widths) == (motion == "no-preference")  # the bars' on their way


def test_a_picture_that_is_still_to_come_is_neither_seen_nor_spoken(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app, apart=True)
    draw(page, THREE)
    held: list[Route] = []

    def hold(route: Route) -> None:
        """All but the first, of the moment that is looked at."""
        held.append(route)
        if len(held) == 1:
            route.continue_()

    page.route("**/demo/weights/*", hold)
    page.locator("#tab-draw .learning input").press("Home")
    picture = page.locator("#tab-draw .course canvas")
    expect(page.locator("#tab-draw .course")).to_be_visible()
    page.wait_for_timeout(500)
    expect(picture).to_be_hidden()
    assert len(held) > 1
    for route in held[1:]:
        route.continue_()
    page.unroute_all()
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("aria-label", re.compile(r"\d"))


def test_play_ends_when_the_visitor_takes_the_slider(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    slider = page.locator("#tab-draw .learning input")
    page.locator("#tab-draw .learning .play").click()
    expect(page.locator("body.playing")).to_have_count(1)
    page.wait_for_timeout(1200)
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#tab-draw .learning .play")).to_have_text("Play")
    page.wait_for_timeout(1500)
    expect(slider).to_have_value("0")


def test_what_the_visitor_says_is_learned_at_once_and_forgotten_on_demand(app: App, visit: Visit) -> None:
    page = visit_with_network(visit, app)
    draw(page, THREE)
    expect_digit(page, "3")
    page.get_by_role("button", name="No, it was a …").click()
    page.locator(".correction").get_by_role("button", name="8", exact=True).click()
    expect_digit(page, "8")
    expect(page.locator(".adapted")).to_contain_text("Adapted to you by 1 digit,")
    page.locator("#clear").click()
    draw(page, [[(x + 0.02, 0.95 * y) for x, y in stroke] for stroke in THREE])
    expect_digit(page, "8")
    page.locator(".adapted button").click()
    expect_digit(page, "3")
    expect(page.locator(".adapted")).to_be_hidden()
