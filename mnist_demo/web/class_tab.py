"""The tab "Class": collect digits, test the network on them, train with them, keep what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_demo.errors import ClassError, TrainingError, UntrainedError
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import CLASSES
from mnist_demo.service import Service
from mnist_demo.service.classroom import Comparison
from mnist_demo.store.class_digits import GROUPS, MAX_NAME
from mnist_demo.store.class_images import ClassImages
from mnist_demo.web import addresses
from mnist_demo.web.class_schemas import (
    ClassChange,
    ClassComparison,
    ClassCount,
    ClassDigit,
    ClassReading,
    ClassSide,
    ClassState,
    ClassTraining,
    ClassWriter,
)
from mnist_demo.web.parts import encoded, part

MOST_SHOWN = 60  # digits at once
MOST_CHANGES = 36  # of each side of a comparison


@dataclass
class Address:
    """Where other devices reach the page, known once it is served; None if they don't."""

    others: str | None = None


OPTIONS = "".join(f'<option value="{group}">{group or "–"}</option>' for group in GROUPS)

TEMPLATE = f"""
<div class="demo class" id="class">
  <div class="card join" hidden>
    <div><h2 data-text="class.join"></h2><p class="address"></p><p class="quiet" data-text="class.join_how"></p></div>
    <div class="qr" role="img" data-label="class.qr"></div>
  </div>
  <p class="quiet small privacy" data-text="class.privacy"></p>
  <div class="steps" role="group" data-label="class.steps">
    <button class="button" data-step="collect"><b>1</b> <span data-text="class.collect"></span></button>
    <button class="button" data-step="test"><b>2</b> <span data-text="class.test"></span></button>
    <button class="button" data-step="train"><b>3</b> <span data-text="class.train"></span></button>
    <button class="button" data-step="keep"><b>4</b> <span data-text="class.keep"></span></button>
  </div>
  <p class="trouble" role="alert" hidden></p>

  <section class="card" data-step="collect">
    <form class="begin">
      <h2 data-text="class.collect_title"></h2>
      <p data-text="class.collect_how"></p>
      <div class="fields">
        <label><span data-text="class.name"></span>
          <input name="name" maxlength="{MAX_NAME}" autocomplete="off"></label>
        <label><span data-text="class.group"></span> <select name="group">{OPTIONS}</select></label>
      </div>
      <button class="button primary" data-text="class.begin"></button>
    </form>
    <div class="writing" hidden>
      <div class="row"><h2 class="ask" aria-live="polite"></h2><span class="count quiet"></span></div>
      <progress class="clock" max="1" value="1" data-label="class.clock"></progress>
      <div class="pad"><canvas tabindex="0" role="img" data-label="draw.pad"></canvas></div>
      <div class="tools">
        <button class="button" name="clear" data-text="draw.clear"></button>
        <button class="button" name="stop" data-text="class.stop"></button>
        <button class="button primary" name="done" data-text="class.done"></button>
      </div>
    </div>
    <p class="mine" role="status"></p>
    <p class="row"><button class="link" name="take-back" data-text="class.take_back"></button></p>
  </section>

  <section class="card" data-step="test" hidden>
    <h2 data-text="class.test_title"></h2>
    <p class="total" role="status"></p>
    <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table class="by-digit"></table></div>
    <div class="writers" hidden><h3 data-text="class.by_writer"></h3><ul></ul></div>
    <h3 class="gallery-title" aria-live="polite"></h3>
    <div class="gallery"></div>
    <div class="chosen" hidden>
      <p role="status"></p>
      <button class="button" name="follow" data-text="class.follow"></button>
      <button class="button" name="remove" data-text="class.remove"></button>
    </div>
  </section>

  <section class="card" data-step="train" hidden>
    <h2 data-text="class.train_title"></h2>
    <p class="quiet" data-text="class.train_how"></p>
    <p class="ready"></p>
    <button class="button primary" name="train" data-text="class.train_now"></button>
    <div class="going" hidden><progress max="1" value="0" data-label="training.progress"></progress>
      <p class="left"></p></div>
    <div class="compared" hidden>
      <div class="scroll" tabindex="0" role="group" data-label="page.scroll"><table class="sides"></table></div>
      <p class="quiet learned" role="status"></p>
      <div class="changes"></div>
    </div>
  </section>

  <section class="card" data-step="keep" hidden>
    <h2 data-text="class.keep_title"></h2>
    <p class="which" role="status"></p>
    <div class="choices">
      <button class="button" name="taught" data-text="class.use"></button>
      <button class="button" name="before" data-text="class.back"></button>
    </div>
    <h3 data-text="class.take"></h3>
    <p class="quiet small" data-text="class.take_how"></p>
    <div class="choices">
      <button class="button" data-kind="npz" data-text="class.npz"></button>
      <button class="button" data-kind="csv" data-text="class.csv"></button>
      <button class="button" data-kind="json" data-text="class.json"></button>
      <button class="button" name="bring-in" data-text="class.bring_in"></button>
      <input type="file" accept="application/json,.json" hidden>
    </div>
    <h3 data-text="class.clear_title"></h3>
    <button class="button danger" name="everything" data-text="class.clear"></button>
    <p class="reply" role="status"></p>
  </section>

  <form class="card pin">
    <label><span data-text="class.pin"></span>
      <input name="pin" inputmode="numeric" autocomplete="off" maxlength="6" required></label>
    <button class="button" data-text="class.pin_enter"></button>
  </form>
</div>
"""

