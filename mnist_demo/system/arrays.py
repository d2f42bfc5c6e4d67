"""NumPy's .npz archives, read as if somebody had made them to do harm: `numpy.load` believes what they claim.

An archive of some megabytes can claim, and even unpack to, any number of gigabytes; its directory alone can hold
millions of entries; its arrays can be pickles, which are programs.
"""

import contextlib
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO

import numpy as np

from mnist_demo.system import files

CHUNK = 1 << 20
"""Bytes read at a time; no archive of ours has a directory as large as that."""

_HARMFUL = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a version or compression that Python doesn't know
    OverflowError,
    RecursionError,  # a header of many signs
    SyntaxError,
    tokenize.TokenError,
    MemoryError,
)


@dataclass(frozen=True)
class Header:
    """What an archive says of an array: `shape`, and `dtype`, a bool, integer or float of at most eight bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{self.shape} {self.dtype.name}"


class Archive:
    """An .npz file that is open. `headers`: what it says of its arrays, by name."""

    def __init__(self, archive: zipfile.ZipFile, limit: int):
        self._archive = archive
        self._left = limit
        self.headers = {name.removesuffix(".npy"): self._header(name) for name in archive.namelist() if _is_array(name)}

    def read(self, name: str) -> np.ndarray:
        """The array, of its header's shape and dtype in this computer's byte order.

        Raises `KeyError` if there is none of that name, `ValueError` if it is damaged or if, with those read before, it
        has more bytes than the archive was opened for.
        """
        header = self.headers[name]
        self._left -= header.size
        if self._left < 0:
            raise ValueError(f"{name} is too large")
        with self._archive.open(f"{name}.npy") as member:
            _header(member)
            array = np.empty(math.prod(header.shape), header.dtype)
            _fill(member, array)
        array = array.reshape(header.shape, order="F" if header.fortran_order else "C")
        return array.astype(header.dtype.newbyteorder("="), copy=False)

    def _header(self, name: str) -> Header:
        info = self._archive.getinfo(name)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name} is not as NumPy writes it")  # others can't be unpacked a part at a time
        with self._archive.open(info) as member:
            return _header(member)


@contextlib.contextmanager
def open_npz(path: Path, limit: int) -> Iterator[Archive]:
    """Open an .npz archive of at most `limit` bytes, of which at most `limit` bytes of arrays are going to be read.

    Raises `OSError` if there is no such regular file, `ValueError` if it is damaged or does not keep to its bounds.
    """
    try:
        with files.open_regular(path, limit) as file, zipfile.ZipFile(_Sparing(file)) as archive:
            yield Archive(archive, limit)
    except _HARMFUL as error:
        raise ValueError("not a whole .npz archive") from error


def read_npz(path: Path, names: Sequence[str], limit: int) -> list[np.ndarray]:
    """The arrays of these names, of the shapes and dtypes that the archive says. Raises `OSError` and `ValueError` as
    `open_npz`, `KeyError` if one is missing."""
    with open_npz(path, limit) as archive:
        return [archive.read(name) for name in names]


class _Sparing:
    """A file for `zipfile`, which reads the directory, as large as it claims to be, in one piece."""

    def __init__(self, file: BufferedReader):
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > CHUNK:
            raise zipfile.BadZipFile
        return self._file.read(CHUNK if size < 0 else size)

    def close(self) -> None:
        """It is closed by who opened it."""


def _is_array(name: str) -> bool:
    return name.endswith(".npy")


def _header(member: IO[bytes]) -> Header:
    if np.lib.format.read_magic(member) != (1, 0):  # others are for headers of more than 65,535 bytes
        raise ValueError("an array of another kind")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or min(shape, default=0) < 0:
        raise ValueError("an array of another kind")
    return Header(tuple(map(int, shape)), dtype, fortran_order)


def _fill(member: IO[bytes], array: np.ndarray) -> None:
    """Read all bytes of the array, after which there must be none left. `zipfile` checks their sum then."""
    room = array.view(np.uint8).data
    while room:
        part = member.read(min(CHUNK, len(room)))
        if not part:
            raise EOFError
        room[: len(part)] = part
        room = room[len(part) :]
    if member.read(1):
        raise ValueError("more bytes than its header says")
