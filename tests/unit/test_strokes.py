"""Strokes: what is let in, and that they come out as MNIST's digits look."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_demo.errors import StrokesError
from mnist_demo.preprocess import strokes


def curve(points: int = 40) -> np.ndarray:
    """A wavy stroke, higher than wide."""
    t = np.linspace(0, 1, points)
    return np.stack([0.3 * np.sin(5 * t), t], 1)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The ink by which two digits differ, as a share; the centre of mass may have been rounded to another pixel."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(float(np.abs(a - np.roll(b, move, (0, 1))).sum() / a.sum()) for move in moves)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "strokes",
        7,
        True,
        {"0": []},
        ["strokes"],
        [[1, 2]],
        [[[1]]],
        [[[1, 2, 3]]],
        [[[1, 2], [3]]],
        [[["1", "2"]]],
        [[[True, 2]]],
        [[[None, 2]]],
        [[[[1], [2]]]],
        [[[math.nan, 0]]],
        [[[math.inf, 0]]],
        [[[0, -math.inf]]],
        [[[1e7, 0]]],
        [[[10**400, 0]]],
        [[[0, 0]]] * 201,
        [[[0, 0]] * 20_001],
        [[[0, 0]] * 15_000] * 2,
    ],
    ids=str,
)
def test_bad_strokes_are_refused_in_one_sentence(value):
    with pytest.raises(StrokesError) as caught:
        strokes.check(value)
    for language in ("en", "zh"):
        sentence = caught.value.sentence.to(language)
        assert "\n" not in sentence
        assert len(sentence) < 200


def test_deep_nesting_is_refused():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(StrokesError):
        strokes.check(value)


def test_ten_megabytes_are_refused_before_any_point_is_looked_at():
    with pytest.raises(StrokesError, match="20,000"):
        strokes.check([["no point"] * 1_700_000])


def test_good_strokes_come_as_arrays():
    found = strokes.check([[[0, 0.5], [1, 2]], [], [[3, 4]]])
    assert [stroke.tolist() for stroke in found] == [[[0, 0.5], [1, 2]], [[3, 4]]]
    assert all(stroke.dtype == np.float64 for stroke in found)
    assert strokes.check([]) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    try:
        found = strokes.check(value)
    except StrokesError:
        return
    assert np.isfinite(strokes.image(found)).all()


COORDINATES = st.floats(-1e6, 1e6)


@given(st.lists(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=9), min_size=1, max_size=5))
def test_whatever_is_drawn_shows(drawing):
    image = strokes.image([np.array(stroke) for stroke in drawing])
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert 0.5 < image.max() <= 1


def test_nothing_is_blank():
    for nothing in ([], [np.zeros((0, 2))]):
        assert not strokes.image(nothing).any()


def test_a_dot_is_a_small_disc_in_the_middle():
    for dot in ([[5, 5]], [[5, 5], [5, 5]], [[1e6, -1e6]]):
        image = strokes.image([np.array(dot, float)])
        assert math.pi * 1**2 < image.sum() < math.pi * 1.5**2
        assert not image[:11].any()
        assert not image[17:].any()
        assert not image[:, :11].any()
        assert not image[:, 17:].any()


@pytest.mark.parametrize("end", [(1, 0), (0, 1), (1, 1), (-3, 1)])
def test_a_line_fills_the_box_and_is_as_wide_as_the_pen(end):
    image = strokes.image([np.array([[0, 0], end], float)])
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (20, 21)
    length = (20 - 2.4) * math.hypot(*end) / max(map(abs, end))
    area = 2.4 * length + math.pi * 1.2**2
    assert image.sum() == pytest.approx(area, rel=0.05)


@settings(max_examples=30)
@given(st.floats(1e-3, 1e4), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_size_and_place_don_t_matter(scale, right, down):
    plain = strokes.image([curve()])
    moved = strokes.image([curve() * scale + (right, down)])
    assert difference(plain, moved) < 0.02


def test_the_number_of_points_hardly_matters():
    plain = strokes.image([curve(60)])
    for points in (300, 10_000):
        assert difference(plain, strokes.image([curve(points)])) < 0.05
    trembling = curve(10_000) + np.random.default_rng(0).normal(0, 0.002, (10_000, 2))
    assert difference(plain, strokes.image([trembling])) < 0.15


def test_the_centre_of_mass_is_where_mnist_has_it():
    image = strokes.image([np.array([[0, 0], [0, 10], [8, 10]], float)])
    middles = np.arange(28) + 0.5
    for axis in (0, 1):
        assert 13.9 < (image.sum(axis) * middles).sum() / image.sum() < 15.1


def test_the_last_bit_of_a_symmetric_drawing_s_centre_doesn_t_move_it():
    middle = np.float32(14)
    around = np.array([np.nextafter(middle, np.float32(0)), middle, np.nextafter(middle, np.float32(28))])
    assert not strokes.shift_to_middle(around).any()


def test_resampled_points_are_equally_far_apart():
    even = strokes.resample(np.array([[0, 0], [3, 4], [3, 10]], float), 0.5)
    assert even[0].tolist() == [0, 0]
    assert even[-1].tolist() == [3, 10]
    assert len(even) == 23
    assert np.ptp(np.hypot(*np.diff(even, axis=0).T)) < 0.02


def test_a_batch_is_drawn_like_each_alone():
    batch = np.stack([curve(50), curve(50)[:, ::-1] * 7]).astype(np.float32)
    pen_up = np.zeros(49, bool)
    pen_up[20] = True
    radius = np.array([[1.0], [1.5]], np.float32)
    together = strokes.rasterise(batch, pen_up, radius)
    for i in range(2):
        alone = strokes.rasterise(batch[i : i + 1], pen_up, radius[i : i + 1])[0]
        assert np.abs(together[i] - alone).max() < 1e-4


def test_no_number_is_so_small_that_the_processor_is_slow_with_it() -> None:
    """Denormal ones made a picture three times as slow on an Intel processor; an underflow is how they come about."""
    points = 100 * np.cumsum(np.random.default_rng(0).normal(size=(20, 60, 2)), 1).astype(np.float32)
    pen_up = np.arange(59) % 20 == 19
    with np.errstate(under="raise"):
        strokes.rasterise(points, pen_up, np.full((20, 1), strokes.PEN_RADIUS, np.float32))
