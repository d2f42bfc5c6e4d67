"""The class's digits as images, and as files that other programs and this one read."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import dataset
from mnist_demo.errors import ClassError
from mnist_demo.preprocess import strokes
from mnist_demo.store import class_files
from mnist_demo.store.class_digits import MAX_OF_WRITER, ClassDigits
from mnist_demo.store.class_images import ClassGallery

SEVEN = [[[10.0, 10.0], [60.0, 8.0], [30.0, 90.0]]]


def collected(folder: Path, writers: int, each: int) -> ClassDigits:
    kept, moments = ClassDigits(folder), np.random.default_rng(0)
    for writer in range(writers):
        for digit in range(each):
            drawing = strokes.check([moments.uniform(0, 90, (6, 2)).tolist()])
            kept.add(f"secret id {writer}", digit % 10, drawing, f"N{writer}", "AB"[writer % 2])
    return kept


def files(kept: ClassDigits, kind: str) -> bytes:
    return class_files.content(kind, ClassGallery(kept).images(), kept.writers())


def test_images_follow_what_comes_and_goes(tmp_path: Path) -> None:
    kept = collected(tmp_path, writers=3, each=4)
    gallery = ClassGallery(kept)
    first = gallery.images()
    assert first.images.shape == (12, 28, 28)
    assert first.images[0].max() == 255
    assert gallery.images() is first
    kept.remove_writer("secret id 1")
    number = kept.add("secret id 0", 7, strokes.check(SEVEN))
    now = gallery.images()
    assert [digit.number for digit in now.digits] == [*range(1, 5), *range(9, 13), number]
    assert (now.images[:4] == first.images[:4]).all()
    expected = (strokes.image(strokes.check(SEVEN)) * 255).round()
    assert np.abs(now.images[-1] - expected).max() <= 4


def test_whole_writers_are_tested_on_and_of_a_single_one_every_third_digit(tmp_path: Path) -> None:
    many = ClassGallery(collected(tmp_path / "many", writers=6, each=3)).images()
    assert {digit.writer for digit in many.some(many.tested).digits} == {2, 5}
    one = ClassGallery(collected(tmp_path / "one", writers=1, each=9)).images()
    assert one.tested.sum() == 3


def test_the_npz_is_what_data_takes(tmp_path: Path) -> None:
    kept = collected(tmp_path / "class", writers=6, each=10)
    path = tmp_path / "class.npz"
    path.write_bytes(files(kept, "npz"))
    found = dataset.from_path(path)
    assert (len(found.train_images), len(found.test_images)) == (40, 20)
    few = collected(tmp_path / "few", writers=2, each=3)
    with pytest.raises(ClassError, match="too few digits for a training set"):
        files(few, "npz")


def test_the_csv_has_a_row_like_mnist_s_for_each_digit(tmp_path: Path) -> None:
    kept = collected(tmp_path, writers=2, each=5)
    table = np.loadtxt(io.BytesIO(files(kept, "csv")), delimiter=",", dtype=int)
    images = ClassGallery(kept).images()
    assert table.shape == (10, 785)
    assert (table[:, 0] == images.labels).all()
    assert (table[:, 1:].reshape(-1, 28, 28) == images.images).all()


def test_of_nothing_there_is_an_empty_table(tmp_path: Path) -> None:
    nothing = ClassDigits(tmp_path)
    assert files(nothing, "csv") == b""
    assert json.loads(files(nothing, "json"))["writers"] == []


def test_strokes_go_out_and_come_in_the_same_without_the_devices_ids(tmp_path: Path) -> None:
    kept = collected(tmp_path / "here", writers=3, each=4)
    file = files(kept, "json")
    assert b"secret id" not in file
    there = ClassDigits(tmp_path / "there")
    assert there.bring_in(class_files.incoming(file)) == 12
    assert [(w.name, w.group, w.digits) for w in there.writers()] == [(f"N{i}", "AB"[i % 2], 4) for i in range(3)]
    ours, theirs = (ClassGallery(each).images() for each in (kept, there))
    assert (ours.labels == theirs.labels).all()
    assert [digit.strokes for digit in ours.digits] == [digit.strokes for digit in theirs.digits]


def changed(**changes: object) -> dict:
    digit = {"label": 7, "moment": 1, "strokes": SEVEN} | changes.pop("digit", {})
    return {
        "format": class_files.FORMAT,
        "writers": [{"number": 1, "name": "N", "group": "A", "digits": [digit]} | changes],
    }


def test_a_file_that_is_right_comes_in() -> None:
    (writer,) = class_files.incoming(json.dumps(changed()).encode())
    assert (writer.name, writer.group, len(writer.digits)) == ("N", "A", 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" + b"[]," * class_files.MOST_LISTS + b"0]",
        b"[" + b'{"a":0},' * class_files.MOST_OBJECTS + b"0]",
        b"{}",
        b'{"format": 1, "writers": []}',
        json.dumps({"format": class_files.FORMAT, "writers": {"a": 1}}).encode(),
        json.dumps({"format": class_files.FORMAT, "writers": [None]}).encode(),
        json.dumps(changed(name="x" * 21)).encode(),
        json.dumps(changed(name="a\u202eb")).encode(),
        json.dumps(changed(name=5)).encode(),
        json.dumps(changed(group="E")).encode(),
        json.dumps(changed(group=["A"])).encode(),
        json.dumps(changed(digits=[{}])).encode(),
        json.dumps(changed(digits=[changed()] * (MAX_OF_WRITER + 1))).encode(),
        json.dumps(changed(digit={"label": 10})).encode(),
        json.dumps(changed(digit={"label": True})).encode(),
        json.dumps(changed(digit={"moment": float("nan")})).encode(),
        json.dumps(changed(digit={"moment": "now"})).encode(),
        json.dumps(changed(digit={"strokes": []})).encode(),
        json.dumps(changed(digit={"strokes": [[]]})).encode(),
        json.dumps(changed(digit={"strokes": [[["a", 1]]]})).encode(),
    ],
)
def test_any_other_file_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(ClassError, match="not one that this page has given out"):
        class_files.incoming(content)
