"""What an epoch shows: MNIST's images, fresh generated digits and drawings of none, shuffled and varied, as batches."""

import itertools
import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from mnist_demo.data.dataset import Dataset
from mnist_demo.handwriting.worker import NO_DIGIT, Request, Worker
from mnist_demo.model.spec import SIDE
from mnist_demo.training.recipe import Recipe


class Batches:
    """The images of every epoch as batches: real ones, fresh generated ones and non-digits, shuffled together.

    An epoch is asked for in parts by a thread, up to an epoch ahead: the first steps wait for the first part alone.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe):
        self._dataset, self._recipe = dataset, recipe
        self._halves: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        count = len(dataset.train_images) + recipe.generated + recipe.non_digits
        self.per_execution = 8  # steps in one call of the compiled function; a listener hears of each call
        steps = max(count // recipe.batch, 1)
        if steps < self.per_execution:
            self.per_execution = 1
        calls = steps // self.per_execution
        self.steps = calls * self.per_execution
        self.epoch = 0
        self._parts = min(8, calls)
        self._writer = ThreadPoolExecutor(1, "writer")
        self._worker = Worker()
        self._written: dict[tuple[int, int], Future[tuple[np.ndarray, np.ndarray]]] = {}
        self._write(0)

    def close(self) -> None:
        """Write nothing more, and end the process that writes."""
        self._writer.shutdown(wait=False, cancel_futures=True)
        self._worker.close()

    def _write(self, epoch: int) -> None:
        for part in range(self._parts):
            if (epoch, part) not in self._written and epoch < self._recipe.epochs:
                self._written[epoch, part] = self._writer.submit(self._images, epoch, part)

    def _images(self, epoch: int, part: int) -> tuple[np.ndarray, np.ndarray]:
        """All images (n, 28, 28) uint8 and labels (n,) uint8 of a part of an epoch, in its order."""
        numbers = epoch, (epoch + 1) % max(self._recipe.epochs, 2)  # the last epoch shows the first half again
        for number in numbers:
            if (number, part) not in self._halves:
                self._halves[number, part] = self._half(number, part)
        written = [self._shown_of(self._halves[number, part], epoch, part) for number in numbers]
        if epoch:
            del self._halves[epoch, part]
        real = self._real(epoch)
        real = real[slice(*self._share(len(real), part))]
        data = [(self._dataset.train_images[real], self._dataset.train_labels[real]), *written]
        images, labels = (np.concatenate(arrays) for arrays in zip(*data, strict=True))
        order = np.random.default_rng([self._recipe.seed, epoch, part]).permutation(len(images))
        return images[order], labels[order]

    def _generated(self, epoch: int) -> int:
        """How many generated digits an epoch shows: the first ones more and the last ones fewer, if there are real ones
        to make up for it."""
        recipe = self._recipe
        middle = (recipe.epochs - 1) / 2
        tilt = recipe.generated_tilt * (1 - epoch / middle) if middle else 0.0
        return recipe.generated + round(tilt * min(recipe.generated, len(self._dataset.train_images)))

    def _real(self, epoch: int) -> np.ndarray:
        """Which real images an epoch shows, in what order: each of them before any comes again."""
        count = len(self._dataset.train_images)
        if not count:
            return np.empty(0, int)
        shown = [count + self._recipe.generated - self._generated(number) for number in range(epoch + 1)]
        start, end = sum(shown[:-1]), sum(shown)
        rounds = range(start // count, math.ceil(end / count))
        orders = [np.random.default_rng([self._recipe.seed, number]).permutation(count) for number in rounds]
        return np.concatenate(orders)[start % count :][: shown[-1]]

    def _shown_of(self, half: tuple[np.ndarray, np.ndarray], epoch: int, part: int) -> tuple[np.ndarray, np.ndarray]:
        """What an epoch shows of a part of a half: all non-digits, and as many of the digits as are due."""
        images, labels = half
        digits = np.count_nonzero(labels != NO_DIGIT)
        due = np.r_[: self._half_of(self._generated(epoch), part), digits : len(labels)]
        return images[due], labels[due]

    def _half(self, number: int, part: int) -> tuple[np.ndarray, np.ndarray]:
        """Half of what the program writes for a part, digits and none. Each is shown in two epochs, varied anew."""
        return self._worker.write(self._request(number, part))

    def _request(self, number: int, part: int) -> Request:
        recipe = self._recipe
        seed = recipe.seed, number, part, 1
        generated = self._generated(max(number - 1, 0))  # as of the epoch that shows it first
        digits, non_digits = (self._half_of(count, part) for count in (generated, recipe.non_digits))
        return Request(seed, digits, non_digits, recipe.rare_form_weight)

    def _share(self, count: int, part: int) -> tuple[int, int]:
        """Which of so many belong to a part: from here, to there."""
        return count * part // self._parts, count * (part + 1) // self._parts

    def _half_of(self, count: int, part: int) -> int:
        start, end = self._share(math.ceil(count / 2), part)
        return end - start

    def seen(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first of the digits that are shown, as they are before they are varied, at most so many: images uint8
        (n, 28, 28), labels uint8 (n,). Of real images, if the dataset has any, else of those that were written."""
        if len(self._dataset.train_images):
            return self._dataset.train_images[:count], self._dataset.train_labels[:count]
        images, labels = np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.uint8)
        for part in range(self._parts):
            if len(images) < count:
                more = self._request(0, part).write()  # here, as the training has ended the process that writes
                digits = more[1] != NO_DIGIT
                images, labels = np.concatenate([images, more[0][digits]]), np.concatenate([labels, more[1][digits]])
        return images[:count], labels[:count]

    def chunks_of_epoch(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Images (per_execution, batch, 28, 28) uint8 and labels (per_execution, batch) uint8: so many batches at a
        time as one call trains on; few calls of Python, which has other things to do."""
        epoch = self.epoch
        for passed in [key for key in self._written if key[0] < epoch]:  # a training that goes on never needs them
            self._written.pop(passed).cancel()
        self._write(epoch)
        self._write(epoch + 1)
        yield from itertools.islice(self._chunks(epoch), self.steps // self.per_execution)

    def _chunks(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        shape = self.per_execution, self._recipe.batch
        size = math.prod(shape)
        images, labels = np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.uint8)
        for part in range(self._parts):
            more = self._written.pop((epoch, part)).result()
            images, labels = np.concatenate([images, more[0]]), np.concatenate([labels, more[1]])
            if part == 0 and len(images) < size:
                # a small dataset fills its one batch by starting over
                images, labels = np.resize(images, (size, SIDE, SIDE)), np.resize(labels, size)
            for start in range(0, len(images) - size + 1, size):
                chunk = slice(start, start + size)
                yield images[chunk].reshape(*shape, SIDE, SIDE), labels[chunk].reshape(shape)
            rest = len(images) // size * size
            images, labels = images[rest:], labels[rest:]
