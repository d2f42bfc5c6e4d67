"""What the terminal says while the program loads and trains: a line per event, epoch and eval point, in English."""

from typing import TextIO

from mnist_demo.model.spec import LESSON, Spec
from mnist_demo.service.status import Activity, Phase, Status
from mnist_demo.system.terminal import tell


class Console:
    """A listener of the service that prints each new thing once."""

    def __init__(self, stream: TextIO | None = None, spec: Spec = LESSON):
        self._spec = spec
        self._stream = stream
        self._said: str = ""
        self._epochs = 0
        self._points = 0
        self._tenth = -1
        self._summary = False

    def __call__(self, status: Status) -> None:
        if status.phase is Phase.TRAINING and status.device and not self._summary:
            self._summary = True
            self._say(table(self._spec))
            self._say(f"Training on {status.device}. Data: {status.source}.")
        if len(status.eval_points) < self._points:
            self._points = 0
        for point in status.eval_points[self._points :]:
            # the epochs' ends have lines of their own, which suffice for those of an earlier process
            if point.at > status.epoch:
                self._say(f"after {point.at:.2f} epochs  test accuracy {point.test_accuracy:.4f}")
        self._points = len(status.eval_points)
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
        if status.activity is Activity.DOWNLOADING:
            self._say_tenths(status)
        elif status.activity is not Activity.TRAINING and str(status.message) != self._said:
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


def table(spec: Spec) -> str:
    """The network's layers, a line each: name, shape of what it gives, parameters."""
    rows = [
        (layer.name, " x ".join(map(str, shape)), f"{parameters:,}")
        for layer, shape, parameters in zip(spec.layers, spec.shapes, spec.parameters, strict=True)
    ]
    rows = [("layer", "output", "parameters"), *rows, ("in all", "", f"{sum(spec.parameters):,}")]
    return "\n".join(f"{name:<16}{shape:<16}{parameters:>12}" for name, shape, parameters in rows)
