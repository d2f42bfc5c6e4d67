"""The tab "Class" in a browser: a pupil's phone, and the teacher's computer."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import READY, TRAINING_HERE, App, copy_of
from playwright.sync_api import Page, Route, expect

from browser.conftest import PHONE, Visit, settled
from browser.hand import SEVEN, THREE, draw
from browser.test_accessibility import STILL, serious

pytestmark = pytest.mark.slow

PUPIL = {"extra_http_headers": {"x-forwarded-for": "192.168.1.23"}}  # as a proxy on this computer would say
PAD = "#class .writing"


@pytest.fixture(scope="module")
def lesson(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app of its own: what a class teaches it would change what other tests see."""
    cache = copy_of(trained_cache, tmp_path_factory.mktemp("lesson") / "cache")
    running = App("--host", "127.0.0.1", "--class", "--cache", str(cache), *READY, program=TRAINING_HERE)
    running.wait_for("Ready: ")
    yield running
    running.stop()


@pytest.fixture
def visit_class(lesson: App, visit: Visit) -> Iterator[Visit]:
    def open_tab(**options: object) -> Page:
        page = visit(lesson.url, **options)
        page.locator("#tab-class-button").click()
        expect(page.locator("#class .steps button").first).to_be_visible()
        return page

    yield open_tab
    httpx.post(f"{lesson.url}/demo/class/remove", json={"writer": "0" * 32, "everything": True}).raise_for_status()


def collect(lesson: App, writers: int, each: int) -> None:
    """Others in the class, who write in a way that nobody else would read: as many dashes below each other."""
    rng = np.random.default_rng(0)
    for place in range(writers):
        writer = {"writer": secrets.token_hex(16), "name": f"N{place}", "group": ""}
        for digit in range(each):
            label = 1 + digit % 4
            dashes = [[[rng.uniform(0, 5), 12 * row], [rng.uniform(50, 60), 12 * row]] for row in range(label + 1)]
            digit_ = writer | {"key": secrets.token_hex(16), "label": label, "strokes": dashes}
            httpx.post(f"{lesson.url}/demo/class/digit", json=digit_).raise_for_status()


def step(page: Page, name: str) -> None:
    page.locator(f"#class .steps [data-step={name}]").click()


def test_a_pupil_writes_on_a_phone_sees_it_read_and_takes_it_back(visit_class: Visit) -> None:
    page = visit_class(**PHONE, **PUPIL)
    steps = page.locator("#class .steps button:visible")
    expect(steps).to_have_count(2)
    expect(page.locator("#class .join")).to_be_hidden()
    page.locator("#class [name=name]").fill("Ada")
    page.locator("#class .begin button").click()
    for number, (width, height) in enumerate([(740, 360), (1366, 625), (390, 664)], 1):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("#class .count")).to_contain_text(f"{number} of 20")
        draw(page, SEVEN, PAD)
        for part in (".ask", "canvas", "[name=done]"):  # all that is needed is in sight
            expect(page.locator(f"#class .writing {part}")).to_be_in_viewport(ratio=1)
        page.locator("#class [name=done]").click()
    page.locator("#class [name=stop]").click()
    expect(page.locator("#class .mine")).to_contain_text("You have given 3 digits")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
    step(page, "test")
    expect(page.locator("#class .gallery button")).to_have_count(3)
    expect(page.locator("#class .writers")).to_be_hidden()
    page.locator("#class .gallery button").first.click()
    page.locator("#class [name=remove]").click()
    expect(page.locator("#class [name=remove]")).to_have_text("Delete it for good?")
    page.locator("#class [name=remove]").click()
    expect(page.locator("#class .gallery button")).to_have_count(2)
    page.reload()
    page.locator("#tab-class-button").click()
    expect(page.locator("#class .mine")).to_contain_text("You have given 2 digits")
    page.locator("#class [name=take-back]").click()
    expect(page.locator("#class [name=take-back]")).to_have_text("Take all of them back for good?")
    page.locator("#class [name=take-back]").click()
    expect(page.locator("#class .mine")).to_contain_text("Taken back")
    expect(page.locator("#class [name=take-back]")).to_be_hidden()


def test_a_digit_that_is_lost_on_its_way_is_sent_again(visit_class: Visit) -> None:
    page = visit_class()
    page.context.set_offline(True)
    page.locator("#class .begin button").click()
    draw(page, THREE, PAD)
    page.locator("#class [name=done]").click()
    expect(page.locator("#class .mine")).to_contain_text("1 waits here")
    page.context.set_offline(False)
    expect(page.locator("#class .mine")).to_contain_text("You have given 1 digit.")


