"""The tab "How it works": the visitor's own drawing, test images and mistakes on their way through the network."""

import re

import pytest
from conftest import App
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Held, Visit
from browser.hand import LINE, SEVEN, THREE, draw

pytestmark = pytest.mark.slow

TAB = "#tab-network"
INK = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, v) => (a * 31 + v) % 1000003, 0)"


def open_tab(page: Page) -> None:
    page.locator(f"{TAB}-button").click()
    expect(page.locator(f"{TAB} .outputs .best")).to_have_count(1)


def best(page: Page) -> str:
    return page.locator(f"{TAB} .outputs .best th").inner_text()


def fingerprint(page: Page, layer: str) -> int:
    return page.locator(f"{TAB} [data-layer={layer}] canvas").first.evaluate(INK)


def test_before_anything_is_drawn_it_shows_the_first_training_image(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    expect(page.locator(f"{TAB} .source")).to_contain_text("The first training image")


def test_before_the_first_answer_the_untrained_network_is_shown_and_nothing_moves(held: Held, visit: Visit) -> None:
    page = visit(held.launch(epochs=1).url)
    draw(page, SEVEN)
    page.locator(f"{TAB}-button").click()
    which = page.locator(f"{TAB} .which")
    expect(which).to_contain_text("This network has seen nothing yet")
    counts = page.locator(f"{TAB} [data-count]").all_inner_texts()
    assert counts[:2] == ["320 parameters", "nothing to learn"]
    expect(page.locator(f"{TAB} .outputs .best")).to_have_count(1)
    layers = page.locator(f"{TAB} .layer:not(.input)")
    before = [layer.bounding_box()["height"] for layer in layers.all()]
    held.let(1)
    expect(which).to_contain_text("epoch 1 of 1")
    after = [layer.bounding_box()["height"] for layer in layers.all()]
    assert after == pytest.approx(before, abs=1)


def test_the_drawing_goes_through_all_layers(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    open_tab(page)
    expect(page.locator(f"{TAB} .source")).to_contain_text("Your drawing")
    assert best(page) == "7"
    shapes = ["28 × 28 × 1", "26 × 26 × 32", "13 × 13 × 32", "11 × 11 × 64", "5 × 5 × 64", "1,600", "64", "10"]
    assert page.locator(f"{TAB} .shape").all_inner_texts() == shapes
    counts = page.locator(f"{TAB} [data-count]").all_inner_texts()
    assert [c for c in counts if "parameters" in c] == [f"{n} parameters" for n in ("320", "18,496", "102,464", "650")]
    shares = [float(s.rstrip("%")) for s in page.locator(f"{TAB} .share").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=0.1)
    confidence = float(page.locator("#answer").get_attribute("data-confidence"))
    assert max(shares) == pytest.approx(100 * confidence, abs=0.02)


def test_drawing_in_the_tab_changes_every_layer_and_the_draw_tab(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    open_tab(page)
    layers = ("convolution_1", "pooling_1", "convolution_2", "pooling_2", "flatten", "dense")
    before = [fingerprint(page, layer) for layer in layers]
    page.locator("#network-clear").click()
    draw(page, THREE, TAB)
    expect(page.locator(f"{TAB} .outputs .best th")).to_have_text("3")
    after = [fingerprint(page, layer) for layer in layers]
    assert all(a != b for a, b in zip(before, after, strict=True))
    page.locator("#tab-draw-button").click()
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")


def test_a_map_can_be_chosen_by_pointing_and_by_keys(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    open_tab(page)
    layer = page.locator(f"{TAB} [data-layer=convolution_2]")
    sheet = layer.locator(".sheet")
    kernel = layer.locator(".kernel canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    before = layer.locator(".caption").inner_text()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    expect(layer.locator(".caption")).to_contain_text("Map 1 of 64")
    page.mouse.move(box["x"] - 50, box["y"])  # pointing only shows it
    expect(layer.locator(".caption")).to_have_text(before)
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    page.mouse.move(box["x"] - 50, box["y"])  # a click pins it
    expect(layer.locator(".caption")).to_contain_text("Map 1 of 64")
    first = kernel.evaluate(INK)
    sheet.focus()
    page.keyboard.press("ArrowRight")
    expect(sheet).to_have_attribute("aria-valuenow", "2")
    expect(layer.locator(".caption")).to_contain_text("Map 2 of 64")
    assert kernel.evaluate(INK) != first
    page.keyboard.press("End")
    expect(sheet).to_have_attribute("aria-valuenow", "64")


def test_what_is_no_digit_gets_none_here_either(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    dot = [[(0.5, 0.9), (0.5, 0.9)], [(0.1, 0.1), (0.9, 0.1)], [(0.1, 0.9), (0.9, 0.9)], [(0.1, 0.1), (0.1, 0.9)]]
    draw(page, [*dot, [(0.9, 0.1), (0.9, 0.9)], [(0.1, 0.5), (0.9, 0.5)]], TAB)
    guess = page.locator(f"{TAB} .guess")
    limit = float(guess.get_attribute("data-no-digit") or "")
    expect(page.locator(f"{TAB} .guesses li").first).to_contain_text("%")
    sure = float(page.locator("#answer").get_attribute("data-confidence") or "")
    expect(guess).to_have_text("?" if sure < limit else re.compile(r"\d"))


def test_a_test_image_by_number_at_random_and_a_mistake(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    source = page.locator(f"{TAB} .source")
    page.locator("#test-image input").fill("17")
    page.locator("#test-image [name=show]").click()
    expect(source).to_contain_text(re.compile(r"Test image 17, a handwritten \d"))
    page.locator("#test-image [name=random]").click()
    expect(source).not_to_contain_text("Test image 17,")
    before = source.inner_text()  # which may be of a mistake too
    page.locator("#test-image [name=wrong]").click()
    expect(source).not_to_have_text(before)
    wrong = page.locator(f"{TAB} .outputs tr.right:not(.best)")
    expect(wrong).to_have_count(1)
    label = wrong.locator("th").inner_text()
    assert wrong.locator("th").evaluate("n => getComputedStyle(n, '::before').content") == '"written"'
    answer = best(page)
    expect(source).to_contain_text(f"a handwritten {label}, read as {answer}")
    draw(page, LINE, TAB)
    expect(source).to_contain_text("Your drawing")
    expect(page.locator(f"{TAB} .outputs .best th")).to_have_text("1")


def test_a_number_that_is_no_test_images_is_refused_in_the_pages_language(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    page.locator("#language").select_option("zh")
    expect(page.locator("#tab-draw-button")).to_have_text("手写")  # its words have come
    field = page.locator("#test-image input")
    field.fill("10000")
    page.locator("#test-image [name=show]").click()
    assert field.evaluate("e => e.validationMessage") == "请输入 0 到 9,999 之间的整数。"
    field.fill("9999")
    page.locator("#test-image [name=show]").click()
    expect(page.locator(f"{TAB} .source")).to_contain_text("9,999")


def test_the_kernels_numbers_are_written_on_it(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    layer = page.locator(f"{TAB} [data-layer=convolution_1]")
    numbers = [float(n) for n in layer.locator(".weights span").all_inner_texts()]
    assert len(numbers) == 9
    colours = layer.locator(".kernel canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 3, 3).data].reduce((a, v, i) => (a[i >> 2].push(v), a), "
        "Array.from({length: 9}, () => []))"
    )
    for number, (red, _, blue, _) in zip(numbers, colours, strict=True):
        if abs(number) > 0.1:
            assert (blue > red) == (number > 0), (number, red, blue)


def test_a_cell_of_the_first_convolution_is_written_out(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    open_tab(page)
    layer = page.locator(f"{TAB} [data-layer=convolution_1]")
    cell = layer.locator(".map")
    cell.focus()
    page.keyboard.press("ArrowDown")
    terms = [term.split("\n") for term in layer.locator(".terms span").all_inner_texts()]
    assert len(terms) == 9
    for term, product in terms:
        pixel, weight = map(float, term.split(" × "))
        assert float(product) == pytest.approx(pixel * weight, abs=0.011)
    row, column, total, bias, result = map(float, re.findall(r"-?\d+(?:\.\d+)?", cell.get_attribute("aria-valuetext")))
    assert total == pytest.approx(sum(float(product) for _, product in terms), abs=0.05)
    assert result == pytest.approx(max(total + bias, 0), abs=0.011)
    assert int(cell.get_attribute("aria-valuenow")) == (row - 1) * 26 + column
    expect(page.locator(f"{TAB} .seen .cell")).to_be_visible()


def test_pad_and_answer_stay_in_sight(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    open_tab(page)
    page.locator(f"{TAB} .outputs").scroll_into_view_if_needed()
    for part in (".pad canvas", ".seen canvas", ".guess", ".guesses"):
        expect(page.locator(f"{TAB} .looking {part}")).to_be_in_viewport()
    draw(page, THREE, TAB)
    expect(page.locator(f"{TAB} .guess")).to_be_visible()


def test_from_a_mistake_to_its_layers(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    gallery = page.locator(".gallery .tile")
    expect(gallery.first).to_be_visible()
    table = [int(n.replace(",", "")) for n in page.locator("#confusion button").all_inner_texts()]
    assert sum(table) == 10_000
    page.locator("#confusion button.wrong").first.click()
    expect(page.locator(".gallery-title")).to_contain_text("read as")
    expect(page.locator("#confusion [aria-pressed=true]")).to_have_count(1)
    label, answer = re.fullmatch(r"(\d) → (\d)\n\d+\.\d%", gallery.first.inner_text()).groups()
    gallery.first.click()
    expect(page.locator(f"{TAB}-button")).to_be_focused()
    expect(page.locator(f"{TAB} .source")).to_contain_text(f"a handwritten {label}")
    expect(page.locator(f"{TAB} .outputs .best th")).to_have_text(answer)


def test_the_numbers_of_a_training_image(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    tile = page.locator(".samples .tile").nth(2)
    tile.click()
    cells = [int(c) for c in page.locator(".numbers .sheet span").all_inner_texts()]
    assert len(cells) == 784
    image = tile.locator("canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((v, i) => i % 4 === 0).map(v => 255 - v)"
    )
    assert cells == image
    tile.click()
    expect(page.locator(".numbers")).to_be_hidden()


def test_on_a_phone(app: App, visit: Visit) -> None:
    page = visit(app.url, **PHONE)
    open_tab(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    sheet = page.locator(f"{TAB} [data-layer=pooling_1] .sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)
    expect(sheet).to_have_attribute("aria-valuenow", "32")


def test_a_convolution_and_its_pooling_show_the_same_map(app: App, visit: Visit) -> None:
    page = visit(app.url)
    open_tab(page)
    convolution, pooling = (page.locator(f"{TAB} [data-layer={name}_1] .sheet") for name in ("convolution", "pooling"))
    convolution.focus()
    page.keyboard.press("Home")
    expect(pooling).to_have_attribute("aria-valuenow", "1")
    pooling.focus()
    page.keyboard.press("ArrowDown")
    number = pooling.get_attribute("aria-valuenow")
    assert number != "1"
    expect(convolution).to_have_attribute("aria-valuenow", number)
