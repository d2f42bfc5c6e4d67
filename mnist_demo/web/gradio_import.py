"""Imports Gradio without the work that it does for editors. To be imported before anything else imports Gradio.

Gradio 6.31 renders and parses a .pyi stub beside the source of each of its 76 component classes whenever it is
imported, for editors' completion: two fifths of its import. It leaves out what has no source file.
"""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any


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


with _no_source_files():
    import gradio  # noqa: F401
