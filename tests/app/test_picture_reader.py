"""Pictures that are made to take time or memory cost their sender an error, and other visitors next to nothing."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import numpy as np
import pytest
from bombs import BOMBS
from PIL import Image, ImageDraw

from mnist_demo.errors import ImageError
from mnist_demo.preprocess import pictures
from mnist_demo.preprocess.reader import PictureReader
from mnist_demo.system.child import Child, ChildError, ChildTimeout

ROOT = Path(__file__).resolve().parents[2]


def digit(kind: str = "PNG", side: int = 300) -> bytes:
    """An ordinary picture: a 1."""
    picture = Image.new("RGB", (side, side), "white")
    ImageDraw.Draw(picture).line([side * 0.5, side * 0.2, side * 0.48, side * 0.8], fill="black", width=side // 20)
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


@pytest.fixture
def reader() -> Iterator[PictureReader]:
    reader = PictureReader()
    yield reader
    reader.close()


async def timed(reader: PictureReader, content: bytes) -> tuple[float, np.ndarray | None]:
    """Seconds and the image; None if it was refused."""
    start = time.monotonic()
    try:
        image = await reader.read(content)
    except ImageError:
        return time.monotonic() - start, None
    return time.monotonic() - start, image


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_soon_and_another_visitor_s_picture_is_read_meanwhile(kind: str, reader: PictureReader):
    bomb = BOMBS[kind]()
    ended: list[tuple[float, np.ndarray | None]] = []
    found: list[tuple[float, np.ndarray | None]] = []

    async def attack(first_has_ended: anyio.Event) -> None:
        ended.append(await timed(reader, bomb))
        first_has_ended.set()

    async def visit() -> None:
        await timed(reader, digit())
        first_has_ended = anyio.Event()
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(attack, first_has_ended)
            for _ in range(3):
                await anyio.sleep(0.5)
                found.append(await timed(reader, digit()))
            await first_has_ended.wait()
            group.cancel_scope.cancel()

    anyio.run(visit)
    for seconds, image in found:
        assert image is not None
        assert image.any()
        assert seconds < 10
    seconds, image = ended[0]
    assert image is None or image.shape == (28, 28)
    assert seconds < 30, "one second, then five, and the start of two processes on a busy machine"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_ordinary_pictures_are_read_as_without_a_process(kind: str, reader: PictureReader):
    _, image = anyio.run(timed, reader, digit(kind))
    assert image is not None
    assert np.array_equal(image, pictures.image_from_bytes(digit(kind)))


def test_large_pictures_that_telephones_take_are_read(reader: PictureReader):
    _, image = anyio.run(timed, reader, digit("JPEG", 7000))
    assert image is not None
    assert image.any()


def test_what_is_missing_or_no_picture_is_refused(reader: PictureReader, tmp_path: Path):
    async def ask(picture: bytes | Path) -> None:
        with pytest.raises(ImageError):
            await reader.read(picture)

    for picture in (b"", b"no picture", digit()[:200], tmp_path / "missing.png", tmp_path):
        anyio.run(ask, picture)


def test_the_process_of_pictures_imports_neither_tensorflow_nor_gradio():
    code = "import sys; import mnist_demo.preprocess.picture_process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "gradio", "anyio"} & set(done.stdout.split())


# --- a child that works for these tests --------------------------------------------------------------------------

CHILD = """
import sys, time
print("a remark while it is imported", end="", flush=True)
sys.path.insert(0, {root!r})
from mnist_demo.system import child

def answer(question):
    if question == b"sleep":
        time.sleep(60)
    if question == b"work":
        while True:
            pass
    if question == b"memory":
        return bytes(len(bytearray(b"1" * 400_000_000)) % 7)
    if question == b"print":
        print("a library's remark")
    return question[::-1]

child.serve(answer)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    (tmp_path / "a_child.py").write_text(CHILD.format(root=str(ROOT)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = Child("a_child", 200_000_000)
    yield child
    child.close()


def test_a_child_answers_again_and_again_whatever_it_prints(child: Child):
    for question in (b"print", b"", b"abc", b"x" * 3_000_000):
        assert child.ask(question, 5) == question[::-1]


@pytest.mark.slow
@pytest.mark.parametrize("question", [b"sleep", b"work"])
def test_a_child_that_takes_too_long_is_ended_and_replaced(child: Child, question: bytes):
    child.ask(b"warm", 5)
    start = time.monotonic()
    with pytest.raises(ChildTimeout):
        child.ask(question, 0.5)
    assert time.monotonic() - start < 10
    assert child.ask(b"abc", 5) == b"cba"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps to a process's limit of memory")
def test_a_child_gets_no_more_memory_than_its_limit(child: Child):
    with pytest.raises(ChildError):
        child.ask(b"memory", 5)
    assert child.ask(b"abc", 5) == b"cba"


def test_a_closed_child_is_not_started_again(child: Child):
    child.ask(b"warm", 5)
    child.close()
    with pytest.raises(ChildError):
        child.ask(b"abc", 5)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way")
@pytest.mark.parametrize("question", ["idle", "work"])
def test_a_child_ends_with_its_parent_even_if_that_is_killed(tmp_path: Path, question: str):
    (tmp_path / "a_child.py").write_text(CHILD.format(root=str(ROOT)))
    parent = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from mnist_demo.system.child import Child
child = Child("a_child", 200_000_000)
child.ask(b"warm", 5)
print(child._process.pid, flush=True)
if {question!r} == "work":
    child.ask(b"work", 2)
sys.stdin.read()
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        time.sleep(0.3)
        process.kill()
    until = time.monotonic() + 20
    while alive(number):
        assert time.monotonic() < until
        time.sleep(0.1)


def alive(process: int) -> bool:
    """Whether it still runs; one that nobody has waited for doesn't."""
    status = Path(f"/proc/{process}/status")
    if Path("/proc/self/status").exists():
        return status.exists() and "State:\tZ" not in status.read_text()
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
