"""What all rows share: how thorough the run is, the data, a trained model, and our program as a process."""

import contextlib
import functools
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from bench.processes import TESTS, Process, running, serving
from mnist_demo.handwriting import generator


@dataclass(frozen=True, eq=False)
class Bench:
    """One run. `folder` is scratch space; `data` is an .npz file with Keras's names."""

    quick: bool
    data: Path
    is_mnist: bool
    folder: Path

    def some(self, full: int, quick: int) -> int:
        """That many repeats, or whatever else a quick run has less of."""
        return quick if self.quick else full

    @functools.cached_property
    def _keras_home(self) -> Path:
        """Where our program finds the data as if Keras had downloaded it, so that no flag names it."""
        home = self.folder / "keras"
        (home / "datasets").mkdir(parents=True)
        (home / "datasets" / "mnist.npz").symlink_to(self.data)
        return home

    def arguments(self, *flags: object) -> list[object]:
        """Of our program, with the data that all rows use."""
        return ["app.py", *([] if self.is_mnist else ["--data", self.data]), *flags]

    @property
    def variables(self) -> dict[str, str]:
        return {"KERAS_HOME": str(self._keras_home)}

    @functools.cached_property
    def small(self) -> list[object]:
        """Flags of a model that is good enough to answer, and the folder that it is cached in."""
        return ["--cache", self.folder / "cache", "--limit", self.some(12_000, 3_000)]

    @functools.cached_property
    def model(self) -> Path:
        """The .keras file of that model, trained once in every run."""
        print("  (training the network that will answer)", flush=True)
        with self.program("--epochs", self.some(3, 2), "--train-only") as process:
            return Path(json.loads(process.finish(300)[-1][1])["cache"]) / "model.keras"

    @contextlib.contextmanager
    def program(self, *flags: object) -> Iterator[Process]:
        """`python app.py` with the small cached model, or to train it."""
        with serving(*self.arguments(*self.small, *flags), **self.variables) as process:
            yield process

    @contextlib.contextmanager
    def training(self, *flags: object) -> Iterator[Process]:
        """`python app.py --train-only --retrain`, in a cache of its own."""
        own = ["--cache", self.folder / "training", "--train-only", "--retrain"]
        with running(*self.arguments(*own, *flags), **self.variables) as process:
            yield process


def generated_data(folder: Path) -> Path:
    """Digits of the program's own in MNIST's place."""
    images, labels = generator.generate(70_000, np.random.default_rng(5))
    arrays = {"x_train": images[:60_000], "y_train": labels[:60_000]}
    arrays |= {"x_test": images[60_000:], "y_test": labels[60_000:]}
    path = folder / "generated.npz"
    np.savez(path, **arrays)
    return path


def machine(data: str) -> dict[str, Any]:
    """What the figures depend on, in words and numbers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gb": _memory(),
        "bfloat16_flags": sorted(set(re.findall(r"\b(?:avx512_bf16|amx_bf16|bf16)\b", _cpuinfo()))),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("tensorflow", "keras", "gradio", "numpy", "PIL")},
        "commit": _commit(),
        "data": data,
    }


def _version(module: str) -> str:
    """Of the package that has the module, which has several names in TensorFlow's case."""
    return metadata.version((metadata.packages_distributions().get(module) or [module])[0])


def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""


def _processor() -> str:
    named = re.search(r"model name\s*:\s*(.+)", _cpuinfo())
    return named[1] if named else platform.processor() or platform.machine()


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _commit() -> str | None:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=TESTS, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
