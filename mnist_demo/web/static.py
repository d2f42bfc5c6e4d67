"""The page's own files: scripts, styles, words, pictures, at addresses that change with their content.

They lie at /demo/static/<hash of them all>/<name>, side by side, so that the scripts' imports of each other need no
hash; a browser may keep them for ever.
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

import brotli
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from mnist_demo.messages import TABLES

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PREFIX = "/demo"
"""Where every route of our own begins."""

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

# The page may be at any path behind a proxy, or a part of another page.
LOADER = """
const page = element.closest("gradio-app")?.getAttribute("src") ?? location.pathname;
const module = new URL(page.replace(/\\/?$/, "__ADDRESS__"), location.href);
const styles = new URL("page.css", module).href;
if (![...document.querySelectorAll("link")].some((link) => link.href === styles)) {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles }));
}
// WebKit runs a module that is imported beside others before what it awaits is there: the words first, then the rest
globalThis.mnistDemoWords ??= import(new URL("i18n.js", module).href);
mnistDemoWords.then(() => import(module.href)).then((tab) => {
  tab.start(element);
  element.querySelector(".demo").classList.add("started");
}, async () => {
  const { text } = await mnistDemoWords;
  element.querySelector(".demo").replaceWith(text("page.part"));
});
"""


def script(path: Path) -> str:
    """A script without the comments that have lines of their own, a third of it."""
    code = re.sub(r"^\s*/\*\*.*?\*/\n", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"^\s*//.*\n", "", code, flags=re.M)


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Name -> content and media type."""
    found = {path.name: (script(path).encode(), "text/javascript") for path in (ASSETS / "js").glob("*.js")}
    found |= {path.name: (path.read_bytes(), "image/webp") for path in (ASSETS / "examples").glob("*.webp")}
    found["preview.png"] = (ASSETS / "preview.png").read_bytes(), "image/png"
    styles = (path.read_bytes() for path in sorted((ASSETS / "css").glob("*.css")))
    found["page.css"] = b"\n".join(styles), "text/css"
    for language, table in TABLES.items():
        found[f"{language}.json"] = json.dumps(table, ensure_ascii=False).encode(), "application/json"
    return dict(sorted(found.items()))


def imported(module: str) -> list[str]:
    """A script and all that it imports, directly or not, by their names without ".js"."""
    found: list[str] = []
    wanted = [module]
    while wanted:
        name = wanted.pop(0)
        if name not in found:
            found.append(name)
            wanted += re.findall(r'from "\./(\w+)\.js"', files()[f"{name}.js"][0].decode())
    return found


@cache
def version() -> str:
    """The hash of all files, 16 hexadecimal digits."""
    all_files = hashlib.sha256()
    for name, (content, _) in files().items():
        all_files.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return all_files.hexdigest()[:16]


def loader(module: str) -> str:
    """The script that Gradio runs when a part of the page is there: loads the module and calls its `start`."""
    return LOADER.replace("__ADDRESS__", f"{PREFIX}/static/{version()}/{module}.js").strip()


@cache
def compressed(name: str) -> bytes:
    """With Brotli, as well as that can: in a seventh less than gzip, and in a hundredth of a second, but only once."""
    return brotli.compress(files()[name][0], quality=11)


async def file(request: Request) -> Response:
    """GET /demo/static/{version}/{name}."""
    name = request.path_params["name"]
    if name not in files() or request.path_params["version"] != version():
        return PlainTextResponse("There is no such file.", 404)
    content, media_type = files()[name]
    headers = FOR_EVER | {"Vary": "Accept-Encoding"}
    if "br" in request.headers.get("accept-encoding", "") and not media_type.startswith("image/"):
        content, headers["Content-Encoding"] = compressed(name), "br"
    return Response(content, media_type=media_type, headers=headers)
