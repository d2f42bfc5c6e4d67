"""The program with a trainer that learns nothing and needs no TensorFlow, for tests of what is around a training:
disks, networks, proxies, terminals, signals. `python tests/untrained.py` takes the same arguments as `python app.py`.
Where MNIST_DEMO_TEST_EPOCHS names a file, no epoch ends before the number in it allows for it.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import app
from mnist_demo.data.dataset import Dataset
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.numpy_model import NumpyModel, packed_kernels
from mnist_demo.model.packing import rounded
from mnist_demo.model.spec import Spec, initial_weights
from mnist_demo.training.history import SEEN, Epoch, EvalPoint, Progress, Stopped, Trained
from mnist_demo.training.recipe import Recipe

IMAGES = 100  # tested


def allowed() -> float:
    """Epochs that may end by now."""
    file = os.environ.get("MNIST_DEMO_TEST_EPOCHS")
    return float(Path(file).read_text(encoding="utf-8") or 0) if file else float("inf")


def train(
    spec: Spec,
    dataset: Dataset,
    recipe: Recipe,
    folder: Path,
    report: Callable[[Progress], None],
    stopping: Callable[[], bool],
    start: Sequence[np.ndarray] | None = None,
) -> Trained:
    """As `training.train.train`, but an epoch takes a tenth of a second and comes to another random network."""
    images, labels = dataset.test_images[:IMAGES], dataset.test_labels[:IMAGES]
    history: tuple[Epoch, ...] = ()
    report(Progress(recipe.epochs, 0, None, (), (), "nothing"))
    for number in range(1, recipe.epochs + 1):
        begun = time.monotonic()
        while time.monotonic() - begun < 0.1 or number > allowed():
            if stopping():
                raise Stopped
            time.sleep(0.01)
        weights = rounded(initial_weights(spec, recipe.seed + number))
        found = Evaluation(images, labels, NumpyModel(spec, weights).logits(images.astype("float32") / 255))
        point = EvalPoint(number, found.accuracy, found.loss, found.accuracy, found.loss)
        kernels = packed_kernels(spec.kernel(weights, spec.convolutions[0]))
        epoch = Epoch(number, found.accuracy, found.loss, found.accuracy, found.loss, 0.1, kernels, (point,))
        history += (epoch,)
        points = tuple(point for epoch in history for point in epoch.eval_points)
        report(Progress(recipe.epochs, number / recipe.epochs, 0.1, history, points, "nothing", weights))
    seen = (dataset.train_images[:SEEN], dataset.train_labels[:SEEN]) if len(dataset.train_images) else (images, labels)
    return Trained(weights, history, found, b"", seen, found.accuracy)


if __name__ == "__main__":
    sys.argv[0] = "app.py"
    app.run(trainer=lambda: train)
