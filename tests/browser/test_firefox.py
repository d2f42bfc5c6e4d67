"""The page in Firefox as the system has it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bidi import Firefox
from conftest import App

from browser.hand import SEVEN

pytestmark = pytest.mark.slow

HOME, END = "\ue011", "\ue010"
READ = "document.querySelector('#answer').dataset.digit"
SHOWN = "document.querySelector('{}')?.checkVisibility()"


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("needs Firefox: Debian's firefox-esr")
    browser = Firefox(path)
    yield browser
    browser.close()
    assert browser.errors == []


def reads_a_seven_and_looks_back(firefox: Firefox) -> None:
    firefox.wait(SHOWN.format("#sketchpad .pad canvas"))
    firefox.draw(SEVEN)
    firefox.wait(f"{READ} === '7'")
    firefox.run("document.querySelector('#tab-draw .learning input').focus()")
    firefox.press(HOME)
    firefox.wait("document.querySelector('.verdict').textContent.includes('has seen nothing yet')")
    firefox.press(END)
    firefox.wait(f"{READ} === '7'")


def test_a_drawing_is_answered_and_every_tab_shows_its_own(app: App, firefox: Firefox) -> None:
    firefox.open(app.url)
    reads_a_seven_and_looks_back(firefox)
    for tab, part in (("training", "#mistakes polyline"), ("network", ".outputs .best"), ("class", ".steps")):
        firefox.run(f"document.querySelector('#tab-{tab}-button').click()")
        firefox.wait(SHOWN.format(f"#tab-{tab} {part}"))
        assert firefox.run("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_as_one_file(app: App, firefox: Firefox, tmp_path: Path) -> None:
    path = tmp_path / "digits.html"
    path.write_bytes(httpx.get(f"{app.url}/demo/export/page", timeout=60).content)
    firefox.open(path.as_uri())
    reads_a_seven_and_looks_back(firefox)
