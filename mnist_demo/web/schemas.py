"""What the page's scripts and the server say to each other, as types. `assets/js/service.js` has the same in JSDoc.

Pixels travel as bytes in base64: uint8, ink 255 on paper 0, row by row from the top left; one picture is 784 of them.
"""

from typing import Any, Literal, TypedDict

from mnist_demo.service.status import Phase


class Sentence(TypedDict):
    """Words still to be said in the visitor's language: a key of the tables, and what its placeholders stand for."""

    key: str
    values: dict[str, Any]


class Failure(TypedDict):
    """The body of every answer whose HTTP status is 400 or more."""

    error: str  # the sentence in English
    detail: str  # the same, where other clients of Gradio look for it
    sentence: Sentence


class Epoch(TypedDict):
    """A finished epoch."""

    epoch: int  # from 1 on
    test_accuracy: float  # at its end
    kernels: str  # of the first convolution then, as int8 in base64, 127 their largest size; "" where unknown


class EvalPoint(TypedDict):
    """How the network does at one moment. Accuracies 0..1, losses in nats."""

    at: float  # epochs behind it
    accuracy: float  # of the training images since the last one
    loss: float
    test_accuracy: float
    test_loss: float


class Moment(TypedDict):
    """A network on its way, whose weights can be had by its version: at demo/weights/<version>."""

    at: float  # epochs behind it; 0 of the untrained one, which is the first
    test_accuracy: float | None  # 0..1; None where it was not measured
    version: str


class Samples(TypedDict):
    """The first training images."""

    images: str  # pixels, one picture after the other
    labels: list[int]


class Training(TypedDict):
    """What is settled when a training begins."""

    spec: list[dict[str, Any]]  # the network's layers, see `Spec.to_json`
    learning_rates: list[float]  # at moments equally far apart, from its start to its end
    samples: Samples | None


class Status(TypedDict):
    """The answer to a poll. Only what its asker doesn't have yet of `history`, `eval_points`, `moments`, `training`."""

    run: str  # tells this process's versions from another's behind the same address
    version: int  # grows with every change
    phase: Phase
    message: Sentence
    notices: list[Sentence]
    source: Sentence | None
    epochs: int
    progress: float  # of the present download or training, 0..1
    seconds_left: float | None
    test_accuracy: float | None
    device: str
    parameters: int
    seconds: float | None
    answering_epoch: float
    model_version: str  # of the network that answers; empty while there is none
    evaluated: bool
    test_images: int
    can_fetch: bool
    may_train: bool
    runs_version: int  # grows with every change of the runs beside it, see `Runs`
    run_training: bool  # one of them is being trained
    usual_epochs: int  # of a training where none are chosen
    earlier_accuracy: float | None  # of the network from before the last training, as long as it can come back
    data: str  # "mnist", "generated" or "file"; empty before it is known
    training_number: int  # grows when history and evaluation points begin anew
    training: Training | None  # None: as it was at the last poll
    moments_number: int  # grows with every change of `moments`
    moments: list[Moment] | None  # None: as they were at the last poll
    history: list[Epoch]
    eval_points: list[EvalPoint]


class Answer(TypedDict):
    """What the network reads in a drawing or a picture. `digit` None: nothing is drawn, or `waiting`."""

    pixels: str | None  # as the network sees it; None when nothing is drawn
    waiting: bool  # the network has not learned anything yet
    digit: int | None
    confidence: float  # 0..1
    probabilities: list[float]  # of the digits 0 to 9; empty when `digit` is None


class TestPicture(TypedDict):
    """A test image."""

    number: int  # from 0
    label: int
    pixels: str


class Alike(TypedDict):
    """An image such as the network was trained on."""

    pixels: str
    label: int


class Why(TypedDict):
    """Why the network reads a picture as it does."""

    digit: int
    lost: str  # 28×28 int8 in base64: how much of the digit's probability is lost when the place is covered
    most: float  # what 127 of them stands for, 0..1
    images: int  # so many were compared
    alike: list[Alike]  # the most alike of them, the nearest first


class TestImage(TypedDict):
    """A test image and how it is read."""

    number: int
    label: int
    answer: int
    confidence: float
    pixels: str


class Evaluation(TypedDict):
    """How the network that answers reads the test images."""

    confusion: list[list[int]]  # a row for each label, a column for each answer
    mistakes: list[TestImage]  # the most confident ones first


class Cell(TypedDict):
    """The test images of one label and one answer, the least confident first."""

    images: list[TestImage]


class Run(TypedDict):
    """A network to compare: the present one (its id and name empty), or one trained beside it."""

    id: str
    name: str
    recipe: Literal["usual", "lesson"]
    images: int | None  # of the dataset; None: as many as there are
    epochs: int
    generated: int  # digits of the program's own in an epoch
    augmented: bool
    batch: int
    max_lr: float
    averaged: bool  # what answers is the mean of the weights over the last steps
    device: str
    accuracy: float  # 0..1, of training images, as they were shown in the last epoch
    test_accuracy: float
    seconds: list[float]  # of each epoch
    eval_points: list[EvalPoint]
    version: str  # of its weights, see `model/packing`
    moments: list[Moment]  # of a run; the present network's are in `Status`


class RunTraining(TypedDict):
    """A run that is being trained."""

    name: str
    progress: float  # 0..1
    seconds_left: float | None
    eval_points: list[EvalPoint]


class Runs(TypedDict):
    """What there is to compare."""

    present: Run
    runs: list[Run]  # the oldest first
    training: RunTraining | None
    failure: Sentence | None  # why nothing came of the last one


class RunImage(TypedDict):
    """A test image and how both read it."""

    number: int
    label: int
    present: int
    run: int
    pixels: str


class RunComparison(TypedDict):
    """The present network and a run on the same test images."""

    present: list[list[int]]  # its confusion matrix: a row for each label, a column for each answer
    run: list[list[int]]
    counts: list[int]  # how many images the one alone reads rightly, and how many the other
    only_present: list[RunImage]  # some of them
    only_run: list[RunImage]
