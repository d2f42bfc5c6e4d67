"""When Python looks for garbage."""

import gc
from collections.abc import Iterator

import pytest

from mnist_demo.system import garbage


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_imports_are_not_looked_through_and_what_comes_later_is() -> None:
    with garbage.none_yet():
        assert not gc.isenabled()
        imported = [[]]
    assert gc.isenabled()
    assert all(each is not imported for each in gc.get_objects())
    later = [[]]
    assert any(each is later for each in gc.get_objects())


def test_after_a_failure_too() -> None:
    with pytest.raises(ImportError), garbage.none_yet():
        raise ImportError
    assert gc.isenabled()
