"""How programs call the API: run/, call/ and queue/, with a sentence for every failure, and nothing kept for long."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from mnist_demo.errors import ImageError
from mnist_demo.messages import say
from mnist_demo.preprocess import strokes
from mnist_demo.web import calls, uploads
from mnist_demo.web.calls import Calls
from mnist_demo.web.uploads import Uploads

Client = httpx.AsyncClient
SENTENCE = "This picture can't be read: the file is empty. Send a PNG or JPEG picture of one digit."


async def double(value: int) -> dict[str, Any]:
    return {"twice": 2 * value}


async def refuse(value: Any) -> dict[str, Any]:
    raise ImageError(reason=say("reason.file_empty"))


async def wait(value: float) -> dict[str, Any]:
    await asyncio.sleep(value)
    return {"waited": value}


async def recognize(value: Any) -> dict[str, Any]:
    raise RuntimeError("a bug")


def talk(folder: Path, conversation: Callable[[Client], Awaitable[None]], **of_uploads: Any) -> None:
    async def run() -> None:
        kept = Uploads(folder, **of_uploads)
        numbers = {1: "double", 2: "refuse", 3: "wait", 4: "recognize"}
        routes = Calls([double, refuse, wait, recognize], kept, numbers).routes()
        transport = httpx.ASGITransport(Starlette(routes=routes), raise_app_exceptions=False)
        async with Client(transport=transport, base_url="http://test/gradio_api/") as client:
            await conversation(client)

    asyncio.run(run())


def events(reply: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in reply.text.splitlines() if line.startswith("data: ")]


def test_run(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        assert (await client.post("run/double", json={"data": [21]})).json() == {"data": [{"twice": 42}]}
        reply = await client.post("run/refuse", json={"data": [0]})
        assert (reply.status_code, reply.json()["error"]) == (400, SENTENCE)

    talk(tmp_path, conversation)


def test_call_and_its_event(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        event = (await client.post("call/double", json={"data": [21]})).json()["event_id"]
        assert (await client.get(f"call/double/{event}")).text == 'event: complete\ndata: [{"twice": 42}]\n\n'
        again = await client.get(f"call/double/{event}")
        assert again.status_code == 400, "an answer is given once"

    talk(tmp_path, conversation)


def test_call_by_name_as_the_api_page_tells_it(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        event = (await client.post("call/v2/double", json={"value": 21})).json()["event_id"]
        assert (await client.get(f"call/double/{event}")).text == 'event: complete\ndata: [{"twice": 42}]\n\n'
        assert (await client.post("call/v2/nothing", json={"value": 21})).status_code == 400

    talk(tmp_path, conversation)


@pytest.mark.parametrize("data", [[0], [], [0, 0], "x", None], ids=str)
def test_every_failure_of_a_call_is_a_sentence_in_its_event(tmp_path: Path, data: Any) -> None:
    async def conversation(client: Client) -> None:
        event = (await client.post("call/refuse", json={"data": data})).json()["event_id"]
        text = (await client.get(f"call/refuse/{event}")).text
        assert text.startswith('event: error\ndata: {"error": "This ')
        assert (SENTENCE in text) == (data == [0])

    talk(tmp_path, conversation)


def test_a_bug_is_a_sentence_too(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        await client.post("queue/join", json={"data": [0], "fn_index": 4, "session_hash": "a"})
        found = events(await client.get("queue/data?session_hash=a"))[0]
        assert not found["success"]
        assert found["output"]["error"].startswith("This request can't be understood")

    talk(tmp_path, conversation)


def test_what_gradio_client_speaks(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        for number in (1, 2):
            reply = await client.post("queue/join", json={"data": [4], "fn_index": number, "session_hash": "mine"})
            assert reply.status_code == 200
        await client.post("queue/join", json={"data": [5], "fn_index": 1, "session_hash": "another's"})
        first, second, last = events(await client.get("queue/data?session_hash=mine"))
        assert (first["msg"], first["success"], first["output"]) == (
            "process_completed",
            True,
            {"data": [{"twice": 8}]},
        )
        assert (second["success"], second["output"]) == (False, {"error": SENTENCE})
        assert last["msg"] == "close_stream"
        assert [event["msg"] for event in events(await client.get("queue/data?session_hash=nobody's"))] == [
            "close_stream"
        ]

    talk(tmp_path, conversation)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [1], "fn_index": 1},
        {"data": [1], "fn_index": 1, "session_hash": "x" * 201},
        {"data": [1], "fn_index": True, "session_hash": "a"},
        {"data": [1], "fn_index": 4, "session_hash": "a", "event_data": ["[]"] * 3000},
        [1],
    ],
)
def test_what_is_not_a_call_is_refused(tmp_path: Path, body: Any) -> None:
    async def conversation(client: Client) -> None:
        assert (await client.post("queue/join", json=body)).status_code == 400

    talk(tmp_path, conversation)


def test_a_body_of_nothing_but_brackets_becomes_no_lists(tmp_path: Path) -> None:
    """F2: two megabytes of them take a hundred as Python's."""

    async def conversation(client: Client) -> None:
        for kind in ("[],", "{},", "1,"):
            content = '{"data": [[' + kind * 150_000 + "1]]}"
            reply = await client.post("run/double", content=content, headers={"content-type": "application/json"})
            assert reply.status_code == 400
        most = {"data": [[[[0.123456, 1.5]] * (strokes.MAX_POINTS // strokes.MAX_STROKES)] * strokes.MAX_STROKES]}
        assert (await client.post("run/refuse", json=most)).json()["error"] == SENTENCE, "the largest drawing is read"

    talk(tmp_path, conversation)


def test_not_more_is_begun_at_once_than_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_UNFINISHED", 2)

    async def conversation(client: Client) -> None:
        codes = [(await client.post("call/wait", json={"data": [0.05]})).status_code for _ in range(3)]
        assert codes == [200, 200, 503]
        await asyncio.sleep(0.1)
        assert (await client.post("call/wait", json={"data": [0]})).status_code == 200

    talk(tmp_path, conversation)


def test_answers_that_nobody_fetches_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_KEPT", 3)

    async def conversation(client: Client) -> None:
        ids = [(await client.post("call/double", json={"data": [i]})).json()["event_id"] for i in range(6)]
        codes = [(await client.get(f"call/double/{event}")).status_code for event in ids]
        assert codes == [400, 400, 400, 200, 200, 200]

    talk(tmp_path, conversation)


# --- uploads -------------------------------------------------------------------------------------------------------


async def send(client: Client, *contents: bytes) -> httpx.Response:
    return await client.post("upload", files=[("files", (f"{i}.png", content)) for i, content in enumerate(contents)])


def test_uploads_are_found_and_nothing_else(tmp_path: Path) -> None:
    folder, secret = tmp_path / "uploads", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("x")
    (folder / "link").symlink_to(secret)
    (folder / "inner").mkdir()

    async def conversation(client: Client) -> None:
        paths = (await send(client, b"one", b"two")).json()
        kept = Uploads(folder)
        assert [kept.find(path).read_bytes() for path in paths] == [b"one", b"two"]
        outside = [secret, folder / "link", folder / ".." / "secret", folder, folder / "inner", folder / "missing"]
        for path in [*map(str, outside), f"file://{secret}", "", "\0", "x" * 10_000, None, ["x"], {"path": "x"}]:
            with pytest.raises(ImageError, match="it was not uploaded to this page"):
                kept.find(path)

    talk(folder, conversation)


@pytest.mark.parametrize(
    "address", ["http://100.100.100.200/x", "HTTPS://example.org/a.png", "data:image/png;base64,AA"]
)
def test_no_address_is_fetched(tmp_path: Path, address: str) -> None:
    with pytest.raises(ImageError, match="an address is not fetched"):
        Uploads(tmp_path).find(address)


def test_uploads_are_removed_and_their_room_is_free_again(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        assert (await send(client, bytes(30_000))).status_code == 200
        assert (await send(client, bytes(30_000))).status_code == 200
        refused = await send(client, b"one more")
        assert (refused.status_code, refused.json()["sentence"]["key"]) == (429, "error.uploads")
        await asyncio.sleep(0.4)
        assert list(tmp_path.iterdir()) == []
        assert (await send(client, b"again")).status_code == 200

    talk(tmp_path, conversation, most=50_000, seconds=0.3)


def test_a_broken_upload_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one with too many files or too large a one."""
    monkeypatch.setattr(uploads, "MAX_BYTES", 5_000_000)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'

    async def conversation(client: Client) -> None:
        kind = {"content-type": "multipart/form-data; boundary=x"}
        half = await client.post("upload", content=head + bytes(3_000_000), headers=kind)
        assert half.status_code in (200, 400)
        assert (await send(client, *[b"x"] * 1_000)).status_code == 400
        assert (await send(client, bytes(5_000_001))).status_code == 400
        assert (await client.post("upload", content=b"", headers=kind)).status_code in (200, 400)
        assert (
            await client.post("upload", content=b"x", headers={"content-type": "multipart/form-data"})
        ).status_code == 400
        assert list(tmp_path.iterdir()) == []

    talk(tmp_path, conversation)


def test_an_upload_that_the_disk_won_t_have_is_told(tmp_path: Path) -> None:
    async def conversation(client: Client) -> None:
        reply = await send(client, b"one")
        assert (reply.status_code, reply.json()["sentence"]["key"]) == (400, "error.image")
        assert "No such file or directory" in reply.json()["error"]

    talk(tmp_path / "removed", conversation)
