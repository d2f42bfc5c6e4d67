"""The Training tab: progress, curves, kernels, facts, the trained network to take along; what the network reads
wrongly; the sample images."""

import numpy as np

from mnist_demo.errors import UntrainedError
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.service import Service
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.web import runs, schemas
from mnist_demo.web.parts import encoded, part

MOST_MISTAKES = 24  # shown at once
MOST_OF_CELL = 48  # images of one cell of the confusion matrix, shown at once

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

TRAINING = f"""
<div class="demo training">
  <div class="card progress">
    <div class="row"><span class="phase" role="status"></span><span class="left"></span></div>
    <progress max="1" value="0" data-label="training.progress"></progress>
    <ol class="epochs"></ol>
  </div>
  <div class="learning" hidden></div>
  <div class="curves">
    <div class="card"><h2 data-text="training.accuracy"></h2>{LEGEND}
      <svg id="accuracy" role="img" data-label="training.accuracy"></svg></div>
    <div class="card"><h2 data-text="training.loss"></h2>{LEGEND}
      <svg id="loss" role="img" data-label="training.loss"></svg></div>
    <div class="card"><h2 data-text="training.rate"></h2><p class="quiet small" data-text="training.rate_why"></p>
      <svg id="rate" role="img" data-label="training.rate"></svg></div>
    <div class="card"><h2 data-text="training.kernels"></h2><p class="quiet small" data-text="training.kernels_why"></p>
      <div class="strips"></div></div>
  </div>
  <p class="quiet why" data-text="training.why"></p>
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


SAMPLES = """
<div class="demo training">
  <div class="card">
    <h2 data-text="training.samples"></h2>
    <p class="quiet small" data-text="training.samples_how"></p>
    <div class="samples"></div>
    <div class="numbers" hidden>
      <h3 aria-live="polite"></h3>
      <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><div class="sheet" role="img"></div></div>
    </div>
  </div>
  <div class="card about-mnist"><h2 data-text="mnist.title"></h2><p data-text="mnist.what"></p></div>
</div>
"""

MISTAKES = """
<div class="demo training">
  <div class="card" hidden>
    <h2 data-text="evaluation.title"></h2>
    <p class="quiet small" data-text="evaluation.how"></p>
    <div class="matrix-and-cell">
      <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table id="confusion"></table></div>
      <div class="gallery-side">
        <h3 class="gallery-title" aria-live="polite"></h3>
        <div class="gallery"></div>
        <button class="button back" data-text="evaluation.back" hidden></button>
      </div>
    </div>
  </div>
</div>
"""


def training() -> None:
    """The whole tab, from top to bottom; each part has a script in `assets/js/`."""
    part("training_tab", TRAINING)
    part("evaluation", MISTAKES)
    runs.runs()
    part("samples", SAMPLES)


def evaluation(service: Service) -> schemas.Evaluation:
    """Who is taken for whom, and the most confident mistakes. Raises `UntrainedError` before the training's end."""
    found = _found(service)
    mistakes = _images(found, found.mistakes[:MOST_MISTAKES])
    return schemas.Evaluation(confusion=found.confusion.tolist(), mistakes=mistakes)


def cell(service: Service, label: int, answer: int) -> schemas.Cell:
    """The test images with that label (0..9) and answer (0..9). Raises `UntrainedError` before the training's end."""
    found = _found(service)
    return schemas.Cell(images=_images(found, found.cell(label, answer)[:MOST_OF_CELL]))


def _found(service: Service) -> Evaluation:
    if (found := service.evaluation) is None:
        raise UntrainedError
    return found


def _images(found: Evaluation, numbers: np.ndarray) -> list[schemas.TestImage]:
    return [
        schemas.TestImage(
            number=int(number),
            label=int(found.labels[number]),
            answer=int(found.answers[number]),
            confidence=round(float(found.probabilities[number].max()), 4),
            pixels=encoded(found.images[number]),
        )
        for number in numbers
    ]
