"""Pens, palms, keyboards and pictures of every kind."""

import base64
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import Visit
from browser.hand import LINE, SEVEN, draw

pytestmark = pytest.mark.slow

POINTER = """(node, [kind, id, type, points]) => {
  const box = node.getBoundingClientRect();
  const at = ([x, y]) => ({ clientX: box.x + x * box.width, clientY: box.y + y * box.height });
  const about = { bubbles: true, cancelable: true, pointerId: id, pointerType: type, isPrimary: true };
  const send = (name, place) => node.dispatchEvent(new PointerEvent(name, { ...about, ...at(place) }));
  node.setPointerCapture = () => {};
  if (kind !== "end" && kind !== "cancel") send("pointerdown", points[0]);
  for (const point of points.slice(1)) send("pointermove", point);
  if (kind === "stroke" || kind === "end") send("pointerup", points.at(-1));
  if (kind === "cancel") send("pointercancel", points.at(-1));
}"""


def pointer(page: Page, kind: str, number: int, device: str, points: list[tuple[float, float]]) -> None:
    """A stroke of a pointer, or only its beginning, or its end."""
    page.locator("#sketchpad .pad canvas").evaluate(POINTER, [kind, number, device, points])


def expect_digit(page: Page, digit: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-digit", digit)


def test_a_pen_takes_over_from_the_palm(app: App, visit: Visit) -> None:
    page = visit(app.url)
    pointer(page, "begin", 5, "touch", [(0.9, 0.95), (0.1, 0.9)])
    for number, stroke in enumerate(SEVEN):
        pointer(page, "stroke", 20 + number, "pen", stroke)
    expect_digit(page, "7")
    page.locator("#undo").click()
    page.locator("#undo").click()
    expect_digit(page, "")  # the palm's stroke is nowhere


def test_a_stroke_that_the_system_cancels_is_gone(app: App, visit: Visit) -> None:
    page = visit(app.url)
    pointer(page, "stroke", 3, "touch", LINE[0])
    expect_digit(page, "1")
    pointer(page, "begin", 4, "touch", [(0.1, 0.5), (0.9, 0.5)])
    pointer(page, "cancel", 4, "touch", [(0.9, 0.5)])
    expect_digit(page, "1")
    page.locator("#undo").click()
    expect_digit(page, "")


def test_a_click_draws_the_dot_that_is_answered(app: App, visit: Visit) -> None:
    page = visit(app.url)
    pointer(page, "stroke", 3, "mouse", [(0.5, 0.5)])
    ink = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3]"
    assert page.locator("#sketchpad .pad canvas").evaluate(ink) == 255


def test_a_digit_that_leaves_the_pad_keeps_its_form(app: App, visit: Visit) -> None:
    page = visit(app.url)
    beyond = [[(x * 1.2 + 0.3, y) for x, y in stroke] for stroke in SEVEN]
    for number, stroke in enumerate(beyond):
        pointer(page, "stroke", number + 2, "mouse", stroke)
    expect_digit(page, "7")


def test_keys_of_a_cyrillic_keyboard(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, LINE)
    expect_digit(page, "1")
    key = "{bubbles: true, ctrlKey: true, key: 'я', code: 'KeyZ'}"
    page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {key}))")
    expect_digit(page, "")


def test_keys_do_nothing_under_a_drawer(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, LINE)
    expect_digit(page, "1")
    cover = (
        "document.body.insertAdjacentHTML('beforeend', '<div style=\"position:fixed;inset:0;z-index:99999\"></div>')"
    )
    page.evaluate(cover)
    page.keyboard.press("Escape")
    expect_digit(page, "1")


DROP = """([data, type]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "picture", { type }));
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""
PASTE = DROP.replace('new DragEvent("drop"', 'new ClipboardEvent("paste"').replace("dataTransfer", "clipboardData")


def test_a_picture_dropped_or_pasted_anywhere(app: App, visit: Visit) -> None:
    page = visit(app.url)
    picture = Path(__file__).parents[2] / "assets/examples/0-7-crossed.webp"
    for way in (DROP, PASTE):
        page.evaluate(way, [base64.b64encode(picture.read_bytes()).decode(), "image/webp"])
        expect_digit(page, "7")
        page.locator("#clear").click()
        expect_digit(page, "")


def test_a_picture_that_only_the_browser_can_decode(app: App, visit: Visit) -> None:
    page = visit(app.url)
    svg = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">
      <rect width="200" height="200" fill="#fff"/>
      <path d="M50 40H150L90 170" fill="none" stroke="#000" stroke-width="12"/></svg>"""
    page.evaluate(DROP, [base64.b64encode(svg.encode()).decode(), "image/svg+xml"])
    expect_digit(page, "7")


def test_a_picture_too_large_leaves_the_answer(app: App, visit: Visit, tmp_path: Path) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    expect_digit(page, "7")
    large = tmp_path / "large.png"
    large.write_bytes(bytes(20_000_001))
    page.locator("#picture").set_input_files(large)
    expect(page.locator("#answer .trouble")).to_contain_text("larger than 20 MB")
    expect_digit(page, "7")


def test_bars_can_be_seen_in_forced_colours_and_in_print(app: App, visit: Visit) -> None:
    page = visit(app.url, apart=True)
    draw(page, SEVEN)
    expect_digit(page, "7")
    fill, track = "#answer .bar.best .fill", "#answer .bar.best .track"
    for media in ({"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}):
        page.emulate_media(**media)
        colours = [page.locator(part).evaluate("n => getComputedStyle(n).backgroundColor") for part in (fill, track)]
        assert colours[0] != colours[1], media
    assert page.locator(fill).evaluate("n => getComputedStyle(n).printColorAdjust") == "exact"


def test_a_dark_page_is_dark_ink_on_paper_and_whole(app: App, visit: Visit) -> None:
    page = visit(app.url, apart=True, color_scheme="dark")
    draw(page, LINE)
    expect_digit(page, "1")
    canvas = page.locator("#sketchpad .pad canvas")
    ink = "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    assert canvas.evaluate(ink) > 200
    page.emulate_media(media="print")
    page.wait_for_timeout(500)
    assert canvas.evaluate(ink) < 50
    page.locator("#tab-network-button").dispatch_event("click")
    # what is clipped would lose its end, as the breaks between sheets make it longer
    expect(page.locator(".gradio-container").first).to_have_css("overflow", "visible")
