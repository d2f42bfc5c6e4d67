"""Another recipe beside the present network's: the card that trains it, and what the two make of the same images."""

from typing import Any

import gradio as gr
import numpy as np

from mnist_demo.errors import RequestError
from mnist_demo.model import packing
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.service import Service
from mnist_demo.service.runs import RunProgress
from mnist_demo.settings import MAX_EPOCHS, MIN_LIMIT, RECIPES
from mnist_demo.store.cache import TrainedModel
from mnist_demo.store.export import history_table
from mnist_demo.store.runs import LONGEST_NAME, Run
from mnist_demo.training.history import Epoch, EvalPoint, eval_points_of
from mnist_demo.training.recipe import MNIST_IMAGES, Recipe, Variation
from mnist_demo.web import schemas
from mnist_demo.web.parts import encoded, moments_payload, part, sentence_payload

RATES = (0.1, 1.0, 10.0)
MOST_IMAGES = 24  # of each kind, shown at once

EXPERIMENTS = """
<button type="button" class="button" data-experiment="few" data-text="runs.try_few"></button>
<button type="button" class="button" data-experiment="bold" data-text="runs.try_bold"></button>
<button type="button" class="button" data-experiment="plain" data-text="runs.try_plain"></button>
<button type="button" class="button" data-experiment="written" data-text="runs.try_written"></button>
<button type="button" class="button" data-experiment="lesson" data-text="runs.try_lesson"></button>
<button type="button" class="button" data-experiment="long" data-text="runs.try_long"></button>
"""

TEMPLATE = f"""
<div class="demo runs">
  <div class="card try" hidden>
    <h2 data-text="runs.title"></h2>
    <p class="quiet" data-text="runs.about"></p>
    <form id="try">
      <div class="choices experiments" role="group" data-label="runs.experiments">{EXPERIMENTS}</div>
      <p class="quiet small outcome" aria-live="polite"></p>
      <div class="fields">
        <label><span data-text="runs.recipe"></span><select name="recipe">
          <option value="usual" data-text="runs.usual"></option>
          <option value="lesson" data-text="runs.lesson"></option></select></label>
        <label><span data-text="runs.images"></span>
          <input name="images" type="number" min="0" max="{MNIST_IMAGES}" step="1" value="{MNIST_IMAGES}"
            required></label>
        <label><span data-text="runs.epochs"></span>
          <input name="epochs" type="number" min="1" max="{MAX_EPOCHS}" step="1" required></label>
        <label><span data-text="runs.rate"></span><select name="rate"><option value="0.1">× 0.1</option>
          <option value="1" selected>× 1</option><option value="10">× 10</option></select></label>
        <label class="check"><input name="generated" type="checkbox" checked>
          <span data-text="runs.generated"></span></label>
        <label class="check"><input name="augmented" type="checkbox" checked>
          <span data-text="runs.augmented"></span></label>
        <label><span data-text="runs.name"></span>
          <input name="name" maxlength="{LONGEST_NAME}" autocomplete="off" required></label>
      </div>
      <button class="button primary" data-text="runs.start"></button>
      <p class="reply" role="alert"></p>
    </form>
    <div class="going" hidden>
      <div class="row"><span class="doing" role="status"></span><span class="left"></span></div>
      <progress max="1" value="0" data-label="training.progress"></progress>
      <button class="button stop" data-text="runs.stop"></button>
    </div>
  </div>
  <div class="card kept" hidden>
    <h2 data-text="runs.kept"></h2>
    <p class="quiet small" data-text="runs.kept_how"></p>
    <ul class="list"></ul>
  </div>
  <div class="card comparison" hidden>
    <h2></h2>
    <div class="row"><div class="legend"></div>
      <label><span data-text="runs.axis"></span> <select class="axis">
        <option value="at" data-text="runs.by_epochs"></option>
        <option value="seconds" data-text="runs.by_seconds"></option></select></label></div>
    <h3 data-text="runs.curves"></h3>
    <svg class="curves" role="img"></svg>
    <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table class="facts"></table></div>
    <h3 data-text="runs.confusion"></h3>
    <p class="quiet small" data-text="runs.confusion_how"></p>
    <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table class="difference"></table></div>
    <h3 class="only-a"></h3><div class="gallery gallery-a"></div>
    <h3 class="only-b"></h3><div class="gallery gallery-b"></div>
    <p><a class="button table" download data-text="runs.table"></a></p>
  </div>
</div>
"""


def runs() -> gr.HTML:
    """The cards on the Training tab; `assets/js/runs.js` is their other half."""
    return part("runs", TEMPLATE)


SECOND_READER = """
<div class="demo second">
  <details class="card shrunk">
    <summary data-text="shrunk.title"></summary>
    <p class="quiet small" data-text="shrunk.about"></p>
    <p class="nothing" data-text="shrunk.nothing"></p>
    <div class="both">
      <figure hidden><canvas width="28" height="28" role="img" data-label="shrunk.pad"></canvas>
        <figcaption data-text="shrunk.pad"></figcaption><ul></ul></figure>
      <figure hidden><canvas width="28" height="28" role="img" data-label="shrunk.mnist"></canvas>
        <figcaption data-text="shrunk.mnist"></figcaption><ul></ul></figure>
    </div>
  </details>
</div>
"""


