"""Command line and environment."""

from pathlib import Path

import pytest

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
