"""What the program was asked to do: command line, then environment, then defaults, as one frozen `Settings`."""

import argparse
import contextlib
import ipaddress
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

MAX_EPOCHS = 50
MIN_LIMIT = 100  # images

RecipeName = Literal["usual", "lesson"]
RECIPES: tuple[RecipeName, ...] = get_args(RecipeName)


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
    recipe: RecipeName = "usual"  # how it is trained: as usual here, or as in the lesson
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

    Every flag `--some-flag` can also be given as `MNIST_DEMO_SOME_FLAG`, some as a variable of Gradio's; the command
    line wins, then ours. A flag without a value is switched on in the environment by 1, true, yes or on. An empty value
    is none, and ~ is the user's home. Like every argparse program, ends the process with a usage message (`SystemExit`)
    for an impossible value.
    """
    parser, flags = _parser(description)
    given = sys.argv[1:] if arguments is None else list(arguments)
    values = vars(parser.parse_args([*_from_environment(parser, flags, environment, given), *given]))
    on_spaces = bool(environment.get("SPACE_ID"))
    if values["retrain_button"] is None:
        values["retrain_button"] = not (on_spaces or values["share"])
    values["cache"] = values["cache"] or default_cache(on_spaces)
    for name in ("host", "mirror"):
        values[name] = values[name] or None
    if values["classroom"] is None:
        local = _is_this_computer(values["host"] or "localhost")
        values["classroom"] = local and not (on_spaces or values["share"] or values["root_path"])
    return Settings(**values)


def chosen_data(value: str) -> str | None:
    """What `Settings.data` is for this value of --data."""
    return value if value in ("mnist", "generated") else str(home_expanded(value)) if value else None


def home_expanded(path: str | Path) -> Path:
    """The path with a leading ~ as the user's home, as shells do, which leave it alone behind a `=`."""
    with contextlib.suppress(RuntimeError):  # a user without a home
        return Path(path).expanduser()
    return Path(path)


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
        type=_root_path,
        metavar="PATH",
        help="the page's path behind a reverse proxy, such as /digits (default: GRADIO_ROOT_PATH, else none)",
    )
    add("--share", action="store_true", help="open a public address through Gradio's relay")
    add(
        "--data",
        type=chosen_data,
        metavar="PATH",
        help="mnist.npz or a folder with the four IDX files; mnist: download or fail; generated: digits made by this "
        "program (default: MNIST if it can be had, else generated)",
    )
    add("--mirror", metavar="URL", help="address of mnist.npz, or of a folder with the IDX files, to try first")
    add(
        "--cache",
        type=_folder,
        metavar="DIR",
        help="where trained models and downloads are kept (default: the user's cache folder)",
    )
    add(
        "--recipe",
        choices=RECIPES,
        default="usual",
        help="how it is trained: as usual here, or as in the lesson (Adam, batches of 32, ten epochs of the images as "
        "they are)",
    )
    add("--epochs", type=_epochs, metavar="N", help=f"epochs to train, 1 to {MAX_EPOCHS}")
    add("--limit", type=_positive, metavar="N", help="train on N images only, to try things out")
    add("--retrain", action="store_true", help="train anew even if a trained model is cached")
    add("--train-only", action="store_true", help="train (or find the cached model), print a JSON line and exit")
    add(
        "--export",
        type=_folder,
        metavar="DIR",
        help="train (or find the cached model), write it there as .keras, SavedModel, LiteRT, CSV and digits.html "
        "(the page as one file), and exit",
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


VARIABLES = {"--host": "GRADIO_SERVER_NAME", "--port": "GRADIO_SERVER_PORT", "--root-path": "GRADIO_ROOT_PATH"}
"""The environment variables that Gradio's users know."""


def _from_environment(
    parser: argparse.ArgumentParser,
    flags: Sequence[argparse.Action],
    environment: Mapping[str, str],
    given: Sequence[str],
) -> list[str]:
    """The environment's values, as the arguments that would say the same, of the flags that are not `given`."""
    arguments = []
    for action in flags:
        for flag in action.option_strings:
            name = "MNIST_DEMO_" + flag[2:].replace("-", "_").upper()
            if action.nargs == 0:
                arguments += [flag] if _is_on(environment, name) else []
                continue
            if not environment.get(name) and flag in VARIABLES:
                name = VARIABLES[flag]
            if environment.get(name) and not any(argument.partition("=")[0] == flag for argument in given):
                arguments += [f"{flag}={environment[name]}"]
                _check(parser, action, name, environment[name])
    return arguments


def _is_this_computer(host: str) -> bool:
    """Whether a server at this address can be reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check(parser: argparse.ArgumentParser, action: argparse.Action, name: str, value: str) -> None:
    """As argparse does later, but with the variable's name in the message."""
    try:
        if callable(action.type):
            action.type(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        parser.error(f"environment variable {name}: {error}")


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _whole(value: str, least: int, most: int, what: str) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise argparse.ArgumentTypeError(f"{value!r} is not {what} from {least} to {most}")
    return int(value)


def _folder(value: str) -> Path | None:
    return home_expanded(value) if value else None


def _root_path(value: str) -> str | None:
    """A path from the slash on, without one at its end, or a whole address; None for none."""
    path = value.strip().rstrip("/")
    if not re.match("https?://", path) and path:
        path = "/" + path.lstrip("/")
    if not re.fullmatch(r"[\w.~%:/@!$&'()*+,;=-]*", path):
        raise argparse.ArgumentTypeError(f"{value!r} is not a path such as /digits")
    return path or None


def _port(value: str) -> int | None:
    return _whole(value, 1, 65535, "a port")


def _epochs(value: str) -> int | None:
    return _whole(value, 1, MAX_EPOCHS, "a number of epochs")


def _positive(value: str) -> int | None:
    return _whole(value, MIN_LIMIT, 10_000_000, "a number of images")
