"""Files that are whole or not there: atomic replacement, a lock between processes, checksums."""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from mnist_demo.errors import TemporaryError


def write_whole(path: Path, content: bytes, durable: bool = True) -> None:
    """Write `content` to `path` so that a reader finds the old file or the new one, also after a power cut unless
    `durable` is False, which spares the wait for the disk. OSError."""
    temporary = _beside(path, f".{path.name}-")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def folder_whole(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that becomes `path`, which must not exist, if the block ends without error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path, ".new-")
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                sync(file)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _beside(path: Path, prefix: str) -> Path:
    """A new name in the folder of `path`. What `tempfile` makes there only its owner could read, also when it is whole:
    neither another user's copy of the program nor a server that the network was exported for."""
    return path.with_name(prefix + secrets.token_hex(8))


def sync(path: Path) -> None:
    """Ask the system to bring the file's content to the disk now."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits. OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock(path: Path) -> filelock.BaseFileLock:
    """A lock between processes, free again when its owner ends however it ends; `acquire(timeout=0)` may raise
    `filelock.Timeout`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(path, thread_local=False)


def why_unlockable(path: Path) -> str | None:
    """None if `lock(path)` works, whoever may hold it, else the system's reason: some network disks know no locks."""
    try:
        lock(path).acquire(timeout=0).lock.release()
    except filelock.Timeout:
        return None
    except OSError as error:
        return error.strerror or str(error)
    return None


def need_room(folder: Path, size: int) -> None:
    """Raises the `OSError` of a full disk if fewer than `size` bytes are free where `folder` is.

    For libraries that say more than one sentence about a disk that becomes full while they write.
    """
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def find_temporary_folder() -> None:
    """Let `tempfile` use the memory if no disk can be written. Raises `TemporaryError` if even that is impossible.

    On a full or read-only disk Gradio couldn't even be imported.
    """
    try:
        tempfile.gettempdir()
    except OSError:
        memory = Path("/dev/shm")
        if not memory.is_dir() or why_unwritable(memory):
            raise TemporaryError from None
        tempfile.tempdir = str(memory)


def why_unwritable(folder: Path) -> str | None:
    """None if files can be made in `folder` (which is created), else the system's reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return None
