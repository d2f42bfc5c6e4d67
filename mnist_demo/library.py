"""The program as a library, for notebooks and other programs: `from mnist_demo import load`.

digits = load()                                    the cached network, or train one as `python app.py` would
digits.recognize_strokes([[[10, 10], [60, 8], [30, 90]]]).digit
digits.recognize_picture("seven.png").probabilities
digits.recognize(array)                            28x28 in MNIST's form
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo import settings
from mnist_demo.console import Console
from mnist_demo.errors import ImageError, TrainingError
from mnist_demo.messages import say
from mnist_demo.model.recognizer import Answer, Recognizer
from mnist_demo.model.spec import SIDE
from mnist_demo.preprocess import pictures, strokes
from mnist_demo.service import Service
from mnist_demo.service.status import Phase
from mnist_demo.settings import home_expanded
from mnist_demo.store import export
from mnist_demo.store.cache import TrainedModel

Strokes = Sequence[Sequence[Sequence[float]]]


class DigitRecognizer:
    """A trained network with all the ways to ask it. Every method may be called from any thread."""

    def __init__(self, model: TrainedModel):
        self.model = model
        self._recognizer = Recognizer(model.spec, model.weights, len(model.history))

    @property
    def test_accuracy(self) -> float:
        """The share of test images that it reads correctly, 0..1."""
        return self.model.test_accuracy

    def recognize_strokes(self, drawing: Strokes) -> Answer:
        """Strokes, each a list of [x, y] in any scale, y downwards. Raises `StrokesError`."""
        return self._recognizer.answer(strokes.image(strokes.check(drawing)))

    def recognize_picture(self, path: str | Path) -> Answer:
        """A picture file of one digit, dark on light or light on dark, of any size. Raises `ImageError`."""
        return self._recognizer.answer(pictures.image_from_file(home_expanded(path)))

    def recognize(self, image: np.ndarray) -> Answer:
        """An image in MNIST's form: (28, 28), ink high on paper 0, uint8 0..255 or a float type 0..1.

        Raises `ImageError` for any other shape, type or range.
        """
        if image.shape != (SIDE, SIDE):
            raise ImageError(reason=say("reason.image_shape", shape=str(image.shape)))
        if image.dtype == np.uint8:
            return self._recognizer.answer(image / np.float32(255))
        if not np.issubdtype(image.dtype, np.floating) or not (image.min() >= 0 and image.max() <= 1):
            raise ImageError(reason=say("reason.image_values"))
        return self._recognizer.answer(image)

    def export(self, folder: str | Path) -> list[Path]:
        """Write it as .keras, SavedModel and LiteRT, and its history as CSV -> their paths. Raises `ExportError`."""
        return export.write(self.model, home_expanded(folder))


def load(
    data: str | None = None,
    cache: str | Path | None = None,
    epochs: int | None = None,
    limit: int | None = None,
    recipe: settings.RecipeName | None = None,
    quiet: bool = False,
) -> DigitRecognizer:
    """The newest network trained on this data from the cache; if there is none, train it now and keep it there.

    The arguments are the command line's flags of these names; without them the environment's MNIST_DEMO_... and the
    program's defaults hold, so that a network trained by `python app.py` is found. Prints how it goes unless
    `quiet`. Training takes about half a minute; interrupted, it goes on next time where it was.

    Raises:
        DemoError: the data can't be used, or the training failed; its text says why.
        ValueError: `epochs` is not 1 to 50, `limit` less than 100, or `recipe` neither "usual" nor "lesson".
    """
    if epochs is not None and not 1 <= epochs <= settings.MAX_EPOCHS:
        raise ValueError(f"epochs must be 1 to {settings.MAX_EPOCHS}, not {epochs}")
    if limit is not None and limit < settings.MIN_LIMIT:
        raise ValueError(f"limit must be at least {settings.MIN_LIMIT}, not {limit}")
    if recipe is not None and recipe not in settings.RECIPES:
        raise ValueError(f"recipe must be one of {settings.RECIPES}, not {recipe!r}")
    given: dict[str, Any] = {
        "data": data and settings.chosen_data(data),
        "cache": cache and home_expanded(cache),
        "epochs": epochs,
        "limit": limit,
        "recipe": recipe,
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GRADIO_")}
    asked = settings.from_command_line("", [], ours)
    service = Service(replace(asked, **{name: value for name, value in given.items() if value is not None}))
    if not quiet:
        service.listen(Console())
    service.start()
    try:
        # in turns, so that Ctrl+C or a notebook's stop button is heard
        while not service.idle:
            service.wait(0.2)
    finally:
        service.stop()
    if service.status.phase is not Phase.READY:
        raise service.error or TrainingError(reason=service.status.message)
    return DigitRecognizer(service.model)
