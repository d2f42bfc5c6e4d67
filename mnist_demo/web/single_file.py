"""`digits.html`: the page without a server, as one file for a USB stick or any file server.

The scripts are those of the page, as modules in an import map; in place of the two that ask the server stand those in
`assets/alone/`. The newest weights are in it as the page gets them, those of some earlier moments more coarsely.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.errors import ExportError
from mnist_demo.messages import LANGUAGES, TABLES, say
from mnist_demo.model import packing
from mnist_demo.service.status import Phase
from mnist_demo.store.cache import TrainedModel
from mnist_demo.system import files
from mnist_demo.web import draw_tab, network_tab, static

NAME = "digits.html"
MOST_BYTES = 900_000
STEPS = 31  # of an earlier moment's weights, for plus and for minus

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title></title>
<style>{styles}
body {{ margin: 0; }}
.tab-container {{ display: flex; gap: 1rem; border-bottom: 1px solid var(--line); }}
.tab-container button {{ min-height: 2.5rem; padding: 0 1rem; border: 0; background: none; font: inherit; }}
.tab-container button.selected {{ box-shadow: inset 0 -2px var(--accent); }}
.examples, .picker, .which, .why {{ display: none !important; }}
</style>
</head>
<body>
<div class="gradio-container">
<div class="demo header"><h1 data-text="page.title"></h1>
<div class="tools"><select id="language" aria-label="Language / 语言"><option value="en" lang="en">English</option>
<option value="zh" lang="zh">中文</option></select></div></div>
<div class="demo tab-container" role="tablist">
<button id="tab-draw-button" role="tab" aria-controls="tab-draw" data-text="tab.draw"></button>
<button id="tab-network-button" role="tab" aria-controls="tab-network" data-text="tab.network"></button></div>
<div class="tabitem" id="tab-draw" role="tabpanel" aria-labelledby="tab-draw-button">{draw}</div>
<div class="tabitem" id="tab-network" role="tabpanel" aria-labelledby="tab-network-button" hidden>{network}</div>
</div>
<script type="application/json" id="given">{given}</script>
<script type="importmap">{modules}</script>
<script type="module">{start}</script>
</body>
</html>
"""


def build(model: TrainedModel) -> bytes:
    """The file, of at most `MOST_BYTES` as long as the newest weights leave room for it: it has as many of the earlier
    moments, the untrained one first among them, as fit."""
    scripts = _scripts()
    templates = {"draw": draw_tab.template(), "network": network_tab.template(model.spec)}
    words = _words([PAGE, *scripts.values(), *templates.values()])
    coarse = cache(lambda version: _coarse(model, version))
    make = partial(_page, model, scripts, templates, words, coarse)
    earlier = model.timeline.moments[:-1]
    for count in range(len(earlier), 0, -1):
        places = np.unique(np.linspace(0, len(earlier) - 1, count).round().astype(int))
        content = make([earlier[place].version for place in places])
        if len(content) <= MOST_BYTES:
            return content
    return make([])


def write(model: TrainedModel, folder: Path) -> Path:
    """Write the file into `folder`, which is there -> its path. Raises `ExportError` if the disk won't have it."""
    try:
        files.write_whole(folder / NAME, build(model))
    except OSError as error:
        raise ExportError(reason=say("reason.system", detail=error.strerror or str(error))) from error
    return folder / NAME


def _page(
    model: TrainedModel,
    scripts: dict[str, str],
    templates: dict[str, str],
    words: dict[str, dict[str, str]],
    coarse: Callable[[str], dict[str, Any] | None],
    versions: Sequence[str],
) -> bytes:
    newest = packing.pack(model.weights)
    weights: dict[str, Any] = {packing.version(newest): {"packed": _zipped(newest), "steps": None}}
    for version in versions:
        if version not in weights and (earlier := coarse(version)):
            weights[version] = earlier
    images, labels = model.samples
    status = {
        "phase": Phase.READY,
        "model_version": packing.version(newest),
        "answering_epoch": len(model.history),
        "epochs": len(model.history),
        "eval_points": [],
        "moments": [vars(moment) for moment in model.timeline.moments if moment.version in weights],
        "message": {"key": "page.title", "values": {}},
        "progress": 1,
        "evaluated": False,
        "test_images": 0,
        "training": {
            "spec": model.spec.to_json(),
            "samples": {"images": base64.b64encode(images[:1].tobytes()).decode(), "labels": labels[:1].tolist()},
        },
    }
    given = {"status": status, "weights": weights, "files": {f"{name}.json": table for name, table in words.items()}}
    imports = {name: _data_url(script) for name, script in scripts.items()}
    styles = static.files()["page.css"][0].decode()
    return PAGE.format(
        styles=re.sub(r"/\*.*?\*/\s*", "", styles, flags=re.S),
        given=_embedded(given),
        modules=_embedded({"imports": imports}),
        start='import "alone";',
        **templates,
    ).encode()


def _scripts() -> dict[str, str]:
    """The modules that the single file needs, by name: their code without comments, importing each other by name."""
    alone = {path.stem: static.script(path) for path in (static.ASSETS / "alone").glob("*.js")}
    found: dict[str, str] = {}
    wanted = ["alone"]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        code = alone.get(name) or static.script(static.ASSETS / "js" / f"{name}.js")
        found[name] = re.sub(r'from "\./(\w+)\.js"', r'from "\1"', code)
        wanted += re.findall(r'from "(\w+)"', found[name])
    return found


def _words(sources: Sequence[str]) -> dict[str, dict[str, str]]:
    """The words that these scripts and templates use, by language."""
    text = "\n".join(sources)
    used = {key for key in TABLES["en"] if f'"{key}"' in text}
    words = {name: {key: TABLES[name][key] for key in used} for name in LANGUAGES}
    for table, whole in zip(words.values(), (TABLES[name] for name in LANGUAGES), strict=True):
        table["draw.private"] = whole["alone.private"]
    return words


def _coarse(model: TrainedModel, version: str) -> dict[str, Any] | None:
    """A moment's weights, each array in steps of its own: a third of the newest's bytes. None if they are lost."""
    exact = model.timeline.packed(version)
    if exact is None:
        return None
    weights = packing.unpack(model.spec, exact)
    units = [max(float(np.abs(array).max()), 1e-9) / STEPS for array in weights]
    packed = b"".join(
        (array / unit).round().astype(np.int8).tobytes() for array, unit in zip(weights, units, strict=True)
    )
    return {
        "packed": _zipped(packed),
        "steps": [[array.size, unit] for array, unit in zip(weights, units, strict=True)],
    }


def _zipped(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def _data_url(script: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(script.encode()).decode()


def _embedded(value: object) -> str:
    """JSON inside a script element, which "</script>" would end."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
