"""The Chromium of the machine, as tests and tools start it: without windows, which take a third of its time, and
without calls home."""

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


HEADLESS = "chromium-headless-shell"
WHOLE = "chromium"  # for what the other lacks: the back/forward cache, notifications


def program(name: str = HEADLESS) -> str:
    """Where it is. Raises `FileNotFoundError`."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not here; make installs it")
    return found
