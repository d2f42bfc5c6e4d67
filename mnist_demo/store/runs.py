"""Runs: trainings beside the present network, kept to be compared with it, each whole or not there.

    <cache>/runs/<test images>/<id>/run.npz      facts     uint8 (n,)      JSON: name, recipe, history, ...
                                                 weights   uint8 (n,)      the packed weights, see `model/packing`
                                                 logits    float32 (m, 10) what it makes of the test images
                                  timeline.npz   how it came about, see `store/timeline`

Only runs that were tested on the same images can be compared, so these stand in the path, as a hash.
"""

import hashlib
import io
import json
import logging
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.model import packing
from mnist_demo.model.evaluation import Evaluation
from mnist_demo.model.spec import CLASSES, Spec
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.store import timeline
from mnist_demo.store.cache import MOST_FACTS, TIMELINE_FILE, TrainedModel, set_aside
from mnist_demo.store.timeline import Timeline
from mnist_demo.system import arrays, files
from mnist_demo.training.history import Epoch
from mnist_demo.training.recipe import MNIST_IMAGES, Recipe, Variation, from_json

MOST = 5
"""So many are kept for a set of test images."""

LONGEST_NAME = 40
FILE = "run.npz"

log = logging.getLogger("mnist_demo")


@dataclass(frozen=True)
class Run:
    """A network that was trained beside the present one."""

    name: str  # as its person called it, see `is_name`
    variation: Variation  # what that person chose
    recipe: Recipe  # what came of it
    weights: tuple[np.ndarray, ...]  # of `keras.Model.get_weights`, as they come back from `packing`
    history: tuple[Epoch, ...]
    logits: np.ndarray  # (m, 10) float32, of the test images
    device: str
    timeline: Timeline
    id: str = field(default_factory=lambda: secrets.token_hex(4))  # 8 hexadecimal digits

    @cached_property
    def version(self) -> str:
        """The name of its weights, see `packing.version`."""
        return packing.version(packing.pack(self.weights))

    @property
    def seconds(self) -> float:
        """That its epochs took."""
        return sum(epoch.seconds for epoch in self.history)

    def evaluation(self, images: np.ndarray, labels: np.ndarray) -> Evaluation:
        """How it reads the test images (m, 28, 28) uint8, which are the ones that it was tested on."""
        return Evaluation(images, labels, self.logits)


def is_name(name: object) -> bool:
    """Whether a run may be called so: 1 to 40 printable characters, the first a letter or digit, so that no table
    takes it for a formula."""
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() and name[0].isalnum()


def home(cache: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """The folder of the runs that were tested on these images (m, 28, 28) uint8 with labels (m,) uint8."""
    tested = hashlib.sha256(np.ascontiguousarray(images).data)
    tested.update(np.ascontiguousarray(labels).data)
    return cache / "runs" / tested.hexdigest()[:16]


def read_all(home: Path, spec: Spec, tests: int) -> tuple[Run, ...]:
    """The runs in this folder, the oldest first, at most `MOST`; what fails its check is set aside."""
    try:
        found = sorted(p for p in home.iterdir() if re.fullmatch("[0-9a-f]{8}", p.name))
    except OSError:
        return ()
    read = []
    for folder in sorted(found, key=_age)[: 4 * MOST]:
        try:
            read.append(_read(folder, spec, tests))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            log.warning("A kept run was damaged; it was set aside.")
            set_aside(home.parents[1], folder)
    return tuple(read[:MOST])


def save(home: Path, run: Run) -> None:
    """Keep a run. OSError if the disk won't have it."""
    facts = {
        "name": run.name,
        "variation": asdict(run.variation),
        "recipe": asdict(run.recipe),
        "history": [asdict(epoch) for epoch in run.history],
        "device": run.device,
    }
    content = io.BytesIO()
    np.savez_compressed(
        content,
        facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
        weights=np.frombuffer(packing.pack(run.weights), np.uint8),
        logits=run.logits.astype(np.float32),
    )
    with files.folder_whole(home / run.id) as folder:
        (folder / FILE).write_bytes(content.getvalue())
        (folder / TIMELINE_FILE).write_bytes(run.timeline.to_bytes())


def keep_beside_usual(cache: Path, model: TrainedModel) -> None:
    """Keep a network that was trained by another named recipe where the usual one is compared with it, under the
    recipe's name, in place of an older one of that name. OSError."""
    found = model.evaluation
    folder = home(cache, found.images, found.labels)
    kept = read_all(folder, model.spec, len(found.images))
    same = [run for run in kept if run.name == model.recipe.name]
    if len(kept) - len(same) >= MOST:
        return
    for run in same:
        delete(folder, run)
    recipe = model.recipe
    chosen = Variation(recipe.name, MNIST_IMAGES, bool(recipe.generated), recipe.augment_strength > 0, recipe.epochs)
    logits, device = found.logits, model.device
    save(folder, Run(recipe.name, chosen, recipe, model.weights, model.history, logits, device, model.timeline))


def delete(home: Path, run: Run) -> None:
    """Remove a run for good."""
    shutil.rmtree(home / run.id, ignore_errors=True)


def last_change(home: Path) -> int | None:
    """When a run was last kept or deleted here, in some unit of time; None: never."""
    try:
        return home.stat().st_mtime_ns
    except OSError:
        return None


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _read(folder: Path, spec: Spec, tests: int) -> Run:
    most = MOST_FACTS + packing.size(spec) + 4 * CLASSES * tests + 10_000
    facts, weights, logits = arrays.read_npz(folder / FILE, ("facts", "weights", "logits"), most)
    told: dict[str, Any] = json.loads(facts.tobytes())
    if not is_name(told["name"]) or not 1 <= len(told["history"]) <= MAX_EPOCHS:
        raise ValueError("no run")
    if logits.shape != (tests, CLASSES) or logits.dtype != np.float32 or not np.isfinite(logits).all():
        raise ValueError("logits of other test images")
    unpacked = packing.unpack(spec, weights.tobytes())
    spec.check(unpacked)
    return Run(
        id=folder.name,
        name=told["name"],
        variation=from_json(Variation, told["variation"]),
        recipe=from_json(Recipe, told["recipe"]),
        weights=unpacked,
        history=tuple(Epoch.from_json(epoch) for epoch in told["history"]),
        logits=logits,
        device=str(told["device"])[:200],
        timeline=timeline.read(folder / TIMELINE_FILE, spec),
    )
