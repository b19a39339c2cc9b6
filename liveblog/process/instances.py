"""The addresses of running servers. Each server notes its address in the data folder; commands read it to print
links.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from liveblog.settings import Settings


@contextmanager
def noted_address(settings: Settings) -> Iterator[None]:
    """Note the server's address under its process id during the block.

    It also removes the notes of servers that were killed.
    """
    note = _folder(settings) / str(os.getpid())
    with suppress(OSError):
        note.parent.mkdir(mode=0o700, exist_ok=True)
        for left in note.parent.iterdir():
            if not _runs(left.name):
                left.unlink(missing_ok=True)
        note.write_text(settings.public_url, encoding="utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink()


def running_url(settings: Settings) -> str:
    """The address of the server that runs on the data folder; of several, the one that started first.

    If none runs, `Settings.public_url`.
    """
    if settings.base_url:
        return settings.base_url
    with suppress(OSError, UnicodeDecodeError):
        notes = [note for note in _folder(settings).iterdir() if _runs(note.name)]
        if notes:
            first = min(notes, key=lambda note: note.stat().st_mtime_ns)
            return first.read_text(encoding="utf-8")
    return settings.public_url


def _folder(settings: Settings) -> Path:
    return settings.data / "serving"


def _runs(process: str) -> bool:
    """Whether a process with this id runs. A server that was killed leaves its note behind."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # a process of another user
    return True
