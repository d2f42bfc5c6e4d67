"""The HTTP API: /recognize, /recognize_strokes, /status, as functions. `calls` brings them to HTTP."""

from collections.abc import Callable, Coroutine
from typing import Any

import gradio as gr

from mnist_demo.model.recognizer import Answer
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.web import request_parsing
from mnist_demo.web.uploads import Uploads

Endpoint = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


def endpoints(service: Service, uploads: Uploads) -> list[Endpoint]:
    """What they are given comes from anywhere; they raise a `DemoError` for what can't be read or answered."""

    async def recognize(image: gr.FileData) -> dict[str, Any]:
        """Recognise the digit in a picture file: {"digit": 0..9 or null, "confidence", "probabilities": [10],
        "reading": "digit", "unsure", "no digit" or null}."""
        path = image.get("path") if isinstance(image, dict) else None
        return _plain(service.recognize(await request_parsing.image_from_file(uploads.find(path))))

    async def recognize_strokes(strokes_: list[Any]) -> dict[str, Any]:
        """Recognise a digit from its strokes, each a list of [x, y] in any scale, y downwards."""
        return _plain(service.recognize(strokes.image(strokes.check(strokes_))))

    async def status() -> dict[str, Any]:
        """What the program is doing: loading, training, ready or failed."""
        now = service.status
        return {
            "phase": now.phase,
            "data": now.data,
            "epoch": now.epoch,
            "epochs": now.epochs,
            "test_accuracy": now.test_accuracy,
            "seconds_left": now.seconds_left,
            "message": str(now.message),
        }

    return [recognize, recognize_strokes, status]


def describe(endpoint: Endpoint) -> None:
    """Have Gradio describe the endpoint on its API page and to `gradio_client`, in the `gr.Blocks` being built."""
    gr.api(endpoint, api_name=endpoint.__name__, queue=False)


def _plain(answer: Answer) -> dict[str, Any]:
    return {
        "digit": answer.digit,
        "reading": answer.reading,
        "confidence": answer.confidence,
        "probabilities": list(answer.probabilities),
    }
