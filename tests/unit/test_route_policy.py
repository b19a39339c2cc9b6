"""The route table says what holds for an address, and nothing else does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from source import MODULES, PACKAGE

from liveblog.settings import Settings
from liveblog.web.http.headers import of_page, security
from liveblog.web.http.policy import API, DESK, FILES, READERS, Policy
from liveblog.web.http.table import Table
from liveblog.web.public import socket
from liveblog.web.routes import wings

TABLE = Table(wings(Settings()), ["https://frames.example"])
MATCHING = {
    "startswith",
    "endswith",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "split",
    "match",
    "fullmatch",
    "search",
    "compile",
}
WINGS = ("/desk", "/api", "/stories", "/media", "/static", "/topics")


@pytest.mark.parametrize(
    ("path", "wing"),
    [
        ("/", READERS),
        ("/nothing", READERS),
        ("/stories/desk/api", READERS),
        ("/deskly", READERS),
        ("/apis/x", READERS),
        ("*", READERS),
        ("", READERS),
        ("/media/x/y/z", FILES),
        ("/api", API),
        ("/api/nothing", API),
        ("/desk", DESK),
        ("/desk/", DESK),
        ("/desk/nothing", DESK),
    ],
)
def test_an_unknown_address_has_the_default_of_its_wing(path: str, wing: Policy) -> None:
    assert TABLE.default(path) is wing


def test_what_an_address_changes() -> None:
    embed = TABLE.line("GET", "/stories/a/embed")
    assert embed.policy == replace(
        READERS,
        template="embed.html",
        ancestors=None,
        embedded=True,
        isolated=True,
        embeddable=True,
        listed=True,
    )
    assert b"frame-ancestors" not in dict(embed.security)[b"content-security-policy"]
    assert b"https://frames.example" in dict(embed.security)[b"content-security-policy"]
    assert TABLE.line("DELETE", "/stories/a/embed") == embed
    assert TABLE.line("HEAD", "/stories/a/embed") == embed
    assert TABLE.line("GET", "/stories/a/events").policy.problems
    assert not TABLE.line("GET", "/topics/events").policy.problems
    assert TABLE.line("GET", "/desk/stories/a").policy.compressed
    assert not TABLE.line("GET", "/desk/login").policy.compressed
    assert TABLE.line("GET", "/api/sources").policy.query == {"q": False}


def test_the_methods_of_an_address_have_the_same_headers() -> None:
    """That of an error may be another method's."""
    for wing in wings(Settings()):
        by_path: dict[str, list[tuple[object, ...]]] = {}
        for address, policy in wing.addresses:
            shown = (security(policy), policy.problems, policy.desk, of_page(policy))
            by_path.setdefault(address.path, []).append(shown)
        for path, shown_by_method in by_path.items():
            assert all(one == shown_by_method[0] for one in shown_by_method), wing.prefix + path


def test_the_sockets_gate_takes_its_address_from_the_table() -> None:
    assert TABLE.path(socket.live) == "/stories/{slug}/live"


def matched(module: str) -> Iterator[str]:
    """The beginnings of addresses to which a module compares something, or which it takes apart."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        compared: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            compared = [node.left, *node.comparators]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            compared = list(node.args) if name in MATCHING else []
        for one in compared:
            for part in ast.walk(one):
                value = part.value if isinstance(part, ast.Constant) else None
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                if isinstance(text, str) and text.startswith(WINGS):
                    yield text


@pytest.mark.parametrize(
    "code",
    [
        'path.startswith(("/desk", "/api"))',
        'path.partition("/stories/")',
        'path == "/desk"',
        're.compile(rb"/stories/(.*)")',
        'path in {"/api/docs"}',
    ],
)
def test_the_search_finds_what_matches_an_address(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module.py").write_text(code)
    monkeypatch.setattr("test_route_policy.PACKAGE", tmp_path)
    assert list(matched("module.py"))


def test_no_module_but_the_table_knows_an_address_by_its_beginning() -> None:
    found = {module: list(matched(module)) for module in MODULES}
    assert {module: texts for module, texts in found.items() if texts} == {}
