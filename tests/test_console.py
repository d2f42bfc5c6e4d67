"""What the terminal says: each epoch once."""

import io

from mnist_demo.console import Console
from mnist_demo.studio import Status
from mnist_demo.texts import say
from mnist_demo.training import Epoch

EPOCHS = tuple(Epoch(number, 0.9, 0.3, 0.95, 0.2, 1.0) for number in (1, 2, 3))


def test_each_epoch_is_told_once_also_when_a_second_training_begins() -> None:
    console = Console(written := io.StringIO())
    ready = say("status.ready", accuracy="95%")
    looking = say("status.looking")
    training = say("status.training", epoch=1, epochs=2)
    for status in (
        Status(phase="ready", message=ready, history=EPOCHS, epoch=3, epochs=3),
        Status(phase="loading", message=looking, history=EPOCHS, epoch=3, epochs=3),
        Status(phase="loading", message=looking, history=EPOCHS, epoch=0, epochs=0),
        Status(phase="training", message=training, history=(), epoch=0, epochs=2),
        Status(phase="training", message=training, history=EPOCHS[:1], epoch=1, epochs=2),
        Status(phase="training", message=training, history=EPOCHS[:2], epoch=2, epochs=2),
        Status(phase="ready", message=ready, history=EPOCHS[:2], epoch=2, epochs=2),
    ):
        console(status)
    lines = [line.split()[1] for line in written.getvalue().splitlines() if line.startswith("epoch")]
    assert lines == ["1/3", "2/3", "3/3", "1/2", "2/2"]
