"""The Draw tab: the sketchpad, the answer beside it, pictures to try."""

import html
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from mnist_demo.errors import DemoError, UntrainedError
from mnist_demo.service import Service
from mnist_demo.web.parts import ASSETS, encoded, failed, part
from mnist_demo.web.request_parsing import image_from_picture, image_from_strokes

SURE = 0.6  # below this confidence the page says that it is not sure, and shows two guesses

TEMPLATE = """
<div class="demo draw">
  <div id="sketchpad">
    <div class="pad">
      <canvas tabindex="0" role="img" data-label="draw.pad"></canvas>
      <div class="pad-hint">
        <svg viewBox="0 0 96 96" fill="none" stroke="currentColor" stroke-width="5" stroke-linecap="round"
          stroke-dasharray="1 11" aria-hidden="true"><path d="M24 20H70L42 80M36 50H66"/></svg>
        <span data-text="draw.hint"></span>
      </div>
    </div>
    <div class="tools">
      <button class="button" id="undo" data-text="draw.undo" data-title="draw.undo_key"></button>
      <button class="button" id="redo" data-text="draw.redo" data-title="draw.redo_key"></button>
      <button class="button" id="clear" data-text="draw.clear" data-title="draw.clear_key"></button>
    </div>
  </div>
  <div class="result card" id="answer" data-digit="" data-confidence="">
    <div class="top">
      <div class="digit" aria-hidden="true"></div>
      <div class="seen"><div class="empty"><canvas width="28" height="28" role="img" data-label="answer.seen"></canvas>
        </div><span class="quiet" data-text="answer.seen"></span>
        <span class="saves"><button class="link" id="save-png" data-text="save.png" data-title="save.png_hint" disabled>
          </button><button class="link" id="save-row" data-text="save.row" data-title="save.row_hint" disabled></button>
        </span></div>
    </div>
    <p class="verdict"></p>
    <p class="visually-hidden spoken" aria-live="polite"></p>
    <ol class="bars" data-label="answer.bars">__BARS__</ol>
    <p class="trouble" role="alert" hidden></p>
    <div class="state" hidden><span></span><progress max="1" value="0" data-label="training.progress"></progress></div>
  </div>
  <div class="examples">
    <span class="quiet" data-text="draw.examples"></span>
    __EXAMPLES__
    <button class="button" id="upload" data-text="draw.upload"></button>
    <input type="file" id="picture" accept="image/*" hidden>
  </div>
</div>
"""

BAR = """<li class="bar"><span>{digit}</span><span class="track"><span class="fill" style="display:block"></span></span>
<span class="value">–</span></li>"""

EXAMPLE = (
    """<button class="example" data-label="draw.example"><img alt="" src="data:image/png;base64,{data}"></button>"""
)


def sketchpad(service: Service) -> gr.HTML:
    """The drawing component with its answer; `assets/sketchpad.js` is its other half."""

    # not left to a thread, which for most drawings would take as long as the answer: the largest takes 15 ms
    async def recognize(value: Any = None) -> dict[str, Any]:
        try:
            return _answer(service, image_from_strokes(value))
        except DemoError as error:
            return failed(error)

    async def recognize_picture(value: Any = None) -> dict[str, Any]:
        try:
            return _answer(service, await image_from_picture(value))
        except DemoError as error:
            return failed(error)

    return part("sketchpad", template(), recognize, recognize_picture)


def template() -> str:
    bars = "".join(BAR.format(digit=digit) for digit in range(10))
    pictures = sorted((ASSETS / "examples").glob("*.png"))
    examples = "".join(EXAMPLE.format(data=html.escape(encoded(_bytes(path)))) for path in pictures)
    return TEMPLATE.replace("__BARS__", bars).replace("__EXAMPLES__", examples)


def _bytes(path: Path) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8)


def _answer(service: Service, image: np.ndarray) -> dict[str, Any]:
    seen = {"pixels": encoded((image * 255).round().astype(np.uint8)) if image.any() else None}
    try:
        answer = service.recognize(image)
    except UntrainedError:
        return seen | {"waiting": True}
    return seen | {
        "digit": answer.digit,
        "confidence": round(answer.confidence, 4),
        "probabilities": [round(p, 4) for p in answer.probabilities],
        "sure": SURE,
    }
