"""The Chromium of the machine, as tests and tools start it: without calls home."""

from __future__ import annotations

import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str:
    """Where it is. Raises `FileNotFoundError`."""
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("chromium is not here; make installs it for what needs it")
    return found
