"""The page's own files: compressed once, to be kept for ever."""

import asyncio
import gzip

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from mnist_demo.web import static


def get(name: str, encodings: str, version: str | None = None) -> httpx.Response:
    app = Starlette(routes=[Route("/{version}/{name}", static.file)])

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            address = f"/{version or static.version()}/{name}"
            async with client.stream("GET", address, headers={"accept-encoding": encodings}) as reply:
                reply._content = b"".join([chunk async for chunk in reply.aiter_raw()])
                return reply

    return asyncio.run(asked())


@pytest.mark.parametrize("name", ["draw_tab.js", "page.css", "zh.json"])
def test_words_and_scripts_come_compressed_where_they_may(name: str) -> None:
    whole, small = get(name, "identity"), get(name, "gzip, br")
    assert "content-encoding" not in whole.headers
    assert small.headers["content-encoding"] == "br"
    assert brotli.decompress(small.content) == whole.content
    assert len(small.content) < 0.95 * len(gzip.compress(whole.content, 9))
    for reply in (whole, small):
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["vary"] == "Accept-Encoding"


def test_pictures_come_as_they_are() -> None:
    reply = get("1-3.webp", "br")
    assert "content-encoding" not in reply.headers
    assert reply.content[8:12] == b"WEBP"


def test_of_another_version_there_is_nothing() -> None:
    assert get("draw_tab.js", "br", "0" * 16).status_code == 404
    assert get("nothing.js", "br").status_code == 404
