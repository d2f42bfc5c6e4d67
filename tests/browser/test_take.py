"""What visitors take along: the trained network from the Training tab, a drawing from the Draw tab."""

import csv
import re
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import App
from PIL import Image
from playwright.sync_api import Page, expect

from browser.test_page import SEVEN, Visit, draw, expect_digit

pytestmark = pytest.mark.slow


def save(page: Page, button: str, folder: Path) -> Path:
    """What the button saves when it is pressed on the keyboard."""
    page.wait_for_load_state("networkidle")  # until the tab's scripts have come
    with page.expect_download() as coming:
        page.locator(button).press("Enter")
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_a_drawing_and_the_network_give_the_pages_answer_elsewhere(app: App, visit: Visit, tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    page = visit(app.url)
    for button in ("#save-png", "#save-row"):
        expect(page.locator(button)).to_be_disabled()
    draw(page, SEVEN)
    expect_digit(page, "7")
    page.wait_for_timeout(500)  # until the last stroke's answer, so that both files show the same
    confidence = float(page.locator("#answer").get_attribute("data-confidence"))
    picture, row = save(page, "#save-png", tmp_path), save(page, "#save-row", tmp_path)
    assert (picture.name, row.name) == ("digit-7.png", "digit-7.csv")
    label, *pixels = np.loadtxt(row, delimiter=",", dtype=int)
    assert label == 7
    image = np.array(pixels).reshape(28, 28)
    assert (image.min(), image.max()) == (0, 255)
    assert (np.array(Image.open(picture).convert("L")) == image).all()

    page.locator("#tab-training-button").click()
    network = save(page, "[data-kind=litert]", tmp_path)
    assert network.name == "mnist-demo.tflite"
    images = (image / 255).astype(np.float32)[None, ..., None]
    logits = Interpreter(str(network)).get_signature_runner("serving_default")(images=images)["logits"][0]
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert probabilities.argmax() == 7
    # the row's 256 levels are a little coarser than what the page's network saw
    assert probabilities[7] == pytest.approx(confidence, abs=0.01)


def test_the_other_files_and_nothing_else_of_the_server(app: App, visit: Visit, tmp_path: Path) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    history = save(page, "[data-kind=history]", tmp_path)
    with history.open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    assert save(page, "[data-kind=keras]", tmp_path).read_bytes()[:2] == b"PK"
    assert save(page, "[data-kind=savedmodel]", tmp_path).read_bytes()[:2] == b"PK"

    for kind in ("/etc/passwd", "%2Fetc%2Fpasswd", "..%2F..%2Fapp.py", "keras%00", "exe"):
        reply = httpx.get(f"{app.url}/demo/export/{kind}")
        assert reply.status_code in (400, 404), kind


def test_no_server_to_take_it_from(app: App, visit: Visit) -> None:
    page = visit(app.url)
    page.locator("#tab-training-button").click()
    expect(page.locator("[data-kind=keras]")).to_be_enabled()
    page.route(re.compile("/demo/(?!static)"), lambda route: route.abort())
    page.locator("[data-kind=keras]").click()
    expect(page.locator(".take .reply")).to_contain_text("The server can't be reached")
