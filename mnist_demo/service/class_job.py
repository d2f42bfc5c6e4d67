"""The work of training with the class's digits, from the network that answers; it goes on answering meanwhile."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from mnist_demo.data import class_dataset
from mnist_demo.data.dataset import Dataset
from mnist_demo.errors import ClassError, UntrainedError
from mnist_demo.messages import say
from mnist_demo.model import packing
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.service.classroom import Classroom, Comparison, Lesson
from mnist_demo.service.workshop import Workshop
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.timeline import Timeline
from mnist_demo.training.history import Epoch, Progress
from mnist_demo.training.recipe import recipe_for_class

LEAST = 10  # digits to train with


class ClassJob:
    """One training. It begins at the network from before the last one with the class, so that trying again with more
    digits forgets nothing and no tested writer's digits are ever in it."""

    def __init__(self, workshop: Workshop, classroom: Classroom):
        self._workshop, self._board, self._classroom = workshop, workshop.board, classroom
        self._epochs = 0  # behind the network that it begins at
        self._timeline = Timeline()
        self._told = 0.0

    def run(self) -> None:
        """Do it. Raises `Stopped`, and `DemoError` when no network comes of it."""
        last = self._classroom.comparison
        try:
            self._classroom.comparison = found = self._compared()
            if last is not None and self._board.model is last.after:
                # the teacher has chosen the class's network, and this is it now
                self._workshop.publish(found.after, self._board.status.notices)
        finally:
            self._classroom.lesson = None

    def _compared(self) -> Comparison:
        before = self._before()
        class_images = self._classroom.gallery.images()
        mask = class_images.tested
        trained, tested = class_images.some(~mask), class_images.some(mask)
        if len(trained.digits) < LEAST:
            raise ClassError(reason=say("reason.class_few", least=LEAST))
        usual = self._workshop.usual_images(before)
        after = self._trained(before, class_dataset.beside(usual, trained.images, trained.labels))
        sides = [Recognizer(model.spec, model.weights, 1) for model in (before, after)]
        found = [side.evaluate(tested.images, tested.labels) for side in sides]
        source = say("source.class", source=before.source, digits=f"{len(trained.digits):,}")
        learned = sides[1].evaluate(trained.images, trained.labels)
        right = int((learned.answers == learned.labels).sum())
        return Comparison(before, replace(after, source=source), trained, right, tested, *found)

    def _before(self) -> TrainedModel:
        model, last = self._board.model, self._classroom.comparison
        if model is None:
            raise UntrainedError
        return last.before if last is not None and model is last.after else model

    def _trained(self, before: TrainedModel, data: Dataset) -> TrainedModel:
        recipe = recipe_for_class(before.recipe)
        self._epochs, self._timeline = len(before.history), before.timeline
        with tempfile.TemporaryDirectory() as folder:
            train = self._workshop.trainer()
            stopping, state = self._workshop.stopping.is_set, Path(folder)
            trained = train(before.spec, data, recipe, state, self._on_progress, stopping, before.weights)
        return replace(
            before,
            weights=trained.weights,
            history=(*before.history, *(_later(epoch, len(before.history)) for epoch in trained.history)),
            evaluation=trained.evaluation,
            timeline=self._timeline,
            seconds=trained.seconds,
            further=(recipe,),
        )

    def _on_progress(self, progress: Progress) -> None:
        if progress.weights is not None and progress.eval_points:
            point, packed = progress.eval_points[-1], packing.pack(progress.weights)
            self._timeline = self._timeline.extended(self._epochs + point.at, point.test_accuracy, packed)
        if time.monotonic() - self._told > 0.1:
            self._told = time.monotonic()
            self._classroom.lesson = Lesson(progress.fraction, progress.seconds_left)


def _later(epoch: Epoch, epochs: int) -> Epoch:
    """The same after so many others."""
    points = tuple(replace(point, at=point.at + epochs) for point in epoch.eval_points)
    return replace(epoch, epoch=epoch.epoch + epochs, eval_points=points)
