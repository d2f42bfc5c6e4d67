"""Training images from files, and what is refused."""

import gzip
import http.server
import os
import resource
import struct
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from mnist_demo.data import dataset, download
from mnist_demo.errors import DataError, DownloadError
from mnist_demo.model.spec import LESSON
from mnist_demo.store import cache
from mnist_demo.system import files
from mnist_demo.training.recipe import recipe_for


def write_idx(folder: Path, arrays: dict[str, np.ndarray], prefix: str = "", packed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    for name, array in zip(names, (arrays[k] for k in ("x_train", "y_train", "x_test", "y_test")), strict=True):
        content = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
        path = folder / (prefix + name + (".gz" if packed else ""))
        path.write_bytes(gzip.compress(content) if packed else content)
    return folder


def same(found: dataset.Dataset, arrays: dict[str, np.ndarray]) -> bool:
    pairs = [(found.train_images, "x_train"), (found.train_labels, "y_train")]
    pairs += [(found.test_images, "x_test"), (found.test_labels, "y_test")]
    return all(a.dtype == np.uint8 and np.array_equal(a, arrays[name]) for a, name in pairs)


def test_keras_file(small_npz: Path, small_arrays: dict[str, np.ndarray]) -> None:
    found = dataset.from_path(small_npz)
    assert same(found, small_arrays)
    assert (found.name, str(found.source)) == ("file", "small.npz: 600 training and 200 test images")
    assert np.array_equal(found.samples[0], small_arrays["x_train"][:20])


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files(tmp_path: Path, small_arrays: dict[str, np.ndarray], packed: bool) -> None:
    found = dataset.from_path(write_idx(tmp_path, small_arrays, packed=packed))
    assert same(found, small_arrays)


def test_one_content_has_one_fingerprint(small_npz: Path, tmp_path: Path, small_arrays: dict[str, np.ndarray]) -> None:
    folder = write_idx(tmp_path, small_arrays)
    assert dataset.from_path(small_npz).fingerprint == dataset.from_path(folder).fingerprint


def test_emnist_is_turned_upright(tmp_path: Path, small_arrays: dict[str, np.ndarray]) -> None:
    lying = {k: a.transpose(0, 2, 1) if a.ndim == 3 else a for k, a in small_arrays.items()}
    assert same(dataset.from_path(write_idx(tmp_path, lying, prefix="emnist-digits-")), small_arrays)


def test_a_limit_keeps_the_first_images(small_npz: Path, small_arrays: dict[str, np.ndarray]) -> None:
    whole = dataset.from_path(small_npz)
    part = whole.limited(100)
    assert np.array_equal(part.train_images, small_arrays["x_train"][:100])
    assert len(part.test_images) == 200
    assert part.fingerprint != whole.fingerprint


def test_a_pickle_in_an_npz_is_never_loaded(tmp_path: Path, small_arrays: dict[str, np.ndarray]) -> None:
    path = tmp_path / "pickle.npz"
    np.savez(path, **(small_arrays | {"y_train": np.array([print] * 600, object)}))
    with pytest.raises(DataError):
        dataset.from_path(path)


def test_what_is_wrong_with_idx_files(tmp_path: Path, small_arrays: dict[str, np.ndarray]) -> None:
    folder = write_idx(tmp_path, small_arrays)
    labels = folder / "train-labels-idx1-ubyte"
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-1])
    with pytest.raises(DataError, match="is not whole"):
        dataset.from_path(folder)
    labels.write_bytes(b"\x00\x00\x0d" + whole[3:])
    with pytest.raises(DataError, match="not an IDX file"):
        dataset.from_path(folder)
    labels.unlink()
    with pytest.raises(DataError, match="no IDX file with the train labels"):
        dataset.from_path(folder)


def test_generated_digits_are_the_same_every_time() -> None:
    """Whatever a process has made of them; so they are written once."""
    code = "from mnist_demo.data import dataset; print(dataset.generated(0).test_images.sum())"
    elsewhere = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = dataset.generated(60_000), dataset.generated(1000)
    assert first.test_images is second.test_images
    assert first.test_images.sum() == pytest.approx(int(elsewhere.stdout), rel=1e-5)  # a processor's last bits
    assert not first.test_images.flags.writeable
    assert first.fingerprint == second.fingerprint
    assert len(first.train_images) == 0
    assert first.samples[0].shape == (20, 28, 28)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["Nehalem", "Haswell"])
