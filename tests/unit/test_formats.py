"""Training images in the layouts of real downloads: taken, or refused in a sentence that says what was found."""

import gzip
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from test_dataset import same, write_idx

from mnist_demo.data import dataset, formats
from mnist_demo.errors import DataError

Arrays = dict[str, np.ndarray]


def npz(folder: Path, arrays: Arrays) -> Path:
    np.savez(folder / "data.npz", **arrays)
    return folder / "data.npz"


def changed(arrays: Arrays, letter: str, change: object) -> Arrays:
    """With the images (x) or labels (y) changed."""
    return {name: change(array) if name[0] == letter else array for name, array in arrays.items()}


def refused(path: Path, limit: int = formats.LIMIT) -> str:
    with pytest.raises(DataError) as error:
        dataset.from_path(path, limit)
    sentence = str(error.value)
    assert sentence.startswith(f"{path} can't be used as training images: ")
    assert sentence.isprintable()
    return sentence


# --- NumPy archives ------------------------------------------------------------------------------------------------

FORMS = {
    "flat": lambda a: a.reshape(-1, 784),
    "with a channel": lambda a: a[..., None],
    "with a channel in front": lambda a: a[:, None],
    "int64": lambda a: a.astype(np.int64),
    "float 0..255": lambda a: a.astype(np.float64),
    "float 0..1": lambda a: (a / 255).astype(np.float32),
    "half 0..1": lambda a: (a / 255).astype(np.float16),
    "flat float": lambda a: (a / 255).reshape(-1, 784),
    "columns first": np.asfortranarray,
    "dark on light": lambda a: 255 - a,
    "dark on light, 0..1": lambda a: 1 - a / 255,
}
LABELS = {
    "int64": lambda a: a.astype(np.int64),
    "float": lambda a: a.astype(np.float32),
    "a column": lambda a: a[:, None],
    "one-hot": lambda a: np.eye(10, dtype=np.float32)[a],
    "one-hot bool": lambda a: np.eye(10, dtype=bool)[a],
}


@pytest.mark.parametrize("form", FORMS)
def test_images_of_any_form(tmp_path: Path, small_arrays: Arrays, form: str) -> None:
    assert same(dataset.from_path(npz(tmp_path, changed(small_arrays, "x", FORMS[form]))), small_arrays)


@pytest.mark.parametrize("form", LABELS)
def test_labels_of_any_form(tmp_path: Path, small_arrays: Arrays, form: str) -> None:
    assert same(dataset.from_path(npz(tmp_path, changed(small_arrays, "y", LABELS[form]))), small_arrays)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, bool])
def test_images_of_only_0_and_1_are_black_and_white(tmp_path: Path, small_arrays: Arrays, dtype: type) -> None:
    """As they are, an ink of 1/255 would silently be trained to chance."""
    found = dataset.from_path(npz(tmp_path, changed(small_arrays, "x", lambda a: (a > 127).astype(dtype))))
    assert same(found, changed(small_arrays, "x", lambda a: (a > 127) * np.uint8(255)))


@pytest.mark.parametrize(
    "names",
    [
        "train_images train_labels test_images test_labels",
        "X_train Y_train X_test Y_test",
        "train_x train_y t10k_x t10k_y",
        "train_images train_labels val_images val_labels",
        "arr_0 arr_1 arr_2 arr_3",
        "a b c d",
    ],
)
def test_arrays_of_other_names(tmp_path: Path, small_arrays: Arrays, names: str) -> None:
    renamed = dict(zip(names.split(), small_arrays.values(), strict=True))
    assert same(dataset.from_path(npz(tmp_path, renamed)), small_arrays)
    backwards = dict(reversed(renamed.items()))
    assert same(dataset.from_path(npz(tmp_path, backwards)), small_arrays)


def test_validation_images_are_not_taken_for_the_test_s(tmp_path: Path, small_arrays: Arrays) -> None:
    val = {"x_val": small_arrays["x_train"][:50], "y_val": small_arrays["y_train"][:50]}
    assert same(dataset.from_path(npz(tmp_path, small_arrays | val)), small_arrays)


