"""Generated handwriting: reproducible, quick, of the right kind."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mnist_demo.handwriting import generator
from mnist_demo.handwriting.allographs import DIGITS, HABITS, NON_DIGITS, RARE_FORMS
from mnist_demo.handwriting.forms import Flick

EVERY = [(digit, allograph) for forms in (DIGITS, RARE_FORMS) for digit in forms for allograph in forms[digit]]


def test_the_same_seed_gives_the_same_bytes():
    first = generator.generate(300, np.random.default_rng(3))
    again = generator.generate(300, np.random.default_rng(3))
    other = generator.generate(300, np.random.default_rng(4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    none = [generator.generate_non_digits(100, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert np.array_equal(none[0], none[1])
    assert not np.array_equal(none[0], none[2])


@pytest.mark.parametrize("count", [0, 1, 7, 2000])
def test_as_many_as_asked_for(count):
    images, labels = generator.generate(count, np.random.default_rng(0))
    none = generator.generate_non_digits(count, np.random.default_rng(0))
    assert images.shape == none.shape == (count, 28, 28)
    assert images.dtype == none.dtype == labels.dtype == np.uint8
    assert labels.shape == (count,)
    if count == 2000:
        assert (np.bincount(labels, minlength=10) > 140).all()


def test_digits_look_like_mnist_s():
    images, _ = generator.generate(2000, np.random.default_rng(0))
    image = images / 255
    assert 0.10 < image.mean() < 0.16  # MNIST: 0.131
    assert (images.max((1, 2)) > 200).all()
    longer = np.maximum((image > 0.1).any(1).sum(1), (image > 0.1).any(2).sum(1))
    assert np.mean(np.isin(longer, (19, 20, 21))) > 0.9
    middles = np.arange(28) + 0.5
    for axis in (1, 2):
        centres = (image.sum(axis) * middles).sum(1) / image.sum((1, 2))
        assert np.mean((centres > 13.5) & (centres < 15.5)) > 0.9


@pytest.mark.parametrize(("digit", "allograph"), EVERY, ids=[f"{d} {a.name}" for d, a in EVERY])
def test_every_allograph_can_be_written(digit, allograph):
    images = generator.write(allograph, HABITS[digit], 20, np.random.default_rng(0))
    assert images.shape == (20, 28, 28)
    assert images.std(0).mean() > 5  # no two alike


def _sharpest_turn(flick):
    """Of 200 straight ones: the cosine of the sharpest turn of the pen, and where it is, 0..1 along the way."""
    points, _ = generator.draw(DIGITS[1][0], HABITS[1], 200, np.random.default_rng(0), flick)
    steps = np.diff(points, axis=1)
    steps /= np.hypot(steps[..., 0], steps[..., 1])[..., None] + 1e-9
    turns = (steps[:, 1:] * steps[:, :-1]).sum(2)
    return turns.min(1), turns.argmin(1) / turns.shape[1]


def test_a_flick_is_a_sharp_turn_where_the_pen_is_set_down_or_lifted():
    assert (_sharpest_turn(Flick.NONE)[0] > 0.2).mean() > 0.95
    for flick in (Flick.BEFORE, Flick.AFTER):
        cosine, where = _sharpest_turn(flick)
        back = cosine < -0.2
        assert back.mean() > 0.6  # a mouse's few points hide some
        assert ((where[back] > 0.5) == (flick is Flick.AFTER)).mean() > 0.95


def test_names_are_unique():
    for allographs in (*DIGITS.values(), NON_DIGITS):
        names = [allograph.name for allograph in allographs]
        assert len(set(names)) == len(names)


def test_the_picture_of_all_allographs(tmp_path):
    file = tmp_path / "forms.png"
    subprocess.run([sys.executable, "-m", "mnist_demo.handwriting", str(file)], check=True)
    with Image.open(file) as image:
        assert image.width > 1000


WRITTEN = {
    7: [29478, 28535, 38550, 24703, 34451, 26514, 30714, 28874, 17331, 18180, 33906, 21162, 25120, 20267, 26995],
}
"""The ink of some images, by `generator.VERSION`."""


def test_what_is_written_changes_only_with_the_version() -> None:
    """By which trained networks are found again. If this fails, raise the version and put the new figures above: a
    processor's last bits, which differ, move none of them by 20."""
    rng = np.random.default_rng(0)
    images = [*generator.generate(400, rng)[0][:9], *generator.generate_non_digits(60, rng)[-6:]]
    ink = [int(image.sum(dtype=int)) for image in images]
    assert ink == pytest.approx(WRITTEN[generator.VERSION], abs=20)
