"""The class's digits on the disk: bounds, what survives, several processes, damage."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import ROOT
from starlette.applications import Starlette

from mnist_demo.errors import ClassError
from mnist_demo.preprocess import strokes
from mnist_demo.service import Service
from mnist_demo.settings import Settings
from mnist_demo.store import class_digits
from mnist_demo.store.class_digits import ClassDigits, Incoming
from mnist_demo.web import class_routes
from mnist_demo.web.class_tab import Address
from mnist_demo.web.rights import Rights

SEVEN = [np.array([[10.0, 10.0], [60.0, 8.0], [30.0, 90.0]])]


@pytest.fixture
def kept(tmp_path: Path) -> ClassDigits:
    return ClassDigits(tmp_path / "class")


def test_a_digit_comes_back_as_it_was_written(kept: ClassDigits) -> None:
    number = kept.add("ada", 7, SEVEN, "Ada", "B")
    (digit,) = kept.digits()
    assert (digit.number, digit.writer, digit.label) == (number, 1, 7)
    assert abs(digit.moment - time.time()) < 60
    assert np.abs(strokes.image(strokes.check(digit.strokes)) - strokes.image(SEVEN)).max() < 0.02
    (writer,) = kept.writers()
    assert (writer.number, writer.name, writer.group, writer.digits) == (1, "Ada", "B", 1)
    assert kept.writer("ada") == writer
    assert kept.writer("bob") is None


def test_a_digit_of_the_same_key_is_kept_once_by_any_process(kept: ClassDigits, tmp_path: Path) -> None:
    first = kept.add("ada", 7, SEVEN, key="a")
    kept.add("ada", 7, SEVEN, key="b")
    assert ClassDigits(tmp_path / "class").add("ada", 7, SEVEN, key="a") == first
    assert kept.add("bob", 7, SEVEN, key="a") not in (first, first + 1)
    assert kept.counts() == (3, 2)
    kept.remove([first])
    assert kept.add("ada", 7, SEVEN, key="a") > first


def test_a_question_makes_no_file(kept: ClassDigits, tmp_path: Path) -> None:
    assert (kept.digits(), kept.writers(), kept.counts(), kept.numbers()) == ([], [], (0, 0), [])
    assert list(tmp_path.iterdir()) == []


def test_the_most_points_that_may_come_are_thinned_out(kept: ClassDigits) -> None:
    trembling = np.random.default_rng(0).uniform(0, 1, (20_000, 2))
    kept.add("ada", 8, [trembling])
    (digit,) = kept.digits()
    assert sum(map(len, digit.strokes)) <= class_digits.MAX_POINTS
    dots = [np.array([[i % 15, i // 15]], float) for i in range(strokes.MAX_STROKES)]
    kept.add("ada", 8, dots)
    assert len(kept.digits(after=digit.number)[0].strokes) == strokes.MAX_STROKES


def test_each_bound_is_kept_and_said(kept: ClassDigits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_digits, "MAX_PER_MINUTE", 5)
    monkeypatch.setattr(class_digits, "MAX_OF_WRITER", 8)
    monkeypatch.setattr(class_digits, "MAX_DIGITS", 12)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for _ in range(5):
        kept.add("ada", 7, SEVEN)
    with pytest.raises(ClassError, match="5 digits a minute"):
        kept.add("ada", 7, SEVEN)
    kept.add("bob", 7, SEVEN)  # others may go on
    now += 61
    for _ in range(3):
        kept.add("ada", 7, SEVEN)
    with pytest.raises(ClassError, match="one writer may give 8"):
        kept.add("ada", 7, SEVEN)
    for _ in range(3):
        kept.add("bob", 7, SEVEN)
    with pytest.raises(ClassError, match="full, with 12"):
        kept.add("eve", 7, SEVEN)
    assert kept.counts() == (12, 2)


def test_whoever_invents_writers_fills_no_more_than_one_address_may(
    kept: ClassDigits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_digits, "MAX_OF_ADDRESS", 3)
    first = [kept.add(f"invented {i}", 7, SEVEN, key="a", address="10.0.0.1") for i in range(3)]
    with pytest.raises(ClassError, match="3 digits have come from this network address"):
        kept.add("another", 7, SEVEN, address="10.0.0.1")
    assert kept.counts() == (3, 3), "nor does the writer stay"
    assert kept.add("invented 0", 7, SEVEN, key="a", address="10.0.0.1") == first[0], "what is kept is acknowledged"
    kept.add("ada", 7, SEVEN, address="10.0.0.2")
    kept.remove_writer("invented 0")
    with pytest.raises(ClassError, match="3 digits"):
        kept.add("another", 7, SEVEN, address="10.0.0.1")
    kept.clear()
    kept.add("another", 7, SEVEN, address="10.0.0.1")


def test_a_digit_counts_for_the_address_that_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_digits, "MAX_OF_ADDRESS", 1)
    routes = class_routes.routes(Service(Settings(cache=tmp_path)), Rights(somebody_is_local=False), Address())

    async def give(address: str, number: int) -> int:
        transport = httpx.ASGITransport(Starlette(routes=routes), client=(address, 50_000))
        ids = {"writer": f"{number:032x}", "key": f"{number:032x}"}
        digit = {"label": 7, "strokes": [[[10, 10], [60, 8], [30, 90]]], "name": "", "group": ""}
        async with httpx.AsyncClient(transport=transport, base_url="http://page.test") as client:
            return (await client.post(f"{class_routes.PREFIX}/digit", json=ids | digit)).status_code

    sent = [("10.0.0.1", 200), ("10.0.0.2", 200), ("10.0.0.1", 409), ("2001:db8::1", 200), ("2001:db8::2", 409)]
    for number, (address, code) in enumerate(sent):
        assert asyncio.run(give(address, number)) == code


def test_every_third_writer_is_only_tested_on_and_stays_so(kept: ClassDigits) -> None:
    for i in [*range(9), *range(9)]:
        kept.add(f"writer {i}", i, SEVEN)
    assert [writer.number for writer in kept.writers()] == list(range(1, 10))
    tested = [writer.number for writer in kept.writers() if writer.tested]
    assert tested == [2, 5, 8]
    kept.remove_writer("writer 0")
    kept.add("another", 1, SEVEN)
    assert [writer.number for writer in kept.writers() if writer.tested] == tested
    assert kept.writers()[-1].number == 10


def test_what_is_taken_back_is_gone_from_the_disk(kept: ClassDigits, tmp_path: Path) -> None:
    secret = "an-unusual-nickname"
    first = kept.add("ada", 7, SEVEN)
    kept.add("bob", 3, SEVEN, secret)
    second = kept.add("eve", 4, SEVEN)
    assert kept.remove_writer("bob") == 1
    assert kept.remove([first, 999]) == 1
    assert kept.numbers() == [second]
    assert kept.clear() == 1
    assert kept.counts() == (0, 0)
    content = b"".join(path.read_bytes() for path in (tmp_path / "class").iterdir())
    assert secret.encode() not in content


def test_many_are_brought_in_or_none(kept: ClassDigits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_digits, "MAX_DIGITS", 5)
    kept.add("ada", 7, SEVEN)
    incoming = [Incoming("Bob", "A", [(digit, SEVEN, 1000.0) for digit in range(3)])]
    assert kept.bring_in(incoming) == 3
    with pytest.raises(ClassError):
        kept.bring_in(incoming)
    assert kept.counts() == (4, 2)
    assert [digit.label for digit in kept.digits()] == [7, 0, 1, 2]


WRITER = """
import sys
from pathlib import Path
import numpy as np
from mnist_demo.store import class_digits
class_digits.MAX_PER_MINUTE = 10**6
kept = class_digits.ClassDigits(Path(sys.argv[1]))
for i in range(int(sys.argv[3])):
    print(kept.add(sys.argv[2], i % 10, [np.array([[0.0, 0.0], [i + 1.0, 5.0]])]), flush=True)
