"""The client's types and its documentation name what its code takes and has."""

from __future__ import annotations

import re

from paths import ROOT

CODE = (ROOT / "static/reader/client.js").read_text()
TYPES = (ROOT / "static/reader/client.d.ts").read_text()
DOCS = (ROOT / "docs/client.md").read_text()


def declared(name: str) -> set[str]:
    block = re.search(rf"(?:interface|class) {name} \{{\n(.*?)\n\}}", TYPES, re.DOTALL)
    assert block
    return set(re.findall(r"^  (?:readonly )?(\w+)[?:(]", block[1], re.MULTILINE))


def test_every_option_is_declared_and_documented_and_no_other() -> None:
    read = set(re.findall(r"#on\.(on\w+)", CODE))
    taken = re.search(r"const \{ ([^}]*) \} = options;", CODE)
    assert taken
    read |= {one.split(" = ")[0] for one in taken[1].split(", ")}
    assert declared("Options") == read
    table = DOCS.partition("| option | is |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)(?:\([^`]*\))?`", "\n".join(re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)))) == read  # fmt: skip


def test_every_public_member_is_declared_and_documented() -> None:
    body = CODE.partition("export class Connection {")[2]
    members = set(re.findall(r"^  (\w+)(?:\([^)]*\) \{| = )", body, re.MULTILINE))
    members |= {"seq", "epoch"}
    assert declared("Connection") == members
    for name in members - {"constructor"}:
        assert re.search(rf"`{name}(\(\))?`", DOCS), name


def test_the_kinds_are_those_of_the_types() -> None:
    kinds = re.search(r"const KINDS = \[([^\]]*)\]", CODE)
    types = re.search(r"type Kind = ([^;]*);", TYPES)
    assert kinds
    assert types
    assert re.findall(r'"([\w.]+)"', kinds[1]) == re.findall(r'"([\w.]+)"', types[1])
