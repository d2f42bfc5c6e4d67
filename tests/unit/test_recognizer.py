"""What to make of an answer: a digit, perhaps one, or none."""

import numpy as np
import pytest

from mnist_demo.model.recognizer import BLANK, NO_DIGIT_BELOW, UNSURE_BELOW, Answer, Recognizer
from mnist_demo.model.spec import LESSON, initial_weights


@pytest.mark.parametrize(
    ("confidence", "reading"),
    [
        (0.1, "no digit"),
        (NO_DIGIT_BELOW - 1e-6, "no digit"),
        (NO_DIGIT_BELOW, "unsure"),
        (UNSURE_BELOW - 1e-6, "unsure"),
        (UNSURE_BELOW, "digit"),
        (1.0, "digit"),
    ],
)
def test_the_confidence_says_what_to_make_of_an_answer(confidence: float, reading: str) -> None:
    assert Answer(7, confidence, (0.0,) * 10).reading == reading


def test_nothing_drawn_is_no_reading() -> None:
    assert BLANK.reading is None


def test_an_untrained_network_sees_no_digit() -> None:
    image = np.random.default_rng(0).random((28, 28), np.float32)
    assert Recognizer(LESSON, initial_weights(LESSON), 0).answer(image).reading == "no digit"
