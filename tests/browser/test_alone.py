"""digits.html: the page as one file, opened from a disk with the network off."""

import re
from pathlib import Path

import httpx
import pytest
from conftest import App
from playwright.sync_api import Browser, expect

from browser.conftest import DESKTOP
from browser.hand import SEVEN, THREE, draw

pytestmark = pytest.mark.slow


def test_the_file_answers_shows_its_learning_and_asks_for_nothing(app: App, browser: Browser, tmp_path: Path) -> None:
    reply = httpx.get(f"{app.url}/demo/export/page", timeout=60)
    assert 'filename="digits.html"' in reply.headers["content-disposition"]
    assert len(reply.content) <= 900_000
    path = tmp_path / "digits.html"
    path.write_bytes(reply.content)

    context = browser.new_context(**DESKTOP, locale="en-US", offline=True)
    page = context.new_page()
    troubles: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    expect(page.locator("#sketchpad canvas")).to_be_visible()

    draw(page, THREE)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "3")
    expect(page.get_by_text("this file asks nobody for anything")).to_be_visible()
    slider = page.locator("#tab-draw .learning input")
    assert int(slider.get_attribute("max") or 0) >= 2
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".verdict")).to_contain_text("has seen nothing yet")
    page.keyboard.press("End")

    page.locator("#tab-network-button").click()
    expect(page.locator("#tab-network .outputs .best th")).to_have_text("3")
    page.locator("#network-clear").click()
    draw(page, SEVEN, "#tab-network")
    expect(page.locator("#tab-network .guess")).to_have_text("7")

    for width in (320, 390, 820):
        page.set_viewport_size({"width": width, "height": 800})
        for tab in ("draw", "network"):
            page.locator(f"#tab-{tab}-button").click()
            assert page.evaluate("document.documentElement.scrollWidth") == width

    page.locator("#language").select_option("zh")
    expect(page.locator("#tab-draw-button")).to_have_text(re.compile("手写|书写"))
    words = page.locator("body").inner_text()
    assert not re.search(r"\b[a-z]+\.[a-z_]+\b", words), "a key without words"
    context.close()
    assert not troubles
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
