"""Images that the network was trained on, ready to be compared with a drawing. Made when somebody first asks."""

import logging
import threading

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.model.explain import Neighbours
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.service.workshop import Workshop
from mnist_demo.store import seen
from mnist_demo.store.cache import TrainedModel

log = logging.getLogger("mnist_demo")


class Explainer:
    """Safe from many threads."""

    def __init__(self, workshop: Workshop):
        self._workshop = workshop
        self._lock = threading.Lock()
        self._neighbours: Neighbours | None = None

    def neighbours(self, model: TrainedModel, recognizer: Recognizer) -> Neighbours:
        """Those kept with the model. Where the disk did not have it, the first of its images or, if they are not on
        this computer or were written for each epoch, as many new ones. Takes seconds the first time."""
        with self._lock:
            found = self._neighbours
            if found is None or found.recognizer.version != recognizer.version:
                found = self._neighbours = Neighbours(recognizer, *self._images(model))
            return found

    def _images(self, model: TrainedModel) -> tuple[np.ndarray, np.ndarray]:
        folder = self._workshop.folder
        if folder is not None:
            try:
                return seen.read(folder)
            except (OSError, ValueError, KeyError):
                log.warning("The images kept with the network can't be read; others like them are shown.")
        usual = self._workshop.usual_images(model)
        if len(usual.train_images):
            return usual.train_images[: seen.MOST].copy(), usual.train_labels[: seen.MOST].copy()
        return generator.generate(seen.MOST, np.random.default_rng([3, 0]), model.recipe.rare_form_weight)
