"""Where templates and static files are: inside an installed package, beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The path of the folder `templates`, `static`, `locale` or `fonts`."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name
