"""The Training tab as a story: the images, how it learned, where it fails, the network itself, to take along."""

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
  <span class="before" hidden><svg viewBox="0 0 32 10" aria-hidden="true"><polyline class="ghost"
    points="0,5 32,5"/></svg><span data-text="training.ghost"></span></span>
</div>
"""

TAKE = """
<button class="button" data-kind="keras" data-text="take.keras" disabled></button>
<button class="button" data-kind="savedmodel" data-text="take.savedmodel" disabled></button>
<button class="button" data-kind="litert" data-text="take.litert" disabled></button>
<button class="button" data-kind="history" data-text="take.history" disabled></button>
<button class="button" data-kind="page" data-text="take.page" disabled></button>
"""


def _heading(name: str, term: str = "", level: int = 3) -> str:
    """A heading, with a button that explains its term."""
    button = f'<button class="term" data-term="{term}"></button>' if term else ""
    return f'<h{level}><span data-text="{name}"></span>{button}</h{level}>'


SAMPLES = f"""
<div class="demo training">
  <section class="card">
    {_heading("story.images", level=2)}
    <p class="why" data-text="story.images_why"></p>
    <div class="samples"></div>
    <p class="quiet small" data-text="training.samples_how"></p>
    <div class="numbers" hidden>
      <h3 aria-live="polite"></h3>
      <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><div class="sheet" role="img"></div></div>
    </div>
    <p class="quiet about-mnist" data-text="mnist.what" hidden></p>
  </section>
</div>
"""

LEARNING = f"""
<div class="demo training">
  <section class="card">
    {_heading("story.learning", "epoch", 2)}
    <div class="progress">
      <div class="row"><span class="phase" role="status"></span><span class="left"></span></div>
      <progress max="1" value="0" data-label="training.progress"></progress>
    </div>
    <div class="learning" data-kernels></div>
    <p class="why" data-text="story.mistakes_curve"></p>
    {LEGEND}
    <svg id="mistakes" role="img"></svg>
    <ol class="epochs"></ol>
    <div class="curves">
      <div>{_heading("training.accuracy", "accuracy")}
        <p class="why" data-text="training.accuracy_why"></p><svg id="accuracy" role="img"></svg></div>
      <div>{_heading("training.loss", "loss")}
        <p class="why" data-text="training.loss_why"></p><svg id="loss" role="img"></svg></div>
      <div>{_heading("training.rate", "rate")}
        <p class="why" data-text="training.rate_why"></p><svg id="rate" role="img"></svg></div>
      <div>{_heading("training.kernels", "kernel")}
        <p class="why" data-text="training.kernels_why"></p><div class="strips"></div></div>
    </div>
    <p class="quiet small" data-text="training.why"></p>
  </section>
</div>
"""

MISTAKES = f"""
<div class="demo training">
  <section class="card">
    {_heading("story.mistakes", level=2)}
    <p class="why" data-text="evaluation.how"></p>
    <p class="quiet wait" data-text="network.wait"></p>
    <p class="trouble" role="alert" hidden></p>
    <div class="matrix-and-cell">
      <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table id="confusion"></table></div>
      <div class="gallery-side">
        <h3 class="gallery-title" aria-live="polite"></h3>
        <div class="gallery"></div>
        <button class="button back" data-text="evaluation.back" hidden></button>
      </div>
    </div>
  </section>
</div>
"""

AGAIN = f"""
<div class="demo training">
  <section class="card again">
    {_heading("story.network", level=2)}
    <dl></dl>
    <form id="retrain" hidden>
      <label><span data-text="training.epochs"></span>
        <input type="number" min="1" max="{MAX_EPOCHS}" step="1"></label>
      <button class="button primary" name="ask" data-text="training.retrain"></button>
      <button class="button" type="button" name="earlier" hidden></button>
      <div class="sure" role="group" hidden>
        <p data-text="training.sure"></p>
        <button class="button primary" type="button" name="yes" data-text="training.yes"></button>
        <button class="button" type="button" name="no" data-text="training.no"></button>
      </div>
      <div class="progress">
        <div class="row"><span class="phase"></span><span class="left"></span></div>
        <progress max="1" value="0" data-label="training.progress"></progress>
      </div>
      <p class="reply" role="alert"></p>
    </form>
  </section>
</div>
"""

FILES = f"""
<div class="demo training">
  <section class="card take">
    {_heading("story.take", level=2)}
    <p class="quiet"><span data-text="take.about"></span><button class="term" data-term="logits"></button></p>
    <div class="choices">{TAKE}</div>
    <p class="reply" role="alert"></p>
  </section>
</div>
"""


def training() -> None:
    """The whole tab, from top to bottom as a story; each part has a module of its name in `assets/js/`."""
    part("samples", SAMPLES)
    part("training_tab", LEARNING)
    part("evaluation", MISTAKES)
    part("train_again", AGAIN)
    runs.runs()
    part("take", FILES)


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
