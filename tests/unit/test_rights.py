"""Who is the class's teacher."""

import time

import pytest
from starlette.requests import Request
from starlette.responses import Response

from mnist_demo.errors import TeacherError
from mnist_demo.web import rights as rights_module
from mnist_demo.web.rights import COOKIE, Rights

HERE = {"client": "127.0.0.1", "server": "127.0.0.1", "host": "127.0.0.1:7860"}
PUPIL = {"client": "192.168.1.23", "server": "192.168.1.5", "host": "192.168.1.5:7860"}


def request(
    client: str, server: str, host: str, version: str = "1.1", root_path: str = "", scheme: str = "http", **headers: str
) -> Request:
    named = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "scheme": scheme,
            "http_version": version,
            "client": (client, 50_000),
            "server": (server, 7860),
            "root_path": root_path,
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
    )


@pytest.fixture
def rights() -> Rights:
    return Rights(somebody_is_local=True)


@pytest.mark.parametrize(
    ("connection", "teacher"),
    [
        (HERE, True),
        (HERE | {"host": "localhost:7860"}, True),
        ({"client": "::1", "server": "::1", "host": "[::1]:7860"}, True),
        ({"client": "::ffff:127.0.0.1", "server": "::ffff:127.0.0.1", "host": "127.0.0.1"}, True),
        # by the address that the others use, but on the computer itself
        ({"client": "192.168.1.5", "server": "192.168.1.5", "host": "192.168.1.5:7860"}, True),
        (PUPIL, False),
        (PUPIL | {"host": "127.0.0.1"}, False),
        ({"client": "fe80::2%eth0", "server": "fe80::1%eth0", "host": "[fe80::1]:7860"}, False),
        (HERE | {"x_forwarded_for": "192.168.1.23"}, False),
        (HERE | {"forwarded": "for=192.168.1.23"}, False),
        (HERE | {"x_real_ip": "192.168.1.23"}, False),
        (HERE | {"via": "1.1 proxy"}, False),
        (HERE | {"version": "1.0"}, False),
        (HERE | {"host": "evil.example"}, False),
        (HERE | {"host": "0.0.0.0:7860"}, True),
        (HERE | {"host": "203.0.113.7:7860"}, False),  # a tunnel's other end
    ],
)
def test_whoever_opens_the_page_on_the_computer_itself(rights: Rights, connection: dict, teacher: bool) -> None:
    assert rights.is_teacher(request(**connection)) is teacher
    if not teacher:
        with pytest.raises(TeacherError, match="not the teacher's"):
            rights.check(request(**connection))


def test_behind_a_proxy_nobody_is_local() -> None:
    rights = Rights(somebody_is_local=False)
    assert not rights.is_teacher(request(**HERE))
    assert rights.is_teacher(entered(rights, request(**HERE)))


def entered(rights: Rights, asked: Request) -> Request:
    """The device's next request, after it has entered the PIN."""
    answer = Response()
    rights.enter(asked, rights.pin, answer)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    return request(**PUPIL, cookie=cookie.partition(";")[0])


def test_whoever_enters_the_pin_for_half_a_day(rights: Rights, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(rights.pin) == 6
    assert rights.pin.isdigit()
    again = entered(rights, request(**PUPIL))
    assert rights.is_teacher(again)
    assert not rights.is_teacher(request(**PUPIL, cookie=f"{COOKIE}=guessed"))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + rights_module.LASTS + 1)
    assert not rights.is_teacher(again)


def test_the_cookie_belongs_to_the_page_s_path(rights: Rights) -> None:
    answer = Response()
    rights.enter(request(**PUPIL, root_path="/digits", scheme="https"), rights.pin, answer)
    assert "Path=/digits" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("wrong", ["", "1", "ab", None, 5, [], {}, "１２３４５６", "x" * 1000])
def test_anything_else_is_wrong(rights: Rights, wrong: object) -> None:
    with pytest.raises(TeacherError, match="PIN is wrong"):
        rights.enter(request(**PUPIL), wrong, Response())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def attempt(rights: Rights, right: bool, client: str = PUPIL["client"]) -> str:
    try:
        rights.enter(request(**PUPIL | {"client": client}), rights.pin if right else "wrong", Response())
    except TeacherError as error:
        return str(error)
    return "in"


def test_guessing_is_slowed_after_five_wrong_ones(rights: Rights, clock: list[float]) -> None:
    for _ in range(5):
        assert "PIN is wrong" in attempt(rights, False)
    assert "try again in 3 seconds" in attempt(rights, True), "the right one has to wait too"
    tried, begun = 0, clock[0]
    while clock[0] < begun + 3600:
        clock[0] += 0.5
        tried += "PIN is wrong" in attempt(rights, False)
    assert tried < 75
    clock[0] += 61
    assert attempt(rights, True) == "in"
    assert "PIN is wrong" in attempt(rights, False), "and five tries are free again"


@pytest.mark.parametrize("guesser", ["192.168.1.99", "2001:db8::1"])
def test_nobody_waits_for_another_s_wrong_pins(rights: Rights, clock: list[float], guesser: str) -> None:
    for _ in range(9):
        attempt(rights, False, guesser)
    assert "try again" in attempt(rights, True, guesser)
    assert attempt(rights, True) == "in"
    assert attempt(rights, True, "2001:db8:0:1::1") == "in"


def test_another_address_of_the_same_network_is_nobody_else(rights: Rights, clock: list[float]) -> None:
    for last in range(6):
        attempt(rights, False, f"2001:db8::{last}")
    assert "try again" in attempt(rights, True, "2001:db8::ffff")


def test_with_ever_new_addresses_guessing_is_slowed_too(rights: Rights, clock: list[float]) -> None:
    tried = sum("PIN is wrong" in attempt(rights, False, f"10.0.{i % 2000 // 250}.{i % 250}") for i in range(20_000))
    assert tried <= 101 * 5
    clock[0] += 3601
    assert "PIN is wrong" in attempt(rights, False, "10.0.7.1"), "all that is forgotten after an hour"


def test_no_more_than_twenty_devices_count(rights: Rights) -> None:
    devices = [entered(rights, request(**PUPIL)) for _ in range(25)]
    assert [rights.is_teacher(device) for device in devices] == [False] * 5 + [True] * 20
