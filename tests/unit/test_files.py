"""Files that are whole or not there."""

import os
from pathlib import Path

import filelock
import pytest

from mnist_demo.system import files


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.write_whole(tmp_path / "file", b"x")
        with files.folder_whole(tmp_path / "folder"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o755


def test_one_holder_of_a_lock(tmp_path: Path) -> None:
    with files.lock(tmp_path / "lock"), pytest.raises(filelock.Timeout):
        files.lock(tmp_path / "lock").acquire(timeout=0)
    files.lock(tmp_path / "lock").acquire(timeout=0).lock.release()


def test_why_a_folder_is_unwritable(tmp_path: Path) -> None:
    assert files.why_unwritable(tmp_path / "new" / "folder") is None
    (tmp_path / "file").write_text("")
    assert files.why_unwritable(tmp_path / "file" / "folder") == "Not a directory"
