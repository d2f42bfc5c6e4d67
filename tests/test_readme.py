"""What the READMEs say is so: flags, variables, pictures, links, examples, and the settings that Spaces reads."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mnist_demo.settings import _parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TWIN = ROOT / "assets" / "README.zh-CN.md"
CHINESE = TWIN.read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("text", [README, CHINESE], ids=["English", "Chinese"])


def blocks(text: str) -> list[str]:
    """The fenced blocks of code."""
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


def code_with(text: str, words: str) -> str:
    """The one block of code that has these words in it."""
    (code,) = [block for block in blocks(text) if words in block]
    return code


def first_cells(text: str, pattern: str) -> set[str]:
    """What matches the pattern in the first column of the tables."""
    cells = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    return {name for cell in cells for name in re.findall(pattern, cell)}


def front_matter() -> dict[str, Any]:
    """The YAML between the two `---` at the top, read as Spaces reads it."""
    head = re.match(r"---\n(.*?\n)---\n", README, re.S)
    assert head, "no front matter at the very top"
    return yaml.safe_load(head[1])


@BOTH
def test_every_flag_is_told(text: str) -> None:
    flags = {option for action in _parser("")[1] for option in action.option_strings}
    assert first_cells(text, r"--[a-z-]+") == flags


@BOTH
def test_every_environment_variable_is_told(text: str) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "app.py", *ROOT.glob("mnist_demo/**/*.py")])
    read = set(re.findall(r"environ\w*(?:\.get|\.setdefault)\(\"(\w+)\"", source))
    read |= set(re.findall(r"\"(\w+)\" in environ", source)) | set(re.findall(r"GRADIO_[A-Z_]+", source))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/conftest.py"))
    read |= set(re.findall(r"environ\.get\(\"(MNIST_DEMO_TEST_\w+)\"", tests))
    assert len(read) >= 8
    assert first_cells(text, r"\b[A-Z]+_[A-Z_]+\b") == read


def test_both_languages_give_the_same_commands_and_programs() -> None:
    def without_remarks(code: str) -> str:
        return re.sub(r" +#.*", "", code)

    assert list(map(without_remarks, blocks(CHINESE))) == list(map(without_remarks, blocks(README)))
    assert blocks(README)[0] == "python3 -m pip install -r requirements.txt && python3 app.py\n"
    assert "python3 tests/run.py\n" in blocks(README)


def test_both_languages_say_the_same() -> None:
    """Section by section the same names, commands and figures (of two digits or more, fewer may be words)."""

    def sections(text: str) -> list[tuple[set[str], set[str]]]:
        text = re.sub(r"^---\n.*?^---\n|^```.*?^```$", "", text, flags=re.M | re.S)
        return [facts(section) for section in re.split(r"^##+ ", text, flags=re.M)]

    def facts(section: str) -> tuple[set[str], set[str]]:
        code = {" ".join(code.split()) for code in re.findall(r"`(.+?)`", section, re.S)}
        prose = re.sub(r"`.+?`|\]\(.*?\)", "", section, flags=re.S)
        return code, set(re.findall(r"\d[\d.,×]*\d", prose))

    english, chinese = sections(README), sections(CHINESE)
    assert len(english) == len(chinese)
    for ours, theirs in zip(english, chinese, strict=True):
        assert ours == theirs


@pytest.mark.parametrize(("text", "folder"), [(README, ROOT), (CHINESE, TWIN.parent)], ids=["English", "Chinese"])
def test_every_picture_and_link_is_there(text: str, folder: Path) -> None:
    targets = [target.partition("#")[0] for target in re.findall(r"\]\((?!http)(.*?)\)", text)]
    assert len(targets) >= 2
    for target in targets:
        assert (folder / target).exists(), target


def test_every_room_is_named_in_the_order_of_its_imports() -> None:
    order = re.search(r"only from those above it: (.*?)\.\n", README, re.S)
    assert order
    rooms = re.findall(r"`(\w+)/?`", order[1])
    there = {path.stem for path in (ROOT / "mnist_demo").glob("[a-z]*") if path.suffix in ("", ".py")}
    assert set(rooms) == there
    for place, room in enumerate(rooms):
        for path in (ROOT / "mnist_demo").glob(f"{room}.py"):
            lines = re.findall(r"^from mnist_demo(?:\.(\w+))? import (.*)", path.read_text(encoding="utf-8"), re.M)
            used = {name for module, names in lines for name in ([module] if module else re.findall(r"\w+", names))}
            assert used & there <= set(rooms[:place]), room


def test_spaces_gets_what_it_needs() -> None:
    settings = front_matter()
    assert settings["sdk"] == "gradio"
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert f"gradio=={settings['sdk_version']}\n" in requirements
    assert (ROOT / settings["app_file"]).exists()
    assert settings["python_version"] in {"3.11", "3.12", "3.13"}
    assert 10 < len(settings["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {settings["colorFrom"], settings["colorTo"]} <= colours
    assert len(settings["emoji"]) in {1, 2}
    assert settings["license"] == "mit"
    assert settings["pinned"] is False
    assert settings["suggested_hardware"] == "cpu-basic"
    assert len(settings["tags"]) >= 3
    assert README.count(f"# {settings['title']}\n") == 1
