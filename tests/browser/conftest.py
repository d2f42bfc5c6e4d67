"""One app and one Chromium for all browser tests; every test has a visitor (a browser context) of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import READY, App, copy_of
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Visit = Callable[..., Page]
HEADED = bool(os.environ.get("MNIST_DEMO_TEST_HEADED"))  # to watch the tests at work
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file of tests: as long as Playwright's event loop runs, no other can, and other files have theirs."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=FLAGS, headless=not HEADED, slow_mo=100 if HEADED else 0
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def cache(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(trained_cache, tmp_path_factory.mktemp("browser") / "cache")


@pytest.fixture(scope="session")
def app(cache: Path) -> Iterator[App]:
    """The app with a network that has read tens of thousands of generated digits."""
    running = App("--host", "127.0.0.1", "--cache", str(cache), *READY)
    running.wait_for(r"Ready: ")
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open the page as a new visitor. Whatever the page throws or asks of another server fails the test."""
    contexts, troubles = [], []

    def open_page(url: str, **options: object) -> Page:
        context = browser.new_context(**{**DESKTOP, "locale": "en-US", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: troubles.append(said.text) if "js_on_load" in said.text else None)
        page.on("pageerror", lambda error: troubles.append(f"thrown: {error}"))
        page.on("request", lambda request: _check(request.url, url, troubles))
        page.goto(url)
        expect(page.locator("#sketchpad canvas")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, troubles


def settled(page: Page) -> None:
    """Wait until what has been changed in the page is laid out and painted."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _check(asked: str, url: str, troubles: list[str]) -> None:
    if not asked.startswith((url, "data:", "blob:")):
        troubles.append(f"asked of another server: {asked}")
