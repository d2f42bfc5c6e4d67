"""Another network, with nothing changed but the spec: it is trained, cached, answers, is exported and shown."""

import re
from pathlib import Path

import keras
import pytest
from conftest import App
from deeper import DEEPER
from launching import Launch, result
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.hand import SEVEN, draw

pytestmark = pytest.mark.slow


@pytest.fixture
def arguments(tmp_path: Path) -> tuple[str, ...]:
    return "--data", "generated", "--limit", "6000", "--epochs", "2", "--cache", str(tmp_path / "cache")


def test_a_third_convolution(deeper: Launch, visit: Visit, arguments: tuple[str, ...], tmp_path: Path) -> None:
    trained = result(deeper(*arguments, "--train-only", "--export", str(tmp_path / "out")))
    assert trained["test_accuracy"] > 0.8
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(EXPORTED)
    model = keras.saving.load_model(tmp_path / "out" / "mnist-demo.keras")
    assert [layer.name for layer in model.layers] == [layer.name for layer in DEEPER.layers]

    app: App = deeper("--host", "127.0.0.1", *arguments)
    app.wait_for("Ready: ")
    assert "Training on" not in app.output, "the network was in the cache"
    page = visit(app.url)
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", re.compile(r"\d"))
    page.locator("#tab-network-button").click()
    for layer, shape in zip(DEEPER.layers[:-1], DEEPER.shapes[:-1], strict=True):
        card = page.locator(f"#tab-network [data-layer={layer.name}]")
        expect(card.locator(".shape")).to_have_text(" × ".join(f"{size:,}" for size in shape))
        canvas = card.locator("canvas").first
        canvas.scroll_into_view_if_needed()
        assert canvas.evaluate(SHOWS), f"{layer.name} shows nothing"
    expect(page.locator("#tab-network .outputs .best")).to_have_count(1)
    assert page.locator("#tab-network .layer[data-layer]").evaluate_all(COLUMNS) == [3] * 5 + [2] * 4

    page.goto((tmp_path / "out" / "digits.html").as_uri())
    draw(page, SEVEN)
    expect(page.locator("#answer")).to_have_attribute("data-digit", re.compile(r"\d"))


EXPORTED = ("digits.html", "mnist-demo.keras", "mnist-demo-savedmodel", "mnist-demo.tflite", "mnist-demo-history.csv")
COLUMNS = "cards => cards.map((card) => getComputedStyle(card).gridTemplateColumns.split(' ').length)"

# within ten seconds: what is out of sight is painted once it is not
SHOWS = """async (canvas) => {
  for (let i = 0; i < 100; i += 1) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    if (new Set(data.filter((_, i) => i % 4 === 0)).size > 1) return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}"""
