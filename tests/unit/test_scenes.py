"""Photographs, scans, screenshots, forms: the digit comes out as if its strokes had been drawn on the pad."""

import numpy as np
import pytest
import scenes
from PIL import Image
from test_pictures import difference, read

from mnist_demo.preprocess import strokes

DIGITS = 10  # of each scene
ALIKE = 0.5  # difference, as a share of the image, up to which it is the same digit in the same place
SHARE = 0.8  # of the digits, at least


@pytest.mark.slow
@pytest.mark.parametrize("name", scenes.SCENES)
def test_the_digit_in_a_scene_is_as_its_strokes_on_the_pad(name: str) -> None:
    rng = np.random.default_rng(2026)
    differences = []
    for _ in range(DIGITS):
        _, digit = scenes.written(rng)
        found = read(Image.fromarray(scenes.SCENES[name](digit, rng)), "BMP")
        differences.append(difference(strokes.image(digit), found))
    assert np.mean(np.array(differences) < ALIKE) >= SHARE, np.round(differences, 2)