"""


def start_writer(folder: Path, name: str, count: int, **options: object) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)


@pytest.mark.slow
def test_several_processes_share_it_and_none_loses_any(kept: ClassDigits, tmp_path: Path) -> None:
    writers = [start_writer(tmp_path / "class", name, 60) for name in ("ada", "bob", "eve")]
    told = [int(line) for writer in writers for line in writer.communicate(timeout=60)[0].split()]
    assert len(told) == 180
    assert sorted(told) == kept.numbers()


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9(kept: ClassDigits, tmp_path: Path) -> None:
    for round_ in range(3):
        writer = start_writer(tmp_path / "class", f"round {round_}", 400)
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(10 + round_)]
        os.kill(writer.pid, signal.SIGKILL)
        told += [int(line) for line in writer.communicate()[0].split("\n")[:-1]]
        assert set(told) <= set(kept.numbers())
    json.dumps([digit.strokes for digit in kept.digits()])  # all of them whole


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, mounts: None) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from mnist_demo.errors import ClassError\n"
        "from mnist_demo.store import class_digits\n"
        "class_digits.MAX_PER_MINUTE = 10**6\n"
        "home = Path(sys.argv[1])\n"
        "kept = class_digits.ClassDigits(home / 'class')\n"
        "drawing = [np.random.default_rng(0).uniform(0, 1, (1500, 2))]\n"
        "told = []\n"
        "try:\n"
        "    while True: told.append(kept.add('ada', 1, drawing))\n"
        "except ClassError as error: print(error)\n"
        "assert kept.numbers() == told and len(told) > 5, (len(told), len(kept.numbers()))\n"
        "(home / 'ballast').unlink()\n"
        "told.append(kept.add('ada', 1, drawing))\n"
        "assert class_digits.ClassDigits(home / 'class').numbers() == told\n"
    )
    mount = f"mount -t tmpfs -o size=2m none {tmp_path} && head -c 1000000 /dev/zero > {tmp_path}/ballast"
    command = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "can't be done with the class's digits" in done.stdout
    assert "full" in done.stdout


@pytest.mark.parametrize("content", [b"", b"no database at all" * 400, b"SQLite format 3\x00" + bytes(8000)])
def test_a_damaged_file_is_set_aside_and_collecting_goes_on(
    kept: ClassDigits, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "digits.sqlite").write_bytes(content)
    kept.add("ada", 7, SEVEN)
    assert kept.counts() == (1, 1)
    assert len(list(folder.glob("damaged/digits-*.sqlite"))) == bool(content)
    assert ("was damaged" in caplog.text) == bool(content)


def test_a_file_in_the_place_of_the_damaged_keeps_nobody_from_collecting(kept: ClassDigits, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "damaged").write_text("somebody's")
    (folder / "digits.sqlite").write_bytes(b"no database at all" * 400)
    kept.add("ada", 7, SEVEN)
    assert kept.counts() == (1, 1)
    assert len(list((folder / "damaged").iterdir())) == 2


def test_a_file_damaged_in_its_middle_is_set_aside_once_that_is_found(kept: ClassDigits, tmp_path: Path) -> None:
    file = tmp_path / "class" / "digits.sqlite"
    for i in range(50):
        kept.add(f"writer {i}", 1, [np.random.default_rng(i).uniform(0, 1, (300, 2))])
    kept.close()
    content = file.read_bytes()
    file.write_bytes(content[:4096] + bytes(len(content) - 4096))
    with pytest.raises(ClassError):
        kept.digits()
    kept.add("ada", 7, SEVEN)
    assert kept.counts() == (1, 1)


def test_a_file_that_was_removed_is_begun_anew(kept: ClassDigits, tmp_path: Path) -> None:
    kept.add("ada", 7, SEVEN)
    for path in (tmp_path / "class").iterdir():
        path.unlink()
    kept.add("bob", 3, SEVEN)
    assert [digit.label for digit in ClassDigits(tmp_path / "class").digits()] == [3]
