"""The page in Firefox as the system has it, driven over WebDriver BiDi."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import App
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser.conftest import DESKTOP, HEADED
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def firefox() -> Iterator[Browser]:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("needs Firefox: Debian's firefox-esr")
    with sync_playwright() as playwright:
        running = playwright.firefox.launch(channel="moz-firefox", executable_path=path, headless=not HEADED)
        yield running
        running.close()


@pytest.fixture
def page(firefox: Browser) -> Iterator[Page]:
    """A page that must not throw."""
    thrown: list[str] = []
    context = firefox.new_context(**DESKTOP)
    page = context.new_page()
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert not thrown


def reads_a_seven_and_looks_back(page: Page) -> None:
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")
    slider = page.locator("#tab-draw .learning input")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".verdict")).to_contain_text("has seen nothing yet")
    page.keyboard.press("End")
    expect(page.locator("#answer")).to_have_attribute("data-digit", "7")


def test_a_drawing_is_answered_and_every_tab_shows_its_own(app: App, page: Page) -> None:
    page.goto(app.url)
    expect(page.locator("#sketchpad canvas")).to_be_visible()
    reads_a_seven_and_looks_back(page)
    for tab, part in (("training", "#mistakes polyline"), ("network", ".outputs .best"), ("class", ".steps")):
        page.locator(f"#tab-{tab}-button").click()
        expect(page.locator(f"#tab-{tab} {part}").first).to_be_visible()


def test_the_page_as_one_file(app: App, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "digits.html"
    path.write_bytes(httpx.get(f"{app.url}/demo/export/page", timeout=60).content)
    page.goto(path.as_uri())
    reads_a_seven_and_looks_back(page)
