"""Imports Gradio without the work that it does for editors, and with none of its environment variables but two.

To be imported before anything else imports Gradio. Of its variables the `settings` have read what the program knows;
others open routes and folders that visitors must not reach, or end the import in a traceback (a port that is none).

Gradio 6.31 renders and parses a .pyi stub beside the source of each of its 76 component classes whenever it is
imported, for editors' completion: two fifths of its import. It leaves out what has no source file.
"""

import contextlib
import inspect
import os
from collections.abc import Iterator
from typing import Any

PREFIX = "GRADIO_"
KEPT = ("TEMP_DIR", "SHARE_SERVER_ADDRESS")


def _leave_out_variables() -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX) and (name.removeprefix(PREFIX) not in KEPT or not os.environ[name]):
            del os.environ[name]
    os.environ[PREFIX + "ANALYTICS_ENABLED"] = "False"


@contextlib.contextmanager
def _no_source_files() -> Iterator[None]:
    """Within, `inspect.getfile` finds no file for Gradio's classes, as for classes made at a prompt."""
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


_leave_out_variables()
with _no_source_files():
    import gradio  # noqa: F401
