"""Everything that leans on the version of Gradio, 6.31, and of what it brings. Each has a test that fails once it is no
longer needed, or no longer fits. To be imported before anything else imports Gradio.

`connections` is uvicorn's protocol as it is put in here. Of what Gradio draws, `header.js` renames the tabs and the
footer's link and `static` reads the page's path; without them the tests in a browser fail.
"""

import contextlib
import inspect
import logging
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn.config
from jinja2 import BaseLoader, Environment
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mnist_demo.web import connections

PREFIX = "GRADIO_"
PAGE = b"page="
"""The query for Gradio's description of the API: without it Gradio 6.31 keeps the first answer, with the address that
its asker claims to have used."""
KEPT = ("TEMP_DIR", "SHARE_SERVER_ADDRESS")


def leave_out_variables() -> None:
    """Of Gradio's variables the `settings` have read what the program knows. Others open routes and folders that
    visitors must not reach, or end the import of Gradio 6.31 in a traceback (a port that is no number)."""
    for name in list(os.environ):
        if name.startswith(PREFIX) and (name.removeprefix(PREFIX) not in KEPT or not os.environ[name]):
            del os.environ[name]
    os.environ[PREFIX + "ANALYTICS_ENABLED"] = "False"


@contextlib.contextmanager
def no_source_files() -> Iterator[None]:
    """Within, `inspect.getfile` finds no file for Gradio's classes, as for classes made at a prompt.

    Gradio 6.31 renders and parses a .pyi stub beside the source of each of its 76 component classes whenever it is
    imported, for editors' completion: two fifths of its import. It leaves out what has no source file.
    """
    original = inspect.getfile

    def getfile(object: Any) -> str:  # its name as in the standard library
        if isinstance(object, type) and object.__module__.startswith("gradio."):
            raise OSError("its stub is not needed")
        return original(object)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = original


leave_out_variables()
with no_source_files():
    import gradio
    from gradio import routes
    from gradio.brotli_middleware import BrotliMiddleware


class _Templates(BaseLoader):
    """Gradio's, without its link preview, with `head` at the end of the head and `body` before what Gradio draws in."""

    PREVIEW = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*?/>\s*')

    def __init__(self, gradios: BaseLoader, head: str, body: str):
        self.gradios = gradios
        self._head, self._body = head, body

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, path, current = self.gradios.get_source(environment, template)
        ours = self.PREVIEW.sub("", source).replace("</head>", f"{self._head}</head>", 1)
        return ours.replace("<gradio-app", f"{self._body}<gradio-app", 1), path, current


def extend_page(head: str, body: str) -> None:
    """Serve every page from now on with this HTML at the end of its head, and that at the beginning of its body.

    The template of Gradio 6.31 has a link preview of Gradio's own first, and a program's head and styles are put in by
    a script, late and rewritten: what they say about print, about `:root` or about Gradio's own container inside a
    media query is lost.
    """
    loader = routes.templates.env.loader
    gradios = loader.gradios if isinstance(loader, _Templates) else loader
    if gradios is not None:
        routes.templates.env.loader = _Templates(gradios, head, body)


class _OwnOriginOnly:
    """In the place of Gradio's `CustomCORSMiddleware`: tells browsers nothing, so they keep to what is usual."""

    def __init__(self, app: ASGIApp, **options: object):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def close_to_other_origins() -> None:
    """Have browsers keep what the server answers from the pages of every other origin.

    Gradio 6.31 lets any website read a public server, and other programs' pages on this computer a local one, with the
    visitor's cookies; and for a request without a Host it ends in a traceback. Its middleware lies around all that a
    program can bring along.
    """
    routes.CustomCORSMiddleware = _OwnOriginOnly


def compression() -> list[Middleware]:
    """For scripts and styles, before Gradio 6.31 sends them with Brotli's quality 4, which is no better than gzip: 5
    takes a twentieth off, in a millisecond more."""
    return [Middleware(BrotliMiddleware, quality=5)]


def endpoint_numbers(blocks: gradio.Blocks) -> dict[int, str]:
    """The number by which `gradio_client` calls an endpoint -> its name, as Gradio 6.31 keeps them."""
    return {number: function.api_name for number, function in blocks.fns.items() if function.api_name}


def rest_queue(blocks: gradio.Blocks) -> None:
    """Have the queue of Gradio 6.31, which nothing reaches here, no longer look for work a thousand times a second."""
    blocks._queue.sleep_when_free = 3600.0  # seconds


def bound_connections(most: int) -> None:
    """Have the server that Gradio starts use `connections.Connection`.

    uvicorn 0.54 has no option for what that bounds, and Gradio 6.31 passes none on.
    """
    connections.Connection.most = most
    uvicorn.config.HTTP_PROTOCOLS["auto"] = "mnist_demo.web.connections:Connection"


class _Rarely(logging.Filter):
    """Lets nothing of a request through, and of anything else each message once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR or record.msg in self._said or len(self._said) > 20:
            return False
        self._said.add(record.msg)
        record.exc_info = record.exc_text = None
        return True


def quiet_server() -> None:
    """uvicorn 0.54 warns of every request that it can't read, and asyncio of every connection that fails."""
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(_Rarely())
