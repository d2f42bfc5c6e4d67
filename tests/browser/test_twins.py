"""Two implementations of one thing: the rasteriser and the network in Python and in the page, beside each other.

What the page gets lies in a folder that a server of the test's own serves beside the modules; what it makes of it comes
back in base64.
"""

import base64
import functools
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, App
from playwright.sync_api import Browser

from browser.drawings import Drawing, generated, odd
from mnist_demo.model.evaluation import softmax
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.spec import LESSON, Convolution, Dense, Flatten, Pooling, Spec, initial_weights
from mnist_demo.preprocess import strokes

pytestmark = pytest.mark.slow

SCRIPT = """async () => {{
  const load = async (name) => (await fetch("/" + name)).arrayBuffer();
  const read = async (name) => (await fetch("/" + name)).json();
  const {{ rasterise }} = await import("/js/strokes.js");
  const {{ Network, fromFloat16, softmax }} = await import("/js/network.js");
  const arrays = await ({})();
  return Promise.all(arrays.map((array) => new Promise((done) => {{
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob([array]));
  }})));
}}"""
IMAGES = """async () => (await read("drawings.json")).map((drawing) => rasterise(drawing))"""
ANSWERS = """async () => {
  const network = new Network(await read("spec.json"), fromFloat16(await load("weights.bin")));
  const images = new Float32Array(await load("images.bin"));
  const answers = Array.from({ length: images.length / 784 }, (_, i) =>
    softmax(network.logits(images.subarray(784 * i, 784 * (i + 1)))));
  return [new Float32Array(answers.flat())];
}"""
ACTIVATIONS = """async () => {
  const network = new Network(await read("spec.json"), fromFloat16(await load("weights.bin")));
  const images = new Float32Array(await load("images.bin"));
  const found = {};
  for (let i = 0; i < images.length; i += 784) {
    for (const [name, values] of Object.entries(network.activations(images.subarray(i, i + 784)))) {
      (found[name] ??= []).push(...values);
    }
  }
  return Object.values(found).map((values) => new Float32Array(values));
}"""

Lab = Callable[..., list[np.ndarray]]


@pytest.fixture
def lab(browser: Browser, tmp_path: Path) -> Iterator[Lab]:
    """Call a function in a page that has the modules, and these files beside them -> the float32 arrays it gives."""
    shutil.copytree(ROOT / "assets" / "js", tmp_path / "js")
    (tmp_path / "index.html").write_text("<!doctype html>")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}")

    def run(function: str, files: dict[str, bytes]) -> list[np.ndarray]:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        arrays = page.evaluate(SCRIPT.format(function))
        return [np.frombuffer(base64.b64decode(array), np.float32) for array in arrays]

    yield run
    page.close()
    server.shutdown()


@pytest.fixture(scope="session")
def weights(app: App, cache: Path) -> list[np.ndarray]:
    """A trained network's, rounded as they are published."""
    with np.load(next(cache.glob("models/*/*/weights.npz"))) as arrays:
        return [arrays[name].astype(np.float16) for name in arrays.files]


def files(spec: Spec, weights: list[np.ndarray], images: np.ndarray) -> dict[str, bytes]:
    return {
        "spec.json": json.dumps(spec.to_json()).encode(),
        "weights.bin": b"".join(array.tobytes() for array in weights),
        "images.bin": images.astype(np.float32).tobytes(),
    }


def images_of(drawings: list[Drawing]) -> np.ndarray:
    return np.stack([strokes.image([np.array(stroke, float) for stroke in drawing]) for drawing in drawings])


@pytest.mark.parametrize(("kind", "count"), [(generated, 1000), (odd, 1000)])
def test_the_rasterisers_draw_the_same(lab: Lab, kind: Callable[[int, int], list[Drawing]], count: int) -> None:
    drawings = kind(count, 1)
    ours = images_of(drawings)
    theirs = np.stack(lab(IMAGES, {"drawings.json": json.dumps(drawings).encode()})).reshape(ours.shape)
    assert np.isfinite(theirs).all()
    assert np.abs(ours - theirs).max() < 1e-4


def test_the_networks_answer_generated_drawings_alike(lab: Lab, weights: list[np.ndarray]) -> None:
    drawings = generated(2000, 3)
    images = np.stack(lab(IMAGES, {"drawings.json": json.dumps(drawings).encode()}))
    expect_same_answers(lab, weights, images_of(drawings), images)


