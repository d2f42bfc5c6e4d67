"""The sums over the test images, on a few whose answers are known."""

import numpy as np
import pytest

from mnist_demo.model.evaluation import Evaluation, softmax

LABELS = np.array([0, 1, 1, 2, 2, 2], np.uint8)
ANSWERS = np.array([0, 1, 7, 2, 7, 7])
SURENESS = np.array([9.0, 5.0, 3.0, 8.0, 6.0, 2.0])


@pytest.fixture
def evaluation() -> Evaluation:
    logits = np.zeros((6, 10), np.float32)
    logits[np.arange(6), ANSWERS] = SURENESS
    return Evaluation(np.zeros((6, 28, 28), np.uint8), LABELS, logits)


def test_answers_and_accuracy(evaluation: Evaluation) -> None:
    assert evaluation.answers.tolist() == ANSWERS.tolist()
    assert evaluation.accuracy == 0.5
    assert evaluation.probabilities.sum(1) == pytest.approx(1)
    own = [p[label] for p, label in zip(evaluation.probabilities, LABELS, strict=True)]
    assert evaluation.loss == pytest.approx(-np.mean(np.log(own)))


def test_who_is_taken_for_whom(evaluation: Evaluation) -> None:
    expected = np.zeros((10, 10), int)
    expected[0, 0] = expected[1, 1] = expected[1, 7] = expected[2, 2] = 1
    expected[2, 7] = 2
    assert evaluation.confusion.tolist() == expected.tolist()
    assert evaluation.cell(2, 7).tolist() == [5, 4]
    assert evaluation.cell(3, 3).tolist() == []


def test_the_most_confident_mistake_comes_first(evaluation: Evaluation) -> None:
    assert evaluation.mistakes.tolist() == [4, 2, 5]


def test_softmax_of_huge_logits() -> None:
    assert softmax(np.array([1000.0, 0.0])).tolist() == [1.0, 0.0]