def test_the_key_is_the_same_on_every_processor(kernel: str) -> None:
    """A network trained on one computer is to be found on another, also where NumPy calculates otherwise."""
    code = (
        "from mnist_demo.data import dataset; from mnist_demo.store import cache\n"
        "from mnist_demo.model.spec import LESSON; from mnist_demo.training.recipe import recipe_for\n"
        "print(cache.fingerprint(dataset.generated_fingerprint(), recipe_for('generated'), LESSON))"
    )
    kernels = {"OPENBLAS_CORETYPE": kernel}
    if kernel == "Nehalem":
        # names that this NumPy doesn't know, as the ones of another processor, it passes over with a warning
        kernels["NPY_DISABLE_CPU_FEATURES"] = "X86_V4 X86_V3 AVX512_SKX AVX512F AVX2 FMA3"
    other = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=os.environ | kernels, capture_output=True, text=True
    )
    here = cache.fingerprint(dataset.generated_fingerprint(), recipe_for("generated"), LESSON)
    assert other.stdout.strip() == here, other.stderr


def test_another_set_in_keras_folder_is_not_taken_for_mnist(
    small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "keras"
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "mnist.npz").write_bytes(small_npz.read_bytes())
    monkeypatch.setenv("KERAS_HOME", str(home))
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(DownloadError):
        dataset.mnist(tmp_path / "downloads")


@pytest.mark.slow
def test_a_kept_download_that_was_damaged_is_fetched_again(real_mnist: Path, tmp_path: Path) -> None:
    class Mirror(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *request: Any):
            super().__init__(*request, directory=str(real_mnist.parent))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        mirror = f"http://127.0.0.1:{running.server_port}/{real_mnist.name}"
        assert dataset.mnist(tmp_path, mirror).name == "mnist"
        (kept,) = tmp_path.glob("*/*.npz")
        whole = kept.read_bytes()
        flipped = whole[:5_000_000] + bytes([whole[5_000_000] ^ 1]) + whole[5_000_001:]
        for damaged in (b"", whole[:1000], flipped):
            kept.write_bytes(damaged)
            assert dataset.mnist(tmp_path, mirror).name == "mnist"
            assert kept.read_bytes() == whole
        running.shutdown()


def test_a_mirror_with_another_set_doesn_t_end_the_search(
    small_npz: Path, real_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(small_npz if path.startswith("/mirror") else real_mnist)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}"
        usual = download.Source(f"{address}/usual/", {download.KERAS_FILE: files.sha256(real_mnist)})
        monkeypatch.setattr(download, "SOURCES", (usual,))
        found = dataset.mnist(tmp_path, f"{address}/mirror/mnist.npz", download.WHEN_ASKED)
        assert found.fingerprint == dataset.MNIST_FINGERPRINT
        assert len(list(tmp_path.rglob("*.npz"))) == 1
        running.shutdown()


@pytest.mark.slow
def test_real_mnist_is_recognised(real_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = dataset.from_path(real_mnist)
    assert found.name == "mnist"
    assert found.train_images.shape == (60_000, 28, 28)
    assert found.train_labels[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").symlink_to(real_mnist)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert dataset.mnist(tmp_path / "downloads").fingerprint == dataset.MNIST_FINGERPRINT


@pytest.mark.slow
def test_a_mirror_s_bomb_is_removed_and_never_unpacked(
    tmp_path: Path, small_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some hundred kilobytes that would be two gigabytes in memory, at this start and at every later one."""
    bomb = tmp_path / "bomb"
    bomb.mkdir()
    with zipfile.ZipFile(bomb / "mnist.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in small_arrays.items():
            shape = (2_500_000, 28, 28) if name == "x_train" else array.shape
            with archive.open(f"{name}.npy", "w") as member:
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, header)
                for _ in range(300):
                    member.write(bytes(1_000_000) if name == "x_train" else b"")
    monkeypatch.setattr(download, "SOURCES", ())

    class Mirror(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *request: Any):
            super().__init__(*request, directory=str(bomb))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        mirror = f"http://127.0.0.1:{running.server_port}/mnist.npz"
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(DownloadError, match="is not MNIST"):
            dataset.mnist(tmp_path / "downloads", mirror, download.WHEN_ASKED)
        running.shutdown()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB
    assert [path for path in (tmp_path / "downloads").rglob("*") if path.is_file()] == []
    assert not dataset.has_local_mnist(tmp_path / "downloads")
