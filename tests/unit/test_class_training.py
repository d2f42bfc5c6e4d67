"""Training with a class's digits, from the network that answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import untrained
from conftest import copy_of
from launching import trainer_here

from mnist_demo.data import class_dataset, dataset
from mnist_demo.errors import BusyError, ClassError, UntrainedError
from mnist_demo.handwriting import generator
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.settings import Settings

SECONDS = 120
EPOCHS = 2


def scrawl(label: int, rng: np.random.Generator) -> list[np.ndarray]:
    """A class's own way to write a digit that nobody else would read: as many dashes below each other."""
    rows = [[[rng.uniform(0, 5), 12.0 * row], [rng.uniform(50, 60), 12.0 * row]] for row in range(label + 1)]
    return strokes.check(rows)


def collect(service: Service, writers: int = 6, each: int = 20) -> None:
    rng = np.random.default_rng(0)
    for writer in range(writers):
        for digit in range(each):
            label = 1 + digit % 4
            service.classroom.digits.add(f"writer {writer}", label, scrawl(label, rng))


def ready(cache: Path, **options: Any) -> Service:
    settings = Settings(cache=cache, data="generated", epochs=EPOCHS, limit=4_000)
    running = Service(settings, **{"trainer": trainer_here, **options})
    running.start()
    running.wait(SECONDS)
    return running


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a network that reads most digits."""
    cache = tmp_path_factory.mktemp("class") / "cache"
    ready(cache).stop()
    return cache


@pytest.fixture
def service(trained: Path, tmp_path: Path) -> Iterator[Service]:
    running = ready(copy_of(trained, tmp_path / "cache"))
    yield running
    running.stop()


def test_the_class_s_digits_stand_beside_the_usual_ones(small_npz: Path) -> None:
    usual = dataset.from_path(small_npz)
    images, labels = generator.generate(30, np.random.default_rng(0))
    shown = class_dataset.beside(usual, images, labels)
    assert len(shown.train_images) == 600 + class_dataset.MOST_TIMES * 30
    assert (shown.train_labels[600:630] == labels).all()
    assert shown.test_images is usual.test_images
    many = np.zeros((class_dataset.AS_MANY, 28, 28), np.uint8)
    assert len(class_dataset.beside(usual, many, np.zeros(len(many), np.uint8)).train_images) == 600 + len(many)


@pytest.mark.slow
def test_the_class_teaches_and_the_teacher_chooses(service: Service) -> None:
    before = service.model
    collect(service)
    service.train_with_class()
    with pytest.raises(BusyError):
        service.train_with_class()
    service.wait(SECONDS)
    assert service.status.phase == "ready"
    assert service.classroom.lesson is None
    found = service.classroom.compared(service.model)
    assert {digit.writer for digit in found.tested.digits} == {2, 5}
    assert len(found.trained.digits) == 80
    assert found.tested_before.accuracy < 0.6
    assert found.tested_after.accuracy > 0.9, "what the tested writers' classmates taught helps them too"
    assert found.after.test_accuracy > before.test_accuracy - 0.05, "and the usual digits are not forgotten"

    assert [epoch.epoch for epoch in found.after.history] == list(range(1, EPOCHS + 2))
    assert found.after.timeline.moments[-1].at == EPOCHS + 1
    assert found.after.timeline.moments[0] == before.timeline.moments[0]

    assert service.model is before, "until the teacher chooses, the network from before answers"
    service.answer_with_class(True)
    assert service.model is found.after
    assert service.recognize(strokes.image(scrawl(3, np.random.default_rng(5)))).digit == 3
    assert "80 digits of the class" in str(service.status.source)
    service.answer_with_class(False)
    assert service.model is before

    service.answer_with_class(True)
    service.train_with_class()
    service.wait(SECONDS)
    again = service.classroom.compared(service.model)
    assert again is not found
    assert service.model is again.after, "the class's network goes on answering, as it is now"
    assert again.before is before, "a second training begins where the first began"


@pytest.mark.slow
def test_what_stands_in_the_way_is_said(trained: Path, tmp_path: Path) -> None:
    service = ready(copy_of(trained, tmp_path / "cache"), trainer=lambda: untrained.train)
    with pytest.raises(ClassError, match="no network has been trained"):
        service.answer_with_class(True)
    service.train_with_class()
    service.wait(SECONDS)
    assert "too few digits" in str(service.status.notices[-1].sentence)
    assert service.status.phase == "ready"
    assert service.classroom.lesson is None
    with pytest.raises(UntrainedError):
        Service(Settings(cache=tmp_path / "other")).train_with_class()
    collect(service)
    service.train_with_class()
    service.wait(SECONDS)
    assert service.classroom.compared(service.model) is not None
    service.retrain(epochs=1)
    service.wait(SECONDS)
    with pytest.raises(ClassError, match="has been replaced"):
        service.answer_with_class(True)
    service.stop()


@pytest.mark.slow
def test_how_the_class_s_digits_are_read_follows_what_comes_and_goes(service: Service) -> None:
    recognizer = service.recognizer
    images, found = service.classroom.evaluation(recognizer)
    assert (len(images.digits), found.logits.shape) == (0, (0, 10))
    collect(service, writers=2, each=5)
    images, found = service.classroom.evaluation(recognizer)
    one_by_one = [recognizer.answer(image / np.float32(255)).digit for image in images.images]
    assert found.answers.tolist() == one_by_one
    service.classroom.digits.remove([1])
    collect(service, writers=1, each=1)
    images, later = service.classroom.evaluation(recognizer)
    assert len(images.digits) == 10
    assert np.allclose(later.logits[:9], found.logits[1:], atol=1e-4)
