"""The HTTP API: /recognize, /recognize_strokes, /status, on Gradio's API page and for `gradio_client`."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from mnist_demo.errors import DemoError, ImageError
from mnist_demo.messages import say
from mnist_demo.model.recognizer import Answer
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.web import request_parsing


def add(service: Service) -> None:
    """Add the endpoints to the `gr.Blocks` that is being built."""

    async def recognize(image: gr.FileData) -> dict[str, Any]:
        """Recognise the digit in a picture file: {"digit": 0..9 or null, "confidence", "probabilities": [10],
        "reading": "digit", "unsure", "no digit" or null}."""
        try:
            return _plain(service.recognize(await request_parsing.image_from_file(_uploaded(image))))
        except DemoError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def recognize_strokes(strokes_: list[Any]) -> dict[str, Any]:
        """Recognise a digit from its strokes, each a list of [x, y] in any scale, y downwards."""
        try:
            return _plain(service.recognize(strokes.image(strokes.check(strokes_))))
        except DemoError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def status() -> dict[str, Any]:
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

    gr.api(recognize, api_name="recognize", queue=False)
    gr.api(recognize_strokes, api_name="recognize_strokes", queue=False)
    gr.api(status, api_name="status", queue=False)


def _plain(answer: Answer) -> dict[str, Any]:
    return {
        "digit": answer.digit,
        "reading": answer.reading,
        "confidence": answer.confidence,
        "probabilities": list(answer.probabilities),
    }


def _uploaded(image: object) -> Path:
    """The path of an uploaded file. Raises `ImageError` for any other file of the server.

    Gradio checks the path only of a FileData that says of itself that it is one (its "meta"), so a request without
    would read any file here.
    """
    given = image.get("path") if isinstance(image, dict) else getattr(image, "path", None)
    if not isinstance(given, str):
        raise ImageError(reason=say("reason.upload"))
    try:
        path = Path(given).resolve(strict=True)
        inside = path.is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, ValueError):
        inside = False
    if not inside:
        raise ImageError(reason=say("reason.upload"))
    return path
