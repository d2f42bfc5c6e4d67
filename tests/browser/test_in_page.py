"""The network in the page: it answers without the server, and the server where it can't."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import App
from launching import HOST
from playwright.sync_api import Page, Request, Route, expect

from browser.conftest import Visit, settled
from browser.hand import SEVEN, THREE, draw
from mnist_demo.service.workshop import LOCK_FILE
from mnist_demo.system import files

pytestmark = pytest.mark.slow


def expect_digit(page: Page, digit: str) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-digit", digit)


def visit_with_weights(visit: Visit, app: App) -> Page:
    page = visit(app.url)
    expect(page.get_by_text("What you draw stays in this browser")).to_be_visible()
    page.wait_for_load_state("networkidle")  # what the other tabs are made of comes now
    return page


def asked(page: Page) -> list[str]:
    """What the page asks for from now on, but for the status, which tells of other visitors' trainings."""
    found: list[str] = []

    def add(request: Request) -> None:
        if "/demo/status" not in request.url:
            found.append(request.url)

    page.on("request", add)
    return found


def test_no_request_while_drawing(app: App, visit: Visit) -> None:
    page = visit_with_weights(visit, app)
    requests = asked(page)
    for strokes, digit in ((THREE, "3"), (SEVEN, "7")):
        draw(page, strokes)
        expect_digit(page, digit)
        page.locator("#clear").click()
        expect_digit(page, "")
    assert not requests


def test_answers_when_the_server_has_stopped(ready: tuple[str, ...], launch: Callable[..., App], visit: Visit) -> None:
    other = launch(*ready)
    other.wait_for("Ready: ")
    page = visit_with_weights(visit, other)
    other.kill()
    draw(page, THREE)
    expect_digit(page, "3")
    expect(page.locator("#answer .trouble")).to_be_hidden()
    for tab in ("training", "network", "class"):  # none has been opened before
        page.locator(f"#tab-{tab}-button").click()
        expect(page.locator(f"#tab-{tab} .demo.started").first).to_be_visible()
    expect(page.locator("#tab-network .outputs .best")).to_contain_text("3")


def test_the_untrained_network_answers_as_soon_as_the_page_is_up_and_says_so(
    untrained: Callable[..., App], visit: Visit, tmp_path: Path
) -> None:
    with files.lock(tmp_path / LOCK_FILE):  # so that there is no other network
        app = untrained(*HOST, "--data", "generated", "--cache", str(tmp_path))
        page = visit(app.url)
        draw(page, SEVEN)
        expect(page.locator("#answer")).to_contain_text("This network has seen nothing yet: it guesses")
        shares = page.locator("#tab-draw .bar .value").all_inner_texts()
        assert len(shares) == 10
        assert all(0 < float(share.rstrip("%")) < 40 for share in shares), shares
        expect(page.locator("#tab-draw .state")).to_contain_text("Another copy")
        app.kill()
        page.route("**/demo/**", lambda route: route.abort())  # another test's program may have got its port
        expect(page.get_by_text("The server can't be reached")).to_be_visible()
        expect(page.locator("#tab-draw .state")).to_be_hidden()  # nobody knows how it goes on


def test_the_server_answers_where_the_weights_don_t_come(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.route("**/demo/weights/*", lambda route: route.abort())
    page.reload()
    requests = asked(page)
    draw(page, THREE)
    expect_digit(page, "3")
    assert any(url.endswith("/demo/recognize") for url in requests)
    expect(page.get_by_text("What you draw stays in this browser")).to_be_hidden()


@pytest.mark.parametrize("then", ["the network answers", "the pad is cleared"])
def test_a_late_answer_of_the_server_is_not_shown(app: App, visit: Visit, then: str) -> None:
    page = visit(app.url)
    weights: list[Route] = []
    answers: list[Route] = []
    page.route("**/demo/weights/*", lambda route: weights.append(route))
    page.route("**/demo/recognize", lambda route: answers.append(route))
    page.reload()
    with page.expect_request("**/demo/recognize"):
        draw(page, SEVEN[1:])
    with page.expect_request("**/demo/recognize"):  # the next question is of the whole stroke
        answers.pop().continue_()
    if then == "the network answers":
        with page.expect_response("**/demo/weights/*"):
            weights.pop().continue_()
        expect(page.get_by_text("What you draw stays in this browser")).to_be_visible()
        draw(page, SEVEN[:1])
        expect_digit(page, "7")
    else:
        page.locator("#clear").click()
        expect_digit(page, "")
    with page.expect_response("**/demo/recognize") as answer:
        answers.pop().continue_()
    answer.value.finished()
    settled(page)
    expect_digit(page, "7" if then == "the network answers" else "")


def test_the_weights_come_once(app: App, visit: Visit) -> None:
    page = visit_with_weights(visit, app)
    page.reload()
    expect(page.get_by_text("What you draw stays in this browser")).to_be_visible()
    sizes = page.evaluate("""() => performance.getEntriesByType("resource")
      .filter((r) => r.name.includes("/demo/weights/")).map((r) => r.transferSize)""")
    assert set(sizes) == {0}  # from the browser's cache
