"""Files that are whole or not there."""

import os
from pathlib import Path

import filelock
import pytest

from mnist_demo import files


def test_write_whole_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write_whole(path, b"old")
    files.write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), files.folder_whole(tmp_path / "a") as folder:  # noqa: PT012 - the block is tested
        (folder / "half").write_text("x")
        raise RuntimeError
    assert os.listdir(tmp_path) == []
    with files.folder_whole(tmp_path / "a") as folder:
        (folder / "whole").write_text("x")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a" / "whole").read_text() == "x"
    assert os.listdir(tmp_path) == ["a"]


def test_one_holder_of_a_lock(tmp_path: Path) -> None:
    with files.lock(tmp_path / "lock"), pytest.raises(filelock.Timeout):
        files.lock(tmp_path / "lock").acquire(timeout=0)
    files.lock(tmp_path / "lock").acquire(timeout=0).lock.release()


def test_why_a_folder_is_unwritable(tmp_path: Path) -> None:
    assert files.why_unwritable(tmp_path / "new" / "folder") is None
    (tmp_path / "file").write_text("")
    assert files.why_unwritable(tmp_path / "file" / "folder") == "Not a directory"
