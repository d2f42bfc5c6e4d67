"""What a teacher does with the page: present it, walk through the lesson, print it, share a drawing."""

import io
import re

import pytest
from conftest import App
from PIL import Image
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow

SMALL = """() => {
  const shown = [...document.querySelectorAll(".presenting *")].filter((node) => node.checkVisibility()
    && !node.closest(".visually-hidden") && [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()));
  return shown.filter((node) => parseFloat(getComputedStyle(node).fontSize) < 0.022 * innerHeight)
    .map((node) => `${node.className} ${node.textContent}`);
}"""

FAINT = """() => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((v) => ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (colour) => rgb(colour).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return /, 0\\)$|transparent/.test(colour) ? behind(node.parentElement) : colour;
  };
  const words = ".presenting .digit, .presenting .verdict, .presenting .bar span, .presenting .button:enabled";
  return [...document.querySelectorAll(words)].filter((node) => node.textContent.trim()).filter((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 7;
  }).map((node) => node.className);
}"""


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_presentation_can_be_read_from_the_last_row(app: App, visit: Visit, color_scheme: str) -> None:
    page = visit(app.url, color_scheme=color_scheme)
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    for width, height in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.keyboard.press("p")
        expect(page.locator(".presenting")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate(SMALL) == []
        assert page.evaluate(FAINT) == []
        for part in ("#sketchpad canvas", "#clear", "#answer .digit", "#answer .bar:last-child"):
            box = page.locator(part).bounding_box()
            assert box["x"] + box["width"] <= width, part
            assert box["y"] + box["height"] <= height, part
        for _ in range(8):  # what lies under it is not to be reached
            page.keyboard.press("Tab")
            assert page.evaluate("!document.activeElement.closest('.header, [role=tablist], footer')")
        page.keyboard.press("Escape")
        expect(page.locator(".presenting")).to_have_count(0)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")  # Escape has cleared nothing


def test_the_presentation_follows_quick_presses(app: App, visit: Visit) -> None:
    """Its full screen begins and ends later than the presses, and must not end the next presentation."""
    page = visit(app.url)
    for keys, presenting in {"pEp": 1, "E": 0, "pE": 0, "pEpEp": 1}.items():
        for key in keys:
            page.keyboard.press({"E": "Escape"}.get(key, key))
        page.wait_for_timeout(500)
        expect(page.locator(".presenting")).to_have_count(presenting)
        # where the last one has not ended in time there may be none, and the page fills the window
        if not presenting:
            page.wait_for_function("!document.fullscreenElement")


def test_six_steps_each_with_something_to_do_and_a_question(app: App, visit: Visit) -> None:
    page = visit(app.url, reduced_motion="reduce")  # nothing glides away from under a click
    page.locator("#lesson").click()
    panel = page.locator(".lesson")
    seen = set()
    for step in range(1, 7):
        expect(panel.locator("h2")).to_contain_text(f"Step {step} of 6")
        expect(page.locator(".lesson-target")).to_be_visible()
        if step == 4:  # where one draws there is to be seen, below the step
            page.wait_for_timeout(1000)
            boxes = [page.locator(part).bounding_box() for part in (".lesson", ".looking")]
            assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
        seen |= {panel.locator(".do").inner_text(), panel.locator(".question").inner_text()}
        panel.locator("[name=next]").click()
    assert len(seen) == 12
    expect(panel).to_be_hidden()
    expect(page.locator("#lesson")).to_be_focused()


def test_the_worksheet_is_one_page(app: App, visit: Visit) -> None:
    for locale in ("en-US", "zh-CN"):
        page = visit(app.url, apart=True, locale=locale)
        page.evaluate("document.documentElement.classList.add('prints-worksheet')")
        page.emulate_media(media="print")
        expect(page.locator(".worksheet section")).to_have_count(6)
        expect(page.locator(".worksheet section").last).to_be_visible()
        sheet = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "14mm"))
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1


def test_the_answer_as_a_picture(app: App, visit: Visit) -> None:
    page = visit(app.url)
    expect(page.locator("#save-picture")).to_be_disabled()
    draw(page, SEVEN)
    expect(page.locator("#save-picture")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#save-picture").click()
    assert download.value.suggested_filename == "digit-7-answer.png"
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.size == (1200, 630)
    assert len(set(picture.convert("L").getdata())) > 20


def words(page: Page) -> str:
    return page.locator("#answer .verdict").inner_text()


def test_what_is_no_digit_gets_none(app: App, visit: Visit) -> None:
    page = visit(app.url)
    limit, unsure = (float(page.locator("#answer").get_attribute(f"data-{name}")) for name in ("no-digit", "unsure"))
    assert 0 < limit < unsure < 0.9
    draw(page, [[(0.2, 0.2), (0.8, 0.3), (0.3, 0.5), (0.7, 0.7), (0.4, 0.8), (0.6, 0.2), (0.2, 0.7), (0.8, 0.8)]])
    expect(page.locator("#answer")).not_to_have_attribute("data-confidence", "")
    confidence = float(page.locator("#answer").get_attribute("data-confidence"))
    large = page.locator("#answer .digit span")
    asked = page.locator(".correction .quiet").first
    expect(asked).to_have_text("Is that right?" if confidence >= unsure else "What was it?")
    if confidence < limit:
        expect(large).to_have_count(0)
        assert "doesn't look like one digit" in words(page)
    elif confidence < unsure:
        expect(large).to_have_count(2)
    else:
        assert words(page).startswith("Looks like" if confidence < 0.9 else "It is")
