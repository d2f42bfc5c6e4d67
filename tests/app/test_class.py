"""A class over HTTP: who may do what, what is refused, and that a whole class at once loses nothing."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import class_load
import httpx
import load
import numpy as np
import pytest
from conftest import READY, App, copy_of
from visitor import SEVEN, Visitor

from mnist_demo.store import class_files

pytestmark = pytest.mark.slow

CLASS = "/demo/class"
PUPIL = {"x-forwarded-for": "192.168.1.23"}  # as a proxy on this computer would say


@pytest.fixture(scope="module")
def cache(trained_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(trained_cache, tmp_path_factory.mktemp("class") / "cache")


@pytest.fixture(scope="module")
def running(cache: Path) -> Iterator[App]:
    app = App("--host", "127.0.0.1", "--cache", str(cache), *READY)
    app.wait_for("Ready: ")
    yield app
    app.stop()


class Device:
    """A pupil's or, without headers, the teacher's own computer."""

    def __init__(self, app: App, headers: dict[str, str] | None = None):
        self.writer = secrets.token_hex(16)
        self.visitor = Visitor(app)
        self.visitor.client.headers.update(headers or {})

    def ask(self, path: str, **question: object) -> httpx.Response:
        return self.visitor.post(f"{CLASS}/{path}", {"writer": self.writer, **question})

    def give(self, label: int = 7, strokes: object = SEVEN, **more: object) -> httpx.Response:
        digit = {"name": "", "group": "", "key": secrets.token_hex(16), "label": label, "strokes": strokes}
        return self.ask("digit", **digit | more)

    def state(self) -> dict:
        return self.ask("state").json()


@pytest.fixture
def teacher(running: App) -> Iterator[Device]:
    device = Device(running)
    yield device
    assert device.ask("remove", everything=True).status_code == 200


@pytest.fixture
def pupil(running: App, teacher: Device) -> Device:
    return Device(running, PUPIL)


def test_a_pupil_gives_looks_and_takes_back(teacher: Device, pupil: Device) -> None:
    numbers = [pupil.give(7, name="Ada", group="B").json()["number"] for _ in range(3)]
    teacher.give(1)
    state = pupil.state()
    assert (state["teacher"], state["mine"], state["digits"], state["writers"]) == (False, 3, 4, 2)
    assert (state["address"], state["qr"], state["learnable"]) == (None, None, 4)
    found = pupil.ask("reading").json()
    assert found["mine"]["digits"] == 3
    assert found["writers"] == []
    assert {digit["number"] for digit in found["shown"]} == set(numbers)
    assert pupil.ask("remove", numbers=[numbers[0], numbers[0] + 3]).json() == {"removed": 1}, "another's stays"
    assert pupil.ask("remove").json() == {"removed": 2}
    assert teacher.state()["digits"] == 1


def test_a_digit_that_comes_twice_is_kept_once(teacher: Device, pupil: Device) -> None:
    """As when the answer was lost on its way, and the page sends it again."""
    key = secrets.token_hex(16)
    first, second = (pupil.give(7, key=key) for _ in range(2))
    assert first.json() == second.json()
    assert (pupil.state()["mine"], teacher.state()["digits"]) == (1, 1)
    assert teacher.give(7, key=key).json() != first.json(), "nobody else's is taken for it"
    assert [pupil.give(7).status_code for _ in range(59)] == [200] * 59
    assert pupil.give(7).status_code == 409
    assert pupil.give(7, key=key).json() == first.json(), "what is kept is acknowledged, whatever is refused now"


def test_a_teacher_sees_who_wrote_what_and_deletes_it(teacher: Device, pupil: Device) -> None:
    numbers = [pupil.give(label, name="Ada", group="B").json()["number"] for label in (7, 7, 4)]
    teacher.give(1, [[[50, 0], [50, 100]]])
    found = teacher.ask("reading").json()
    ada = found["writers"][0]
    assert (ada["name"], ada["group"], ada["digits"], ada["right"]) == ("Ada", "B", 3, 2)
    assert found["by_digit"][4] == {"digits": 1, "right": 0}
    assert [digit["number"] for digit in found["shown"]] == [numbers[2]], "what is read wrongly"
    all_of = teacher.ask("reading", of=ada["number"]).json()["shown"]
    assert [digit["number"] for digit in all_of] == [numbers[2], *numbers[:2]]
    assert teacher.ask("remove", numbers=numbers).json() == {"removed": 3}


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("train", {}),
        ("network", {"taught": True}),
        ("remove", {"everything": True}),
        ("import", {"format": class_files.FORMAT, "writers": []}),
    ],
)
def test_only_a_teacher_trains_chooses_clears_and_brings_in(pupil: Device, path: str, question: dict) -> None:
    reply = pupil.ask(path, **question)
    assert reply.status_code == 403
    assert reply.json()["sentence"]["key"] == "error.teacher"


@pytest.mark.parametrize("path", ["comparison", "export/npz", "export/csv", "export/json"])
def test_only_a_teacher_compares_and_takes_along(pupil: Device, path: str) -> None:
    reply = pupil.visitor.client.get(f"{CLASS}/{path}")
    assert reply.status_code == 403
    assert reply.json()["sentence"]["key"] == "error.teacher"


def test_no_other_website_may(running: App, teacher: Device) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
        for path in ("digit", "remove", "train", "import", "pin"):
            reply = httpx.post(f"{running.url}{CLASS}/{path}", json={"everything": True}, headers=headers)
            assert reply.status_code == 403
            assert reply.json()["sentence"]["key"] == "error.cross_site"


def test_the_pin_makes_a_teacher(launch: type[App], cache: Path) -> None:
    app = launch("--host", "0.0.0.0", "--class", "--cache", str(cache), *READY)
    pin = app.wait_for(r"PIN on other devices: (\d{6})")[1]
    assert "A class joins at http://" in app.output
    app.wait_for("Ready: ")
    url = app.wait_for(r"The page is at (http://\S+)")[1]
    with httpx.Client(base_url=url, headers=PUPIL) as device:
        asked = {"writer": secrets.token_hex(16)}
        assert device.post(f"{CLASS}/state", json=asked).json()["teacher"] is False
        assert device.post(f"{CLASS}/pin", json={"pin": "no"}).status_code == 403
        assert device.post(f"{CLASS}/pin", json={"pin": pin}).status_code == 204
        state = device.post(f"{CLASS}/state", json=asked).json()
        assert state["teacher"] is True
        assert state["address"].startswith("http://")
        assert state["qr"].startswith("<svg")
        assert device.get(f"{CLASS}/export/csv").status_code == 200


def test_without_a_class_there_is_none(launch: type[App], cache: Path) -> None:
    app = launch("--host", "127.0.0.1", "--no-class", "--cache", str(cache), *READY)
    app.wait_for("Ready: ")
    assert httpx.post(f"{app.url}{CLASS}/state", json={"writer": "0" * 32}).status_code == 404
    assert "tab-class" not in httpx.get(f"{app.url}/config").text


BAD = [
    {"writer": "x"},
    {"writer": None},
    {"writer": "0" * 32 + "\n"},
    {"key": None},
    {"key": 7},
    {"key": "0" * 33},
    {"key": "0" * 100_000},
    {"label": 10},
    {"label": "7"},
    {"label": True},
    {"name": "x" * 21},
    {"name": "a\u202eb"},
    {"name": 7},
    {"group": "E"},
    {"group": ["A"]},
    {"strokes": None},
    {"strokes": []},
    {"strokes": [[]]},
    {"strokes": [[[0, "a"]]]},
    {"strokes": [[[0, 10**400]]]},
    {"strokes": [[[0, 0]]] * 201},
    {"strokes": [[[0, 0]] * 20_001]},
]


@pytest.mark.parametrize("wrong", BAD, ids=lambda wrong: str(wrong)[:40])
def test_what_is_no_digit_is_refused_in_a_sentence(pupil: Device, wrong: dict) -> None:
    reply = pupil.give(**{"label": 7, "strokes": SEVEN} | wrong)
    assert 400 <= reply.status_code < 500
    assert pupil.state()["digits"] == 0


@pytest.mark.parametrize("path", ["state", "digit", "reading", "remove", "pin", "train", "network", "import"])
def test_any_json_is_answered_in_a_sentence(teacher: Device, path: str) -> None:
    for content in (b"", b"null", b"[]", b"5", b"{", b"[" * 50_000, b'{"writer": 5}', b'{"numbers": [1e400]}', b"{}"):
        reply = teacher.visitor.post(f"{CLASS}/{path}", content=content)
        assert reply.status_code < 500
    teacher.visitor.fine()


def test_a_device_is_slowed_after_sixty_digits_a_minute(pupil: Device) -> None:
    replies = [pupil.give() for _ in range(61)]
    assert [reply.status_code for reply in replies] == [200] * 60 + [409]
    assert "60 digits a minute" in replies[-1].json()["error"]


def test_files_go_out_and_come_back(running: App, teacher: Device) -> None:
    pen = np.random.default_rng(0)
    devices = [Device(running, PUPIL) for _ in range(3)]
    for device in devices:
        for label in range(25):
            device.give(label % 10, [pen.uniform(0, 1, (9, 2)).round(3).tolist()])
    kinds = {kind: teacher.visitor.client.get(f"{CLASS}/export/{kind}") for kind in class_files.KINDS}
    for kind, reply in kinds.items():
        assert reply.headers["content-disposition"] == f'attachment; filename="mnist-demo-class.{kind}"'
    assert len(kinds["csv"].text.splitlines()) == 75
    before = kinds["json"].json()
    assert not any(device.writer in kinds["json"].text for device in devices)
    teacher.ask("remove", everything=True)
    assert teacher.visitor.post(f"{CLASS}/import", content=kinds["json"].content).json() == {"number": 75}
    after = teacher.visitor.client.get(f"{CLASS}/export/json").json()
    assert [w["digits"] for w in after["writers"]] == [w["digits"] for w in before["writers"]]
    assert teacher.visitor.post(f"{CLASS}/import", content=b'{"format": 1}').status_code == 409
    large = json.dumps({"format": "x" * 25_000_000}).encode()
    assert teacher.visitor.post(f"{CLASS}/import", content=large).status_code == 413
    assert teacher.visitor.client.get(f"{CLASS}/export/exe").status_code == 400


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see another process's memory")
def test_a_whole_class_at_once_while_a_training_goes_on_loses_nothing(trained_cache: Path, tmp_path: Path) -> None:
    """For a few seconds; `tests/class_load.py` measures the whole minute, and how quick the answers are."""
    cache = copy_of(trained_cache, tmp_path / "cache")
    with load.running(*READY, "--cache", str(cache)) as target:
        found = class_load.measure(target, cache, devices=35, seconds=8)
    assert (found["errors"], found["lost"], found["twice"]) == (0, 0, 0)
    assert found["digits"] >= 35
    assert found["trainings"] >= 1
    assert found["megabytes_after"] < 600