def test_the_networks_read_mnist_alike(lab: Lab, weights: list[np.ndarray], real_mnist: Path) -> None:
    with np.load(real_mnist) as arrays:
        images = arrays["x_test"][:2000] / np.float32(255)
    expect_same_answers(lab, weights, images, images)


def expect_same_answers(lab: Lab, weights: list[np.ndarray], ours: np.ndarray, theirs: np.ndarray) -> None:
    (answers,) = lab(ANSWERS, files(LESSON, weights, theirs))
    model = NumpyModel(LESSON, [array.astype(np.float32) for array in weights])
    expected = np.concatenate([softmax(model.logits(part)) for part in np.array_split(ours, len(ours) // 500)])
    answers = answers.reshape(expected.shape)
    assert (answers.argmax(1) == expected.argmax(1)).all()
    assert np.abs(answers - expected).max() < 0.005


def test_every_layer_gives_the_same(lab: Lab, weights: list[np.ndarray]) -> None:
    expect_same_activations(lab, LESSON, weights)


def test_every_layer_of_another_network_gives_the_same(lab: Lab) -> None:
    layers = (
        Convolution("first", 5, size=5),
        Convolution("second", 12, activation=None),
        Pooling("smaller", size=3),
        Convolution("third", 17, size=2),
        Flatten("row"),
        Dense("wide", 33),
        Dense("narrow", 9, activation=None),
        Dense("scores", 10, activation=None),
    )
    spec = Spec(layers)
    expect_same_activations(lab, spec, [array.astype(np.float16) for array in initial_weights(spec)])


def expect_same_activations(lab: Lab, spec: Spec, weights: list[np.ndarray]) -> None:
    images = images_of(generated(60, 4))
    expected = NumpyModel(spec, [array.astype(np.float32) for array in weights]).activations(images)
    found = lab(ACTIVATIONS, files(spec, weights, images))
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found, strict=True):
        assert np.abs(ours.ravel() - theirs).max() < 0.01 * np.abs(ours).max()


TAUGHT = """async () => {
  const { argmax } = await import("/js/network.js");
  const { Memory } = await import("/js/memory.js");
  const network = new Network(await read("spec.json"), fromFloat16(await load("weights.bin")));
  const readings = (memory, drawings) => drawings.map((drawing) =>
    argmax(memory.logits(network, network.activations(rasterise(drawing)))));
  const { taught, digits, redrawn, others } = await read("drawings.json");
  const memory = new Memory();
  const before = readings(memory, others);
  taught.forEach((drawing, i) => memory.teach(network, rasterise(drawing), digits[i]));
  return [readings(memory, redrawn), before, readings(memory, others)].map((array) => new Float32Array(array));
}"""


def test_redrawings_of_what_was_taught_are_read_so_and_other_drawings_as_before(
    lab: Lab, weights: list[np.ndarray]
) -> None:
    rng = np.random.default_rng(5)
    drawn = generated(1000, 6)
    (answers,) = lab(ANSWERS, files(LESSON, weights, images_of(drawn)))
    order = answers.reshape(-1, 10).argsort(1)
    unsure = answers.reshape(-1, 10).max(1).argsort()[:5]  # what people correct
    taught, digits = [drawn[i] for i in unsure], order[unsure, -2]
    redrawn = [redrawing(drawing, rng) for drawing in taught for _ in range(40)]
    drawings = {"taught": taught, "digits": digits.tolist(), "redrawn": redrawn, "others": generated(1000, 7)}
    read, before, after = lab(TAUGHT, {"drawings.json": json.dumps(drawings).encode()})
    assert (read == np.repeat(digits, 40)).mean() >= 0.8
    assert (before == after).mean() >= 0.97


def redrawing(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """The same again by the same hand: turned, stretched and bent by some hundredths."""
    around = np.eye(2) + rng.normal(0, 0.05, (2, 2))
    strokes_ = [np.array(stroke) @ around for stroke in drawing]
    ways = [np.linspace(0, np.pi, len(stroke))[:, None] for stroke in strokes_]
    bends = [sum(rng.normal(0, 0.018, (1, 2)) * np.cos(k * way) for k in range(4)) for way in ways]
    return [(stroke + bend).tolist() for stroke, bend in zip(strokes_, bends, strict=True)]
