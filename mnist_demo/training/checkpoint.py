"""What an interrupted training leaves on the disk: believed only with its checksum.

Keras's `BackupAndRestore` writes weights, moments and the number of the epoch, and keeps those of the epoch before, in
case that it is killed while it writes. It knows no checksums: a flipped bit would go on being trained unseen.

    <folder>/latest.weights.h5, training_metadata.json    after the last epoch; the epoch before's end in .bkp
             history.json                                 the epochs' figures, the checksums of both states, and its own
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from mnist_demo.system import files

STATE = ("latest.weights.h5", "training_metadata.json")
BEFORE = ".bkp"
HISTORY_FILE = "history.json"


def seal(folder: Path, history: list[dict[str, Any]]) -> None:
    """Note the figures of all epochs and the checksum of the state just written, beside the one before's. OSError."""
    states = _sealed(folder)["states"][-1:]
    if _epoch(folder) == len(history):  # else a full disk kept it from being written whole
        states.append(_digest(folder))
    content = {"history": history, "states": states}
    files.write_whole(folder / HISTORY_FILE, json.dumps(content | {"checksum": _checksum(content)}).encode())


def history(folder: Path) -> list[dict[str, Any]]:
    """The epochs' figures as they were given to `seal`; none if they can't be believed."""
    found: list[dict[str, Any]] = _sealed(folder)["history"]
    return found


def mend(folder: Path) -> bool:
    """Bring back the last state that has its checksum, or remove the folder -> False if it held none. OSError."""
    states = _sealed(folder)["states"]
    if _digest(folder) in states:
        return True
    if _digest(folder, BEFORE) in states:
        for name in STATE:
            shutil.copyfile(folder / (name + BEFORE), folder / name)
        return True
    empty = not folder.is_dir() or not any(folder.iterdir())
    shutil.rmtree(folder, ignore_errors=True)
    return empty


def _epoch(folder: Path) -> object:
    try:
        return json.loads((folder / STATE[1]).read_bytes())["epoch"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(folder: Path, ending: str = "") -> str | None:
    try:
        return " ".join(files.sha256(folder / (name + ending)) for name in STATE)
    except OSError:
        return None


def _sealed(folder: Path) -> dict[str, Any]:
    nothing: dict[str, Any] = {"history": [], "states": []}
    try:
        content = json.loads((folder / HISTORY_FILE).read_bytes())
        known = {name: content[name] for name in nothing}
        return known if content["checksum"] == _checksum(known) else nothing
    except (OSError, ValueError, KeyError, TypeError):
        return nothing


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
