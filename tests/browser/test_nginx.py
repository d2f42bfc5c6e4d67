"""The README's nginx configuration, started as it stands there, but for its ports and its name: two copies that share a
cache, beside the site that comes with Debian's nginx."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import READY, ROOT, App, copy_of
from gradio_client import Client, handle_file
from playwright.sync_api import expect
from readme import README, code_with

from browser.test_page import SEVEN, Visit, draw, expect_digit

pytestmark = pytest.mark.slow

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/bin")

FRAME = """
{user}
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{}}
http {{
    log_format copies "$server_port $remote_addr $upstream_addr";
    access_log {home}/access.log copies;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {home}/digits.conf;
    include {home}/spread.conf;
    server {{
        listen {port} default_server;  # like Debian's sites-enabled/default, which answers whatever names no other site
        server_name _;
        return 404;
    }}
}}
"""


@dataclass
class Proxy:
    url: str
    spread: str  # where every request goes to the next copy
    log: Path
    copies: list[App]

    def visitors(self, url: str) -> dict[str, list[str]]:
        """Visitor's address -> those of the copies that answered it at this URL, request by request."""
        time.sleep(0.5)  # until nginx has written it
        seen: dict[str, list[str]] = {}
        for line in self.log.read_text().splitlines():
            port, visitor, copy = line.split(maxsplit=2)
            if f":{port}/" in url and copy != "-":  # nginx itself redirects /digits
                seen.setdefault(visitor, []).append(copy)
        return seen


