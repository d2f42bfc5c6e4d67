"""The section "Why?" of the tab "How it works"."""

import httpx
import pytest
from conftest import App
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.hand import SEVEN, THREE, draw

pytestmark = pytest.mark.slow


def test_it_shows_images_alike_and_what_counts_until_something_else_is_drawn(app: App, visit: Visit) -> None:
    page = visit(app.url)
    draw(page, SEVEN)
    page.locator("#tab-network-button").click()
    reasons = page.locator("#why")
    expect(page.locator("#tab-network .outputs .best th")).to_have_text("7")
    reasons.get_by_role("button").click()
    expect(reasons.locator(".row canvas")).to_have_count(5, timeout=60_000)
    labels = reasons.locator(".row span").all_inner_texts()
    assert labels.count("7") >= 3, labels
    expect(reasons.locator(".counts figcaption")).to_contain_text("less of a 7")
    coloured = reasons.locator(".counts canvas").evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, 28, 28).data.buffer)).size"
    )
    assert coloured > 30
    page.locator("#network-clear").click()
    draw(page, THREE, "#tab-network")
    expect(reasons.locator(".counts")).to_be_hidden()


def test_nothing_and_nonsense_are_refused_in_a_sentence(app: App) -> None:
    for asked in ({}, {"image": 7}, {"image": "AAAA"}, {"image": "A" * 1044 + "AA=="}):
        reply = httpx.post(f"{app.url}/demo/why", json=asked)
        assert reply.status_code == 400
        assert reply.json()["sentence"]["key"]
