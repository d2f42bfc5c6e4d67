"""Both READMEs, and the code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TWIN = ROOT / "assets" / "README.zh-CN.md"
CHINESE = TWIN.read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """The fenced blocks of code."""
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


def code_with(text: str, words: str) -> str:
    """The one block of code that has these words in it."""
    (code,) = [block for block in blocks(text) if words in block]
    return code