def test_which_images_are_for_training_is_never_guessed(tmp_path: Path, small_arrays: Arrays) -> None:
    a, b = small_arrays["x_test"], small_arrays["y_test"]
    sentence = refused(npz(tmp_path, {"arr_0": a, "arr_1": b, "arr_2": a, "arr_3": b}))
    assert "arr_0 (200, 28, 28) uint8, arr_1 (200,) uint8" in sentence
    twice = small_arrays | {"x_train_2": small_arrays["x_train"], "y_train_2": small_arrays["y_train"]}
    assert "x_train_2 (600, 28, 28) uint8" in refused(npz(tmp_path, twice))
    assert "needed are" in refused(npz(tmp_path, {"arr_0": a}))


def test_values_that_are_none_of_digits(tmp_path: Path, small_arrays: Arrays) -> None:
    def of(letter: str, change: object) -> str:
        return refused(npz(tmp_path, changed(small_arrays, letter, change)))

    assert "pixels go from -0.42 to 2.8" in of("x", lambda a: a / np.float32(255) * 3.22 - 0.42)
    assert "pixels go from 0 to 65535" in of("x", lambda a: a.astype(np.uint16) * 257)
    assert "pixels go from nan" in of("x", lambda a: np.where(a > 200, np.nan, a))
    assert "pixels go from 0 to 0;" in of("x", np.zeros_like)
    assert "labels go from 1 to 10;" in of("y", lambda a: a + 1)
    assert "labels go from -1 to 8;" in of("y", lambda a: a.astype(np.int8) - 1)
    assert "labels go from 0.5 to 9" in of("y", lambda a: np.maximum(a, 0.5))
    assert "not exactly one 1" in of("y", lambda a: np.eye(10)[a] * 0.9)
    assert "not exactly one 1" in of("y", lambda a: np.zeros((len(a), 10)))
    assert "(600, 32, 32)" in of("x", lambda a: np.pad(a, ((0, 0), (2, 2), (2, 2))))
    assert "fewer than 20" in refused(npz(tmp_path, {k: a[:19] for k, a in small_arrays.items()}))


def test_files_that_are_something_else(tmp_path: Path, small_arrays: Arrays) -> None:
    np.save(tmp_path / "x.npy", small_arrays["x_test"])
    assert "single NumPy array" in refused(tmp_path / "x.npy")
    write_idx(tmp_path / "idx", small_arrays)
    assert "name the folder" in refused(tmp_path / "idx" / "train-images-idx3-ubyte")
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.write(tmp_path / "idx" / "train-images-idx3-ubyte")
    assert "unpack it" in refused(tmp_path / "archive.zip")
    (tmp_path / "mnist_train.csv").write_text("label,1x1\n5,0\n")
    assert "neither an .npz archive nor a folder" in refused(tmp_path / "mnist_train.csv")
    assert "no such file or folder" in refused(tmp_path / "none")
    path = npz(tmp_path, small_arrays)
    path.write_bytes(path.read_bytes()[:-2000])
    assert "data.npz is not whole" in refused(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="POSIX")
def test_a_device_is_not_read() -> None:
    assert "Not a regular file" in refused(Path("/dev/zero"))


def test_names_out_of_a_file_can_be_printed(tmp_path: Path) -> None:
    refused(npz(tmp_path, {"\x1b[2J": np.zeros((5, 5))}))
    (tmp_path / "\x1b[2Jfolder").mkdir()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "\x1b[2J\nfile").write_text("")
    refused(tmp_path / "more")


def test_an_archive_is_not_believed_to_be_as_large_as_it_claims(tmp_path: Path, small_arrays: Arrays) -> None:
    """A few kilobytes that unpack to a hundred megabytes, or claim a petabyte."""
    np.savez_compressed(tmp_path / "bomb.npz", **(small_arrays | {"x_train": np.zeros((600, 784, 300), np.uint8)}))
    assert (tmp_path / "bomb.npz").stat().st_size < 2_000_000
    refused(tmp_path / "bomb.npz")
    np.savez_compressed(tmp_path / "bomb.npz", **(small_arrays | {"x_train": np.zeros((150_000, 28, 28), np.uint8)}))
    assert "not whole" in refused(tmp_path / "bomb.npz", limit=100_000_000)


# --- folders -------------------------------------------------------------------------------------------------------


def lying(arrays: Arrays) -> Arrays:
    """As EMNIST has them."""
    return changed(arrays, "x", lambda a: a.transpose(0, 2, 1))


def letters(arrays: Arrays) -> Arrays:
    return changed(arrays, "y", lambda a: a + 20)


