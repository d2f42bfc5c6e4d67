"""The trained network as files that other programs read, and its history as a table.

    mnist-demo.keras            Keras: `keras.saving.load_model`
    mnist-demo-savedmodel/      TensorFlow and its servers: `tf.saved_model.load`
    mnist-demo.tflite           LiteRT: phones, small computers, browsers
    mnist-demo-history.csv      an epoch per line

All three networks take (n, 28, 28, 1) float32 0..1, ink 1, and give (n, 10) float32 logits, whose softmax is the
probabilities; the last two have the signature "serving_default" with the names `images` and `logits`.
"""

import contextlib
import csv
import io
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_demo.errors import ExportError
from mnist_demo.messages import say
from mnist_demo.store.cache import TrainedModel
from mnist_demo.system import files
from mnist_demo.training.history import Epoch

if TYPE_CHECKING:
    from mnist_demo.store.keras_files import KerasFiles

NAME = "mnist-demo"
FORMATS = {
    "keras": f"{NAME}.keras",
    "savedmodel": f"{NAME}-savedmodel.zip",
    "litert": f"{NAME}.tflite",
    "history": f"{NAME}-history.csv",
}
"""The kinds of file and the names under which they are handed out."""


def write(model: TrainedModel, folder: Path) -> list[Path]:
    """Write everything into `folder`, over what an earlier call left there -> the files' paths, SavedModel's folder
    among them. Raises `ExportError` if the disk won't have it."""
    with _told():
        folder.mkdir(parents=True, exist_ok=True)
        saved = folder / FORMATS["savedmodel"].removesuffix(".zip")
        shutil.rmtree(saved, ignore_errors=True)
        made = _keras_files(model)
        with files.folder_whole(saved) as temporary:
            made.write_savedmodel(temporary)
        contents = {"keras": made.keras_file(), "litert": made.litert(saved), "history": _history(model)}
        for kind, content in contents.items():
            files.write_whole(folder / FORMATS[kind], content)
    return [folder / FORMATS["keras"], saved, folder / FORMATS["litert"], folder / FORMATS["history"]]


class Exporter:
    """Makes the files when they are asked for, each once for a model, however many ask. Safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: TrainedModel | None = None
        self._made: dict[str, bytes] = {}

    def content(self, model: TrainedModel, kind: str) -> bytes:
        """The file `kind`, one of `FORMATS`, of the model; SavedModel as a zip. Raises `ExportError`."""
        if kind not in FORMATS:
            raise ExportError(reason=say("reason.kind"))
        with self._lock, _told():
            if model is not self._model:
                self._model, self._made = model, {}
            if kind not in self._made:
                self._made[kind] = _content(model, kind)
            return self._made[kind]


def _content(model: TrainedModel, kind: str) -> bytes:
    if kind == "history":
        return _history(model)
    made = _keras_files(model)
    if kind == "keras":
        return made.keras_file()
    with tempfile.TemporaryDirectory() as folder:
        made.write_savedmodel(Path(folder))
        if kind == "savedmodel":
            inside = Path(FORMATS[kind]).stem  # so that it unpacks into one folder of its own
            return files.zipped(Path(folder), inside, zipfile.ZIP_DEFLATED)
        return made.litert(Path(folder))


def _keras_files(model: TrainedModel) -> "KerasFiles":
    # TensorFlow takes seconds to import, and only these files need it
    from mnist_demo.store.keras_files import KerasFiles

    return KerasFiles(model.spec, model.weights)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(reason=say("reason.system", detail=error.strerror or str(error))) from error


def history_table(histories: Iterable[tuple[str, Sequence[Epoch]]]) -> bytes:
    """The epochs of runs, each with its name. RFC 4180: a line with "run" and the names of `history.Epoch`'s numbers,
    then one for each epoch, numbers in full."""
    table = io.StringIO()
    writer = csv.writer(table)
    names = [field.name for field in fields(Epoch) if field.name not in ("kernels", "eval_points")]
    writer.writerow(["run", *names])
    for run, history in histories:
        writer.writerows([run, *(getattr(epoch, name) for name in names)] for epoch in history)
    return table.getvalue().encode()


def _history(model: TrainedModel) -> bytes:
    return history_table([(model.recipe.name, model.history)])
