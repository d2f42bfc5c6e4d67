"""What an interrupted training leaves on the disk after each epoch: Keras's backup, and the epochs' figures beside it.

    <folder>/latest.weights.h5         Keras's `BackupAndRestore`: weights and moments
             training_metadata.json    Keras's too: the epoch's number
             history.json              the epochs' figures

The two of Keras's lie there as of the epoch before, too, with `.bkp` after their names. Whenever the process is killed,
one of them is whole and has its figures: the last or, if that was being kept just then, the one before. Of a first one
that was, nothing is left.
"""

import contextlib
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]

from mnist_demo.model.device import keras
from mnist_demo.model.spec import Spec
from mnist_demo.system import files
from mnist_demo.training.history import Epoch

WEIGHTS_FILE = "latest.weights.h5"
METADATA_FILE = "training_metadata.json"
HISTORY_FILE = "history.json"

# what reading them may come to
DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)

log = logging.getLogger("mnist_demo")


class Backup(keras.callbacks.BackupAndRestore):
    """Keras's, on a disk that may become full: the training then goes on without."""

    def __init__(self, folder: Path, spec: Spec):
        super().__init__(str(folder), double_checkpoint=True, delete_checkpoint=False)
        self._folder, self._bytes = folder, kept_bytes(spec)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the state after an epoch (from 0), or say that the disk won't have it."""
        try:
            files.need_room(self._folder, self._bytes)
            super().on_epoch_end(epoch, logs)
        except (OSError, RuntimeError) as error:  # h5py says RuntimeError when the disk is full at closing
            log.warning("This epoch could not be kept on the disk (%s); the training goes on.", error)


def kept_bytes(spec: Spec) -> int:
    """Of an epoch's state: weights, their mean, the optimizer's moments; and the epoch before."""
    return 40 * sum(spec.parameters) + 1_000_000


def save(folder: Path, history: Sequence[Epoch]) -> None:
    """Keep the figures of all epochs so far. OSError."""
    files.write_whole(folder / HISTORY_FILE, json.dumps([asdict(epoch) for epoch in history]).encode())


def restore(folder: Path, spec: Spec) -> list[Epoch]:
    """The figures of the epochs that Keras's backup of such a network has behind it, and the folder as Keras needs it.

    What does not fit together is discarded with one sentence in the log: none are left then. OSError.
    """
    if folder.exists() and not folder.is_dir():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    kept = list(folder.iterdir())
    if not kept:
        return []
    most = 10 * kept_bytes(spec)  # of one file, if it is what was kept
    try:
        for path in kept:
            files.check_regular(path, most)
            if ".h5" in path.name:
                _check_unpacked(path, most)
        found = json.loads(files.read_regular(folder / HISTORY_FILE, most))
        history = [Epoch.from_json(epoch) for epoch in found]
        try:
            return history[: _epochs_kept(folder, len(history), most)]
        except DAMAGED:
            # killed while Keras wrote the number, or before the figures were there
            for name in (WEIGHTS_FILE, METADATA_FILE):
                shutil.copyfile(folder / f"{name}.bkp", folder / name)
            return history[: _epochs_kept(folder, len(history), most)]
    except DAMAGED:
        discard(folder)
        return []


def _epochs_kept(folder: Path, told: int, most: int) -> int:
    """How many epochs Keras's backup has behind it. Raises one of `DAMAGED` if it doesn't say, or more than were
    `told`, or in a file of more than `most` bytes."""
    epochs = json.loads(files.read_regular(folder / METADATA_FILE, most))["epoch"]
    if type(epochs) is not int or not 0 <= epochs <= told:
        raise ValueError("an epoch's figures are missing")
    return epochs


def _check_unpacked(path: Path, most: int) -> None:
    """Raises ValueError if what is in it would have more bytes. Whether it is whole Keras finds out."""
    sizes: list[int] = []
    with contextlib.suppress(OSError, RuntimeError), h5py.File(path) as file:
        file.visititems(lambda _, item: sizes.append(item.nbytes) if isinstance(item, h5py.Dataset) else None)
    if sum(sizes) > most:
        raise ValueError("more than is ever kept")


def discard(folder: Path) -> None:
    """Begin anew: nothing of what is there can be trusted. OSError."""
    log.warning("What an interrupted training had kept is damaged; it was removed and the training begins again.")
    shutil.rmtree(folder)
    folder.mkdir()
