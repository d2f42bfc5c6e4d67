"""The Training tab, and a training in front of the visitor that goes as far as the test lets it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import expect

from browser.conftest import Held, Visit
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow


def test_the_training_tab(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    tab = page.locator("#tab-training")
    expect(tab.locator(".phase[role=status]")).to_contain_text("Ready: ")
    # of the untrained network it is known how it reads the test images, but not its loss
    for plot, tested in (("#mistakes", 4), ("#accuracy", 4), ("#loss", 3)):
        expect(tab.locator(f"{plot} circle[r='4']")).to_have_count(3)
        expect(tab.locator(f"{plot} rect[width='8']")).to_have_count(tested)
    expect(tab.locator(".samples .tile")).to_have_count(20)
    tops = {round(box["y"]) for box in (f.bounding_box() for f in tab.locator(".samples .tile").all())}
    assert len(tops) == 2
    assert re.fullmatch(r"\d", tab.locator(".samples .tile").first.inner_text())
    kernels = tab.locator(".strips canvas[role=img]")
    expect(kernels).to_have_count(4)
    expect(kernels.first).to_have_attribute("aria-label", re.compile("before the training"))
    for fact in ("handwriting made by this program", "CPU", "121,930", "%"):
        expect(tab.locator("dl")).to_contain_text(fact)


def test_training_in_front_of_the_visitor(held: Held, visit: Visit) -> None:
    page = visit(held.launch(epochs=3).url)
    draw(page, SEVEN)
    expect(page.locator(".verdict")).to_contain_text("This network has seen nothing yet")
    expect(page.locator(".state")).to_be_visible()
    held.let(1)
    expect(page.locator("#answer")).not_to_have_attribute("data-digit", "")
    expect(page.locator(".state")).to_contain_text("Still learning: 33% done")
    page.locator("#tab-training-button").click()
    expect(page.locator("#retrain [name=ask]")).to_be_disabled()
    held.let(3)
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator("#accuracy circle[r='4']")).to_have_count(3)
    held.let(0)
    page.locator("#retrain input").fill("1")
    page.locator("#retrain [name=ask]").click()
    expect(page.locator("#retrain .sure")).to_contain_text("for everyone")
    page.locator("#retrain [name=yes]").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Training: epoch 1 of 1")
    page.locator("#tab-draw-button").click()
    expect(page.locator(".state")).to_contain_text("the one trained before answers")
    held.let(1)
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator("#accuracy circle[r='4']")).to_have_count(1)


def test_the_curve_of_the_training_before_stays_and_its_network_comes_back(held: Held, visit: Visit) -> None:
    page = visit(held.launch(epochs=3).url)
    held.let(4)
    page.locator("#tab-training-button").click()
    expect(page.locator("#mistakes circle")).to_have_count(3)
    expect(page.locator(".legend .before")).to_be_hidden()
    page.locator("#retrain input").fill("1")
    page.locator("#retrain [name=ask]").click()
    page.locator("#retrain [name=yes]").click()
    expect(page.locator("#mistakes circle")).to_have_count(1)
    expect(page.locator(".legend .before")).to_be_visible()
    ghost = page.locator("#mistakes polyline.ghost")
    points = [float(point.split(",")[0]) for point in (ghost.get_attribute("points") or "").split()]
    assert len(points) == 3
    assert max(points) <= page.locator("#mistakes").evaluate("svg => svg.viewBox.baseVal.width")
    page.locator("#retrain [name=earlier]").click()
    expect(page.locator("#mistakes circle")).to_have_count(3)
    page.locator("#retrain input").fill("20")
    page.locator("#retrain [name=ask]").click()
    page.locator("#retrain [name=yes]").click()
    expect(page.locator("#mistakes circle")).to_have_count(4)
    expect(page.locator(".epochs li")).to_have_count(9)  # some of so many are enough to tell of
    expect(page.locator(".epochs li.newest")).to_contain_text("Epoch 3 of 20")  # the fourth is not among them
    held.let(20)
    expect(page.locator("#mistakes circle")).to_have_count(20)
    expect(page.locator(".epochs li").last).to_contain_text("Epoch 20 of 20")


def test_nothing_moves_while_epochs_end(held: Held, visit: Visit) -> None:
    page = visit(held.launch(epochs=3).url)
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Training: epoch 1 of 3")
    expect(page.locator(".samples .tile")).to_have_count(20)
    places = "() => [...document.querySelectorAll('#tab-training .card')].map((n) => n.getBoundingClientRect().y)"
    before = page.evaluate(places)[:7]
    page.locator("#tab-draw-button").click()
    examples = page.locator(".examples")
    below = examples.bounding_box()["y"]
    expect(page.locator(".state")).to_be_visible()
    held.let(3)
    expect(page.locator(".state")).to_be_hidden()
    assert examples.bounding_box()["y"] == pytest.approx(below, abs=1)
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator(".epochs li.newest")).to_contain_text("Epoch 3 of 3")
    now = [y for y, then in zip(page.evaluate(places)[:7], before, strict=True) if then]  # 0: a card still to come
    assert now == pytest.approx(list(filter(None, before)), abs=1)


def test_no_retrain_button_where_it_is_switched_off(
    app: App, launch: Callable[..., App], visit: Visit, cache: Path
) -> None:
    arguments = ("--host", "127.0.0.1", "--cache", str(cache), "--data", "generated", "--limit", "25000")
    public = launch(*arguments, SPACE_ID="someone/space")
    page = visit(public.url)
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator("#retrain")).to_be_hidden()


def test_without_a_network_the_page_says_so_and_offers_to_try_again(
    untrained: Callable[..., App], visit: Visit, tmp_path: Path
) -> None:
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    free = ("--host", "127.0.0.1", "--cache", str(tmp_path))
    app = untrained(*free, "--limit", "3000", "--epochs", "1", **dead, NO_PROXY="127.0.0.1,localhost")
    page = visit(app.url)
    notice = page.locator("#notices")
    expect(notice).to_contain_text("MNIST could not be downloaded", timeout=60_000)
    expect(notice.get_by_role("button", name="Fetch MNIST and train again")).to_be_visible(timeout=60_000)
    page.locator("#tab-training-button").click()
    expect(page.locator("dl")).to_contain_text("handwriting made by this program")
