"""How a network came about: its weights at moments of its training, the untrained ones first.

As a file (`timeline.npz`), which is written once and of which the weights are read one by one when somebody looks back:

    at             float64 (m,)   epochs behind each moment
    test_accuracy  float64 (m,)   0..1, NaN where it was not measured
    version        uint8 (m, 32)  of its weights, see `packing.version`
    <version>      uint8 (n,)     of each moment: the packed weights
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.model import packing
from mnist_demo.model.spec import Spec
from mnist_demo.system import arrays

MOST_MOMENTS = 17
"""So many of the lesson's network are 3.9 MB as a file."""


@dataclass(frozen=True)
class Moment:
    """A network on its way. `version` names its weights among all, see `packing.version`."""

    at: float  # epochs behind it
    test_accuracy: float | None  # 0..1; None where it was not measured
    version: str


@dataclass(frozen=True)
class Timeline:
    """Never changed, only replaced by a longer one."""

    moments: tuple[Moment, ...] = ()
    _packed: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # of those that are in no file
    _file: Path | None = None
    _most: int = 0  # bytes that it may have

    @classmethod
    def begun(cls, untrained: Sequence[np.ndarray]) -> "Timeline":
        """With its first moment alone: the weights that a training starts from, in the order of `Spec.weights`."""
        return cls().extended(0.0, None, packing.pack(untrained))

    def extended(self, at: float, test_accuracy: float | None, packed: bytes) -> "Timeline":
        """With one more moment at its end, `at` so many epochs, of a test accuracy (0..1). When they become too many,
        the one goes whose neighbours are nearest to each other in proportion, for the most happens at first."""
        moment = Moment(at, test_accuracy, packing.version(packed))
        moments = [*self.moments, moment]
        if len(moments) > MOST_MOMENTS:
            between = range(2, len(moments) - 1)
            del moments[min(between, key=lambda i: moments[i + 1].at / moments[i - 1].at)]
        known = {**self._packed, moment.version: packed}
        left = {m.version: known[m.version] for m in moments if m.version in known}
        return replace(self, moments=tuple(moments), _packed=left)

    def measured(self, untrained: float) -> "Timeline":
        """With the test accuracy (0..1) of its first moment."""
        return replace(self, moments=(replace(self.moments[0], test_accuracy=untrained), *self.moments[1:]))

    def packed(self, version: str) -> bytes | None:
        """The packed weights of one of its moments; None for any other, and if the file is lost or damaged."""
        if version in self._packed:
            return self._packed[version]
        if self._file is None or version not in {moment.version for moment in self.moments}:
            return None
        try:
            (found,) = arrays.read_npz(self._file, (version,), self._most)
        except (OSError, ValueError, KeyError):
            return None
        packed: bytes = found.tobytes()
        right = packing.version(packed) == version and np.isfinite(np.frombuffer(packed, packing.DTYPE)).all()
        return packed if right else None

    def to_bytes(self) -> bytes:
        """The content of its file."""
        accuracies = [math.nan if m.test_accuracy is None else m.test_accuracy for m in self.moments]
        weights = {m.version: np.frombuffer(self.packed(m.version) or b"", np.uint8) for m in self.moments}
        members: dict[str, Any] = {
            "at": np.array([moment.at for moment in self.moments], np.float64),
            "test_accuracy": np.array(accuracies, np.float64),
            "version": np.frombuffer(bytes.fromhex("".join(m.version for m in self.moments)), np.uint8).reshape(-1, 32),
            **weights,
        }
        content = io.BytesIO()
        np.savez_compressed(content, **members)
        return content.getvalue()


def most_bytes(spec: Spec) -> int:
    """Of a network's timeline as a file, and of what is unpacked from it."""
    return MOST_MOMENTS * (packing.size(spec) + 1_000) + 10_000


def read(path: Path, spec: Spec) -> Timeline:
    """The timeline of such a network in a file. Raises ValueError if it is none, and OSError."""
    most = most_bytes(spec)
    try:
        with arrays.open_npz(path, most) as archive:
            at, accuracies, versions = (archive.read(name) for name in ("at", "test_accuracy", "version"))
            count = len(at)
            names = [version.tobytes().hex() for version in versions]
            weights = {(archive.headers[name].dtype.name, archive.headers[name].shape) for name in names}
    except (KeyError, TypeError) as error:
        raise ValueError("this is no timeline") from error
    right = (
        [(array.dtype.name, array.shape) for array in (at, accuracies, versions)]
        == [("float64", (count,)), ("float64", (count,)), ("uint8", (count, 32))]
        and 1 <= count <= MOST_MOMENTS
        and ((at >= 0) & (at < 1e9)).all()
        and ((accuracies >= 0) & (accuracies <= 1) | np.isnan(accuracies)).all()
        and weights == {("uint8", (packing.size(spec),))}
    )
    if not right:
        raise ValueError("this is no timeline")
    figures = zip(at.tolist(), accuracies.tolist(), names, strict=True)
    moments = tuple(Moment(a, None if math.isnan(b) else b, name) for a, b, name in figures)
    return Timeline(moments, _file=path, _most=most)
