"""The timeline: what is written comes back, one by one, and it stays of bounded length."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.model import packing
from mnist_demo.model.spec import LESSON, initial_weights
from mnist_demo.store import timeline
from mnist_demo.store.timeline import MOST_MOMENTS, Timeline


def packed(seed: int) -> bytes:
    return packing.pack(initial_weights(LESSON, seed))


def test_the_weights_come_back_from_the_file(tmp_path: Path) -> None:
    line = Timeline.begun(initial_weights(LESSON)).extended(0.5, 0.9, packed(1)).extended(1.0, 0.95, packed(2))
    path = tmp_path / "timeline.npz"
    path.write_bytes(line.to_bytes())
    found = timeline.read(path, LESSON)
    assert found.moments == line.moments
    assert [found.packed(moment.version) for moment in found.moments] == [packed(0), packed(1), packed(2)]
    assert found.packed("0" * 64) is None
    longer = found.extended(2.0, 0.97, packed(3))
    assert [longer.packed(moment.version) for moment in longer.moments] == [packed(i) for i in range(4)]
    path.unlink()
    assert found.packed(found.moments[0].version) is None


def test_a_network_that_stands_still_has_its_moments_too(tmp_path: Path) -> None:
    line = Timeline.begun(initial_weights(LESSON)).extended(1.0, 0.1, packed(0)).extended(2.0, 0.1, packed(0))
    (tmp_path / "timeline.npz").write_bytes(line.to_bytes())
    assert timeline.read(tmp_path / "timeline.npz", LESSON).moments == line.moments


def test_the_first_moment_is_measured_last() -> None:
    line = Timeline.begun(initial_weights(LESSON))
    assert line.moments[0].test_accuracy is None
    assert line.measured(0.1).moments[0].test_accuracy == 0.1


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"no timeline at all"])
def test_another_file_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "timeline.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="npz"):
        timeline.read(path, LESSON)


def test_other_arrays_are_none(tmp_path: Path) -> None:
    path = tmp_path / "timeline.npz"
    np.savez(path, at=np.arange(3.0), test_accuracy=np.arange(2.0), version=np.zeros((3, 32), np.uint8))
    with pytest.raises(ValueError, match="no timeline"):
        timeline.read(path, LESSON)


def test_weights_of_another_network_are_none(tmp_path: Path) -> None:
    path = tmp_path / "timeline.npz"
    path.write_bytes(Timeline.begun([np.zeros(9)]).to_bytes())
    with pytest.raises(ValueError, match="no timeline"):
        timeline.read(path, LESSON)


def test_damaged_weights_are_not_handed_out(tmp_path: Path) -> None:
    path = tmp_path / "timeline.npz"
    version = packing.version(packed(1))
    versions = np.frombuffer(bytes.fromhex(version), np.uint8)[None]
    other = np.frombuffer(packed(2), np.uint8)
    np.savez(path, at=[0.0], test_accuracy=[0.1], version=versions, **{version: other})
    assert timeline.read(path, LESSON).packed(version) is None


def test_it_stays_short_and_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    line = Timeline.begun(initial_weights(LESSON))
    points = [i / 8 for i in range(1, 9)] + [1 + i / 4 for i in range(1, 4 * 49 + 1)]
    for number, at in enumerate(points):
        line = line.extended(at, 0.9, number.to_bytes(2, "little") * 10)
    at = [moment.at for moment in line.moments]
    assert len(at) == MOST_MOMENTS
    assert at[:2] == [0, 0.125]
    assert at[-1] == 50
    assert max(later / earlier for earlier, later in itertools.pairwise(at[1:])) < 2.5
    assert all(line.packed(moment.version) for moment in line.moments)
