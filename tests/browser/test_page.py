"""The page as its visitors use it: in a real Chromium, with mouse, finger and keyboard."""

import itertools
import re
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, PHONE, Visit, settled
from browser.hand import LINE, SEVEN, THREE, draw, pad, touch

pytestmark = pytest.mark.slow


def expect_digit(page: Page, digit: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-digit", digit)


def test_drawing_with_the_mouse(app: App, visit: Visit) -> None:
    page = visit(app.url, **DESKTOP)
    for strokes, digit in ((THREE, "3"), (SEVEN, "7")):
        expect_digit(page, "")
        expect(page.get_by_text("Draw a digit, 0 to 9")).to_be_visible()
        draw(page, strokes)
        expect_digit(page, digit)
        expect(page.locator("#answer .digit")).to_have_text(digit)
        expect(page.locator("#answer .bar.best")).to_have_count(1)
        assert 0.3 < float(page.locator("#answer").get_attribute("data-confidence")) <= 1
        lit = "c => c.getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 == 0 && v > 128).length"
        assert 40 < page.locator("#answer .seen canvas").evaluate(lit) < 300
        for part in ("#sketchpad canvas", "#answer .digit", "#answer .bars", "#clear"):  # nothing needs scrolling
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        page.locator("#clear").click()


@pytest.mark.parametrize(("strokes", "digit"), [(THREE, "3"), (SEVEN, "7")])
def test_drawing_with_a_finger_on_a_phone(app: App, visit: Visit, strokes: list, digit: str) -> None:
    page = visit(app.url, **PHONE)
    touch(page, strokes)
    expect_digit(page, digit)
    assert page.evaluate("scrollY") == 0, "drawing scrolled the page"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("#answer .digit")).to_be_in_viewport()
    for _ in range(4):  # a quick tap after a stroke
        box = page.locator("#clear").bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect_digit(page, "")
        touch(page, strokes)
    page.locator("#tab-training-button").click()
    expect(page.locator(".samples .tile")).to_have_count(20)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_answer_comes_while_the_pen_moves(app: App, visit: Visit) -> None:
    page = visit(app.url)
    box = pad(page).bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=12)
    expect_digit(page, "1")
    anchor = "getComputedStyle(document.documentElement).overflowAnchor"
    assert page.evaluate(anchor) == "none", "the browser may move the pad under the pen when the page grows"
    page.mouse.up()
    assert page.evaluate(anchor) == "auto"


def test_the_pad_stays_where_it_is_while_answers_come(app: App, visit: Visit) -> None:
    page = visit(app.url)
    before = pad(page).bounding_box()
    draw(page, SEVEN)
    expect_digit(page, "7")
    assert pad(page).bounding_box() == before


def test_undo_redo_clear_and_keys(app: App, visit: Visit) -> None:
    page = visit(app.url)
    expect(page.locator("#undo")).to_be_disabled()
    draw(page, LINE)
    expect_digit(page, "1")
    page.locator("#clear").click()
    expect_digit(page, "")
    expect(page.locator("#clear")).to_be_disabled()
    page.keyboard.press("Delete")  # on a blank pad it does nothing, and leaves nothing to undo
    page.locator("#undo").click()
    expect_digit(page, "1")
    page.locator("#undo").click()
    expect_digit(page, "")
    page.locator("#redo").click()
    expect_digit(page, "1")
    page.keyboard.press("Control+z")
    expect_digit(page, "")
    page.keyboard.press("Control+y")
    expect_digit(page, "1")
    page.keyboard.press("Delete")
    expect_digit(page, "")
    expect(page.get_by_text("Draw a digit, 0 to 9")).to_be_visible()


def test_an_answer_that_comes_late_does_not_fill_a_blank_pad(app: App, visit: Visit) -> None:
    page = visit(app.url)

    def slowly(route: object) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route(re.compile("/demo/(?!static)"), slowly)
    draw(page, LINE)
    page.locator("#clear").click()
    page.wait_for_timeout(1500)
    expect_digit(page, "")


# what the page waits for without an answer ends in a fifth of the time
HURRY = "const usual = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => usual(ms / 5);"


@pytest.mark.parametrize("fault", ["refused", "lost on its way"])
def test_no_server(app: App, visit: Visit, fault: str) -> None:
    page = visit(app.url, apart=True)
    page.route(re.compile("/demo/(?!static)"), lambda route: route.abort() if fault == "refused" else None)
    page.add_init_script(HURRY)
    page.reload()  # the network has not come to this page
    expect(page.get_by_text("The server can't be reached").first).to_be_visible()  # its scripts have
    draw(page, LINE)
    expect(page.locator("#answer .trouble")).to_contain_text("The server can't be reached")
    page.unroute(re.compile("/demo/(?!static)"))
    expect_digit(page, "1")  # asked again, without a new stroke
    expect(page.locator("#answer .trouble")).to_be_hidden()


