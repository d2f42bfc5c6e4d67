"""Training images as people have them on their disks, brought to one form: uint8, 28x28, ink 255 on paper 0.

Taken are

- NumPy archives (.npz): Keras's `x_train`, `y_train`, `x_test`, `y_test` or other names that tell training from test;
  images (n, 28, 28), (n, 784), (n, 28, 28, 1) or (n, 1, 28, 28) of any number type, 0..255 or 0..1; labels (n,), (n, 1)
  or one-hot (n, 10);
- folders with the four IDX files of http://yann.lecun.com/exdb/mnist/, gzipped or not, in it or a few folders down, as
  torchvision and Kaggle have them; of EMNIST's archive, with its six sets, the one of digits.

Everything else is refused in a sentence that says what was found. A file is never believed to be as large as it claims.
"""

import gzip
import io
import math
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_demo.errors import DataError
from mnist_demo.messages import Sentence, say
from mnist_demo.system import arrays, files

LIMIT = 1 << 30
"""Bytes that a file may have, and what is read from it; EMNIST's 280,000 digits as float32 have nine tenths of that."""

LEAST = 20
"""Images that there must be, in the training and in the test: the page shows so many."""

MOST_TESTS = 200_000
"""Test images at most, for they are kept beside the network that was tested; EMNIST's largest set has 116,323."""

SIDE = 28
CLASSES = 10
PARTS = ("train", "test")
DEPTH = 3  # folders below the one that was named
ENTRIES = 10_000  # files and folders that are looked at


class Images(NamedTuple):
    """`name` is what the set is called by its files. All arrays are uint8."""

    name: str
    train_images: np.ndarray  # (n, 28, 28)
    train_labels: np.ndarray  # (n,) 0..9
    test_images: np.ndarray  # (m, 28, 28)
    test_labels: np.ndarray  # (m,) 0..9


class _RefusedError(Exception):
    def __init__(self, reason: Sentence):
        super().__init__(reason)
        self.reason = reason


def read(path: Path, limit: int = LIMIT) -> Images:
    """The images in an .npz archive or a folder with IDX files, see above. Raises `DataError`."""
    try:
        name, found = _read_folder(path, limit) if path.is_dir() else _read_npz(path, limit)
        return Images(name, *_in_one_form(found))
    except _RefusedError as error:
        reason = error.reason
    except FileNotFoundError:
        reason = say("reason.missing")
    except OSError as error:
        reason = say("reason.system", detail=error.strerror or type(error).__name__)
    except ValueError:  # what the readers of archives say of damaged ones
        reason = say("reason.not_whole", name=_shown(path.name))
    raise DataError(path=str(path), reason=reason)


# --- NumPy archives ------------------------------------------------------------------------------------------------

Named = dict[str, np.ndarray]
"""Four arrays with their names, in the order of `Images`."""


def _read_npz(path: Path, limit: int) -> tuple[str, Named]:
    with files.open_regular(path, limit) as file:
        begin = file.read(6)
    if begin == b"\x93NUMPY":
        raise _RefusedError(say("reason.one_array"))
    if IDX_NAME.fullmatch(path.name):
        raise _RefusedError(say("reason.one_idx"))
    if not begin.startswith(b"PK"):
        raise _RefusedError(say("reason.no_archive"))
    with arrays.open_npz(path, limit) as archive:
        if not archive.headers:
            raise _RefusedError(say("reason.no_arrays"))
        names = _roles(archive.headers)
        if not names:
            raise _RefusedError(_not_these(archive.headers))
        return _shown(path.name), {name: archive.read(name) for name in names}


def _roles(headers: dict[str, arrays.Header]) -> list[str]:
    """The names of training images and labels, test images and labels; none if that can't be told for sure."""
    images = [name for name, header in headers.items() if _is_images(header.shape)]
    labels = [name for name, header in headers.items() if _is_labels(header.shape)]
    for test in ("test|t10k", "val"):
        chosen = [
            [n for n in kind if re.search(part, n, re.I)] for part in ("train", test) for kind in (images, labels)
        ]
        if all(len(names) == 1 for names in chosen):
            return [names[0] for names in chosen]
    if len(images) == len(labels) == 2 and not any(re.search("train|test|t10k|val", n, re.I) for n in headers):
        images.sort(key=lambda name: -headers[name].shape[0])
        labels.sort(key=lambda name: -headers[name].shape[0])
        if headers[images[0]].shape[0] > headers[images[1]].shape[0]:
            return [images[0], labels[0], images[1], labels[1]]
    return []


