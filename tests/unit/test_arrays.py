"""Archives of arrays that were made to do harm are refused, at little cost; honest ones come back as they were."""

import os
import resource
import struct
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.system import arrays, files

LIMIT = 1_000_000


def read(path: Path) -> list[np.ndarray]:
    with arrays.open_npz(path, LIMIT) as archive:
        return [archive.read(name) for name in archive.headers]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_comes_back(tmp_path: Path, save: object) -> None:
    rng = np.random.default_rng(0)
    saved = {
        "bytes": rng.integers(0, 256, (30, 28, 28), np.uint8),
        "floats": rng.normal(size=(3, 4)).astype(np.float16),
        "turned": np.asfortranarray(rng.normal(size=(3, 4, 5))),
        "big": np.arange(5, dtype=">i4"),
        "switch": np.array([True, False]),
        "empty": np.zeros((0, 28), np.float32),
        "number": np.array(3),
    }
    save(tmp_path / "a.npz", **saved)
    with arrays.open_npz(tmp_path / "a.npz", LIMIT) as archive:
        assert list(archive.headers) == list(saved)
        assert archive.headers["bytes"] == arrays.Header((30, 28, 28), np.dtype(np.uint8))
        for name, array in saved.items():
            found = archive.read(name)
            assert np.array_equal(found, array)
            assert found.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(arrays.read_npz(tmp_path / "a.npz", ["big"], LIMIT)[0], saved["big"])
    with pytest.raises(KeyError):
        arrays.read_npz(tmp_path / "a.npz", ["none"], LIMIT)


def archive(path: Path, content: bytes, name: str = "x.npy", how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        file.writestr(name, content)
    return path


def header(text: str, version: bytes = b"\1\0") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


def claim(shape: object, descr: str = "|u1") -> bytes:
    return header(f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}")


HARMFUL = {
    "claims more than there is": claim((500,)) + b"x" * 499,
    "has more than it claims": claim((500,)) + b"x" * 501,
    "claims a petabyte": claim((2**50,)) + b"x",
    "claims more than a number can hold": claim((2**40, 2**40)) + b"x",
    "claims less than nothing": claim((-5,)) + b"x",
    "a bomb": claim((2_000_000_000,)) + bytes(20_000_000),
    "a pickle": claim((1,), "|O") + b"cos\nsystem\n(S'true'\ntR.",
    "text": claim((2,), "<U3") + b"x" * 24,
    "no shape": claim("'x'"),
    "nested": header("[" * 9000),
    "signs": header("-" * 9000 + "1"),
    "another version": header("{}", b"\2\0"),
    "no array": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_harmful_arrays_are_refused_at_little_cost(tmp_path: Path, kind: str) -> None:
    path = archive(tmp_path / "a.npz", HARMFUL[kind])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"\w"):
        read(path)
    assert time.monotonic() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_can_only_be_unpacked_whole_is_refused(tmp_path: Path, how: int) -> None:
    with pytest.raises(ValueError, match="not as NumPy writes it"):
        read(archive(tmp_path / "a.npz", claim((5,)) + b"12345", how=how))


def test_a_directory_of_any_size_is_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for number in range(9_000):
            file.writestr(f"{number:0100}.npy", b"")
    assert (tmp_path / "a.npz").stat().st_size > 2 * arrays.CHUNK
    with pytest.raises(ValueError, match="not a whole"), arrays.open_npz(tmp_path / "a.npz", 10**8):
        pass


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    """Cut and flipped anywhere, they end in `ValueError` or, where the place doesn't matter, in the same array."""
    path, array = tmp_path / "a.npz", np.random.default_rng(0).integers(0, 9, 2000)
    np.savez_compressed(path, x=array)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            try:
                found = read(path)
            except (ValueError, KeyError):
                continue
            assert all(np.array_equal(x, array) for x in found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    """Neither waits for a writer that never comes, nor reads a device that never ends."""
    os.mkfifo(tmp_path / "fifo")
    found: list[str] = []

    def look() -> None:
        for path in (tmp_path / "fifo", Path("/dev/zero"), tmp_path, tmp_path / "none"):
            with pytest.raises(OSError, match=r"\w"):
                arrays.read_npz(path, ["x"], LIMIT)
            with pytest.raises(OSError, match=r"\w"):
                files.read_regular(path, LIMIT)
            found.append(path.name)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(10)
    assert found == ["fifo", "zero", tmp_path.name, "none"]


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros(600_000, np.uint8), y=np.zeros(600_000, np.uint8))
    with pytest.raises(OSError, match="large"):
        read(tmp_path / "a.npz")
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(600_000, np.uint8), y=np.zeros(600_000, np.uint8))
    with pytest.raises(ValueError, match="y is too large"):
        read(tmp_path / "a.npz")
