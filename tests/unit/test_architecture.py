"""The maps in docs/architecture.md name every package and module of `liveblog/`, every folder and script of `static/`, and
nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import liveblog

PACKAGE = Path(liveblog.__file__).parent
ROOT = PACKAGE.parent
PAGE = ROOT / "docs" / "architecture.md"
# Not the changelog: it tells what was.
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")} - {ROOT / "CHANGELOG.md"})
MIGRATIONS = "store/migrations/versions/"  # named by their order, and described in themselves


def mapped(page: str) -> list[str]:
    """What the map names: packages as `store/`, modules as `store/log.py`."""
    found, folder = [], ""
    for line in (
        page.partition("\n## The map\n")[2].partition("\nBeside `liveblog/`:")[0].splitlines()
    ):
        if line.startswith("### "):
            named = re.match(r"### `([\w/]+/)`: \S", line)
            folder = named[1] if named else ""
            found += [folder] if folder else []
        elif line.startswith("- "):
            module = re.match(r"- `(\w+\.py)`: \S", line)
            assert module, f'{line!r} in the map: write "- `name.py`: what it does."'
            found.append(folder + module[1])
    return found


def tree() -> set[str]:
    """The packages and modules there are; `__init__.py` counts as its package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(MIGRATIONS) or name == "__init__.py":
            continue
        folder, _, module = name.rpartition("/")
        found |= {name} if module != "__init__.py" else set()
        found |= {f"{folder}/"} if folder else set()
    return found


def test_the_map_names_every_package_and_module_once() -> None:
    there, named = tree(), mapped(PAGE.read_text())
    missing, gone = sorted(there - set(named)), sorted(set(named) - there)
    twice = sorted({name for name in named if named.count(name) > 1})
    wrong = [
        *(f"add {advice(name)}" for name in missing),
        *(f"remove the line of {name}" for name in gone),
        *(f"{name} is there twice" for name in twice),
    ]
    assert not wrong, "\n  ".join(["docs/architecture.md, “The map”:", *wrong])


def advice(name: str) -> str:
    """Where a line is missing, and of which form."""
    if name.endswith("/"):
        return f'a heading "### `{name}`: what it is for"'
    folder, _, module = name.rpartition("/")
    under = f'under "### `{folder}/`"' if folder else 'under "### At the top"'
    return f'{under} the line "- `{module}`: what it does."'


def test_the_map_names_every_script_once() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.js")}
    page = PAGE.read_text().partition("\n## The scripts\n")[2].partition("\n## ")[0]
    named, folder = [], ""
    for line in page.splitlines():
        if heading := re.match(r"### `([\w/]+/)`: \S", line):
            folder = heading[1]
        elif module := re.match(r"- `([\w-]+\.js)`: \S", line):
            named.append(folder + module[1])
    assert sorted(named) == sorted(name for name in there if not name.endswith(".min.js"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_modules_that_a_page_names_exist(page: Path) -> None:
    there = tree()
    folders = "|".join(sorted({name.split("/")[0] for name in there if "/" in name}))
    named = re.findall(rf"`(?:liveblog/)?((?:{folders})/[a-z\d_/]+\.py)", page.read_text())
    assert sorted(set(named) - there) == [], f"{page.name} names modules that do not exist"