def _is_images(shape: tuple[int, ...]) -> bool:
    return shape[1:] in ((SIDE, SIDE), (SIDE * SIDE,), (SIDE, SIDE, 1), (1, SIDE, SIDE))


def _is_labels(shape: tuple[int, ...]) -> bool:
    return len(shape) == 1 or shape[1:] in ((1,), (CLASSES,))


# --- IDX files -----------------------------------------------------------------------------------------------------

IDX_NAME = re.compile(
    r"(?P<set>.*?)(?P<part>train|t10k|test)[-_. ](?P<kind>images|labels)[-_. ]idx\d[-_. ]ubyte(\.gz)?", re.I
)
ORDER = [(part, kind) for part in PARTS for kind in ("images", "labels")]

Parts = dict[tuple[str, str], Path]


def _read_folder(folder: Path, limit: int) -> tuple[str, Named]:
    name, parts = _choose(folder, _sets(folder))
    upright = name.lower().startswith("emnist")  # whose files hold every image transposed (G. Cohen et al., 2017)
    found = {f"{part} {kind}": _read_idx(parts[part, kind], limit) for part, kind in ORDER}
    return name, {k: a.transpose(0, 2, 1) if upright and a.ndim == 3 else a for k, a in found.items()}


def _sets(folder: Path) -> dict[tuple[Path, str], Parts]:
    """The IDX files, by their folder and what their names begin with."""
    found: dict[tuple[Path, str], Parts] = {}
    for path in _files(folder):
        if match := IDX_NAME.fullmatch(path.name):
            # Kaggle's download has some of the files in folders of the files' own names
            home = path.parent.parent if IDX_NAME.fullmatch(path.parent.name) else path.parent
            part = "train" if match["part"].lower() == "train" else "test"
            found.setdefault((home, match["set"]), {}).setdefault((part, match["kind"].lower()), path)
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The regular files in the folder and below, those in it first."""
    level, left = [folder], ENTRIES
    for _ in range(DEPTH + 1):
        below: list[Path] = []
        for place in level:
            for name in sorted(os.listdir(place))[:left]:
                left -= 1
                path = place / name
                if path.is_file():
                    yield path
                elif path.is_dir() and os.access(path, os.R_OK | os.X_OK):
                    below.append(path)
        level = below


def _choose(folder: Path, sets: dict[tuple[Path, str], Parts]) -> tuple[str, Parts]:
    """A set's name and files. Of several that are equally near it must be clear which is the one of ten digits."""
    if not sets:
        names = ", ".join(_shown(name) for name in sorted(os.listdir(folder))[:5])
        raise _RefusedError(say("reason.no_idx_files", found=names or "–"))
    whole = {key: parts for key, parts in sets.items() if len(parts) == len(ORDER)}
    if not whole:
        best = max(sets.values(), key=len)
        part, kind = next(each for each in ORDER if each not in best)
        raise _RefusedError(say("reason.no_idx", part=part, kind=kind))
    nearest = min(len(home.parts) for home, _ in whole)
    near = [key for key in whole if len(key[0].parts) == nearest]
    if len({home for home, _ in near}) == 1:
        for digits in ("emnist-digits-", "emnist-mnist-"):
            near = [key for key in near if key[1].lower() == digits] or near
            if len(near) == 1:
                break
    if len(near) > 1:
        names = ", ".join(_shown(str((home / name).relative_to(folder))).rstrip("-_. ") for home, name in near[:5])
        raise _RefusedError(say("reason.several", found=names))
    prefix = near[0][1]
    return _shown(prefix.rstrip("-_. ") or folder.resolve().name), whole[near[0]]


