"""`from mnist_demo import ...` and the API, as notebooks and other programs use them, by the README's own examples."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import READY, ROOT, App, copy_of
from readme import README, code_with

import mnist_demo
from mnist_demo import DigitRecognizer, load
from mnist_demo.errors import DataError, ImageError, StrokesError
from mnist_demo.handwriting import generator

SEVEN = [[[10, 10], [60, 8], [30, 90]]]
QUICK = {"data": "generated", "limit": 25000, "epochs": 3}
"""What `READY` says, as the library takes it."""


@pytest.fixture(scope="module")
def home(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(trained_cache, tmp_path_factory.mktemp("library") / "cache")


@pytest.fixture(scope="module")
def digits(home: Path) -> DigitRecognizer:
    return load(**QUICK, cache=home, quiet=True)


def test_the_package_imports_neither_tensorflow_nor_gradio() -> None:
    code = "import sys, mnist_demo; from mnist_demo import load, DigitRecognizer, Answer, DemoError\n"
    code += "print(sorted({'tensorflow', 'keras', 'gradio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_cached_network_needs_no_tensorflow(digits: DigitRecognizer, home: Path) -> None:
    code = f"import sys; from mnist_demo import load; digits = load(**{QUICK!r}, cache={str(home)!r}, quiet=True)\n"
    code += "digits.recognize_strokes([[[10, 10], [60, 8], [30, 90]]])\n"
    code += "print(digits.test_accuracy, sorted({'tensorflow', 'keras', 'gradio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{digits.test_accuracy} []"


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(hasattr(mnist_demo, name) for name in mnist_demo.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mnist_demo.nothing


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"epochs": 51}, {"limit": 5}])
def test_impossible_wishes(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        load(**bad)


@pytest.mark.slow
def test_strokes_pictures_and_arrays(digits: DigitRecognizer) -> None:
    assert digits.recognize_strokes(SEVEN).digit == 7
    assert digits.recognize_strokes([]).digit is None
    assert digits.recognize_picture(ROOT / "assets" / "examples" / "0-7-crossed.webp").digit == 7
    images, labels = generator.generate(200, np.random.default_rng(1))
    right = [digits.recognize(image).digit == label for image, label in zip(images, labels, strict=True)]
    assert np.mean(right) > 0.8
    as_bytes, as_floats = digits.recognize(images[0]), digits.recognize(images[0] / 255)
    assert as_bytes.probabilities == pytest.approx(as_floats.probabilities, abs=1e-6)
    assert digits.test_accuracy > 0.8


@pytest.mark.slow
def test_what_is_no_image_or_drawing_is_told(digits: DigitRecognizer) -> None:
    with pytest.raises(ImageError, match=r"its shape is \(28, 27\)"):
        digits.recognize(np.zeros((28, 27), np.uint8))
    for bad in (np.full((28, 28), 255.0), np.full((28, 28), np.nan), np.ones((28, 28), int)):
        with pytest.raises(ImageError, match="neither bytes nor"):
            digits.recognize(bad)
    with pytest.raises(ImageError, match="no such file"):
        digits.recognize_picture("nothing.png")
    with pytest.raises(StrokesError):
        digits.recognize_strokes([[["x", 1]]])


@pytest.mark.slow
def test_the_first_load_trains_and_a_second_one_finds_its_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"data": "generated", "limit": 1000, "epochs": 2, "cache": tmp_path}
    first = load(**small)
    assert "Training on" in capsys.readouterr().out
    again = load(**small)
    assert again.model.history == first.model.history
    said = capsys.readouterr().out
    assert "epoch 2/2" in said
    assert "Training on" not in said


@pytest.mark.slow
def test_data_that_cannot_be_used_is_told(home: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        load(data=str(home / "nothing.npz"), cache=home, quiet=True)


@pytest.mark.slow
def test_the_readmes_example_of_the_api(digits: DigitRecognizer, home: Path, launch: Callable[..., App]) -> None:
    app = launch("--host", "127.0.0.1", "--cache", str(home), *READY)
    app.wait_for("Ready: ")
    code = code_with(README, "from gradio_client import").replace("http://127.0.0.1:7860", app.url)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    strokes, picture, phase = done.stdout.splitlines()[-3:]
    assert strokes.startswith("7 digit 0.")
    assert strokes.count(",") == 9
    assert (picture, phase) == ("7", "ready")


@pytest.mark.slow
def test_the_readmes_example_of_the_library(digits: DigitRecognizer, home: Path) -> None:
    code = code_with(README, "from mnist_demo import load").replace('"exported"', repr(str(home / "out")))
    given = {f"MNIST_DEMO_{name.upper()}": str(value) for name, value in QUICK.items()}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **given, "MNIST_DEMO_CACHE": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Training on" not in done.stdout
    seven, three, last = done.stdout.splitlines()[-3:]
    assert seven.startswith("7 0.")
    assert three == "3"
    assert last.startswith(str(digits.test_accuracy))
    assert (home / "out" / "mnist-demo.tflite").exists()
