"""What the tab "Class" and the server say to each other, as types; see `schemas`."""

from typing import TypedDict


class ClassGiven(TypedDict):
    """A digit was kept, under this number."""

    number: int


class ClassRemoved(TypedDict):
    """So many digits were removed."""

    removed: int


class ClassBrought(TypedDict):
    """So many digits of a file came in."""

    number: int


class ClassWriter(TypedDict):
    """Someone who has written digits. Read rightly are `right` of them."""

    number: int
    name: str  # a nickname, or ""
    group: str  # "A" to "D", or ""
    digits: int
    right: int
    tested: bool  # only tested on


class ClassCount(TypedDict):
    """Of so many digits so many are read rightly."""

    digits: int
    right: int


class ClassDigit(TypedDict):
    """A digit and how it is read."""

    number: int
    writer: int
    label: int
    answer: int
    confidence: float
    pixels: str
    strokes: list[list[list[int]]]  # of [x, y], the longer side 1,000


class ClassReading(TypedDict):
    """How the network that answers reads the class's digits: for a teacher everybody's, for others their own."""

    everybody: ClassCount
    mine: ClassCount
    by_digit: list[ClassCount]
    writers: list[ClassWriter]  # none but for a teacher
    shown: list[ClassDigit]  # what is read wrongly, or all of one writer


class ClassTraining(TypedDict):
    """A training with the class's digits that goes on."""

    progress: float  # 0..1
    seconds_left: float | None


class ClassState(TypedDict):
    """What the tab shows at any time."""

    teacher: bool
    digits: int
    writers: int
    mine: int  # digits of this device
    learnable: int  # digits to train with
    testable: int  # and those only tested on
    address: str | None  # where other devices reach the page; None if only this computer does
    qr: str | None  # the same as an <svg>
    training: ClassTraining | None
    compared: bool  # whether there is a `ClassComparison`
    taught: bool  # whether the class's network answers


class ClassChange(TypedDict):
    """An image that the network reads otherwise after the training."""

    label: int
    before: int
    after: int
    pixels: str


class ClassSide(TypedDict):
    """What a training changed on some images."""

    digits: int
    writers: int  # 0: MNIST's
    right_before: int
    right_after: int
    changed: int
    changes: list[ClassChange]  # some of these, for looking at


class ClassComparison(TypedDict):
    """The network before and after a training with the class's digits."""

    learned: ClassCount  # the digits that it learned from, `right` afterwards
    seconds: float
    tested: ClassSide  # the class's digits that are only tested on
    usual: ClassSide  # the usual test images
