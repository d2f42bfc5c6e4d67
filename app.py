"""Draw a digit in the browser; a small neural network, trained in front of you, reads it while you draw.

    python app.py                              train on MNIST at the first launch, then serve the page
    python app.py --data path/to/mnist.npz     train on your own copy of MNIST
    python app.py --data generated             train on handwriting made by this program, no download
    python app.py --train-only                 train, print one JSON line, exit
    python app.py --export DIR                 train, write digits.html, .keras, SavedModel, LiteRT and CSV, exit
    python app.py --host 0.0.0.0 --port 8000   serve the whole network, on that port

Every flag --some-flag can be set as MNIST_DEMO_SOME_FLAG in the environment.
"""

import contextlib
import gc
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should read why it does not start
    sys.exit(f"Python 3.11 to 3.14 is needed, this is {sys.version.split()[0]}; install one of these and start again.")

from mnist_demo import settings as settings_module
from mnist_demo.errors import AddressError, FolderError, TemporaryError
from mnist_demo.settings import Settings
from mnist_demo.system import files, garbage, terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mnist_demo.model.spec import Spec
    from mnist_demo.service import Service
    from mnist_demo.service.workshop import Trainer


def main(spec: "Spec | None" = None, trainer: "Callable[[], Trainer] | None" = None) -> int:
    """The whole program -> its exit status. Another network than the lesson's, or another trainer, as of `Service`."""
    stopped = _Stopped()
    terminal.prepare()
    log = logging.StreamHandler()
    log.setFormatter(terminal.Formatter("%(message)s"))
    logging.basicConfig(handlers=[log], level=logging.WARNING)
    try:
        files.find_temporary_folder()
        files.check_current_folder()
    except (TemporaryError, FolderError) as error:
        print(error, file=sys.stderr)
        return 1
    # NumPy's matrix products here are too small to share out, and its idle threads would keep the cores from the
    # training; it looks at this once, when it is imported. Not in the library: a notebook's NumPy is the notebook's
    if not os.environ.get("OPENBLAS_NUM_THREADS"):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    settings = settings_module.from_command_line(__doc__)
    # these take a second, in which Ctrl-C must not end in a traceback
    from mnist_demo.console import Console
    from mnist_demo.model.spec import LESSON
    from mnist_demo.service import Service
    from mnist_demo.service.workshop import keras_trainer
    from mnist_demo.system import proxies

    if left_out := proxies.keep_usable():
        terminal.tell(f"Going on without what can't be used of {', '.join(left_out)}: only http:// proxies can.")

    service = Service(settings, spec or LESSON, trainer or keras_trainer)
    service.listen(Console(spec=service.spec))
    service.prepare()  # so that TensorFlow is imported beside Gradio
    pageless = settings.train_only or settings.export
    if pageless:
        code = _without_page(service, settings, stopped)
    else:
        with _uploads_folder():
            code = _serve(service, settings, stopped)
    service.stop()
    return code


@contextlib.contextmanager
def _uploads_folder() -> Iterator[None]:
    """Within, Gradio keeps what visitors upload in a folder that ends with the program, or in the one asked for."""
    name = "GRADIO_TEMP_DIR"
    if asked := os.environ.get(name):
        folder = settings_module.home_expanded(asked)
        if not (reason := files.why_unwritable(folder)):
            os.environ[name] = str(folder)
            yield
            return
        terminal.tell(f"Going on without {name}: {asked} can't be written ({reason}).")
    with files.temporary_home() as own:
        os.environ[name] = str(own)
        yield


class _Stopped:
    """Whether Ctrl-C or SIGTERM came; `code` is the exit status that shells expect then.

    Until `begun`, when there is nothing to keep yet, and at the second signal, the process ends at once.
    """

    def __init__(self) -> None:
        self.code = 0
        self.begun = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        before, self.code = self.code, 128 + number
        if before or not self.begun:
            os._exit(self.code)

    def __bool__(self) -> bool:
        return self.code != 0

    def wait(self) -> None:
        # Python runs `_on_signal` in this thread only, but the system may give the signal to any: it wakes nobody here
        while not self:
            time.sleep(0.2)


def _without_page(service: "Service", settings: Settings, stopped: _Stopped) -> int:
    from mnist_demo.errors import ExportError
    from mnist_demo.messages import say
    from mnist_demo.service.status import Phase
    from mnist_demo.store import export

    stopped.begun = True
    if settings.export and (reason := files.why_unwritable(settings.export)):
        # better now than after a minute of training
        print(ExportError(reason=say("reason.system", detail=reason)), file=sys.stderr)
        return 1
    service.start()
    while not (stopped or service.idle):
        service.wait(0.2)
    if stopped:
        return stopped.code
    if service.status.phase is not Phase.READY:
        return 1
    if settings.export:
        # brings Gradio with it, which --train-only does without
        from mnist_demo.web import single_file

        try:
            written = [*export.write(service.model, settings.export), single_file.write(service.model, settings.export)]
        except ExportError as error:
            print(error, file=sys.stderr)
            return 1
        terminal.tell("Written:", *(f"  {path}" for path in written))
    if settings.train_only:
        terminal.tell(json.dumps(_result(service)))
    return 0


def _result(service: "Service") -> dict[str, object]:
    status = service.status
    return {
        "data": status.data,
        "recipe": service.settings.recipe,
        "epochs": status.epochs,
        "test_accuracy": status.test_accuracy,
        "seconds": round(status.seconds or 0.0, 1),
        "cache": str(service.folder) if service.folder else None,
    }


def _serve(service: "Service", settings: Settings, stopped: _Stopped) -> int:
    with garbage.none_yet():
        # Gradio and what it brings take a second to import; --help and --train-only do without
        from mnist_demo.web import app as page

        try:
            url = page.launch(service, settings)
        except AddressError as error:
            print(error, file=sys.stderr)
            return 1
    gc.set_threshold(20_000, 20, 20)  # with Python's own, looks come one after another when many visitors do
    terminal.tell(f"The page is at {url} (stop with Ctrl+C).")
    stopped.begun = True
    service.start()
    stopped.wait()
    return stopped.code


def run(spec: "Spec | None" = None, trainer: "Callable[[], Trainer] | None" = None) -> "NoReturn":
    """`main`, and then the process's end."""
    code = main(spec, trainer)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    # a thread of TensorFlow or of the server that is still busy must not keep the process alive
    os._exit(code)


if __name__ == "__main__":
    run()
