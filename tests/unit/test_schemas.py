"""The page's scripts and the server agree: on the keys of what they send each other, on the phases, on the words."""

import re
import typing

import pytest
from readme import ROOT

from mnist_demo.messages import TABLES
from mnist_demo.service.status import Phase
from mnist_demo.web import class_schemas, schemas

SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "assets" / "js").glob("*.js")}
WEB = ROOT / "mnist_demo" / "web"
SCHEMAS = {
    name: schema for name, schema in (vars(schemas) | vars(class_schemas)).items() if typing.is_typeddict(schema)
}


def documented() -> dict[str, set[str]]:
    """The JSDoc types of service.js and class_service.js: name -> keys."""
    plain = re.sub(r"\n \*", "", SCRIPTS["service.js"] + SCRIPTS["class_service.js"])
    found = re.findall(r"@typedef \{\{(.*?)\}\}\s*(\w+)", plain, re.S)
    return {name: set(re.findall(r"(\w+)\??: ", keys)) for keys, name in found}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_scripts_know_the_schema(name: str) -> None:
    assert documented()[name] == set(SCHEMAS[name].__annotations__)


def test_the_scripts_know_no_other_schema() -> None:
    assert set(documented()) == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_read(name: str) -> None:
    """As a property, by its name, or where an object is taken apart. What nobody reads need not be sent."""
    code = re.sub(r"/\*\*.*?\*/|//[^\n]*", "", "\n".join(SCRIPTS.values()), flags=re.S)
    taken_apart = set(re.findall(r"\w+", " ".join(re.findall(r"\{([\w\s,:.?]*)\}", code))))
    read = set(re.findall(r"\.(\w+)\b", code)) | set(re.findall(r'"(\w+)"', code)) | taken_apart
    unread = set(SCHEMAS[name].__annotations__) - read
    assert unread <= {"error", "detail"}, "the English sentence is for programs"


def test_what_is_read_of_a_status_is_there() -> None:
    read = set(re.findall(r"\bstatus\??\.(\w+)", "\n".join(SCRIPTS.values())))
    assert read - {"ok"} <= set(schemas.Status.__annotations__)


def test_the_phases_are_the_same() -> None:
    listed = re.search(r"Phase = Object.freeze\(\{(.*?)\}\)", SCRIPTS["phase.js"])
    assert listed
    assert dict(re.findall(r'(\w+): "(\w+)"', listed[1])) == {phase.name: phase.value for phase in Phase}


def test_every_sentence_of_the_scripts_is_in_the_tables() -> None:
    first = "|".join({key.partition(".")[0] for key in TABLES["en"]})
    used = set(re.findall(rf'"((?:{first})\.[a-z_0-9]+)"', "\n".join(SCRIPTS.values())))
    assert len(used) > 40
    assert used <= set(TABLES["en"])


def test_scripts_import_only_scripts() -> None:
    for name, script in SCRIPTS.items():
        for imported in re.findall(r'(?:from|import\()\s*"(.*?)"', script):
            assert imported.removeprefix("./") in SCRIPTS, (name, imported)


def test_every_part_of_the_page_is_there_before_the_server_can_be_gone() -> None:
    parts = {name for path in WEB.glob("*.py") for name in re.findall(r'\bpart\("(\w+)"', path.read_text("utf-8"))}
    later = re.search(r"LATER = \[(.*?)\]", SCRIPTS["header.js"])
    assert later
    assert set(re.findall(r'"(\w+)"', later[1])) == parts - {
        "header",
        "lesson",
        "draw_tab",
        "second_reader",
        "class_give",
    }