GIVE = """
<div class="demo give" id="give"><form hidden>
  <label><span data-text="class.it_was"></span> <select><option value="">–</option>__DIGITS__</select></label>
  <button class="button" data-text="class.give"></button>
  <p class="reply" role="status"></p>
</form></div>
""".replace("__DIGITS__", "".join(f"<option>{digit}</option>" for digit in range(CLASSES)))


def class_tab() -> None:
    """The whole tab; `assets/js/class_tab.js` is its other half."""
    part("class_tab", TEMPLATE)


def give() -> None:
    """In the Draw tab: what was drawn, given to the class with the digit that it was."""
    part("class_give", GIVE)


def state(service: Service, writer: str, teacher: bool, address: str | None) -> ClassState:
    """What the tab shows of itself to the device with this random id. Raises `ClassError`."""
    classroom, kept = service.classroom, service.classroom.digits
    digits, writers = kept.counts()
    mine, lesson = kept.writer(writer), classroom.lesson
    tested = int(classroom.gallery.images().tested.sum()) if teacher else 0
    try:
        compared = classroom.compared(service.model)
    except (ClassError, TrainingError):
        compared = None
    return ClassState(
        teacher=teacher,
        digits=digits,
        writers=writers,
        mine=mine.digits if mine else 0,
        learnable=digits - tested,
        testable=tested,
        address=address if teacher else None,
        qr=addresses.svg(address) if teacher and address else None,
        training=ClassTraining(progress=lesson.progress, seconds_left=lesson.seconds_left) if lesson else None,
        compared=compared is not None,
        taught=compared is not None and compared.after is service.model,
    )


def reading(service: Service, writer: str, teacher: bool, of: int | None) -> ClassReading:
    """How the network that answers reads the digits. `of`: a writer's number, of whom a teacher wants to see all.

    Raises `UntrainedError` while there is none."""
    recognizer, classroom = service.recognizer, service.classroom
    if recognizer is None:
        raise UntrainedError
    images, found = classroom.evaluation(recognizer)
    right = found.answers == found.labels
    by = np.array([digit.writer for digit in images.digits], int)
    me = classroom.digits.writer(writer)
    own = by == (me.number if me else -1)
    visible = np.ones_like(own) if teacher else own
    shown = (by == of) & visible if of is not None else visible & ~right if teacher else own
    order = np.flatnonzero(shown)
    order = order[np.argsort(right[order], kind="stable")][:MOST_SHOWN]
    return ClassReading(
        everybody=_count(right),
        mine=_count(right[own]),
        by_digit=[_count(right[visible & (found.labels == digit)]) for digit in range(CLASSES)],
        writers=[
            ClassWriter(
                number=each.number,
                name=each.name,
                group=each.group,
                digits=each.digits,
                right=int(right[by == each.number].sum()),
                tested=each.tested,
            )
            for each in (classroom.digits.writers() if teacher else [])
        ],
        shown=[_digit(images, found, int(place)) for place in order],
    )


def own(service: Service, writer: str, numbers: Sequence[int]) -> list[int]:
    """Those of these digits that the device with this random id has written."""
    me = service.classroom.digits.writer(writer)
    mine = {d.number for d in service.classroom.gallery.images().digits if me is not None and d.writer == me.number}
    return [number for number in numbers if number in mine]


def comparison(found: Comparison) -> ClassComparison:
    """What the training changed."""
    before, after = found.before.evaluation, found.after.evaluation
    return ClassComparison(
        learned=ClassCount(digits=len(found.trained.digits), right=found.learned),
        seconds=round(found.after.seconds, 1),
        tested=_side(found.tested_before, found.tested_after, len({digit.writer for digit in found.tested.digits})),
        usual=_side(before, after, 0),
    )


def _count(right: np.ndarray) -> ClassCount:
    return ClassCount(digits=len(right), right=int(right.sum()))


def _digit(images: ClassImages, found: Evaluation, place: int) -> ClassDigit:
    digit = images.digits[place]
    return ClassDigit(
        number=digit.number,
        writer=digit.writer,
        label=digit.label,
        answer=int(found.answers[place]),
        confidence=round(float(found.probabilities[place].max()), 4),
        pixels=encoded(images.images[place]),
        strokes=digit.strokes,
    )


def _side(before: Evaluation, after: Evaluation, writers: int) -> ClassSide:
    changed = np.flatnonzero(before.answers != after.answers)
    # first what became right, then what became wrong, then what stayed wrong
    kind = np.where(after.answers == after.labels, 0, np.where(before.answers == before.labels, 1, 2))[changed]
    order = changed[np.argsort(kind, kind="stable")]
    # of each kind as many as there is room for
    some = [order[np.sort(kind) == which][: MOST_CHANGES // 3] for which in range(3)]
    return ClassSide(
        digits=len(before.labels),
        writers=writers,
        right_before=int((before.answers == before.labels).sum()),
        right_after=int((after.answers == after.labels).sum()),
        changed=len(changed),
        changes=[
            ClassChange(
                label=int(before.labels[place]),
                before=int(before.answers[place]),
                after=int(after.answers[place]),
                pixels=encoded(before.images[place]),
            )
            for place in np.concatenate(some)
        ],
    )
