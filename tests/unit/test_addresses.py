"""Where other devices reach the page."""

import re

import pytest

from mnist_demo.web import addresses


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]"])
def test_a_server_at_every_address_is_reached_at_the_computer_s_own(host: str) -> None:
    url = addresses.for_others("http://localhost:7861", host)
    assert re.fullmatch(r"http://[\w.-]+:7861", url)
    assert "0.0.0.0" not in url


@pytest.mark.parametrize("host", ["192.168.1.5", "pc-7", None])
def test_any_other_is_reached_where_it_is(host: str | None) -> None:
    assert addresses.for_others("http://192.168.1.5:7860", host) == "http://192.168.1.5:7860"


def test_the_code_is_a_picture_and_fits_a_terminal() -> None:
    url = "http://192.168.100.105:7860"
    svg = addresses.svg(url)
    assert svg.startswith("<svg ")
    assert "viewBox" in svg
    lines = addresses.terminal(url).split("\n")
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 40
