"""What a killed training leaves is gone on from as far as it is whole, and is not trusted otherwise."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import dataset
from mnist_demo.model.spec import LESSON
from mnist_demo.training import checkpoint, train
from mnist_demo.training.history import Progress, Stopped
from mnist_demo.training.recipe import Recipe

pytestmark = pytest.mark.slow

SHORT = Recipe(epochs=3, generated=300, non_digits=100, batch=64)


@pytest.fixture(scope="module")
def data(small_npz: Path) -> dataset.Dataset:
    return dataset.from_path(small_npz)


@pytest.mark.parametrize("last", ["its figures are missing", "its number is half-written"])
def test_a_kill_while_an_epoch_is_kept_costs_that_epoch_alone(
    data: dataset.Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, last: str
) -> None:
    folder = tmp_path / "state"
    seen: list[Progress] = []
    with pytest.raises(Stopped):
        train.train(LESSON, data, SHORT, folder, seen.append, lambda: any(len(p.history) == 2 for p in seen))
    if last == "its figures are missing":
        checkpoint.save(folder, seen[-1].history[:1])
    else:
        (folder / checkpoint.METADATA_FILE).write_text("")
    again: list[Progress] = []
    trained = train.train(LESSON, data, SHORT, folder, again.append)
    assert again[0].history == seen[-1].history[:1]
    assert [epoch.epoch for epoch in trained.history] == [1, 2, 3]
    assert "What an interrupted" not in caplog.text


def test_a_damaged_state_is_not_trusted(data: dataset.Dataset, tmp_path: Path) -> None:
    """Each file in its own way, and all in one: it begins anew."""
    folder = tmp_path / "state"
    short = dataclasses.replace(SHORT, epochs=1)

    def begin(progress: Progress) -> None:
        begun.append(progress)
        raise Stopped

    train.train(LESSON, data, short, folder)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    ways = itertools.cycle((b"", b"rubbish", b"[" * 100_000))
    for damaged in *([name] for name in whole), list(whole):
        damage = next(ways)
        for name, content in whole.items():
            (folder / name).write_bytes(damage if name in damaged else content)
        begun: list[Progress] = []
        with pytest.raises(Stopped):
            train.train(LESSON, data, short, folder, begin)
        assert begun[0].history == ()
    assert len(train.train(LESSON, data, short, folder).history) == 1


def test_kept_weights_that_are_no_numbers_are_not_trusted(data: dataset.Dataset, tmp_path: Path) -> None:
    """Otherwise every start would end with a loss that is none."""
    import h5py

    folder = tmp_path / "state"
    short = dataclasses.replace(SHORT, epochs=2)
    seen: list[Progress] = []
    with pytest.raises(Stopped):
        train.train(LESSON, data, short, folder, seen.append, lambda: any(p.history for p in seen))
    with h5py.File(folder / "latest.weights.h5", "r+") as file:
        places: list[str] = []
        file.visititems(lambda name, item: places.append(name) if isinstance(item, h5py.Dataset) else None)
        file[next(name for name in places if file[name].ndim == 4)][...] = np.nan
    again: list[Progress] = []
    trained = train.train(LESSON, data, short, folder, again.append)
    assert again[0].history == ()
    assert len(trained.history) == 2
    assert all(np.isfinite(array).all() for array in trained.weights)
