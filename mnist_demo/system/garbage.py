"""When Python looks for garbage: not while there can be none."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def none_yet() -> Iterator[None]:
    """Within, Python doesn't look for garbage, and what is there at the end it never looks through again.

    For imports, which leave none: looking for it is half of the time that TensorFlow's takes, and a fifth of the time
    until the page is up. Among Gradio's objects each later look would keep all visitors waiting for 0.1 s. (Measured on
    2 cores of an AMD EPYC.)
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
