"""The README tells of every flag and of no other."""

import re
from pathlib import Path

from mnist_demo.settings import _parser

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def code_with(text: str, words: str) -> str:
    """The one fenced block of code in the text that has these words in it."""
    (code,) = [block for block in re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S) if words in block]
    return code


def test_every_flag_is_told() -> None:
    flags = {option for action in _parser("")[1] for option in action.option_strings}
    table = {
        flag for line in README.splitlines() if line.startswith("| `--") for flag in re.findall(r"--[a-z-]+", line)
    }
    assert table == flags


def test_every_picture_is_there() -> None:
    root = Path(__file__).resolve().parents[1]
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (root / path).exists(), path
