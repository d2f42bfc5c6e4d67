"""The Training tab: what is going on, the curves, the sample images, the facts, the button that trains anew, and the
trained network to take along."""

from typing import Any

import gradio as gr
import numpy as np

from mnist_demo.errors import DemoError
from mnist_demo.export import FORMATS, Exporter
from mnist_demo.page.header import retrainer
from mnist_demo.page.parts import encoded, failed, part
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.studio import Studio

LEGEND = """
<div class="legend">
  <span><svg viewBox="0 0 32 10" aria-hidden="true"><polyline class="train" points="0,5 32,5"/>
    <circle class="train" cx="16" cy="5" r="4"/></svg><span data-text="training.train"></span></span>
  <span><svg viewBox="0 0 32 10" aria-hidden="true"><polyline class="test" points="0,5 32,5"/>
    <rect class="test" x="12" y="1" width="8" height="8"/></svg><span data-text="training.test"></span></span>
</div>
"""

TAKE = """
<button class="button" data-kind="keras" data-text="take.keras" disabled></button>
<button class="button" data-kind="savedmodel" data-text="take.savedmodel" disabled></button>
<button class="button" data-kind="litert" data-text="take.litert" disabled></button>
<button class="button" data-kind="history" data-text="take.history" disabled></button>
"""

TEMPLATE = f"""
<div class="demo training">
  <div class="card progress">
    <div class="row"><span class="phase" role="status"></span><span class="left"></span></div>
    <progress max="1" value="0" data-label="training.progress"></progress>
  </div>
  <div class="curves">
    <div class="card"><h2 data-text="training.accuracy"></h2>{LEGEND}
      <svg id="accuracy" viewBox="0 0 480 240" role="img" data-label="training.accuracy"></svg></div>
    <div class="card"><h2 data-text="training.loss"></h2>{LEGEND}
      <svg id="loss" viewBox="0 0 480 240" role="img" data-label="training.loss"></svg></div>
  </div>
  <p class="quiet why" data-text="training.why"></p>
  <div class="card"><h2 data-text="training.samples"></h2><div class="samples"></div></div>
  <div class="card bottom">
    <div><h2 data-text="training.facts"></h2><dl></dl></div>
    <form id="retrain" hidden>
      <label><span data-text="training.epochs"></span>
        <input type="number" min="1" max="{MAX_EPOCHS}" step="1" data-hint="training.default"></label>
      <button class="button primary" data-text="training.retrain"></button>
      <p class="reply" role="alert"></p>
    </form>
  </div>
  <div class="card take">
    <h2 data-text="take.title"></h2>
    <p class="quiet" data-text="take.about"></p>
    <div class="choices">{TAKE}</div>
    <p class="reply" role="alert"></p>
  </div>
</div>
"""


def training(studio: Studio) -> gr.HTML:
    """The whole tab; `assets/training.js` is its other half."""
    exporter = Exporter()

    def take(kind: Any = None) -> dict[str, Any]:
        """One of `FORMATS`, which is all that a visitor can choose: {"name", "content" in base64}."""
        try:
            content = exporter.content(studio.model, kind if isinstance(kind, str) else "")
        except DemoError as error:
            return failed(error)
        return {"name": FORMATS[kind], "content": encoded(np.frombuffer(content, np.uint8))}

    return part("training", TEMPLATE, retrainer(studio), take)
