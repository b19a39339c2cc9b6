"""Where servers run: each notes its address in the data folder, and commands that print addresses read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from liveblog.settings import Settings


@contextmanager
def noted_address(settings: Settings) -> Iterator[None]:
    """Notes the server's address while the block runs, under its process id; notes of servers that were
    killed go."""
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
    """Where readers find a server that runs on the data folder, of several the one that began first;
    where none does, `Settings.public_url`."""
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
    """Whether there is such a process: one that was killed has left its note."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # another user's
    return True
