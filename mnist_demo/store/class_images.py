"""The class's digits as the network sees them, drawn once each however often they are asked for."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_demo.preprocess import strokes
from mnist_demo.store.class_digits import TESTED, ClassDigits, Digit


@dataclass(frozen=True)
class ClassImages:
    """Digits with their images, in the order in which they were collected."""

    digits: tuple[Digit, ...]
    images: np.ndarray  # (n, 28, 28) uint8, ink 255

    @property
    def labels(self) -> np.ndarray:
        """(n,) uint8."""
        return np.array([digit.label for digit in self.digits], np.uint8)

    @property
    def tested(self) -> np.ndarray:
        """(n,) bool: which are only tested on. Whole writers (see `Writer.tested`) or, while there is only one, every
        third of the digits."""
        writers = np.array([digit.writer for digit in self.digits], int)
        numbers = np.array([digit.number for digit in self.digits], int)
        return (numbers if len(np.unique(writers)) < 2 else writers) % TESTED == TESTED - 1

    def some(self, chosen: np.ndarray) -> "ClassImages":
        """Those chosen by their places, (k,) int, or by a bool for each of them, (n,)."""
        places = np.arange(len(self.digits))[chosen]
        return ClassImages(tuple(self.digits[place] for place in places), self.images[places])


class ClassGallery:
    """The images of what is in the database now. Safe from many threads."""

    def __init__(self, kept: ClassDigits):
        self._kept = kept
        self._lock = threading.Lock()
        self._now = ClassImages((), np.zeros((0, strokes.SIDE, strokes.SIDE), np.uint8))

    def images(self) -> ClassImages:
        """All that there are now. Raises `ClassError`."""
        with self._lock:
            known = self._now.digits
            new = self._kept.digits(after=known[-1].number if known else 0)
            there = set(self._kept.numbers())
            stays = [place for place, digit in enumerate(known) if digit.number in there]
            if new or len(stays) < len(known):
                images = np.concatenate([self._now.images[stays], _drawn(new)])
                self._now = ClassImages((*(known[place] for place in stays), *new), images)
            return self._now


def _drawn(digits: Sequence[Digit]) -> np.ndarray:
    """(n, 28, 28) uint8."""
    images = np.zeros((len(digits), strokes.SIDE, strokes.SIDE), np.uint8)
    for image, digit in zip(images, digits, strict=True):
        image[:] = (strokes.image([np.array(stroke) for stroke in digit.strokes]) * 255).round()
    return images
