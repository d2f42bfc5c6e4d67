"""The trained network as files: each loaded back as its readers would load it, each with the same answers."""

import csv
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import READY, App, copy_of

from mnist_demo.errors import ExportError
from mnist_demo.handwriting import generator
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache, export

pytestmark = pytest.mark.slow

NAMES = ["digits.html", "mnist-demo-history.csv", "mnist-demo-savedmodel", "mnist-demo.keras", "mnist-demo.tflite"]


@pytest.fixture(scope="module")
def exported(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[cache.TrainedModel, Path]:
    """`app.py --export`, run as its users run it: the model in its cache, and the folder."""
    home = tmp_path_factory.mktemp("export")
    copy_of(trained_cache, home / "cache")
    app = App(*READY, "--cache", str(home / "cache"), "--export", str(home / "out"), "--train-only")
    code = app.process.wait(120)
    time.sleep(0.3)
    assert code == 0, app.output
    assert all(str(home / "out" / name) in app.output for name in NAMES)
    kept = Path(json.loads(app.lines[-1])["cache"])
    found = cache.find(home / "cache", kept.parent.name, LESSON)
    assert found.model is not None
    return found.model, home / "out"


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """(50, 28, 28, 1) float32 0..1."""
    images, _ = generator.generate(50, np.random.default_rng(3))
    return images[..., None] / np.float32(255)


@pytest.fixture(scope="module")
def expected(exported: tuple[cache.TrainedModel, Path], digits: np.ndarray) -> np.ndarray:
    """(50, 10) logits of the very network that answers on the page."""
    return NumpyModel(LESSON, exported[0].weights).logits(digits[..., 0])


def assert_same_answers(logits: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(logits, expected, atol=1e-3)
    assert (logits.argmax(1) == expected.argmax(1)).all()


def litert(path: Path, digits: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(path)).get_signature_runner("serving_default")
    return np.concatenate([runner(images=digits[i : i + 1])["logits"] for i in range(len(digits))])


def saved_model(folder: Path, digits: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    return tf.saved_model.load(str(folder)).signatures["serving_default"](images=tf.constant(digits))["logits"].numpy()


def keras_model(path: Path, digits: np.ndarray) -> np.ndarray:
    import keras

    return keras.saving.load_model(path).predict(digits, verbose=0)


def test_the_flag_writes_files_that_give_the_same_answers(
    exported: tuple[cache.TrainedModel, Path], digits: np.ndarray, expected: np.ndarray
) -> None:
    model, folder = exported
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert_same_answers(keras_model(folder / "mnist-demo.keras", digits), expected)
    assert_same_answers(saved_model(folder / "mnist-demo-savedmodel", digits), expected)
    assert_same_answers(litert(folder / "mnist-demo.tflite", digits), expected)
    with (folder / "mnist-demo-history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row.pop("run") for row in rows} == {"usual"}
    assert [{name: float(value) for name, value in row.items()} for row in rows] == [
        {name: value for name, value in vars(epoch).items() if name not in ("kernels", "eval_points")}
        for epoch in model.history
    ]


def test_downloads_give_the_same_answers_and_are_made_once(
    exported: tuple[cache.TrainedModel, Path], digits: np.ndarray, expected: np.ndarray, tmp_path: Path
) -> None:
    model, _ = exported
    exporter = export.Exporter()
    for kind, name in export.FORMATS.items():
        content = exporter.content(model, kind)
        assert len(content) < 2_000_000
        assert exporter.content(model, kind) is content
        (tmp_path / name).write_bytes(content)
    assert_same_answers(keras_model(tmp_path / "mnist-demo.keras", digits), expected)
    assert_same_answers(litert(tmp_path / "mnist-demo.tflite", digits), expected)
    zipfile.ZipFile(tmp_path / "mnist-demo-savedmodel.zip").extractall(tmp_path)
    assert_same_answers(saved_model(tmp_path / "mnist-demo-savedmodel", digits), expected)
    history = exporter.content(model, "history").decode()
    assert len(list(csv.DictReader(io.StringIO(history)))) == len(model.history)


def test_what_is_not_offered_is_refused(exported: tuple[cache.TrainedModel, Path]) -> None:
    for kind in ("", "../../etc/passwd", "model.keras"):
        with pytest.raises(ExportError):
            export.Exporter().content(exported[0], kind)


def test_a_second_export_takes_the_first_ones_place(
    exported: tuple[cache.TrainedModel, Path], digits: np.ndarray, expected: np.ndarray
) -> None:
    model, folder = exported
    export.write(model, folder)
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert_same_answers(saved_model(folder / "mnist-demo-savedmodel", digits), expected)


def test_an_unwritable_folder_is_told_before_any_training(launch: Callable[..., App], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    app = launch(*READY, "--cache", str(tmp_path / "cache"), "--export", str(tmp_path / "file" / "out"))
    assert app.process.wait(60) == 1
    time.sleep(0.3)
    assert "The file could not be made: Not a directory" in app.output
    assert "Traceback" not in app.output
    assert "Training on" not in app.output
