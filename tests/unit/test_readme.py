"""What the READMEs say is so: flags, variables, pictures, links, examples, and the settings that Spaces reads."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from readme import CHINESE, README, ROOT, TWIN, blocks, code_with

from mnist_demo.settings import _parser

BOTH = pytest.mark.parametrize("text", [README, CHINESE], ids=["English", "Chinese"])


def first_cells(text: str, pattern: str) -> set[str]:
    """What matches the pattern in the first column of the tables."""
    cells = (line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    return {name for cell in cells for name in re.findall(pattern, cell)}


def front_matter() -> dict[str, Any]:
    """The YAML between the two `---` at the top, read as Spaces reads it."""
    head = re.match(r"---\n(.*?\n)---\n", README, re.S)
    assert head, "no front matter at the very top"
    return yaml.safe_load(head[1])


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone, which knows what belongs to the project")
def test_nothing_strays_into_the_project() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {name.split("/")[0] for name in listed.splitlines() if not name.startswith(".")}
    assert top == {"app.py", "requirements.txt", "README.md", "LICENSE", "mnist_demo", "assets", "tests"}


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


def rooms() -> list[str]:
    """The files of `mnist_demo/` as dotted names, in the order of the README's tree."""
    names, folders = [], []
    for line in code_with(README, "mnist_demo/\n").splitlines():
        name = line.split("#")[0].rstrip()
        folders[(len(name) - len(name.lstrip())) // 2 :] = [name.strip().removesuffix("/").removesuffix(".py")]
        names.append(".".join(folders))
    return names


def test_every_file_is_in_the_tree_and_imports_only_from_those_above_it() -> None:
    order = rooms()
    there = {}
    for path in (ROOT / "mnist_demo").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if path.stat().st_size and name != "mnist_demo":
            there[name] = path
    files = {name for name in order if not (ROOT / name.replace(".", "/")).is_dir()}
    assert files == {name for name, path in there.items() if path.name != "__init__.py"}
    assert set(there) <= set(order)
    for name, path in there.items():
        # a package's own file stands at the end of what is in it
        above = [other for other in order if other.startswith(f"{name}.")] + order[: order.index(name)]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("mnist_demo"):
                continue
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            used = [full if full in there else node.module for full in within]
            assert set(used) <= set(above), f"{name} imports {used}"


def test_every_file_can_be_read_from_top_to_bottom() -> None:
    for folder in ("mnist_demo", "tests", "assets"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".js", ".css") and path.name != "allographs.py":  # which is data
                assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path


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
