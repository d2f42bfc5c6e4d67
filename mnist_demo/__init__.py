"""Draw a digit and watch a small neural network, trained in front of you, read it.

For other programs: `load` gives a `DigitRecognizer`, which gives `Answer`s, or raises a `DemoError`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_demo.errors import DemoError
    from mnist_demo.library import DigitRecognizer, load
    from mnist_demo.model.recognizer import Answer

__all__ = ["Answer", "DemoError", "DigitRecognizer", "load"]

_ROOMS = {"Answer": "model.recognizer", "DemoError": "errors", "DigitRecognizer": "library", "load": "library"}


def __getattr__(name: str) -> Any:
    # the rooms import each other through this package, so it can't import them first
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
