"""Images such as the network was trained on, ready to be compared with a drawing. Made when somebody first asks."""

import threading

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.model.explain import Neighbours
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.service.workshop import Workshop
from mnist_demo.store.cache import TrainedModel

IMAGES = 10_000  # 8 MB, read in two or three seconds


class Explainer:
    """Safe from many threads."""

    def __init__(self, workshop: Workshop):
        self._workshop = workshop
        self._lock = threading.Lock()
        self._neighbours: Neighbours | None = None

    def neighbours(self, model: TrainedModel, recognizer: Recognizer) -> Neighbours:
        """The first of the training images, or as many new ones where they are not on this computer or were written
        for each epoch. Takes seconds the first time."""
        with self._lock:
            found = self._neighbours
            if found is None or found.recognizer.version != recognizer.version:
                usual = self._workshop.usual_images(model)
                images, labels = usual.train_images[:IMAGES].copy(), usual.train_labels[:IMAGES].copy()
                if not len(images):
                    rng = np.random.default_rng([3, 0])
                    images, labels = generator.generate(IMAGES, rng, model.recipe.rare_form_weight)
                found = self._neighbours = Neighbours(recognizer, images, labels)
            return found