def _read_idx(path: Path, limit: int) -> np.ndarray:
    """An IDX file of bytes: 0, 0, type 8, the number of dimensions, their sizes, the data."""
    with files.open_regular(path, limit) as file:
        packed = file.peek(2)[:2] == b"\x1f\x8b"  # some are gzipped without saying so, some say so and are not
        try:
            return _unpacked_idx(gzip.GzipFile(fileobj=file) if packed else file, path.name, limit)
        except (EOFError, struct.error, zlib.error, gzip.BadGzipFile):
            raise _RefusedError(say("reason.not_whole", name=_shown(path.name))) from None


def _unpacked_idx(file: io.BufferedIOBase, name: str, limit: int) -> np.ndarray:
    zero, kind, dimensions = struct.unpack(">HBB", file.read(4))
    if zero or kind != 8 or dimensions not in (1, 3):
        raise _RefusedError(say("reason.not_idx", name=_shown(name)))
    shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
    size = math.prod(shape)
    data = file.read(size + 1) if size < limit else b""
    if len(data) != size:
        raise _RefusedError(say("reason.not_whole", name=_shown(name)))
    return np.frombuffer(data, np.uint8).reshape(shape)


# --- one form ------------------------------------------------------------------------------------------------------


def _in_one_form(found: Named) -> list[np.ndarray]:
    train_images, train_labels, test_images, test_labels = found.values()
    for images, labels in ((train_images, train_labels), (test_images, test_labels)):
        if not _is_images(images.shape) or not _is_labels(labels.shape) or len(images) != len(labels):
            raise _RefusedError(_not_these(found))
        if len(images) < LEAST:
            raise _RefusedError(say("reason.few", least=LEAST))
    if len(test_images) > MOST_TESTS:
        raise _RefusedError(say("reason.many_tests", most=f"{MOST_TESTS:,}"))
    train, test = _pixels(train_images, test_images)
    return [np.ascontiguousarray(a) for a in (train, _labels(train_labels), test, _labels(test_labels))]


def _pixels(*images: np.ndarray) -> list[np.ndarray]:
    """(n, 28, 28) uint8, ink high, of images 0..255 or 0..1, which may be dark on light."""
    least, most = min(float(a.min()) for a in images), max(float(a.max()) for a in images)
    if not (least >= 0 and 0 < most <= 255):  # nor if one of them is not a number
        raise _RefusedError(say("reason.pixels", least=f"{least:.5g}", most=f"{most:.5g}"))
    square = [a.reshape(-1, SIDE, SIDE) for a in images]
    if most <= 1:
        square = [np.rint(a * np.float32(255)) for a in square]
    square = [a if a.dtype == np.uint8 else np.rint(a).astype(np.uint8) for a in square]
    edge = square[0][:1000, [0, -1]]
    return [255 - a for a in square] if edge.mean() > 127 else square


def _labels(labels: np.ndarray) -> np.ndarray:
    """(n,) uint8 0..9, of labels (n,), (n, 1) or one-hot (n, 10)."""
    if labels.shape[1:] == (CLASSES,):
        if not ((labels == 0) | (labels == 1)).all() or not (labels.sum(1) == 1).all():
            raise _RefusedError(say("reason.one_hot"))
        labels = labels.argmax(1)
    least, most = float(labels.min()), float(labels.max())
    if not (least >= 0 and most <= CLASSES - 1) or not (labels == np.rint(labels)).all():
        raise _RefusedError(say("reason.labels", least=f"{least:.5g}", most=f"{most:.5g}"))
    return labels.reshape(-1).astype(np.uint8)


def _not_these(found: Mapping[str, arrays.Header | np.ndarray]) -> Sentence:
    """That images and labels are not such as they have to be, with what is there instead."""
    shown = [f"{_shown(name)} {tuple(a.shape)} {a.dtype.name}" for name, a in list(found.items())[:6]]
    return say("reason.arrays", found=", ".join(shown))


def _shown(name: str) -> str:
    """A name out of a file or folder, so that it can be printed."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])
