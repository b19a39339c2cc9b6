"""A released version as it was, from the history of the repository, and servers of it."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT
from processes import PATIENCE, Server

# The last commit of 0.2.0, whose schema is that of `data/liveblog-0.2.0.sql`.
COMMIT = "71e88af"
PARTS = ("liveblog", "static", "templates")


def released_code(folder: Path) -> Path:
    """A folder with the code of the last release. Skips the test where the history does not reach back to it."""
    known = subprocess.run(
        ["git", "-C", ROOT, "cat-file", "-e", COMMIT], capture_output=True, check=False
    )
    if known.returncode != 0:
        pytest.skip(
            "the code of the last release is in the history: a clone with all of it is needed"
        )
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", COMMIT, *PARTS],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert archive.returncode == 0, archive.stderr.decode()
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


class ReleasedServer(Server):
    """A server of the last release, with the libraries of this one."""

    def __init__(self, code: Path, folder: Path, *args: str, **settings: Any) -> None:
        super().__init__(folder, *args, PYTHONPATH=str(code), **settings)

    def program(self, command: str, *args: str) -> list[str]:
        return [sys.executable, "-u", "-m", "liveblog", command, *args]
