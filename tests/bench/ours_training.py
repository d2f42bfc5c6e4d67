"""Seconds of our training's third epoch on so many images: `python ours_training.py MNIST.npz IMAGES`. Prints JSON.

The default recipe in small, but for the batch and what is frozen: with fewer images the program takes smaller batches,
which take longer for each image, and freezes nothing, so that different numbers of images would not compare.
"""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from mnist_demo.data import dataset
from mnist_demo.model.spec import LESSON
from mnist_demo.training.recipe import MIXED, recipe_for
from mnist_demo.training.train import train

BATCH = 128

data, images = Path(sys.argv[1]), int(sys.argv[2])
recipe = replace(recipe_for("mnist", epochs=3, limit=images), batch=BATCH, freeze_from=MIXED.freeze_from)
with tempfile.TemporaryDirectory() as folder:
    trained = train(LESSON, dataset.from_path(data).limited(images), recipe, Path(folder) / "state")
print(json.dumps(trained.history[2].seconds))
