"""A short run of `tests/load.py`."""

from collections.abc import Iterator
from pathlib import Path

import load
import pytest
from conftest import READY, copy_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see another process's memory"),
]


@pytest.fixture(scope="module")
def target(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[load.Target]:
    cache = copy_of(trained_cache, tmp_path_factory.mktemp("load") / "cache")
    with load.running(*READY, "--cache", str(cache)) as running:
        yield running


def test_many_draw_at_once_and_every_answer_is_the_right_one(target: load.Target) -> None:
    tally = load.draw(target, clients=30, seconds=4)
    assert tally.errors == []
    assert tally.mistaken == 0
    assert len(tally.seconds) > 30


def test_memory_stays_flat(target: load.Target) -> None:
    summary = load.memory(target, predictions=800, warm_up=400)
    assert (summary["errors"], summary["answers"]) == (0, 800)
    assert summary["grown_by"] < 20


def test_idle_pages_cost_little(target: load.Target) -> None:
    summary = load.idle(target, pages=300, seconds=4)
    assert (summary["errors"], summary["mistaken"]) == (0, 0)
    assert summary["share_of_a_core"] < 0.1
