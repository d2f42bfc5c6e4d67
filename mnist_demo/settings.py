"""What the program was asked to do: command line, then environment, then defaults, as one frozen `Settings`."""

import argparse
import contextlib
import ipaddress
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

MAX_EPOCHS = 50
MIN_LIMIT = 100  # images


@dataclass(frozen=True)
class Settings:
    """Everything that a person may choose; `cache` is the only field without a default."""

    cache: Path
    host: str | None = None
    port: int | None = None
    root_path: str | None = None  # the page's path behind a reverse proxy
    share: bool = False
    data: str | None = None  # None: MNIST if it can be had, else generated; "mnist", "generated", or a path
    mirror: str | None = None  # an address tried before the built-in ones
    epochs: int | None = None  # None: the recipe's own number
    limit: int | None = None  # use only so many training images, to try things out
    retrain: bool = False
    train_only: bool = False
    export: Path | None = None  # a folder for the trained network as files
    retrain_button: bool = True
    classroom: bool = False  # whether the page has the tab in which a class collects digits


def from_command_line(
    description: str, arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """`Settings` from `arguments` (without the program's name; None: the process's own) and `environment`.

    Every flag `--some-flag` can also be given as `MNIST_DEMO_SOME_FLAG`; the command line wins. A flag without a
    value is switched on in the environment by 1, true, yes or on. Like every argparse program, ends the process with
    a usage message (`SystemExit`) for an impossible value.
    """
    parser, flags = _parser(description)
    given = sys.argv[1:] if arguments is None else list(arguments)
    values = vars(parser.parse_args([*_from_environment(flags, environment), *given]))
    on_spaces = "SPACE_ID" in environment
    if values["retrain_button"] is None:
        values["retrain_button"] = not (on_spaces or values["share"])
    if values["classroom"] is None:
        proxied = values["root_path"] or environment.get("GRADIO_ROOT_PATH")
        host = values["host"] or environment.get("GRADIO_SERVER_NAME") or "localhost"
        values["classroom"] = not (on_spaces or values["share"] or proxied) and _is_this_computer(host)
    values["cache"] = Path(values["cache"] or default_cache(on_spaces))
    values["export"] = Path(values["export"]) if values["export"] else None
    return Settings(**values)


def default_cache(on_spaces: bool, persistent: Path = Path("/data")) -> Path:
    """The folder for trained models: Spaces' `persistent` one, else the user's cache folder, else a temporary one."""
    if on_spaces and os.access(persistent, os.W_OK):
        return persistent / "mnist-demo"
    with contextlib.suppress(RuntimeError):  # a user without a home
        folder = platformdirs.user_cache_path("mnist-demo", appauthor=False)
        if folder.is_absolute():
            return folder
    return Path(tempfile.gettempdir(), "mnist-demo")


def _parser(description: str) -> tuple[argparse.ArgumentParser, list[argparse.Action]]:
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags = []

    def add(*names: str, **options: Any) -> None:
        flags.append(parser.add_argument(*names, **options))

    add("--host", metavar="H", help="address to listen on (default: GRADIO_SERVER_NAME, else this computer only)")
    add("--port", type=_port, metavar="P", help="port to listen on (default: GRADIO_SERVER_PORT, else 7860 or next)")
    add(
        "--root-path",
        metavar="PATH",
        help="the page's path behind a reverse proxy, such as /digits (default: GRADIO_ROOT_PATH, else none)",
    )
    add("--share", action="store_true", help="open a public address through Gradio's relay")
    add(
        "--data",
        metavar="PATH",
        help="mnist.npz or a folder with the four IDX files; mnist: download or fail; generated: digits made by this "
        "program (default: MNIST if it can be had, else generated)",
    )
    add("--mirror", metavar="URL", help="address of mnist.npz, or of a folder with the IDX files, to try first")
    add("--cache", metavar="DIR", help="where trained models and downloads are kept (default: the user's cache folder)")
    add("--epochs", type=_epochs, metavar="N", help=f"epochs to train, 1 to {MAX_EPOCHS}")
    add("--limit", type=_positive, metavar="N", help="train on N images only, to try things out")
    add("--retrain", action="store_true", help="train anew even if a trained model is cached")
    add("--train-only", action="store_true", help="train (or find the cached model), print a JSON line and exit")
    add(
        "--export",
        metavar="DIR",
        help="train (or find the cached model), write it there as .keras, SavedModel, LiteRT and a CSV table, and exit",
    )
    add(
        "--retrain-button",
        action=argparse.BooleanOptionalAction,
        help="whether visitors may start a training (default: yes, but no with --share and on Hugging Face Spaces)",
    )
    add(
        "--class",
        dest="classroom",
        action=argparse.BooleanOptionalAction,
        help="whether a class may collect digits on the page (default: only if the page is for this computer alone)",
    )
    return parser, flags


def _from_environment(flags: Sequence[argparse.Action], environment: Mapping[str, str]) -> list[str]:
    """The environment's values, as the arguments that would say the same."""
    arguments = []
    for action in flags:
        for flag in action.option_strings:
            name = "MNIST_DEMO_" + flag[2:].replace("-", "_").upper()
            if action.nargs == 0:
                arguments += [flag] if _is_on(environment, name) else []
            elif environment.get(name):
                arguments += [f"{flag}={environment[name]}"]
    return arguments


def _is_this_computer(host: str) -> bool:
    """Whether a server at this address can be reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _whole(value: str, least: int, most: int, what: str) -> int:
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise argparse.ArgumentTypeError(f"{value!r} is not {what} from {least} to {most}")
    return int(value)


def _port(value: str) -> int:
    return _whole(value, 1, 65535, "a port")


def _epochs(value: str) -> int:
    return _whole(value, 1, MAX_EPOCHS, "a number of epochs")


def _positive(value: str) -> int:
    return _whole(value, MIN_LIMIT, 10_000_000, "a number of images")
