"""The Draw tab: the sketchpad, the answer beside it, pictures to try."""

import gradio as gr
import numpy as np

from mnist_demo.errors import UntrainedError
from mnist_demo.model.recognizer import NO_DIGIT_BELOW, UNSURE_BELOW
from mnist_demo.service import Service
from mnist_demo.web import schemas
from mnist_demo.web.parts import part, pixels_payload
from mnist_demo.web.static import ASSETS

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
      <p class="pad-note" role="status" data-text="draw.replaced" hidden></p>
    </div>
    <div class="tools">
      <button class="button" id="undo" data-text="draw.undo"></button>
      <button class="button" id="redo" data-text="draw.redo"></button>
      <button class="button" id="clear" data-text="draw.clear"></button>
      <button class="button" id="present"><svg viewBox="0 0 20 20" aria-hidden="true"
        fill="none" stroke="currentColor" stroke-width="1.8"><path d="M3 7V3H7M13 3H17V7M17 13V17H13M7 17H3V13"/></svg>
      </button>
    </div>
  </div>
  <div class="result card" id="answer" data-digit="" data-confidence=""
    data-no-digit="__NO_DIGIT__" data-unsure="__UNSURE__">
    <div class="top">
      <div class="digit" aria-hidden="true"></div>
      <div class="seen"><div class="empty"><canvas width="28" height="28" role="img" data-label="answer.seen"></canvas>
        </div><span class="quiet" aria-hidden="true" data-text="answer.seen"></span></div>
      <div class="words"><p class="verdict"></p><p class="run-b quiet" hidden></p>
        <p class="trouble" role="alert" hidden></p></div>
    </div>
    <p class="visually-hidden spoken" aria-live="polite"></p>
    <div class="details">
      <ol class="bars" data-label="answer.bars">__BARS__</ol>
      <div class="correction"></div>
      <div class="state" hidden><span></span>
        <progress max="1" value="0" data-label="training.progress"></progress></div>
      <div class="saves">
        <button class="link" id="copy-picture" data-text="share.copy" data-title="share.hint" disabled></button>
        <button class="link" id="save-picture" data-text="share.save" data-title="share.hint" disabled></button>
        <button class="link" id="save-png" data-text="save.png" data-title="save.png_hint" disabled></button>
        <button class="link" id="save-row" data-text="save.row" data-title="save.row_hint" disabled></button>
        <span class="done" role="status"></span>
      </div>
      <p class="quiet small private" data-text="draw.private" hidden></p>
    </div>
  </div>
  <div class="learning"></div>
  <div class="course" hidden><p class="quiet" data-text="learning.course_title"></p><canvas role="img"></canvas></div>
  <div class="examples">
    <span class="quiet" data-text="draw.examples"></span>
    __EXAMPLES__
    <button class="button" id="upload" data-text="draw.upload"></button>
    <input type="file" id="picture" accept="image/*" hidden>
  </div>
</div>
"""

BAR = """<li class="bar"><span>{digit}</span><span class="track"><span class="fill"></span></span>
<span class="value">–</span></li>"""

EXAMPLE = """<button class="example" data-label="draw.example" data-values='{{"digit": "{digit}"}}'>
<img alt="" data-file="{name}"></button>"""


def sketchpad() -> gr.HTML:
    """The drawing component with its answer; `assets/js/draw_tab.js` is its other half."""
    return part("draw_tab", template())


def template() -> str:
    """Its HTML."""
    bars = "".join(BAR.format(digit=digit) for digit in range(10))
    pictures = sorted(path.name for path in (ASSETS / "examples").glob("*.webp"))
    examples = "".join(EXAMPLE.format(name=name, digit=name.split("-")[1][0]) for name in pictures)
    filled = TEMPLATE.replace("__BARS__", bars).replace("__EXAMPLES__", examples)
    return filled.replace("__NO_DIGIT__", str(NO_DIGIT_BELOW)).replace("__UNSURE__", str(UNSURE_BELOW))


def answer(service: Service, image: np.ndarray) -> schemas.Answer:
    """(28, 28) float32 0..1, ink 1 -> what the page is told of it."""
    pixels = pixels_payload(image)
    try:
        found = service.recognize(image)
    except UntrainedError:
        return schemas.Answer(pixels=pixels, waiting=True, digit=None, confidence=0.0, probabilities=[])
    return schemas.Answer(
        pixels=pixels,
        waiting=False,
        digit=found.digit,
        confidence=round(found.confidence, 4),
        probabilities=[round(p, 4) for p in found.probabilities],
    )
