"""Every test stands in the folder of its tier, and the unit tier starts no process."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from paths import TESTS
from tiers import TIERS

FILES = [
    path.relative_to(TESTS)
    for path in TESTS.rglob("*.py")
    if "node_modules" not in path.relative_to(TESTS).parts
]
MOST_FILES = 40  # beside each other


def test_every_file_of_tests_is_in_a_tier() -> None:
    named = [path for path in FILES if path.name.startswith("test_")]
    assert [path for path in named if path.parts[0] not in TIERS] == []
    assert {path.parts[0] for path in FILES if path not in named} == {"support", "conftest.py"}


def test_names_of_files_are_told_apart() -> None:
    """pytest and mypy know a file by its name alone."""
    names = Counter(path.name for path in FILES)
    assert [name for name, many in names.items() if many > 1] == []


def test_no_folder_of_a_tier_has_too_many_files() -> None:
    folders = Counter(path.parent for path in FILES if path.parts[0] in TIERS)
    assert {str(name): many for name, many in folders.items() if many > MOST_FILES} == {}


def test_no_file_imports_a_test() -> None:
    """What two share stands in `support`."""
    test = re.compile(r"^(?:from|import) (?:test_\w+|conftest)\b", re.MULTILINE)
    assert [file for file in FILES if test.search((TESTS / file).read_text())] == []


def test_each_test_has_the_mark_of_its_tier(request: pytest.FixtureRequest) -> None:
    marks = {mark.name for mark in request.node.iter_markers()}
    assert marks & set(TIERS) == {"unit"}


def test_the_unit_tier_starts_no_process() -> None:
    with pytest.raises(AssertionError, match="tests/server"):
        subprocess.run([sys.executable, "--version"], check=False)
    with pytest.raises(AssertionError, match="tests/server"):
        multiprocessing.get_context("spawn").Process(target=print).start()
    with pytest.raises(AssertionError, match="tests/server"):
        os.fork()
