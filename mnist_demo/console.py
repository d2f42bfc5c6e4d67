"""What the terminal says while the program loads and trains: a line per event, epoch and check between, in English."""

from typing import TextIO

from mnist_demo.model import network
from mnist_demo.service import Status
from mnist_demo.system.terminal import tell


class Console:
    """A listener of the service that prints each new thing once."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream
        self._said: str = ""
        self._epochs = 0
        self._checks = 0
        self._tenth = -1
        self._summary = False

    def __call__(self, status: Status) -> None:
        if status.phase == "training" and status.device and not self._summary:
            self._summary = True
            self._say(network.summary())
            self._say(f"Training on {status.device}. Data: {status.source}.")
        if len(status.eval_points) < self._checks:
            self._checks = 0
        for check in status.eval_points[self._checks :]:
            # the epochs' ends have lines of their own, which suffice for those of an earlier process
            if check.at > status.epoch:
                self._say(f"after {check.at:.2f} epochs  test accuracy {check.test_accuracy:.4f}")
        self._checks = len(status.eval_points)
        if status.epoch < self._epochs:
            self._epochs = 0
        shown = status.history[: status.epoch]  # before a new training there is still the last one's history
        for epoch in shown[self._epochs :]:
            self._say(
                f"epoch {epoch.epoch}/{status.epochs}  "
                f"accuracy {epoch.accuracy:.4f}  loss {epoch.loss:.4f}  "
                f"test accuracy {epoch.test_accuracy:.4f}  test loss {epoch.test_loss:.4f}  {epoch.seconds:.1f} s"
            )
        self._epochs = len(shown)
        if status.message.key == "status.downloading":
            self._say_tenths(status)
        elif status.message.key != "status.training" and str(status.message) != self._said:
            self._said = str(status.message)
            self._say(self._said)

    def _say_tenths(self, status: Status) -> None:
        """A download reports many times a second; a line for every tenth is enough."""
        tenth = int(10 * status.progress)
        if tenth != self._tenth:
            self._tenth = tenth
            self._say(str(status.message))

    def _say(self, line: str) -> None:
        tell(line, stream=self._stream)