def ask(url: str, visitor: str, strokes: object) -> dict[str, Any]:
    """What a program at another of this computer's addresses is answered."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=visitor)) as client:
        return client.post(f"{url}/gradio_api/run/recognize_strokes", json={"data": [strokes]}).json()["data"][0]


@pytest.fixture(scope="module")
def proxy(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running(trained_cache, tmp_path_factory.mktemp("nginx")) as started:
        yield started


@contextlib.contextmanager
def running(trained_cache: Path, home: Path) -> Iterator[Proxy]:
    if NGINX is None:
        pytest.skip("needs nginx (Debian: apt-get install nginx)")
    *free, spread = _free_ports(4)
    ports = dict(zip(("7861", "7862", "80"), free, strict=True))
    commands = code_with(README, "python3 app.py --port 7861").strip().splitlines()
    copy_of(trained_cache, home / "cache")
    copies = []
    configuration = code_with(README, "upstream")
    for number, port in ports.items():
        configuration = re.sub(rf"(listen |127\.0\.0\.1:){number};", rf"\g<1>{port};", configuration)
    configuration = configuration.replace("digits.example.org", "127.0.0.1")
    (home / "digits.conf").write_text(configuration)
    other = re.sub(r"hash .*;.*", "", configuration).replace("http://digits", "http://spread")
    other = other.replace("upstream digits", "upstream spread").replace(f"listen {ports['80']}", f"listen {spread}")
    (home / "spread.conf").write_text(other)
    # pytest's folders are for their owner only, and root's nginx would work as another user
    user = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(FRAME.format(home=home, user=user, port=ports["80"]))
    nginx = None
    try:
        for command in commands:
            arguments = command.removeprefix("python3 app.py ").split()
            arguments[arguments.index("--cache") + 1] = str(home / "cache")
            port = arguments.index("--port") + 1
            arguments[port] = str(ports[arguments[port]])
            copies.append(App("--host", "127.0.0.1", *READY, *arguments))
        nginx = subprocess.Popen(
            [NGINX, "-p", str(home), "-c", str(home / "nginx.conf"), "-g", "daemon off;"], stderr=subprocess.DEVNULL
        )
        for copy in copies:
            copy.wait_for("Ready: ")
        urls = [f"http://127.0.0.1:{port}/digits" for port in (ports["80"], spread)]
        yield Proxy(*urls, home / "access.log", copies)
    finally:
        if nginx:
            nginx.terminate()
            nginx.wait()
        for copy in copies:
            copy.stop()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def test_both_copies_have_the_network_of_their_cache(proxy: Proxy) -> None:
    assert not any("Training on" in copy.output for copy in proxy.copies)
    assert len({line for copy in proxy.copies for line in copy.lines if line.startswith("Ready: ")}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this computer has not so many addresses")
def test_addresses_are_spread_and_each_keeps_to_one_copy(proxy: Proxy) -> None:
    for number in range(30):
        for _ in range(3):
            assert ask(proxy.url, f"127.0.1.{number + 1}", [])["digit"] is None
    seen = [copies for visitor, copies in proxy.visitors(proxy.url).items() if visitor.startswith("127.0.1.")]
    assert len(seen) == 30
    assert all(len(set(copies)) == 1 for copies in seen)
    assert len({copies[0] for copies in seen}) == 2


def test_the_page_needs_no_copy_of_its_own(proxy: Proxy, visit: Visit) -> None:
    page = visit(proxy.spread)
    expect(page.get_by_text("What you draw stays in this browser")).to_be_visible()
    draw(page, SEVEN)
    expect_digit(page, "7")
    page.locator("#tab-draw .learning input").focus()
    page.keyboard.press("Home")
    expect(page.locator(".verdict")).to_contain_text("has seen nothing yet")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-draw .learning output")).to_contain_text("mistakes in 10,000")
    page.keyboard.press("End")
    page.locator(".example").nth(0).click()
    expect(page.locator("#answer .seen .empty")).to_have_count(0)
    page.locator("#tab-network-button").click()
    page.locator("#tab-network [name=random]").click()
    expect(page.locator("#tab-network .source")).to_contain_text("Test image")
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator("#confusion")).to_be_visible()
    with page.expect_download():
        page.locator("[data-kind=history]").click()
    page.reload()
    page.locator("#tab-draw-button").click()
    draw(page, SEVEN)
    expect_digit(page, "7")
    (copies,) = proxy.visitors(proxy.spread).values()
    assert len(copies) > 20
    assert len(set(copies)) == 2


def test_the_page_under_its_path(proxy: Proxy, visit: Visit) -> None:
    page = visit(proxy.url)
    assert page.url == f"{proxy.url}/"
    draw(page, SEVEN)
    expect_digit(page, "7")
    page.locator(".example").nth(0).click()
    expect(page.locator("#answer .seen .empty")).to_have_count(0)
    page.locator("#tab-training-button").click()
    expect(page.locator(".phase[role=status]")).to_contain_text("Ready: ")
    expect(page.locator("#retrain")).to_be_hidden()
    with page.expect_download():
        page.locator("[data-kind=history]").click()
    assert not page.context.cookies()


def test_the_page_comes_compressed(proxy: Proxy) -> None:
    reply = httpx.get(f"{proxy.url}/")
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.num_bytes_downloaded < len(reply.content) / 2
    config = httpx.get(f"{proxy.url}/config")
    assert config.headers["content-encoding"] == "gzip"


def test_the_api_under_its_path(proxy: Proxy) -> None:
    client = Client(proxy.url, verbose=False)
    assert client.predict(api_name="/status")["phase"] == "ready"
    seven = handle_file(str(ROOT / "assets" / "examples" / "0-7-crossed.webp"))
    for _ in range(4):
        assert client.predict([[[10, 10], [60, 8], [30, 90]]], api_name="/recognize_strokes")["digit"] == 7
        assert client.predict(seven, api_name="/recognize")["digit"] is not None


def test_a_large_picture_passes(proxy: Proxy) -> None:
    large = b"\x00" * 19_900_000
    reply = httpx.post(f"{proxy.url}/gradio_api/upload", files={"files": ("large.png", large)}, timeout=30)
    assert reply.status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this computer has not so many addresses")
def test_when_one_copy_ends_the_other_goes_on(trained_cache: Path, tmp_path: Path) -> None:
    with running(trained_cache, tmp_path) as proxy:
        proxy.copies[0].kill()
        for number in range(30):
            assert ask(proxy.url, f"127.0.1.{number + 1}", [[[0, 0], [0, 9]]])["digit"] == 1
