"""One app and one Chromium for all browser tests; every test has a visitor who finds nothing of another's."""

import itertools
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import READY, App, copy_of
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing but this computer is there
]
Visit = Callable[..., Page]
HEADED = bool(os.environ.get("MNIST_DEMO_TEST_HEADED"))  # to watch the tests at work
# the first draws no windows, for which the others take half as much time again
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none", "media": "screen"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For this folder's tests: as long as Playwright's event loop runs, no other can, and others have theirs."""
    path = next(filter(None, map(shutil.which, NAMES[HEADED:])), None)
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


class Seat:
    """A page and what it threw or asked of other servers than the one at `url`.

    Opened once for many tests: to load the app again in a page costs a quarter of what the first time does,
    and that a third of all that the browser tests took.
    """

    def __init__(self, browser: Browser, options: dict[str, object]):
        self.url = ""
        self.troubles: list[str] = []
        self.page = page = browser.new_context(**options).new_page()
        page.on("console", lambda said: self.troubles.append(said.text) if "js_on_load" in said.text else None)
        page.on("pageerror", lambda error: self.troubles.append(f"thrown: {error}"))
        page.on("requestfailed", lambda request: self._check(request.url))  # as any to another server

    def _check(self, asked: str) -> None:
        if not asked.startswith((self.url, "data:", "blob:", "about:")):
            self.troubles.append(f"asked of another server: {asked}")

    def clear(self) -> None:
        """Leave nothing of a visit."""
        page = self.page
        page.unroute_all()
        page.context.set_offline(False)
        page.context.clear_cookies()
        # what the page keeps when it is left too
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); Storage.prototype.setItem = () => {}; }")
        page.goto("about:blank")


@pytest.fixture(scope="package")
def seats(browser: Browser) -> Iterator[dict[str, list[Seat]]]:
    """By the kind of browser asked for, those that are free."""
    free: dict[str, list[Seat]] = defaultdict(list)
    yield free
    for seat in itertools.chain(*free.values()):
        seat.page.context.close()


@pytest.fixture
def visit(browser: Browser, seats: dict[str, list[Seat]]) -> Iterator[Visit]:
    """Open the page as a new visitor. Whatever the page throws or asks of another server fails the test. `apart`: in a
    page that no other test gets, as this one leaves traces in it."""
    taken: list[tuple[Seat, list[Seat] | None]] = []  # each with where it is free again

    def open_page(url: str, apart: bool = False, **options: object) -> Page:
        options = {**DESKTOP, **MEDIA, "locale": "en-US", **options}
        viewport, media = options.pop("viewport"), {name: options.pop(name) for name in MEDIA}
        free = None if apart else seats[repr(sorted(options.items()))]
        seat = free.pop() if free else Seat(browser, options)
        taken.append((seat, free))
        seat.url = url
        seat.page.set_viewport_size(viewport)
        seat.page.emulate_media(**media)
        seat.page.goto(url)
        expect(seat.page.locator("#sketchpad canvas")).to_be_visible()
        return seat.page

    yield open_page
    troubles = list(itertools.chain(*(seat.troubles for seat, _ in taken)))
    for seat, free in taken:
        if free is None:
            seat.page.context.close()
            continue
        try:
            seat.clear()
        except Error:  # the test has closed it, or left the app
            seat.page.context.close()
        else:
            free.append(seat)
            seat.troubles.clear()
    assert not troubles, troubles


class Held:
    """The program with networks that learn nothing, whose epochs end when the test lets them."""

    def __init__(self, untrained: Callable[..., App], folder: Path):
        self._untrained, self._cache, self._epochs = untrained, folder / "cache", folder / "epochs"
        self.let(0)

    def let(self, epochs: int) -> None:
        """So many epochs of each training may have ended from now on."""
        self._epochs.write_text(str(epochs), encoding="utf-8")

    def launch(self, epochs: int) -> App:
        arguments = ("--host", "127.0.0.1", "--cache", str(self._cache), "--data", "generated", "--limit", "1000")
        return self._untrained(*arguments, "--epochs", str(epochs), MNIST_DEMO_TEST_EPOCHS=str(self._epochs))


@pytest.fixture
def held(untrained: Callable[..., App], tmp_path: Path) -> Held:
    return Held(untrained, tmp_path)


def settled(page: Page) -> None:
    """Wait until what has been changed in the page is laid out and painted."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