def test_examples_and_an_uploaded_picture(app: App, visit: Visit, tmp_path: Path) -> None:
    page = visit(app.url)
    examples = page.locator(".example")
    assert examples.count() >= 5
    examples.nth(0).click()
    expect_digit(page, "7")
    note = page.locator(".pad-note")
    draw(page, LINE)  # a stroke takes the picture's place
    expect_digit(page, "1")
    expect(note).to_contain_text("Undo brings the picture back")
    page.locator("#undo").click()
    expect_digit(page, "7")
    expect(note).to_be_hidden()
    draw(page, LINE)
    draw(page, LINE)
    expect(note).to_be_hidden()  # it has been said
    bad = tmp_path / "picture.png"
    bad.write_text("no picture")
    page.locator("#picture").set_input_files(bad)
    expect(page.locator("#answer .trouble")).to_contain_text("This picture can't be read")
    expect_digit(page, "1")  # the drawing stays, and its answer


def test_chinese(app: App, visit: Visit) -> None:
    page = visit(app.url, locale="zh-TW")
    expect(page.locator(".header h1")).to_have_text("MNIST 手写数字实时识别")
    expect(page).to_have_title("MNIST 手写数字实时识别")
    expect(page.locator("#tab-training-button")).to_have_text("训练")
    draw(page, LINE)
    expect(page.locator(".verdict")).to_contain_text("1")
    page.locator("#language").select_option("en")
    expect(page.locator("#tab-training-button")).to_have_text("Training")
    page.reload()
    expect(page.locator(".header h1")).to_have_text("MNIST, live")


def test_in_english_it_is_an_8(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    cell = page.locator("#confusion tbody tr").nth(8).locator("td").nth(8).locator("button")
    expect(cell).to_have_attribute("aria-label", re.compile(r"^\d+ images of an 8, read as 8$"))


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_cut_off_on_any_screen(app: App, visit: Visit, locale: str) -> None:
    page = visit(app.url, locale=locale)
    draw(page, SEVEN)
    expect_digit(page, "7")
    for tab in ("draw", "training", "network"):
        page.locator(f"#tab-{tab}-button").click()
        page.wait_for_timeout(300)
        for width in (390, 768, 820, 960, 1024):
            page.set_viewport_size({"width": width, "height": 1000})
            settled(page)
            assert page.evaluate(CUT_OFF) == [], (tab, width)
            if tab == "network":
                parts = ("#network-input .pad", "#network-input .seen", "#test-image")
                boxes = [page.locator(part).bounding_box() for part in parts]
                assert all(box["width"] >= 80 for box in boxes), width
                for a, b in itertools.combinations(boxes, 2):
                    beside = a["x"] + a["width"] <= b["x"] or a["y"] + a["height"] <= b["y"]
                    assert beside, (width, a, b)


CUT_OFF = """() => {
  const shown = [...document.querySelectorAll(".demo .card *, .demo .card, #confusion button")].filter((node) =>
    node.checkVisibility() && !node.closest(".visually-hidden, .numbers, svg"));
  return shown.filter((node) => {
    const box = node.getBoundingClientRect();
    let frame = node.closest(".card");
    if (getComputedStyle(frame).display === "contents") frame = document.body; // a narrow screen takes the card apart
    const card = frame.getBoundingClientRect();
    const outside = box.right > card.right + 1 || box.left < card.left - 1 || card.right > innerWidth;
    return outside || (node.tagName === "BUTTON" && node.scrollWidth > node.clientWidth + 1);
  }).map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`);
}"""


WORDS = """() => {
  const found = new Set();
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[aria-hidden=true]");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (shown(walk.currentNode.parentElement)) found.add(walk.currentNode.data);
  for (const node of document.querySelectorAll("[title], [aria-label], [placeholder]")) {
    if (!shown(node) || !node.closest(".demo")) continue;
    for (const name of ["title", "aria-label", "placeholder"]) found.add(node.getAttribute(name) ?? "");
  }
  return [...found];
}"""


def test_no_english_is_left_when_the_page_is_switched_to_chinese(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, LINE)
    names = "MNIST|TensorFlow|Keras|SavedModel|LiteRT|PNG|CSV|ReLU|Softmax|CPU|GPU|bfloat16|float32"
    names += "|English|Language|Ctrl|Delete|epoch|logits|[ZY]"
    for tab in ("draw", "training", "network"):
        page.locator("#language").select_option("en")
        page.locator(f"#tab-{tab}-button").click()
        page.wait_for_timeout(500)
        page.locator("#language").select_option("zh")
        page.wait_for_timeout(500)
        left = [w for w in page.evaluate(WORDS) if re.search(r"[A-Za-z]{2,}", re.sub(rf"\b({names})\b", "", w))]
        assert left == [], tab
