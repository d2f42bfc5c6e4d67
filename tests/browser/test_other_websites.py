"""Other websites in the visitor's browser: they can show the page in a frame, and change nothing in it."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import Browser, expect

from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow

ATTACK = """async (url) => {
  const tell = (kind, mode) => fetch(`${url}/demo/retrain`, {
    method: "POST", mode, headers: { "content-type": kind }, body: '{"epochs": 1, "fetch": false}',
  }).then((reply) => reply.status, () => "failed");
  const form = document.createElement("form");
  document.body.append(form);
  Object.assign(form, { method: "POST", action: `${url}/demo/retrain`, enctype: "text/plain", target: "frame" });
  form.submit();
  return [await tell("text/plain", "no-cors"), await tell("application/json", "no-cors"),
    await tell("application/json", "cors")];
}"""


@pytest.fixture
def website(tmp_path: Path) -> Iterator[str]:
    """Another website, with the folder's files: on this computer too, which is where the rules for one are laxest."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_another_website_can_t_train(app: App, browser: Browser, website: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<iframe name=frame></iframe>")
    page = browser.new_page()
    page.goto(website)
    assert page.evaluate(ATTACK, app.url) == [0, 0, "failed"]  # the browser doesn't say what was answered
    page.wait_for_timeout(1000)
    assert "Training: " not in app.output.partition("Ready: ")[2]
    assert "Looking for" not in app.output.partition("Ready: ")[2]
    page.close()


def test_another_website_can_t_read(app: App, browser: Browser, website: str, tmp_path: Path) -> None:
    """Nor one on this computer: who reads here as a teacher does, also reads what a class has written."""
    (tmp_path / "index.html").write_text("")
    page = browser.new_page()
    page.goto(website)
    read = "(url) => fetch(url, {credentials: 'include'}).then((reply) => reply.status, () => 'failed')"
    for path in ("", "config", "demo/status", "demo/class/export/json", "gradio_api/info"):
        assert page.evaluate(read, f"{app.url}/{path}") == "failed", path
    page.close()


def test_the_page_works_in_a_frame_of_another_website(app: App, browser: Browser, website: str, tmp_path: Path) -> None:
    """As Spaces embeds it."""
    (tmp_path / "index.html").write_text(f"<iframe src='{app.url}' width='1200' height='850'></iframe>")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(website)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#sketchpad canvas")).to_be_visible()
    draw(page, SEVEN, frame=frame)
    expect(frame.locator("#answer")).to_have_attribute("data-digit", "7")
    frame.locator(".example").first.click()
    expect(frame.locator("#answer")).to_have_attribute("data-digit", "7")
    page.close()
