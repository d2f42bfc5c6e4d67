"""The class's digits as files to take along, and back in.

    mnist-demo-class.npz     x_train, y_train, x_test, y_test as in Keras's mnist.npz, which `--data` takes
    mnist-demo-class.csv     a line for each digit as in mnist_train.csv: the label, then 784 pixels from 0 to 255
    mnist-demo-class.json    the strokes, with number, nickname and group of each writer; what `incoming` reads

A writer's random id is in none of them.
"""

import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_demo.data.dataset import SAMPLES
from mnist_demo.errors import ClassError, StrokesError
from mnist_demo.messages import say
from mnist_demo.preprocess import strokes
from mnist_demo.preprocess.strokes import SIDE
from mnist_demo.store.class_digits import GROUPS, MAX_DIGITS, MAX_NAME, MAX_OF_WRITER, Incoming, Writer
from mnist_demo.store.class_images import ClassImages

NAME = "mnist-demo-class"
KINDS = ("npz", "csv", "json")
FORMAT = "mnist-demo class digits 1"
MOST_OBJECTS, MOST_LISTS = 2 * MAX_DIGITS + 1, 2_500_000
"""In a file to bring in: as many as a full collection has, and as 20 MB of points are. Python reads JSON in one go, in
which nobody else is answered."""


def content(kind: str, class_images: ClassImages, writers: Sequence[Writer]) -> bytes:
    """The file of that kind, one of `KINDS`. Raises `ClassError`."""
    match kind:
        case "npz":
            return _npz(class_images)
        case "csv":
            return _csv(class_images)
        case "json":
            return _json(class_images, writers)
    raise ClassError(reason=say("reason.kind"))


def _npz(class_images: ClassImages) -> bytes:
    tested = class_images.tested
    if min(tested.sum(), (~tested).sum()) < SAMPLES:
        raise ClassError(reason=say("reason.class_npz", least=SAMPLES))
    train, test = class_images.some(~tested), class_images.some(tested)
    file = io.BytesIO()
    arrays: dict[str, Any] = {
        "x_train": train.images,
        "y_train": train.labels,
        "x_test": test.images,
        "y_test": test.labels,
    }
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _csv(class_images: ClassImages) -> bytes:
    pixels = class_images.images.reshape(-1, SIDE * SIDE)
    table = np.concatenate([class_images.labels[:, None], pixels], 1)
    return "".join(",".join(map(str, row)) + "\r\n" for row in table.tolist()).encode()


def _json(class_images: ClassImages, writers: Sequence[Writer]) -> bytes:
    of_writer: dict[int, list[dict[str, Any]]] = {}
    for digit in class_images.digits:
        plain = {"label": digit.label, "moment": round(digit.moment), "strokes": digit.strokes}
        of_writer.setdefault(digit.writer, []).append(plain)
    told = [
        {"number": w.number, "name": w.name, "group": w.group, "digits": of_writer[w.number]}
        for w in writers
        if w.number in of_writer
    ]
    return json.dumps({"format": FORMAT, "writers": told}, ensure_ascii=False, separators=(",", ":")).encode()


def incoming(file: bytes) -> list[Incoming]:
    """The writers of a JSON file that `content` once made and anyone may have changed. Raises `ClassError`."""
    try:
        if file.count(b"{") > MOST_OBJECTS or file.count(b"[") > MOST_LISTS:
            raise ValueError
        found = json.loads(file)
        if found["format"] != FORMAT or sum(len(writer["digits"]) for writer in found["writers"]) > MAX_DIGITS:
            raise ValueError
        return [_writer(writer) for writer in found["writers"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, StrokesError):
        raise ClassError(reason=say("reason.class_file")) from None


def _writer(found: dict[str, Any]) -> Incoming:
    digits = [_digit(digit) for digit in found["digits"]]
    if len(digits) > MAX_OF_WRITER:
        raise ValueError
    return Incoming(nickname(found["name"]), group(found["group"]), digits)


def _digit(found: dict[str, Any]) -> tuple[int, list[np.ndarray], float]:
    label, moment = found["label"], found["moment"]
    drawing = strokes.check(found["strokes"])
    if type(label) is not int or not 0 <= label <= 9 or not drawing:
        raise ValueError
    if type(moment) not in (int, float) or not (math.isfinite(moment) and 0 <= moment < 2**40):
        raise ValueError
    return label, drawing, float(moment)


def nickname(value: object) -> str:
    """What a writer wants to be called, made safe: one line of printable letters. ValueError."""
    if not isinstance(value, str):
        raise ValueError
    name = " ".join(value.split())
    if len(name) > MAX_NAME or not name.isprintable():
        raise ValueError
    return name


def group(value: object) -> str:
    """One of `GROUPS`. ValueError for anything else."""
    if not isinstance(value, str) or value not in GROUPS:
        raise ValueError
    return value
