"""The declaration of an entry's fields agrees with the model, the table and the forms, and is the only one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import JSON

import liveblog
from liveblog.models.content import Entry
from liveblog.models.entry_fields import BY_NAME, FIELDS, TYPED, Trait, Typed, named
from liveblog.newsroom.forms import EntryChange, NewEntry
from liveblog.store.tables import entries

PACKAGE = Path(liveblog.__file__).parent
DECLARED = {"models/entry_fields.py", "models/content.py", "store/tables.py"}
MODULES = sorted(
    {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")} - DECLARED
)
MOST_NAMES = 3  # of fields beside each other in another module
STORED = {field.name for field in FIELDS if not field.traits & (Trait.DERIVED | Trait.FORM_ONLY)}


def test_every_field_is_declared_once() -> None:
    assert len(BY_NAME) == len(FIELDS)
    assert set(Entry.model_fields) == STORED
    assert {column.name for column in entries.columns} == STORED


def test_json_columns_are_those_declared() -> None:
    columns = {column.name for column in entries.columns if isinstance(column.type, JSON)}
    assert columns == set(named(Trait.JSON))


def test_places_in_the_public_json_are_numbered_without_gaps() -> None:
    places = sorted(field.public for field in FIELDS if field.public is not None)
    assert places == list(range(1, len(places) + 1))
    assert all(BY_NAME[name].public for name in named(Trait.DERIVED))
    assert not any(BY_NAME[name].public for name in named(Trait.INTERNAL))


def test_the_newsroom_takes_every_typed_field() -> None:
    assert set(TYPED) <= set(EntryChange.model_fields)
    assert set(TYPED) - set(NewEntry.model_fields) == {"correction"}
    assert set(named(Trait.PLAIN)) <= set(NewEntry.model_fields)
    assert all(
        bool(field.parts) == (field.typed is Typed.LINES) and field.label
        for field in TYPED.values()
    )


@pytest.mark.parametrize("module", [one for one in MODULES if "migrations" not in one])
def test_no_other_list_names_the_fields(module: str) -> None:
    for line, names in lists_of_fields(module):
        assert len(names) <= MOST_NAMES, f"{module}:{line} lists {sorted(names)}"


def lists_of_fields(module: str) -> Iterator[tuple[int, set[str]]]:
    """Those of a module's tuples, lists and sets of texts that name fields of an entry alone."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            texts = {str(one.value) for one in node.elts if isinstance(one, ast.Constant)}
            if texts and texts <= set(BY_NAME):
                yield node.lineno, texts
