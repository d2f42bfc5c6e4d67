"""The head of the page: our own link preview, and none of Gradio's."""

import asyncio
import io
import re

import httpx
import pytest
from PIL import Image
from starlette.types import ASGIApp

from mnist_demo.messages import text
from mnist_demo.web import gradio_patches, head, static

# isort: split
import gradio as gr
from gradio.routes import App

assert gradio_patches  # to be imported before Gradio


@pytest.fixture(scope="module")
def page() -> ASGIApp:
    head.install()
    with gr.Blocks() as blocks:
        gr.HTML()
    blocks.theme = gr.themes.Base()
    blocks.config = blocks.get_config_file()
    return App.create_app(blocks)


def preview(page: ASGIApp, **headers: str) -> dict[str, list[str]]:
    """What the page tells of itself to whoever shows a link to it: names -> contents."""

    async def ask() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url="http://digits.test:7860") as client:
            return (await client.get("/", headers=headers)).text

    found: dict[str, list[str]] = {}
    metas = re.findall(r'<meta\s+(?:property|name)="((?:og|twitter):[^"]+)"\s+content="([^"]*)"', asyncio.run(ask()))
    for name, content in metas:
        found.setdefault(name, []).append(content)
    return found


def test_a_link_shows_our_title_and_picture_and_nothing_of_gradio(page: ASGIApp) -> None:
    told = preview(page)
    assert told["og:title"] == [text("en", "page.title")]
    address = f"{static.PREFIX}/static/{static.version()}/preview.png"
    assert told["og:image"] == [f"http://digits.test:7860{address}"]
    assert "gradio" not in str(told).lower()
    assert all(len(contents) == 1 for contents in told.values())


def test_behind_a_proxy_the_picture_has_the_public_address(page: ASGIApp) -> None:
    headers = {"x-forwarded-host": "school.test", "x-forwarded-proto": "https"}
    assert preview(page, **headers)["og:image"][0].startswith("https://school.test/")


def test_an_address_that_its_asker_made_up_stays_inside_its_attribute(page: ASGIApp) -> None:
    told = preview(page, **{"x-forwarded-host": 'a"><script>alert(1)</script>', "x-forwarded-proto": "https"})
    assert len(told["og:image"]) <= 1
    assert "<script>" not in str(told)


def test_the_picture_has_the_size_that_is_told() -> None:
    picture = Image.open(io.BytesIO(static.files()["preview.png"][0]))
    assert picture.size == (1200, 630)
