"""Another recipe beside the present network, in a real browser: trained, compared, asked, deleted."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from conftest import App
from playwright.sync_api import expect

from browser.conftest import DESKTOP, PHONE, Visit
from browser.hand import SEVEN, draw
from browser.test_accessibility import serious
from mnist_demo.training.recipe import GENERATED

pytestmark = pytest.mark.slow

SECONDS = 120_000  # in ms; of a small training on a computer that is busy


def test_a_run_from_its_recipe_to_its_end(
    training_here: Callable[..., App], ready: tuple[str, ...], visit: Visit
) -> None:
    url = training_here(*ready).url
    page = visit(url, **DESKTOP)
    card = page.locator(".demo.runs")
    page.locator("#tab-training-button").click()
    expect(card.locator("[name=epochs]")).to_have_value(str(GENERATED.epochs))
    card.get_by_role("button", name="The lesson's way").click()
    expect(card.locator("[name=recipe]")).to_have_value("lesson")
    expect(card.locator("[name=epochs]")).to_have_value("10")
    expect(card.locator(".outcome")).not_to_be_empty()
    card.locator("[name=images]").fill("50")
    card.locator("[name=images]").blur()
    assert card.locator("[name=images]").evaluate("field => field.validationMessage").startswith("Enter 0 or a whole")
    expect(card.locator("[name=name]")).to_have_value("The lesson's way, changed")
    for name, value in {"images": "1000", "epochs": "1", "name": "=A formula"}.items():
        card.locator(f"[name={name}]").fill(value)
    card.locator("#try .primary").click()
    expect(card.locator(".reply")).to_contain_text("begin with a letter or digit")
    card.locator("[name=name]").fill("Our own")
    card.locator("#try .primary").click()

    # while B is trained, A answers
    expect(card.locator(".going")).to_contain_text("“Our own” is being trained")
    page.locator("#tab-draw-button").click()
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    expect(page.locator("#answer .run-b")).to_be_hidden()
    page.locator("#tab-training-button").click()
    expect(card.locator(".list")).to_contain_text(re.compile(r"Our own: [\d.]+% of the test images"), timeout=SECONDS)

    expect(card.locator(".reply")).to_contain_text("“Our own” has ended")

    # compared
    card.get_by_role("button", name="Compare with Our own").click()
    expect(card.locator(".comparison h2")).to_have_text("A: the present network. B: Our own")
    expect(card.locator("svg.curves polyline")).to_have_count(4)
    expect(card.locator(".difference tbody tr")).to_have_count(10)
    cells = filter(None, card.locator(".difference td").all_inner_texts())
    changes = [int(cell.replace("·", "0").replace("−", "-")) for cell in cells]
    assert sum(changes) == 0, "what is read otherwise is read as something"
    expect(card.locator(".gallery-a .tile").first).to_be_visible()
    expect(card.locator(".facts")).to_contain_text("As in the lesson")
    card.locator(".axis").select_option("seconds")
    expect(card.locator("svg.curves text").last).to_have_text("seconds")
    with page.expect_download() as download:
        card.get_by_text("Both histories as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [row["run"] for row in rows] == ["usual"] * 3 + ["Our own"]
    assert serious(page) == []

    # both answer the same drawing, and the same drawing otherwise
    page.locator("#tab-draw-button").click()
    line = page.locator("#answer .run-b")
    expect(line).to_contain_text("B, Our own, reads a")
    learned = line.inner_text()
    slider = page.locator("#tab-draw .learning input")
    slider.press("Home")  # back to before both had seen anything
    expect(page.locator("#answer .verdict")).to_contain_text("has seen nothing yet")
    expect(line).not_to_have_text(learned)
    slider.press("End")
    expect(line).to_have_text(learned)
    page.locator(".shrunk summary").click()
    for figure in page.locator(".shrunk figure").all():
        expect(figure.locator("li")).to_have_count(2)
    expect(page.locator(".shrunk figure").last.locator("li").first).to_have_attribute("data-digit", "7")
    assert serious(page) == []

    # it is there for others and gone for good when deleted
    other = visit(url, **PHONE, locale="zh-CN")
    other.locator("#tab-training-button").click()
    expect(other.locator(".demo.runs .list li")).to_have_count(1)
    other.locator(".demo.runs .list button").first.click()
    expect(other.locator(".difference tbody tr")).to_have_count(10)
    assert other.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    assert serious(other) == []
    page.locator("#tab-training-button").click()
    card.get_by_role("button", name="Delete Our own").click()
    card.get_by_role("button", name="Delete it for good?").click()
    expect(card.locator(".list li")).to_have_count(0)
    expect(card.locator(".comparison")).to_be_hidden()
    page.locator("#tab-draw-button").click()
    expect(page.locator("#answer .run-b")).to_be_hidden()
