"""Whether a file system takes more, and files that are their owner's alone."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

LEAST_FREE = 2 * 1024 * 1024  # bytes; below, the database or a picture may not fit


def has_room(path: Path) -> bool:
    """Whether the file system that `path` is or will be on can be written to, and is not full."""
    for place in (path, *path.parents):
        with suppress(FileNotFoundError, NotADirectoryError):
            system = os.statvfs(place)
            free = system.f_bavail * system.f_frsize >= LEAST_FREE
            return free and not system.f_flag & os.ST_RDONLY
    return True


def is_open_to_others(folder: Path) -> bool:
    """Whether somebody else than its owner may enter a folder, or see what is in it."""
    with suppress(OSError):
        return bool(folder.stat().st_mode & 0o077)
    return False


def make_private(path: Path) -> None:
    """Takes a file or folder of this user's from everybody else, whatever its mode was; what is not there, or
    another user's, stays as it is."""
    with suppress(OSError):
        mode = path.stat(follow_symlinks=False).st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            path.chmod(stat.S_IMODE(mode) & 0o700)
