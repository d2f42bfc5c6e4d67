"""Everything that leans on the version of Gradio, 6.31, and of what it brings. Each has a test that fails once it is no
longer needed, or no longer fits. To be imported before anything else imports Gradio.
"""

import contextlib
import inspect
import logging
import os
from collections.abc import Iterator
from typing import Any

import uvicorn.config

from mnist_demo.web import connections

PREFIX = "GRADIO_"
KEPT = ("TEMP_DIR", "SHARE_SERVER_ADDRESS")


def leave_out_variables() -> None:
    """Of Gradio's variables the `settings` have read what the program knows. Others open routes and folders that
    visitors must not reach, or end the import of Gradio 6.31 in a traceback (a port that is no number)."""
    for name in list(os.environ):
        if name.startswith(PREFIX) and (name.removeprefix(PREFIX) not in KEPT or not os.environ[name]):
            del os.environ[name]
    os.environ[PREFIX + "ANALYTICS_ENABLED"] = "False"


@contextlib.contextmanager
def no_source_files() -> Iterator[None]:
    """Within, `inspect.getfile` finds no file for Gradio's classes, as for classes made at a prompt.

    Gradio 6.31 renders and parses a .pyi stub beside the source of each of its 76 component classes whenever it is
    imported, for editors' completion: two fifths of its import. It leaves out what has no source file.
    """
    original = inspect.getfile

    def getfile(object: Any) -> str:  # its name as in the standard library
        if isinstance(object, type) and object.__module__.startswith("gradio."):
            raise OSError("its stub is not needed")
        return original(object)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = original


leave_out_variables()
with no_source_files():
    import gradio


def endpoint_numbers(blocks: gradio.Blocks) -> dict[int, str]:
    """The number by which `gradio_client` calls an endpoint -> its name, as Gradio 6.31 keeps them."""
    return {number: function.api_name for number, function in blocks.fns.items() if function.api_name}


def bound_connections(most: int) -> None:
    """Have the server that Gradio starts use `connections.Connection`.

    uvicorn 0.54 has no option for what that bounds, and Gradio 6.31 passes none on.
    """
    connections.Connection.most = most
    uvicorn.config.HTTP_PROTOCOLS["auto"] = "mnist_demo.web.connections:Connection"


class _Rarely(logging.Filter):
    """Lets nothing of a request through, and of anything else each message once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR or record.msg in self._said or len(self._said) > 20:
            return False
        self._said.add(record.msg)
        record.exc_info = record.exc_text = None
        return True


def quiet_server() -> None:
    """uvicorn 0.54 warns of every request that it can't read, and asyncio of every connection that fails."""
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(_Rarely())
