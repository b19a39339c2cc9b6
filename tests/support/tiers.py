"""Each test has the mark of its tier, which is its folder, and may use what the tier has.

`unit` starts no process. `server` and `chaos` start no browser. `wordpress` needs packages of its own, and stands apart
from the others: `make test-wordpress`.
"""

from __future__ import annotations

import multiprocessing.process
import os
import subprocess
from typing import Any, NoReturn

import pytest
from paths import TESTS

TIERS = ("unit", "server", "browser", "chaos", "wordpress")
WITH_CHROMIUM = {"browser", "wordpress"}


def tier(item: pytest.Item) -> str:
    """The folder under `tests/`. Raises `pytest.UsageError` where it is none of the tiers."""
    name = item.path.relative_to(TESTS).parts[0]
    if name not in TIERS:
        raise pytest.UsageError(f"{item.path} stands in no tier: {', '.join(TIERS)}")
    return name


def pytest_configure(config: pytest.Config) -> None:
    for name in TIERS:
        config.addinivalue_line("markers", f"{name}: tests/{name}/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name = tier(item)
        item.add_marker(name)
        if name not in WITH_CHROMIUM and "browser" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid} uses Chromium: it belongs to tests/browser")


def _refused(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a unit test starts no process: it belongs to tests/server")


@pytest.fixture(autouse=True)
def no_process_in_the_unit_tier(request: pytest.FixtureRequest) -> None:
    if tier(request.node) != "unit":
        return
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setattr(subprocess.Popen, "__init__", _refused)
    monkeypatch.setattr(subprocess.Popen, "__del__", lambda _: None)  # there is nothing to end
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", _refused)
    for name in ("fork", "posix_spawn", "posix_spawnp"):
        monkeypatch.setattr(os, name, _refused)
