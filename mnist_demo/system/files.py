"""Files that are whole or not there: atomic replacement, a lock between processes, checksums, bounded reading."""

import contextlib
import errno
import hashlib
import io
import os
import secrets
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from mnist_demo.errors import FolderError, TemporaryError


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


def damaged_folder(home: Path) -> Path:
    """The folder in `home` for what failed its check, made if it is missing. What else stands in its place, a file or a
    link, goes into it. OSError."""
    folder = home / "damaged"
    if folder.is_dir() and not folder.is_symlink():
        return folder
    stray = _beside(folder, ".damaged-")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(stray)
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        stray.rename(folder / stray.name)
    return folder


def _beside(path: Path, prefix: str) -> Path:
    """A new name in the folder of `path`. What `tempfile` makes there only its owner could read, also when it is whole:
    neither another user's copy of the program nor a server that the network was exported for."""
    return path.with_name(prefix + secrets.token_hex(8))


def sync(path: Path) -> None:
    """Ask the system to bring the file's content to the disk now."""
    with path.open("r+b") as file:  # Windows refuses it for what is open for reading only
        os.fsync(file.fileno())


@contextlib.contextmanager
def open_regular(path: Path, limit: int) -> Iterator[io.BufferedReader]:
    """Open for reading what somebody else may have put there.

    Raises `OSError` for what is no regular file, as a FIFO or a device may be waited for without end, and for one of
    more than `limit` bytes.
    """
    check_regular(path, limit)
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        _check_regular(os.fstat(file.fileno()), limit)  # it may have been exchanged meanwhile
        yield file


def check_regular(path: Path, limit: int) -> None:
    """Raises `OSError` unless it is a regular file of at most `limit` bytes."""
    _check_regular(os.stat(path), limit)


def _check_regular(found: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file")
    if found.st_size > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises `OSError` for anything else."""
    with open_regular(path, limit) as file:
        return file.read(limit)


def sha256(path: Path, limit: int = 2**40) -> str:
    """The SHA-256 of a regular file of at most `limit` bytes as 64 hexadecimal digits. OSError."""
    with open_regular(path, limit) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def zipped(folder: Path, inside: str = "", compression: int = zipfile.ZIP_STORED) -> bytes:
    """The files in a folder and those below it as a zip archive, in which they lie in the folder `inside`. OSError.

    Whatever the clock says: zip archives can't tell a date before 1980, where computers without a battery begin.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression, strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(inside, path.relative_to(folder)))
    return content.getvalue()


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


def check_current_folder() -> None:
    """Raises `FolderError` if it has been removed: nothing could be found from there, not even by an import."""
    try:
        os.getcwd()
    except OSError:
        raise FolderError from None


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


@contextlib.contextmanager
def temporary_home(name: str = "mnist-demo") -> Iterator[Path]:
    """A folder for temporary files, shared by all copies of the program that this user runs at the time.

    The last one to end empties it; what killed ones left is removed by the next that starts with no other running.
    Where somebody else has a folder of that name, or the disk knows no locks, it is one for this copy alone.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(_shared_home(Path(tempfile.gettempdir(), name + _user())))
        except (OSError, NotImplementedError):  # the latter from filelock, where the system knows no locks
            alone = tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(alone))
        yield folder


def _user() -> str:
    return f"-{os.getuid()}" if hasattr(os, "getuid") else ""  # Windows has such a folder for each user


@contextlib.contextmanager
def _shared_home(home: Path) -> Iterator[Path]:
    home.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(home)
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    entrance, running = lock(home / "lock"), lock(home / f"{secrets.token_hex(8)}.running")
    with entrance.acquire(timeout=10):  # held for moments only
        _empty_if_alone(home)
        running.acquire(timeout=0)
    try:
        (home / "files").mkdir(exist_ok=True)
        yield home / "files"
    finally:
        with contextlib.suppress(OSError), entrance.acquire(timeout=2):  # Timeout is an OSError
            running.release()
            _empty_if_alone(home)


def _empty_if_alone(home: Path) -> None:
    """Remove the files unless a copy of the program is running that may use them."""
    for path in home.glob("*.running"):
        try:
            lock(path).acquire(timeout=0).lock.release()
        except filelock.Timeout:
            return
        path.unlink(missing_ok=True)
    shutil.rmtree(home / "files", ignore_errors=True)
