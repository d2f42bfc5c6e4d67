"""The single file's own modules give whatever the page's scripts want of those in whose place they stand."""

import re

import pytest

from mnist_demo.web import single_file


def exported(code: str) -> set[str]:
    return set(re.findall(r"^export (?:async )?(?:const|let|class|function) (\w+)", code, re.M))


@pytest.mark.parametrize("module", ["service", "files", "address"])
def test_what_is_imported_is_there(module: str) -> None:
    scripts = single_file._scripts()
    wanted: set[str] = set()
    for code in scripts.values():
        for names in re.findall(rf'import \{{([^}}]*)\}} from "{module}"', code):
            wanted |= {name.strip().split(" as ")[0] for name in names.split(",") if name.strip()}
        if f'import * as {module} from "{module}"' in code:
            wanted |= set(re.findall(rf"\b{module}\.(\w+)", code))
    assert wanted
    assert wanted <= exported(scripts[module]) | {"js"}


def test_no_module_asks_where_it_is() -> None:
    """A module in an import map has no place from which another file could be found."""
    for name, code in single_file._scripts().items():
        assert "import.meta" not in code, name