def test_a_digit_whose_answer_is_lost_is_kept_once(lesson: App, visit_class: Visit) -> None:
    page = visit_class()
    lost: list[Route] = []

    def lose(route: Route) -> None:
        route.fetch()  # the server has it
        lost.append(route)
        route.abort()

    page.route("**/demo/class/digit", lose, times=1)
    page.locator("#class .begin button").click()
    draw(page, THREE, PAD)
    page.locator("#class [name=done]").click()
    expect(page.locator("#class .mine")).to_contain_text("1 waits here")
    expect(page.locator("#class .mine")).to_contain_text("You have given 1 digit.", timeout=10_000)
    state = httpx.post(f"{lesson.url}/demo/class/state", json={"writer": "0" * 32}).json()
    assert (len(lost), state["digits"]) == (1, 1)


def test_time_runs_out_and_what_is_drawn_counts(visit_class: Visit) -> None:
    page = visit_class(apart=True)
    page.clock.install()
    page.locator("#class .begin button").click()
    draw(page, SEVEN, PAD)
    expect(page.locator("#class .count")).to_contain_text("1 of 20")
    page.clock.fast_forward(10_000)
    expect(page.locator("#class .count")).to_contain_text("2 of 20")
    page.clock.fast_forward(10_000)
    expect(page.locator("#class .writing")).to_be_hidden()  # nobody writes any more
    expect(page.locator("#class .begin button")).to_have_text("Go on")
    expect(page.locator("#class .mine")).to_contain_text("1 digit.")


def test_the_draw_tab_gives_to_the_class(visit_class: Visit) -> None:
    page = visit_class()
    page.locator("#tab-draw-button").click()
    expect(page.locator("#give form")).to_be_hidden()
    draw(page, SEVEN)
    expect(page.locator("#give button")).to_be_disabled()  # nobody gives a seven as a zero by not looking
    page.locator("#give select").select_option("7")
    page.locator("#give button").click()
    expect(page.locator("#give .reply")).to_contain_text("as 7")


def test_the_teacher_tests_trains_compares_and_keeps(lesson: App, visit_class: Visit) -> None:
    collect(lesson, writers=6, each=20)
    page = visit_class()
    expect(page.locator("#class .steps button:visible")).to_have_count(4)
    expect(page.locator("#class .pin")).to_be_hidden()
    step(page, "test")
    expect(page.locator("#class .writer")).to_have_count(6)
    page.locator("#class .gallery button").first.click()
    page.locator("#class [name=follow]").click()
    expect(page.locator("#tab-network-button")).to_have_attribute("aria-selected", "true")
    page.locator("#tab-class-button").click()

    step(page, "train")
    expect(page.locator("#class .ready")).to_contain_text("80 digits to learn from, 40 for testing only")
    page.locator("#class [name=train]").click()
    expect(page.locator("#class .going")).to_be_visible()
    expect(page.locator("#class .sides")).to_be_visible(timeout=120_000)
    expect(page.locator("#class .sides tr")).to_have_count(3)
    expect(page.locator("#class .changes .tile").first).to_be_visible()
    assert serious(page) == []

    step(page, "keep")
    page.locator("#class [name=taught]").click()
    expect(page.locator("#class .which")).to_contain_text("The class's network answers")
    with page.expect_download() as download:
        page.locator("#class [data-kind=json]").click()
    assert download.value.suggested_filename == "mnist-demo-class.json"
    file = download.value.path()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#class [name=everything]").click()
    expect(page.locator("#class .reply")).to_contain_text("120 digits have been deleted")
    page.locator("#class [type=file]").set_input_files(file)
    expect(page.locator("#class .reply")).to_contain_text("120 digits have been brought in")
    page.locator("#class [name=before]").click()
    expect(page.locator("#class .which")).to_contain_text("The network from before answers")


def test_a_wrong_pin_is_said(visit_class: Visit) -> None:
    page = visit_class(**PUPIL)
    page.locator("#class [name=pin]").fill("12")
    page.locator("#class .pin button").click()
    expect(page.locator("#class .trouble")).to_contain_text("the PIN is wrong")


@pytest.mark.parametrize(
    "options", [PHONE, {"color_scheme": "dark", "locale": "zh-CN"}], ids=["phone", "dark, Chinese"]
)
def test_axe_finds_nothing_serious_in_any_step(lesson: App, visit_class: Visit, options: dict) -> None:
    collect(lesson, writers=2, each=5)
    page = visit_class(**options, **STILL)
    for name in ("collect", "test", "train", "keep"):
        step(page, name)
        settled(page)
        if name == "test":
            page.locator("#class .gallery button").first.click()
        assert serious(page) == [], name
    step(page, "collect")
    page.locator("#class .begin button").click()
    assert serious(page) == [], "writing"
