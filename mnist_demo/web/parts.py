"""What the page's parts have in common: how one is made, and how pixels, sentences and errors are told to a browser."""

import base64
from collections.abc import Iterable

import gradio as gr
import numpy as np

from mnist_demo.messages import Sentence
from mnist_demo.store.timeline import Moment
from mnist_demo.web import schemas, static


def part(module: str, template: str) -> gr.HTML:
    """A part of the page: a template, and `assets/js/<module>.js`, whose `start` gets its element.

    No subclass of `gr.HTML`: Gradio 6.31 writes a .pyi file beside the source of each one, into the program's folder.
    """
    return gr.HTML(html_template=template, js_on_load=static.loader(module), apply_default_css=False)


def encoded(pixels: np.ndarray) -> str:
    """uint8 pixels of any shape, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(pixels).data).decode()


def pixels_payload(image: np.ndarray) -> str | None:
    """(28, 28) float32 0..1 -> its pixels; None when nothing is drawn."""
    return encoded((image * 255).round().astype(np.uint8)) if image.any() else None


def sentence_payload(sentence: Sentence) -> schemas.Sentence:
    """A sentence, to be said in the visitor's language."""
    return schemas.Sentence(**sentence.to_json())  # type: ignore[typeddict-item]


def moments_payload(moments: Iterable[Moment]) -> list[schemas.Moment]:
    """Moments of a training, whose weights the browser can ask for."""
    return [schemas.Moment(at=m.at, test_accuracy=m.test_accuracy, version=m.version) for m in moments]
