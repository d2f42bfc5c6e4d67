"""Training images: MNIST from a file or a checked download, or handwriting made by the program, and which it is.

Every image is uint8, 28x28, ink 255 on paper 0, and every label uint8 0..9, as Keras gives them. MNIST: Y. LeCun,
C. Cortes and C. Burges, 60,000 training and 10,000 test images of digits by about 250 writers, CC BY-SA 3.0.
"""

import functools
import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnist_demo.data import download, formats
from mnist_demo.errors import DataError
from mnist_demo.handwriting import generator
from mnist_demo.messages import Sentence, say
from mnist_demo.settings import home_expanded

MNIST_FINGERPRINT = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""SHA-256 of the bytes of Keras's x_train, y_train, x_test, y_test one after the other."""

GENERATED_TEST_IMAGES = 10_000
GENERATED_RARE_FORM_WEIGHT = 0.2
"""See `generator.generate`. As common as the training has them that knows no other images."""
SAMPLES = formats.LEAST
MNIST_BYTES = 60_000_000  # its 55 MB of images and labels, with their file around them


@dataclass(frozen=True)
class Dataset:
    """`name` is "mnist", "file" or "generated". Of "generated" there are no training arrays (they have no rows): the
    trainer writes fresh ones every epoch. `samples` are the first training images, for looking at."""

    name: str
    source: Sentence
    train_images: np.ndarray  # (n, 28, 28) uint8
    train_labels: np.ndarray  # (n,) uint8
    test_images: np.ndarray  # (m, 28, 28) uint8
    test_labels: np.ndarray  # (m,) uint8
    samples: tuple[np.ndarray, np.ndarray]  # (20, 28, 28) uint8, (20,) uint8
    fingerprint: str

    def limited(self, count: int | None) -> "Dataset":
        """The same with only the first `count` training images; None leaves it whole."""
        if count is None:
            return self
        images, labels = self.train_images[:count], self.train_labels[:count]
        source = self.source
        if len(images):
            source = say("source.file", name=self.name, train=f"{len(images):,}", test=f"{len(self.test_images):,}")
        fingerprint = limited_fingerprint(self.fingerprint, count)
        return replace(self, train_images=images, train_labels=labels, source=source, fingerprint=fingerprint)


def limited_fingerprint(fingerprint: str, count: int | None) -> str:
    """The fingerprint of a dataset once `limited`."""
    return fingerprint if count is None else f"{fingerprint}-{count}"


def from_path(path: Path, limit: int = formats.LIMIT) -> Dataset:
    """The dataset in an .npz archive or in a folder with IDX files of at most `limit` bytes, see `formats`.

    Raises `DataError`.
    """
    name, train_images, train_labels, test_images, test_labels = formats.read(path, limit)
    digest = hashlib.sha256()
    for array in (train_images, train_labels, test_images, test_labels):
        digest.update(array.data)
    is_mnist = digest.hexdigest() == MNIST_FINGERPRINT
    counts = {"train": f"{len(train_images):,}", "test": f"{len(test_images):,}"}
    return Dataset(
        name="mnist" if is_mnist else "file",
        source=say("source.mnist") if is_mnist else say("source.file", name=name, **counts),
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        samples=(train_images[:SAMPLES], train_labels[:SAMPLES]),
        fingerprint=digest.hexdigest(),
    )


def generated(per_epoch: int) -> Dataset:
    """Handwriting made by the program; `per_epoch` is only told to people."""
    test_images, test_labels = _generated_tests()
    return Dataset(
        name="generated",
        source=say("source.generated", train=f"{per_epoch:,}", test=f"{len(test_images):,}"),
        train_images=np.zeros((0, 28, 28), np.uint8),
        train_labels=np.zeros(0, np.uint8),
        test_images=test_images,
        test_labels=test_labels,
        samples=generator.generate(SAMPLES, np.random.default_rng([2, 1])),
        fingerprint=generated_fingerprint(),
    )


@functools.cache
def _generated_tests() -> tuple[np.ndarray, np.ndarray]:
    """Half a second's work, and always the same."""
    rng = np.random.default_rng([2, 0])
    images, labels = generator.generate(GENERATED_TEST_IMAGES, rng, GENERATED_RARE_FORM_WEIGHT)
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels


def generated_fingerprint() -> str:
    """Stands for what the generator writes.

    Not for its bytes: their last bits depend on the processor, and a network trained on one computer is to be found on
    another.
    """
    return f"generated-{generator.VERSION}"


def has_local_mnist(folder: Path) -> bool:
    """Whether files of the right names are on this computer already (their content is looked at by `mnist`)."""
    return bool(_local_places(folder))


def at_hand(data: str | None, folder: Path) -> Dataset | None:
    """The real images that `--data` names, if they are on this computer; None for generated ones. `folder`: of
    downloads."""
    if data in (None, "mnist"):
        return next(filter(None, map(_mnist_in, _local_places(folder))), None)
    try:
        return from_path(Path(data)) if data is not None and data != "generated" else None
    except DataError:
        return None


def mnist(
    folder: Path,
    mirror: str | None = None,
    patience: download.Patience = download.AT_LAUNCH,
    report: download.Report = lambda host, done, total: None,
) -> Dataset:
    """MNIST from this computer or, if it is not here, from the network, kept below `folder`. Raises `DownloadError`."""
    for path in _local_places(folder):
        dataset = _mnist_in(path)
        if dataset is not None:
            return dataset
        if path.is_file() and path.is_relative_to(folder):
            # of a mirror's file no checksum is known, so what became of it would pass for the download
            download.discard(path)
    sources = [download.mirror(mirror), *download.SOURCES] if mirror else download.SOURCES
    found: list[Dataset] = []

    def is_mnist(path: Path) -> bool:
        found.extend(filter(None, [_mnist_in(path)]))
        return bool(found)

    download.fetch(folder, sources, patience, report, is_mnist)
    return found[0]


def _local_places(folder: Path) -> list[Path]:
    """An earlier download to `folder`, or Keras's own."""
    keras_home = home_expanded(os.environ.get("KERAS_HOME") or "~/.keras")
    places = [keras_home / "datasets" / download.KERAS_FILE]
    if folder.is_dir():
        places += [next(p.glob("*.npz"), p) for p in sorted(folder.iterdir()) if p.is_dir()]
    return [path for path in places if path.is_file() or _has_all_idx_files(path)]


def _has_all_idx_files(folder: Path) -> bool:
    """False for what a download that failed leaves behind: an empty folder, or some of the files."""
    return all((folder / name).is_file() for name in download.IDX_FILES)


def _mnist_in(path: Path) -> Dataset | None:
    try:
        dataset = from_path(path, MNIST_BYTES)
    except DataError:
        return None
    return dataset if dataset.name == "mnist" else None
