"""Files that are whole or not there."""

import errno
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import filelock
import pytest
from conftest import ROOT

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


def test_a_zip_archive_is_made_whatever_the_clock_says(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"x" * 1000)
    os.utime(tmp_path / "below" / "file", (86_400, 86_400))  # 1970: zip archives begin in 1980
    with zipfile.ZipFile(io.BytesIO(files.zipped(tmp_path, "inside", zipfile.ZIP_DEFLATED))) as archive:
        assert archive.namelist() == ["inside/below/file"]
        assert archive.read("inside/below/file") == b"x" * 1000


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


@pytest.mark.skipif(os.name == "nt", reason="acts Windows")
def test_nothing_is_brought_to_the_disk_through_a_handle_for_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows that fails, so nothing would ever be cached or exported there."""
    import fcntl

    fsync = os.fsync

    def windows_fsync(number: int) -> None:
        if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        fsync(number)

    monkeypatch.setattr(os, "fsync", windows_fsync)
    files.write_whole(tmp_path / "file", b"x")
    with files.folder_whole(tmp_path / "a") as folder:
        (folder / "file").write_text("x")
    assert (tmp_path / "a" / "file").exists()


# --- temporary files -------------------------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def left(temporary: Path) -> list[str]:
    return sorted(path.name for path in temporary.rglob("*") if path.is_file() and path.name != "lock")


def test_temporary_files_end_with_the_last_copy_of_the_program(temporary: Path) -> None:
    with files.temporary_home() as first:
        (first / "upload").write_text("x")
        with files.temporary_home() as second:
            assert second == first
            assert (second / "upload").read_text() == "x"
        assert (first / "upload").exists(), "the first still runs"
    assert left(temporary) == []


def test_temporary_files_of_a_killed_copy_are_removed_at_the_next_start(temporary: Path) -> None:
    code = (
        "import os; from mnist_demo.system import files\n"
        "with files.temporary_home() as folder:\n"
        "    (folder / 'upload').write_text('x'); print(folder, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert Path(killed.stdout.strip(), "upload").exists()
    with files.temporary_home() as folder:
        assert str(folder) == killed.stdout.strip()
        assert list(folder.iterdir()) == []
    assert left(temporary) == []


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs to give a folder away")
def test_another_users_folder_is_not_used(temporary: Path) -> None:
    """Whoever else may write to the folder for temporary files could put anything there, or a link to anywhere."""
    home = temporary / f"mnist-demo-{os.getuid()}"
    home.mkdir()
    os.chown(home, 65534, 65534)
    with files.temporary_home() as folder:
        assert not folder.is_relative_to(home)
        (folder / "upload").write_text("x")
    home.rmdir()
    (temporary / "elsewhere").mkdir()
    home.symlink_to(temporary / "elsewhere")
    with files.temporary_home() as folder:
        assert not folder.resolve().is_relative_to(temporary / "elsewhere")
    assert left(temporary) == []
