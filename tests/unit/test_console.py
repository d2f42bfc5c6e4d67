"""What the terminal says: each epoch once, and each eval point within one."""

import io
import logging

from mnist_demo.console import Console
from mnist_demo.messages import say
from mnist_demo.service.status import Activity, Phase, Status
from mnist_demo.system import terminal
from mnist_demo.training.history import Epoch, EvalPoint

POINTS = tuple(EvalPoint(quarters / 4, 0.8, 0.4, 0.9 + quarters / 100, 0.2) for quarters in range(1, 9))
EPOCHS = tuple(Epoch(number, 0.9, 0.3, 0.95, 0.2, 1.0) for number in (1, 2, 3))
TRAINING = {
    "phase": Phase.TRAINING,
    "activity": Activity.TRAINING,
    "message": say("status.training", epoch=1, epochs=2),
}


def test_each_epoch_is_told_once_also_when_a_second_training_begins() -> None:
    console = Console(written := io.StringIO())
    ready = say("status.ready", accuracy="95%")
    looking = say("status.looking")
    for status in (
        Status(phase=Phase.READY, message=ready, history=EPOCHS, epoch=3, epochs=3),
        Status(phase=Phase.LOADING, message=looking, history=EPOCHS, epoch=3, epochs=3),
        Status(phase=Phase.LOADING, message=looking, history=EPOCHS, epoch=0, epochs=0),
        Status(**TRAINING, history=(), epoch=0, epochs=2),
        Status(**TRAINING, history=EPOCHS[:1], epoch=1, epochs=2),
        Status(**TRAINING, history=EPOCHS[:2], epoch=2, epochs=2),
        Status(phase=Phase.READY, message=ready, history=EPOCHS[:2], epoch=2, epochs=2),
    ):
        console(status)
    lines = [line.split()[1] for line in written.getvalue().splitlines() if line.startswith("epoch")]
    assert lines == ["1/3", "2/3", "3/3", "1/2", "2/2"]


def test_each_eval_point_within_an_epoch_is_told_once_too() -> None:
    console = Console(written := io.StringIO())
    for known in (0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1):
        epoch = known // 4
        console(
            Status(
                **TRAINING,
                history=EPOCHS[:epoch],
                eval_points=POINTS[:known],
                epoch=epoch,
            )
        )
    told = [line for line in written.getvalue().splitlines() if line.startswith("after")]
    assert told == [
        f"after {at:.2f} epochs  test accuracy {0.9 + at / 25:.4f}" for at in (0.25, 0.5, 0.75, 1.25, 1.5, 1.75, 0.25)
    ]


def test_of_epochs_in_an_earlier_process_their_lines_suffice() -> None:
    console = Console(written := io.StringIO())

    for known in (4, 5):
        console(
            Status(
                **TRAINING,
                history=EPOCHS[:1],
                eval_points=POINTS[:known],
                epoch=1,
                epochs=2,
            )
        )
    assert [line.split("  ")[0] for line in written.getvalue().splitlines()] == ["epoch 1/2", "after 1.25 epochs"]


def test_nothing_that_a_terminal_would_obey_is_printed() -> None:
    """Names of files, hosts and arrays come from anywhere; they could clear the screen or forge a line."""
    for harm in ("\x1b[2J", "\x1b]0;title\x07", "\r", "\x9b2J", "\u202e", "\udc80"):
        console = Console(written := io.StringIO())
        message = say("status.downloading", host=f"a{harm}b", done=1, total=2)
        console(Status(phase=Phase.LOADING, activity=Activity.DOWNLOADING, message=message))
        (line,) = written.getvalue().splitlines()
        assert line.isprintable()
        record = logging.LogRecord("mnist_demo", logging.WARNING, "", 0, "%s", (harm,), None)
        assert terminal.Formatter("%(message)s").format(record).isprintable()
    assert terminal.printable("数字 – ✍️\n\tx") == "数字 – ✍️\n\tx"
