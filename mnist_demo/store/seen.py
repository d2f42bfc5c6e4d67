"""Some of the images that a network was trained on, kept with it: the page shows which of them a drawing is most like.

seen.npz    images uint8 (n, 28, 28), labels uint8 (n,), 1 ≤ n ≤ `MOST`
"""

from pathlib import Path

import numpy as np

from mnist_demo.model.spec import CLASSES, SIDE
from mnist_demo.system import arrays
from mnist_demo.training.history import SEEN

FILE = "seen.npz"
MOST = SEEN  # 8 MB, of which two are left when they are packed
MAX_BYTES = MOST * (SIDE * SIDE + 1) + 10_000


def write(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Keep the images uint8 (n, 28, 28) with labels uint8 (n,) in a model's folder. OSError."""
    np.savez_compressed(folder / FILE, images=images, labels=labels)


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """What `write` has kept there. OSError if there is nothing, ValueError or KeyError if it is something else."""
    images, labels = arrays.read_npz(folder / FILE, ("images", "labels"), MAX_BYTES)
    count = len(labels) if labels.ndim == 1 else 0
    right = images.dtype == labels.dtype == np.uint8 and images.shape == (count, SIDE, SIDE) and count > 0
    if not right or labels.max() >= CLASSES:
        raise ValueError("these are no images with labels")
    return images, labels
