"""The page in WebKit, Safari's engine: Debian's MiniBrowser, driven over WebDriver on a screen of its own."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from conftest import App
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.service import Service

from browser.hand import SEVEN

pytestmark = pytest.mark.slow

DRIVER = shutil.which("WebKitWebDriver")
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
SCREEN = shutil.which("Xvfb")
SECONDS = 60  # this engine draws without a graphics card


@pytest.fixture(scope="module")
def webkit() -> Iterator[webdriver.WebKitGTK]:
    if not (DRIVER and BROWSERS and SCREEN):
        pytest.skip("needs WebKitWebDriver, MiniBrowser and Xvfb: Debian's webkit2gtk-driver and xvfb")
    read, write = os.pipe()
    screen = [SCREEN, "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(screen, pass_fds=(write,), stderr=subprocess.DEVNULL) as display:
        os.close(write)
        with os.fdopen(read) as number:
            name = f":{number.readline().strip()}"
        # MiniBrowser's own sandbox needs rights that a container does not give
        env = os.environ | {"DISPLAY": name, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "GDK_BACKEND": "x11"}
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(BROWSERS[-1])
        options.add_argument("--automation")
        browser = webdriver.WebKitGTK(options=options, service=Service(DRIVER, env=env))
        browser.set_window_size(1280, 900)
        try:
            yield browser
        finally:
            browser.quit()
            display.terminate()


def wait(browser: webdriver.WebKitGTK) -> WebDriverWait:
    # what the page draws anew may go between being found and being looked at
    return WebDriverWait(browser, SECONDS, ignored_exceptions=(StaleElementReferenceException,))


def find(browser: webdriver.WebKitGTK, selector: str) -> WebElement:
    return wait(browser).until(
        lambda _: next((n for n in browser.find_elements(By.CSS_SELECTOR, selector) if n.is_displayed()), None)
    )


def draw(browser: webdriver.WebKitGTK, strokes: list) -> None:
    canvas = find(browser, "#sketchpad .pad canvas")
    width, height = canvas.size["width"], canvas.size["height"]
    for stroke in strokes:
        hand = ActionChains(browser, duration=60)
        places = [(round((x - 0.5) * width), round((y - 0.5) * height)) for x, y in stroke]
        hand.move_to_element_with_offset(canvas, *places[0]).click_and_hold()
        for a, b in itertools.pairwise(places):
            for t in (0.25, 0.5, 0.75, 1):
                hand.move_to_element_with_offset(canvas, *(round(p + (q - p) * t) for p, q in zip(a, b, strict=True)))
        hand.release().perform()


def test_a_drawing_is_answered_and_every_tab_shows_its_own(app: App, webkit: webdriver.WebKitGTK) -> None:
    webkit.get(app.url)
    find(webkit, "#sketchpad .pad canvas")
    draw(webkit, SEVEN)
    answer = find(webkit, "#answer")
    wait(webkit).until(lambda _: answer.get_attribute("data-digit") == "7")
    slider = find(webkit, "#tab-draw .learning input")
    slider.send_keys(Keys.HOME)
    wait(webkit).until(lambda _: "has seen nothing yet" in find(webkit, ".verdict").text)
    slider.send_keys(Keys.END)
    wait(webkit).until(lambda _: answer.get_attribute("data-digit") == "7")
    for tab, part in (("training", "#mistakes polyline"), ("network", ".outputs"), ("draw", "#sketchpad canvas")):
        find(webkit, f"#tab-{tab}-button").click()
        find(webkit, part)
    find(webkit, "#language").send_keys("中文")
    wait(webkit).until(lambda _: "手写数字" in find(webkit, ".header h1").text)


def test_the_drawing_is_read_with_the_server_stopped(
    launch: Callable[..., App], ready: tuple[str, ...], webkit: webdriver.WebKitGTK
) -> None:
    app = launch(*ready)
    app.wait_for("Ready: ")
    webkit.get(app.url)
    draw(webkit, [[(0.5, 0.15), (0.5, 0.85)]])
    answer = find(webkit, "#answer")
    wait(webkit).until(lambda _: answer.get_attribute("data-digit") == "1")
    app.stop()
    find(webkit, "#clear").click()
    draw(webkit, SEVEN)
    wait(webkit).until(lambda _: answer.get_attribute("data-digit") == "7")


def test_the_page_as_one_file(app: App, webkit: webdriver.WebKitGTK, tmp_path: Path) -> None:
    path = tmp_path / "digits.html"
    path.write_bytes(httpx.get(f"{app.url}/demo/export/page", timeout=60).content)
    webkit.get(path.as_uri())
    draw(webkit, SEVEN)
    answer = find(webkit, "#answer")
    wait(webkit).until(lambda _: answer.get_attribute("data-digit") == "7")
    find(webkit, "#tab-draw .learning input").send_keys(Keys.HOME)
    wait(webkit).until(lambda _: "has seen nothing yet" in find(webkit, ".verdict").text)
    find(webkit, "#tab-network-button").click()
    find(webkit, "#tab-network .outputs")
