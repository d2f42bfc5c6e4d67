"""Any picture, however it is sent: read, or refused in a sentence, and others don't wait for it."""

import asyncio
import base64
import struct
import time

import httpx
import numpy as np
import pytest
from conftest import App
from PIL import Image
from visitor import GREY, PAGE, RUN, SEVEN, Visitor, bomb, resident, saved

pytestmark = pytest.mark.slow

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PICTURES = {
    "nothing": (b"", False),
    "cut": (saved(GREY)[:-200], False),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(1000), False),
    "svg": (SVG, False),
    "pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + bytes(100), False),
    "html": (b"<html><script>alert(1)</script></html>", False),
    "bomb": (bomb(30_000, 30_000), False),
    "bomb that Pillow lets through": (bomb(12_000, 12_000), False),
    "bomb by its header": (
        bomb(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1)),
        False,
    ),
    "animated gif": (saved(GREY, "GIF", save_all=True, append_images=[GREY.rotate(90)] * 30), True),
    "cmyk": (saved(GREY.convert("CMYK"), "JPEG"), True),
    "16 bits": (saved(Image.fromarray(np.arange(10_000, dtype=np.uint16).reshape(100, 100))), True),
    "palette": (saved(GREY.convert("P")), True),
    "one pixel": (saved(Image.new("L", (1, 1))), True),
    "one column": (saved(Image.new("L", (1, 50_000), 255)), True),
    "one row": (saved(Image.new("1", (50_000, 1))), True),
    "as large as may be": (bomb(7_000, 7_000), True),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_any_picture(visitor: Visitor, kind: str) -> None:
    content, fit = PICTURES[kind]
    reply = visitor.recognize(content)
    on_page = visitor.picture(content)
    if fit:
        assert set(reply.json()["data"][0]) == {"digit", "reading", "confidence", "probabilities"}
        pixels = on_page.json()["pixels"]
        assert pixels is None or len(base64.b64decode(pixels)) == 784
    else:
        assert "This picture can't be read: " in reply.json()["error"]
        assert on_page.json()["sentence"]["key"] == "error.image"
    visitor.fine()


def test_many_large_pictures_at_once_don_t_fill_the_memory(server: App, visitor: Visitor) -> None:
    """Each takes some 300 MB while it is decoded; the drawings of others don't wait for them."""
    sent = bomb(7_000, 7_000)
    before = resident(server)

    async def all_at_once() -> tuple[list[httpx.Response], float, float]:
        async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
            kind = {"content-type": "application/octet-stream"}
            picture = f"{PAGE}/picture"
            asked = [asyncio.create_task(client.post(picture, content=sent, headers=kind)) for _ in range(12)]
            most, slowest = 0.0, 0.0
            while not all(task.done() for task in asked):
                begun = time.monotonic()
                drawing = await client.post(f"{RUN}/recognize_strokes", json={"data": [SEVEN]})
                assert drawing.json()["data"][0]["digit"] == 7
                slowest = max(slowest, time.monotonic() - begun)
                most = max(most, resident(server))
                await asyncio.sleep(0.02)
            return [task.result() for task in asked], most, slowest

    replies, most, slowest = asyncio.run(all_at_once())
    assert all("digit" in reply.json() for reply in replies)
    assert most - before < 1200
    assert slowest < 10
    visitor.fine()


def test_many_large_requests_at_once_don_t_fill_the_memory(server: App, visitor: Visitor) -> None:
    """Each of 20 MB; some have to give way, and drawings don't wait for them."""
    sent = b"x" * 20_000_000
    before = resident(server)

    async def all_at_once() -> tuple[list[httpx.Response], float]:
        async with httpx.AsyncClient(base_url=server.url, timeout=200) as client:
            kind = {"content-type": "application/octet-stream"}
            picture = f"{PAGE}/picture"
            asked = [asyncio.create_task(client.post(picture, content=sent, headers=kind)) for _ in range(30)]
            most = 0.0
            while not all(task.done() for task in asked):
                drawing = await client.post(f"{RUN}/recognize_strokes", json={"data": [SEVEN]})
                assert drawing.json()["data"][0]["digit"] == 7
                most = max(most, resident(server))
                await asyncio.sleep(0.02)
            return [task.result() for task in asked], most

    replies, most = asyncio.run(all_at_once())
    keys = [reply.json()["sentence"]["key"] for reply in replies]
    assert set(keys) <= {"error.image", "error.crowded"}
    assert "error.image" in keys
    assert most - before < 600
    visitor.fine()
