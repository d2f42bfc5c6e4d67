"""The Gradio page: a header, tabs (Draw, Training, How it works, Class), the HTTP API. Only `web/` knows Gradio.

Its parts are `gr.HTML` components of our own, drawn by the scripts in `assets/js/`, which ask the server through the
routes in `web/routes`.
"""

import errno
import os
import socket
from pathlib import Path
from typing import Any

from mnist_demo.web import gradio_patches

# isort: split
import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from mnist_demo.errors import AddressError
from mnist_demo.messages import Sentence, say, text
from mnist_demo.service import Service
from mnist_demo.settings import Settings
from mnist_demo.system import proxies
from mnist_demo.system.terminal import tell
from mnist_demo.web import addresses, api, class_routes, class_tab, connections, head
from mnist_demo.web.calls import Calls
from mnist_demo.web.draw_tab import sketchpad
from mnist_demo.web.gate import Gate, local_hosts
from mnist_demo.web.header import header
from mnist_demo.web.lesson import lesson
from mnist_demo.web.network_tab import network
from mnist_demo.web.rights import Rights
from mnist_demo.web.routes import routes
from mnist_demo.web.runs import second_reader
from mnist_demo.web.static import ASSETS
from mnist_demo.web.training_tab import training
from mnist_demo.web.uploads import Uploads

FONTS = ["system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
LOCAL = "127.0.0.1"
FIRST_PORT, PORTS = 7860, 100  # as Gradio's


def build(service: Service, endpoints: list[api.Endpoint]) -> gr.Blocks:
    """The page, and the description of its API, not yet served."""
    head.install()
    with gr.Blocks(title=text("en", "page.title"), analytics_enabled=False, fill_width=True) as blocks:
        header()
        lesson()
        with gr.Tabs():
            with gr.Tab(text("en", "tab.draw"), elem_id="tab-draw"):
                sketchpad()
                second_reader()
                if service.settings.classroom:
                    class_tab.give()
            with gr.Tab(text("en", "tab.training"), elem_id="tab-training", render_children=True):
                training()
            with gr.Tab(text("en", "tab.network"), elem_id="tab-network", render_children=True):
                network(service.spec)
            if service.settings.classroom:
                with gr.Tab(text("en", "tab.class"), elem_id="tab-class", render_children=True):
                    class_tab.class_tab()
        for endpoint in endpoints:
            api.describe(endpoint)
    return blocks


def launch(service: Service, settings: Settings) -> str:
    """Serve the page from threads of its own -> its address. On a port that is taken, the next free one. In the folder
    that GRADIO_TEMP_DIR names visitors' uploads lie.

    Raises `AddressError`.
    """
    host = _checked_host(settings.host)
    uploads = Uploads(Path(os.environ["GRADIO_TEMP_DIR"]))
    endpoints = api.endpoints(service, uploads)
    blocks = build(service, endpoints)
    calls = Calls(endpoints, uploads, gradio_patches.endpoint_numbers(blocks))
    own = [*routes(service), *calls.routes()]
    rights = Rights(somebody_is_local=not (settings.root_path or settings.share or "SPACE_ID" in os.environ))
    address = class_tab.Address()
    if settings.classroom:
        own += class_routes.routes(service, rights, address)
    # behind a proxy and the relay the page has other names
    hosts = None if settings.root_path or settings.share else local_hosts(host)
    gradio_patches.bound_connections(min(connections.MOST, _raise_descriptors() - 200))
    gradio_patches.quiet_server()
    gradio_patches.close_to_other_origins()
    gradio_patches.rest_queue(blocks)
    options = {
        "server_name": host,
        "root_path": settings.root_path,
        "share": settings.share,
        "prevent_thread_lock": True,
        "quiet": True,
        "ssr_mode": False,
        "run_history": False,
        "footer_links": ["api"],
        "favicon_path": str(ASSETS / "icon.svg"),
        "max_file_size": "20mb",
        # the first is the outermost
        "app_kwargs": {
            "routes": own,
            "middleware": [
                Middleware(GZipMiddleware, compresslevel=6),
                *gradio_patches.compression(),
                Middleware(Gate, own=own, hosts=hosts),
            ],
        },
        "theme": gr.themes.Base(font=FONTS, font_mono=["ui-monospace", "Consolas", "monospace"]),
    }
    # Gradio calls its own page, and for --share its relay, which may well be behind a proxy
    with proxies.past(*(("localhost", LOCAL, (host or LOCAL).strip("[]")) if settings.share else "*")):
        _, local, public = _launch_somewhere(blocks, settings.port, host, options)
    url = str(public or local.rstrip("/"))
    if settings.classroom and hosts is None:
        address.others = public or (None if settings.root_path else addresses.for_others(url, host))
        _invite(address.others, rights.pin)
    return url


def _invite(address: str | None, pin: str) -> None:
    if address is not None:
        tell(addresses.terminal(address), f"A class joins at {address}")
    tell(f"The teacher's PIN on other devices: {pin}")


def _launch_somewhere(blocks: gr.Blocks, port: int | None, host: str | None, options: dict[str, Any]) -> Any:
    first = FIRST_PORT if port is None else port
    for number in range(first, min(first + PORTS, 65536)):
        try:
            _try_to_bind(host or LOCAL, number)
            launched = blocks.launch(server_port=number, **options)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):  # so are all below 1,024, for most users
                raise AddressError(host=f"{host or LOCAL}:{number}", reason=_why(error)) from None
            continue
        if port not in (None, number):
            tell(f"Port {port} is taken; the next free one is {number}.")
        return launched
    raise AddressError(host=host or LOCAL, reason=say("reason.ports", first=first))


def _raise_descriptors() -> int:
    """As many open files and connections as the system lets this process have -> how many."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4_096 if hard == resource.RLIM_INFINITY else min(4_096, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return 10_000 if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted


def _checked_host(host: str | None) -> str | None:
    """As Gradio wants it. Raises `AddressError` at once, where Gradio would try a hundred ports first."""
    if host is None:
        return None
    try:
        _try_to_bind(host, 0)
    except (OSError, UnicodeError) as error:
        raise AddressError(host=host, reason=_why(error)) from None
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _try_to_bind(host: str, port: int) -> None:
    family, kind, *_, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as tried:
        if os.name == "posix":  # as servers do; on Windows it would take the port from another
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(address)


def _why(error: Exception) -> Sentence:
    return say("reason.system", detail=getattr(error, "strerror", None) or type(error).__name__)