@pytest.mark.slow
@pytest.mark.parametrize("digits", ["digits", "mnist"])
def test_of_emnist_s_archive_the_digits_are_taken_and_it_says_so(
    tmp_path: Path, small_arrays: Arrays, digits: str
) -> None:
    for split in ("balanced", "bymerge", "letters", "byclass"):
        write_idx(tmp_path, lying(letters(small_arrays)), f"emnist-{split}-", packed=True)
    if digits == "digits":
        other = {k: a[::-1] for k, a in small_arrays.items()}
        write_idx(tmp_path, lying(other), "emnist-mnist-", packed=True)
    write_idx(tmp_path, lying(small_arrays), f"emnist-{digits}-", packed=True)
    found = dataset.from_path(tmp_path)
    assert same(found, small_arrays)
    assert str(found.source) == f"emnist-{digits}: 600 training and 200 test images"


def test_emnist_without_digits_is_not_mistaken_for_them(tmp_path: Path, small_arrays: Arrays) -> None:
    write_idx(tmp_path, lying(letters(small_arrays)), "emnist-letters-")
    assert "labels go from 20 to 29" in refused(tmp_path)
    write_idx(tmp_path, lying(letters(small_arrays)), "emnist-balanced-")
    assert "several sets (emnist-balanced, emnist-letters)" in refused(tmp_path)


@pytest.mark.parametrize("below", ["MNIST/raw", "raw", "a/b/c"])
def test_a_folder_further_up(tmp_path: Path, small_arrays: Arrays, below: str) -> None:
    """As torchvision's `data` or `data/MNIST`."""
    write_idx(tmp_path / below, small_arrays)
    assert same(dataset.from_path(tmp_path), small_arrays)


def test_of_several_sets_none_is_chosen_without_a_word(tmp_path: Path, small_arrays: Arrays) -> None:
    write_idx(tmp_path / "MNIST" / "raw", small_arrays)
    write_idx(tmp_path / "FashionMNIST" / "raw", small_arrays)
    assert "several sets (FashionMNIST/raw, MNIST/raw)" in refused(tmp_path)
    assert same(dataset.from_path(tmp_path / "MNIST"), small_arrays)


@pytest.mark.parametrize("both", [True, False])
def test_kaggle_s_folders_named_like_the_files(tmp_path: Path, small_arrays: Arrays, both: bool) -> None:
    for path in list(write_idx(tmp_path, small_arrays).iterdir()):
        content = path.read_bytes()
        if both:
            path.rename(tmp_path / path.name.replace("-idx", ".idx"))
        else:
            path.unlink()
        path.mkdir()
        if not both or "labels" in path.name:
            (path / path.name).write_bytes(content)
    assert same(dataset.from_path(tmp_path), small_arrays)


def test_gzip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path, small_arrays: Arrays) -> None:
    for number, path in enumerate(sorted(write_idx(tmp_path, small_arrays).iterdir())):
        if number % 2:
            path.write_bytes(gzip.compress(path.read_bytes()))
        else:
            path.rename(path.with_name(path.name + ".gz"))
    assert same(dataset.from_path(tmp_path), small_arrays)


def test_what_a_folder_lacks(tmp_path: Path, small_arrays: Arrays) -> None:
    assert "no IDX file is in it or below, but: –" in refused(tmp_path)
    npz(tmp_path, small_arrays)
    assert "no IDX file is in it or below, but: data.npz" in refused(tmp_path)
    write_idx(tmp_path, small_arrays)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "no IDX file with the test labels" in refused(tmp_path)


@pytest.mark.parametrize("packed", [True, False])
def test_an_idx_file_is_not_believed_to_be_as_large_as_it_claims(
    tmp_path: Path, small_arrays: Arrays, packed: bool
) -> None:
    path = write_idx(tmp_path, small_arrays) / "train-images-idx3-ubyte"
    for claim, content in ((2**32 - 1, b""), (200_000, bytes(156_800_000 if packed else 0))):
        whole = struct.pack(">HBB3I", 0, 8, 3, claim, 28, 28) + content
        path.write_bytes(gzip.compress(whole, 1) if packed else whole)
        assert "train-images-idx3-ubyte is not whole" in refused(tmp_path, limit=100_000_000)
    path.write_bytes(b"\x1f\x8b" + os.urandom(50))
    assert "train-images-idx3-ubyte is not whole" in refused(tmp_path)
