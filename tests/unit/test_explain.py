"""Why the network reads a picture as it does, of an untrained one too: nearest images, and what counts."""

import numpy as np

from mnist_demo.handwriting import generator
from mnist_demo.model.evaluation import softmax
from mnist_demo.model.explain import PATCH, STEP, Neighbours, occlusion
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import LESSON, initial_weights

RECOGNIZER = Recognizer(LESSON, initial_weights(LESSON), 0)
IMAGES, LABELS = generator.generate(300, np.random.default_rng(0))


def test_an_image_is_most_like_itself() -> None:
    neighbours = Neighbours(RECOGNIZER, IMAGES, LABELS)
    for number in (0, 255, 299):
        image = IMAGES[number].astype(np.float32) / 255
        nearest = neighbours.nearest(image)
        assert nearest[0] == number
        assert len(set(nearest.tolist())) == 5
        features = RECOGNIZER.features(IMAGES / np.float32(255))
        away = np.linalg.norm(features - features[number], axis=1)
        assert away[nearest].max() <= np.delete(away, nearest).min() + 1e-4


def test_covering_a_place_tells_what_hangs_on_it() -> None:
    image = IMAGES[0].astype(np.float32) / 255
    digit, lost = occlusion(RECOGNIZER, image)
    own = softmax(RECOGNIZER.logits(image))
    assert digit == own.argmax()
    rows = range(0, 28 - PATCH + STEP, STEP)
    expected = np.zeros((28, 28, 2))
    for row in rows:
        for column in rows:
            covered = image.copy()
            covered[row : row + PATCH, column : column + PATCH] = 0
            place = expected[row : row + PATCH, column : column + PATCH]
            place += own[digit] - softmax(RECOGNIZER.logits(covered))[digit], 1
    np.testing.assert_allclose(lost, expected[..., 0] / expected[..., 1], atol=1e-5)
    assert np.abs(lost).max() > 0
