"""Command line and environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from mnist_demo.settings import default_cache, from_command_line


def test_the_command_line_wins_over_the_environment() -> None:
    settings = from_command_line("", ["--port", "8000"], {"MNIST_DEMO_PORT": "7000", "MNIST_DEMO_EPOCHS": "3"})
    assert (settings.port, settings.epochs) == (8000, 3)


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("yes", True), ("0", False), ("", False)])
def test_a_switch_in_the_environment(value: str, on: bool) -> None:
    assert from_command_line("", [], {"MNIST_DEMO_TRAIN_ONLY": value}).train_only is on


@pytest.mark.parametrize(
    ("arguments", "environment", "shown"),
    [
        ([], {}, True),
        (["--no-retrain-button"], {}, False),
        ([], {"MNIST_DEMO_NO_RETRAIN_BUTTON": "1"}, False),
        ([], {"SPACE_ID": "someone/space"}, False),
        (["--retrain-button"], {"SPACE_ID": "someone/space"}, True),
        (["--share"], {}, False),
        (["--share", "--retrain-button"], {}, True),
    ],
)
def test_the_retrain_button(arguments: list[str], environment: dict[str, str], shown: bool) -> None:
    assert from_command_line("", arguments, environment).retrain_button is shown


@pytest.mark.parametrize(
    ("arguments", "environment", "on"),
    [
        ([], {}, True),
        (["--host", "127.0.0.1"], {}, True),
        (["--host", "::1"], {}, True),
        (["--host", "localhost"], {}, True),
        (["--host", "0.0.0.0"], {}, False),
        (["--host", "pc-7"], {}, False),
        ([], {"GRADIO_SERVER_NAME": "0.0.0.0"}, False),
        (["--share"], {}, False),
        (["--root-path", "/digits"], {}, False),
        ([], {"SPACE_ID": "someone/space"}, False),
        (["--host", "0.0.0.0", "--class"], {}, True),
        (["--share"], {"MNIST_DEMO_CLASS": "1"}, True),
        (["--no-class"], {}, False),
    ],
)
def test_the_class(arguments: list[str], environment: dict[str, str], on: bool) -> None:
    assert from_command_line("", arguments, environment).classroom is on


@pytest.mark.parametrize("bad", [["--epochs", "0"], ["--epochs", "x"], ["--port", "70000"], ["--limit", "5"], ["--no"]])
def test_impossible_values_end_with_the_usage(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        from_command_line("", bad, {})
    assert end.value.code == 2
    assert bad[0] in capsys.readouterr().err


def test_the_cache_is_where_it_was_asked_for(tmp_path: Path) -> None:
    assert from_command_line("", ["--cache", str(tmp_path)], {}).cache == tmp_path
    assert default_cache(on_spaces=False).is_absolute()


def test_spaces_persistent_folder_is_used_there_and_only_there(tmp_path: Path) -> None:
    assert default_cache(on_spaces=True, persistent=tmp_path) == tmp_path / "mnist-demo"
    elsewhere = default_cache(on_spaces=False, persistent=tmp_path)
    assert not elsewhere.is_relative_to(tmp_path)
    assert default_cache(on_spaces=True, persistent=tmp_path / "none") == elsewhere


def test_paths_of_the_environment(tmp_path: Path) -> None:
    settings = from_command_line("", [], {"MNIST_DEMO_EXPORT": str(tmp_path), "MNIST_DEMO_ROOT_PATH": "/digits"})
    assert (settings.export, settings.root_path) == (tmp_path, "/digits")
    assert from_command_line("", [], {}).export is None


def test_home_is_found_behind_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells leave ~ alone behind a `=`; a folder of that name would appear."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    given = from_command_line("", ["--cache=~/cache", "--export=~/out", "--data=~/mnist.npz"], {})
    assert (given.cache, given.export, given.data) == (tmp_path / "cache", tmp_path / "out", f"{tmp_path}/mnist.npz")
    variables = {"MNIST_DEMO_CACHE": "~/cache", "MNIST_DEMO_EXPORT": "~/out", "MNIST_DEMO_DATA": "~/mnist.npz"}
    assert from_command_line("", [], variables) == given
    assert from_command_line("", ["--data", "generated"], {}).data == "generated"


VALUED = ("HOST", "PORT", "ROOT_PATH", "DATA", "MIRROR", "CACHE", "EPOCHS", "LIMIT", "EXPORT")


def test_an_empty_value_is_none() -> None:
    nothing = from_command_line("", [], {})
    gradio = ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH")
    empty = dict.fromkeys([*(f"MNIST_DEMO_{name}" for name in VALUED), *gradio, "SPACE_ID"], "")
    assert from_command_line("", [], empty) == nothing
    flags = [f"--{name.lower().replace('_', '-')}=" for name in VALUED]
    assert from_command_line("", flags, {}) == nothing


def test_gradio_s_variables_are_known_and_ours_win() -> None:
    gradio = {"GRADIO_SERVER_NAME": "::1", "GRADIO_SERVER_PORT": "7861", "GRADIO_ROOT_PATH": "/a"}
    settings = from_command_line("", [], gradio)
    assert (settings.host, settings.port, settings.root_path) == ("::1", 7861, "/a")
    assert from_command_line("", [], gradio | {"MNIST_DEMO_PORT": "7000"}).port == 7000
    assert from_command_line("", ["--port", "8000", "--root-path=/b"], gradio).port == 8000


@pytest.mark.parametrize("value", ["abc", "7861-7870", "0", "99999999999", "9" * 5000])
def test_a_port_of_gradio_s_that_is_none_is_told_unless_another_is_given(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        from_command_line("", [], {"GRADIO_SERVER_PORT": value})
    assert "environment variable GRADIO_SERVER_PORT: " in capsys.readouterr().err
    assert from_command_line("", ["--port", "8000"], {"GRADIO_SERVER_PORT": value}).port == 8000


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("digits", "/digits"),
        ("/digits/", "/digits"),
        ("//evil.example/", "/evil.example"),
        ("/", None),
        ("https://example.org/digits/", "https://example.org/digits"),
    ],
)
def test_a_root_path_begins_with_a_slash(value: str, path: str | None) -> None:
    assert from_command_line("", ["--root-path", value], {}).root_path == path


@pytest.mark.parametrize("value", ["a b", "/a\nb", "/<b>", '/"'])
def test_what_is_no_root_path_is_refused(value: str) -> None:
    with pytest.raises(SystemExit):
        from_command_line("", ["--root-path", value], {})


def test_importing_the_library_leaves_the_threads_of_numpy_alone() -> None:
    """They are the notebook's."""
    code = "import os; from mnist_demo import load; assert 'OPENBLAS_NUM_THREADS' not in os.environ"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder that is used")
def test_a_current_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = (
        f"import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, {str(ROOT / 'app.py')!r}])"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "gone", capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The current folder does not exist any more; ")
    assert ended.stderr.count("\n") == 1