def second_reader() -> gr.HTML:
    """What the Draw tab says of the drawing beside the present network's answer; `assets/js/second_reader.js`."""
    return part("second_reader", SECOND_READER)


def variation(asked: dict[str, Any]) -> Variation:
    """What a visitor chose. Raises `RequestError` if that is not what the card's fields can say."""
    try:
        made = Variation(**{name: asked[name] for name in Variation.__dataclass_fields__})
    except KeyError:
        raise RequestError from None
    whole = type(made.images) is int and type(made.epochs) is int
    flags = type(made.generated) is bool and type(made.augmented) is bool
    if not whole or not flags or made.name not in RECIPES or type(made.rate) is bool or made.rate not in RATES:
        raise RequestError
    if not 1 <= made.epochs <= MAX_EPOCHS or not (made.images == 0 or MIN_LIMIT <= made.images <= MNIST_IMAGES):
        raise RequestError
    return made


def listed(service: Service) -> schemas.Runs:
    """The present network, the kept runs and the one in training. Raises `UntrainedError`, `BusyError`."""
    model, going, failure = service.model, service.runs.training, service.runs.failure
    return schemas.Runs(
        present=_present(model),
        runs=[_run(run, model) for run in service.runs.kept(model)],
        training=_training(going) if going else None,
        failure=sentence_payload(failure) if failure else None,
    )


def compared(service: Service, id_: str) -> schemas.RunComparison:
    """The present network and a run on the test images. Raises `RunError`, `UntrainedError`, `BusyError`."""
    model = service.model
    run = service.runs.find(model, id_)
    present, other = model.evaluation, run.evaluation(model.evaluation.images, model.evaluation.labels)
    right, also = (found.answers == found.labels for found in (present, other))
    only = np.flatnonzero(right & ~also), np.flatnonzero(~right & also)
    return schemas.RunComparison(
        present=present.confusion.tolist(),
        run=other.confusion.tolist(),
        counts=[len(numbers) for numbers in only],
        only_present=_pairs(present, other, only[0]),
        only_run=_pairs(present, other, only[1]),
    )


def table(service: Service, id_: str) -> bytes:
    """The epochs of both as CSV, the present network's first. Raises as `compared`."""
    model = service.model
    run = service.runs.find(model, id_)
    return history_table([(model.recipe.name, model.history), (run.name, run.history)])


def _training(going: RunProgress) -> schemas.RunTraining:
    return schemas.RunTraining(
        name=going.name,
        progress=round(going.progress, 4),
        seconds_left=going.seconds_left,
        eval_points=_points(going.eval_points),
    )


def _present(model: TrainedModel) -> schemas.Run:
    version = packing.version(packing.pack(model.weights))
    return _facts("", "", model.recipe, model.history, version, model.device, model.test_accuracy)


def _run(run: Run, model: TrainedModel) -> schemas.Run:
    accuracy = run.evaluation(model.evaluation.images, model.evaluation.labels).accuracy
    facts = _facts(run.id, run.name, run.recipe, run.history, run.version, run.device, accuracy)
    facts["images"] = run.variation.images if run.variation.images < MNIST_IMAGES else None
    facts["moments"] = moments_payload(run.timeline.moments)
    return facts


def _facts(
    id_: str,
    name: str,
    recipe: Recipe,
    history: tuple[Epoch, ...],
    version: str,
    device: str,
    accuracy: float,
) -> schemas.Run:
    return schemas.Run(
        id=id_,
        name=name,
        recipe=recipe.name,
        images=None,
        epochs=recipe.epochs,
        generated=recipe.generated,
        augmented=recipe.augment_strength > 0,
        batch=recipe.batch,
        max_lr=recipe.max_lr,
        averaged=recipe.ema is not None,
        device=device,
        accuracy=history[-1].accuracy,
        test_accuracy=accuracy,
        seconds=[round(epoch.seconds, 2) for epoch in history],
        eval_points=_points(eval_points_of(history)),
        version=version,
        moments=[],
    )


def _points(points: tuple[EvalPoint, ...]) -> list[schemas.EvalPoint]:
    return [
        schemas.EvalPoint(
            at=round(point.at, 4),
            accuracy=round(point.accuracy, 5),
            loss=round(point.loss, 5),
            test_accuracy=round(point.test_accuracy, 5),
            test_loss=round(point.test_loss, 5),
        )
        for point in points
    ]


def _pairs(present: Evaluation, other: Evaluation, numbers: np.ndarray) -> list[schemas.RunImage]:
    """The test images, those first whose two readers are surest of what they read."""
    sure = present.probabilities[numbers].max(1) + other.probabilities[numbers].max(1)
    return [
        schemas.RunImage(
            number=int(number),
            label=int(present.labels[number]),
            present=int(present.answers[number]),
            run=int(other.answers[number]),
            pixels=encoded(present.images[number]),
        )
        for number in numbers[np.argsort(-sure, kind="stable")][:MOST_IMAGES]
    ]
