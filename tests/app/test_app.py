"""The program as its users start it: a process, its terminal, its HTTP API, its end."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, App
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from packaging.requirements import Requirement
from PIL import Image

pytestmark = pytest.mark.slow

SEVEN = [[[10, 10], [60, 8], [30, 90]]]
Launch = Callable[..., App]


def quick(tmp_path: Path, *more: str) -> list[str]:
    """Arguments for a training of seconds on generated digits, in a cache of its own."""
    free = ["--host", "127.0.0.1", "--cache", str(tmp_path / "cache")]
    return [*free, "--data", "generated", "--limit", "4000", "--epochs", "3", *more]


def settled(client: Client, seconds: float = 120) -> dict:
    """The status once nothing moves any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = client.predict(api_name="/status")
        if status["phase"] in {"ready", "failed"}:
            return status
        time.sleep(0.3)
    raise AssertionError(f"still {status}")


def picture(path: Path) -> Path:
    """A seven in black on white, away from the middle."""
    from PIL import ImageDraw

    image = Image.new("L", (300, 400), 255)
    ImageDraw.Draw(image).line([(120, 150), (230, 145), (170, 330)], fill=0, width=18, joint="curve")
    image.save(path)
    return path


def test_train_only_prints_a_line_per_epoch_and_json(launch: Launch, tmp_path: Path) -> None:
    app = launch(*quick(tmp_path, "--train-only"), cold=True)
    assert app.process.wait(120) == 0
    time.sleep(0.3)
    result = json.loads(app.lines[-1])
    assert set(result) == {"data", "recipe", "epochs", "test_accuracy", "seconds", "cache"}
    assert (result["data"], result["epochs"]) == ("generated", 3)
    assert result["test_accuracy"] > 0.9
    assert (Path(result["cache"]) / "model.keras").exists()
    for epoch in (1, 2, 3):
        assert f"epoch {epoch}/3" in app.output
    assert "121,930" in app.output
    # neither a remark of TensorFlow's about itself nor one of its libraries'
    assert not re.search(r"^[EFIW]\d{4} |^\d{4}-\d\d-\d\d |oneDNN|cuInit|absl", app.output, re.MULTILINE)

    again = launch(*quick(tmp_path, "--train-only"))
    assert again.process.wait(60) == 0
    time.sleep(0.3)
    assert json.loads(again.lines[-1]) == result
    assert "epoch 1/3  " in again.output
    assert "Training on" not in again.output


def test_the_api(launch: Launch, ready: Sequence[str], tmp_path: Path) -> None:
    app = launch(*ready)
    client = Client(app.url, verbose=False)
    early = client.predict(api_name="/status")
    assert set(early) == {"phase", "data", "epoch", "epochs", "test_accuracy", "seconds_left", "message"}
    status = settled(client)
    assert (status["phase"], status["data"], status["epoch"], status["epochs"]) == ("ready", "generated", 3, 3)
    assert status["test_accuracy"] > 0.9

    answer = client.predict(SEVEN, api_name="/recognize_strokes")
    assert set(answer) == {"digit", "reading", "confidence", "probabilities"}
    assert answer["digit"] == 7
    assert len(answer["probabilities"]) == 10
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-3)
    assert answer["confidence"] == pytest.approx(max(answer["probabilities"]))
    larger = (np.array(SEVEN) * 1000 + 77).tolist()
    assert client.predict(larger, api_name="/recognize_strokes")["digit"] == 7
    assert client.predict([], api_name="/recognize_strokes")["digit"] is None

    seven = handle_file(str(picture(tmp_path / "seven.png")))
    assert client.predict(seven, api_name="/recognize")["digit"] == 7
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    assert client.predict(handle_file(str(tmp_path / "blank.png")), api_name="/recognize")["digit"] is None

    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(AppError, match="This picture can't be read"):
        client.predict(handle_file(str(tmp_path / "text.png")), api_name="/recognize")
    with pytest.raises(AppError, match="These strokes can't be read"):
        client.predict([[["x", 1]]], api_name="/recognize_strokes")
    assert client.predict(SEVEN, api_name="/recognize_strokes")["digit"] == 7
    assert "Traceback" not in app.output


def test_no_network_goes_on_with_generated_digits(untrained: Launch, tmp_path: Path) -> None:
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    arguments = ["--host", "127.0.0.1", "--cache", str(tmp_path), "--limit", "3000", "--epochs", "1"]
    app = untrained(*arguments, **dead, NO_PROXY="127.0.0.1,localhost")
    status = settled(Client(app.url, verbose=False))
    assert (status["phase"], status["data"]) == ("ready", "generated")
    assert "MNIST could not be downloaded" in app.output
    app.stop()
    again = untrained(*arguments, **dead, NO_PROXY="127.0.0.1,localhost")
    assert settled(Client(again.url, verbose=False))["data"] == "generated"
    assert "Training on" not in again.output, "the network was in the cache"


def test_help_is_there_without_tensorflow_or_gradio() -> None:
    code = "import sys, runpy; sys.argv = ['app.py', '--help']\ntry: runpy.run_path('app.py', run_name='__main__')\n"
    code += "except SystemExit: print(sorted({'tensorflow', 'keras', 'gradio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")


def test_real_mnist_reaches_its_accuracy(launch: Launch, tmp_path: Path, real_mnist: Path) -> None:
    app = launch("--train-only", "--data", str(real_mnist), "--cache", str(tmp_path))
    assert app.process.wait(500) == 0
    time.sleep(0.3)
    result = json.loads(app.lines[-1])
    assert result["data"] == "mnist"
    assert result["test_accuracy"] >= 0.993


def test_an_old_python_is_told_which_ones_do() -> None:
    code = "import sys, runpy; sys.version_info, sys.version = (3, 10, 4), '3.10.4'; runpy.run_path('app.py')"
    old = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert old.returncode == 1
    assert old.stderr == "Python 3.11 to 3.14 is needed, this is 3.10.4; install one of these and start again.\n"


def test_every_python_that_will_do_has_a_tensorflow() -> None:
    """Its 2.21 has no wheel for Python 3.14."""
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    needed = [Requirement(line) for line in lines]
    for version, wanted in {"3.11": "2.21.0", "3.12": "2.21.0", "3.13": "2.21.0", "3.14": "2.22.0rc0"}.items():
        python = {"python_version": version}
        found = [one for one in needed if one.marker is None or one.marker.evaluate(python)]
        assert [str(one.specifier) for one in found if one.name == "tensorflow"] == [f"=={wanted}"]
