"""Between the network and everything else: what may be asked, by whom, and how much at once.

Gradio 6.31 serves some eighty operations, of which the page and `gradio_client` need a dozen. Those are listed here,
beside the routes of our own; everything else is 404, what a newer version adds too.
"""

import logging
import re
from collections.abc import Collection, Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.messages import say
from mnist_demo.preprocess.decode import MAX_BYTES
from mnist_demo.web import calls, class_routes, gradio_patches, replies, static
from mnist_demo.web.bodies import Body, Refused, Room
from mnist_demo.web.rights import address_of
from mnist_demo.web.turns import Turns

MAX_QUESTION = 2_000_000
"""Bytes of a request: the most points that a drawing may have, with all their decimals."""

MAX_UPLOAD = MAX_BYTES + 100_000
"""Bytes of a request that is a file: the largest picture and what `multipart/form-data` puts around it."""

LIGHT = 4_000
"""Bytes of a request that is soon answered: almost any drawing."""

LIGHT_AT_ONCE, HEAVY_AT_ONCE = 8, 1
"""That begin in a round of the event loop: a millisecond each, and up to 20."""

MOST_HEADERS = 100
"""Of a request: more take time at every look, and no browser or proxy sends a third of them."""

PICTURE, UPLOAD = f"{static.PREFIX}/picture", f"{calls.PREFIX}/upload"
KINDS = {PICTURE: "application/octet-stream", UPLOAD: "multipart/form-data", class_routes.IMPORT: "application/json"}
"""What a POST of a file brings, any other JSON. No form of another website can send any of these but the last."""

INFO = f"{calls.PREFIX}/info"
GRADIO = (
    ("GET", re.compile("/")),
    ("HEAD", re.compile("/")),
    ("GET", re.compile("/config/?")),
    ("GET", re.compile("/theme.css")),
    ("GET", re.compile("/favicon.ico")),
    ("GET", re.compile("/robots.txt")),
    ("GET", re.compile("/manifest.json")),
    ("GET", re.compile("/(assets|static)/.+")),
    ("GET", re.compile(f"{INFO}/?")),
    ("GET", re.compile(f"{calls.PREFIX}/startup-events")),  # asked by Gradio itself, at launch
)
"""What is let through to Gradio: methods and paths."""

log = logging.getLogger("mnist_demo")


class Gate:
    """ASGI middleware around Gradio's routes and our own."""

    def __init__(self, app: ASGIApp, own: Sequence[Route], hosts: Collection[str] | None = None):
        """`own`: our routes. `hosts`: the only names by which the page may be called; None: any."""
        self._app, self._own, self._hosts = app, own, hosts
        self._room = Room()
        self._light, self._heavy = Turns(LIGHT_AT_ONCE), Turns(HEAVY_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        address = address_of(Request(scope))
        try:
            path = _path(scope)
            own = self._check(scope, path)
        except Refused as refused:
            await self._light.take(address)
            reply = replies.failure(refused.status, refused.sentence)
            if refused.status == 411:
                reply.headers["Connection"] = "close"  # nothing more of it is read
            await reply(scope, receive, send)
            return

        async def turn(size: int) -> None:
            await (self._light if own and size <= LIGHT else self._heavy).take(address)

        file = path in KINDS  # which other processes and threads read
        body = Body(receive, MAX_UPLOAD if file else MAX_QUESTION, self._room, None if file else turn)
        answer = _Answer(send)
        refusal = Refused(400, say("error.request"))
        try:
            if scope["method"] != "POST":  # nothing of it comes in
                await turn(0)
            await self._app(scope, body.receive, answer.send)
        except Refused as refused:
            refusal = refused
        except Exception as error:
            log.debug("request to %r failed", path, exc_info=error)
        finally:
            body.close()
        if not answer.begun:
            await replies.failure(refusal.status, refusal.sentence)(scope, receive, send)

    def _check(self, scope: Scope, path: str) -> bool:
        """Whether a route of our own answers. Raises `Refused` for what is not let through."""
        if len(scope["headers"]) > MOST_HEADERS:
            raise Refused(431, say("error.request"))
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers:
            raise Refused(411, say("error.length"))
        if self._hosts is not None and _name(headers.get("host", "")) not in self._hosts:
            raise Refused(403, say("error.host"))
        own = any(route.matches(scope)[0] == Match.FULL for route in self._own)
        if not own:
            if not any(scope["method"] == method and known.fullmatch(path) for method, known in GRADIO):
                raise Refused(404, say("error.not_found"))
            scope["query_string"] = gradio_patches.PAGE if path.startswith(INFO) else b""  # nothing else needs one
        linked = not own and scope["method"] != "POST" and headers.get("sec-fetch-mode") == "navigate"
        if not (same_origin(headers) or linked):
            raise Refused(403, say("error.cross_site"))
        if scope["method"] != "POST":
            return own
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if kind != KINDS.get(path, "application/json"):
            raise Refused(415, say("error.request"))
        return own


class _Answer:
    """Lets no answer through that is no use to its reader: Gradio's lists of what is wrong with a request, and its
    errors without a word."""

    def __init__(self, send: Send):
        self._send = send
        self._withheld = False
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._withheld = message["status"] in (422, 500) and not self.begun
        if self._withheld:
            return
        self.begun = True
        await self._send(message)


def same_origin(headers: Headers) -> bool:
    """Whether a request is from this page itself, or from no browser at all.

    Browsers say it in Sec-Fetch-Site where the page has an encrypted or a local address, elsewhere Origin does. The
    host to compare with is the one that the visitor sees, which a proxy tells in X-Forwarded-Host; no other website can
    have a browser send that one.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
    hosts = {headers.get("host", "").lower(), forwarded.lower()} - {""}
    return origin.rpartition("//")[2].lower() in hosts


def local_hosts(host: str | None) -> frozenset[str] | None:
    """The names of a server that listens at `host`, if that is this computer alone; else None.

    A website may have a name of its own lead to this computer, and then reads what is served here as if it were its
    own (DNS rebinding); the name in the request tells.
    """
    name = (host or "127.0.0.1").strip("[]").lower()
    try:
        local = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        local = False
    return frozenset({"localhost", "127.0.0.1", "::1", name}) if local else None


def _path(scope: Scope) -> str:
    """The request's path below the one at which a proxy has the page, whether or not the proxy has taken that away."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _name(host: str) -> str:
    """A Host header without its port."""
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0].strip("[")
    return host.partition(":")[0]
