"""What the page's parts have in common: their scripts, their icons and how a status is told to the browser."""

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from mnist_demo.errors import DemoError
from mnist_demo.messages import TABLES
from mnist_demo.service.status import Status

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def part(name: str, template: str, *functions: Callable[..., Any]) -> gr.HTML:
    """A part of the page: a template, the script `assets/<name>.js`, and the server functions that it calls.

    What these functions get comes straight from a browser, so they check it themselves.

    No subclass of `gr.HTML`: Gradio 6.31 writes a .pyi file beside the source of each one, into the program's folder.
    """
    return gr.HTML(
        html_template=template,
        js_on_load=_script(f"{name}.js"),
        server_functions=list(functions),
        apply_default_css=False,
    )


@cache
def _script(name: str) -> str:
    """The script of a part, behind those that all share, with all the page's words in them."""
    words = json.dumps(TABLES, ensure_ascii=False)
    parts = [(ASSETS / file).read_text(encoding="utf-8") for file in ("page.js", "drawing.js", name)]
    return "\n".join(parts).replace("__TEXTS__", words)


def encoded(pixels: np.ndarray) -> str:
    """uint8 pixels of any shape, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(pixels).data).decode()


def failed(error: DemoError) -> dict[str, Any]:
    """An error as the browser gets it: its sentence, to be said in the visitor's language."""
    # through the thread that it came from it refers to itself, and its frames hold what the visitor sent: megabytes
    error.__traceback__ = None
    return {"error": error.sentence.to_json()}


def told(status: Status) -> dict[str, Any]:
    """A status as the browser gets it."""
    samples = status.samples
    return {
        "changed": True,
        "version": status.version,
        "phase": status.phase,
        "message": status.message.to_json(),
        "notices": [notice.sentence.to_json() for notice in status.notices],
        "source": status.source.to_json() if status.source else None,
        "epochs": status.epochs,
        "progress": round(status.progress, 4),
        "seconds_left": status.seconds_left,
        "history": [{k: v for k, v in vars(epoch).items() if k != "eval_points"} for epoch in status.history],
        "eval_points": [vars(check) for check in status.eval_points],
        "samples": {"images": encoded(samples[0]), "labels": samples[1].tolist()} if samples else None,
        "test_accuracy": status.test_accuracy,
        "device": status.device,
        "parameters": status.parameters,
        "seconds": status.seconds,
        "answering_epoch": status.answering_epoch,
        "network": status.model_version,
        "evaluated": status.evaluated,
        "test_images": status.test_images,
        "learning_rates": [float(f"{rate:.3g}") for rate in status.learning_rates],
        "can_fetch": status.can_fetch,
    }
