"""Whether a file system takes more data; files that only their owner can read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

LEAST_FREE = 2 * 1024 * 1024  # bytes; with less, the database or a picture may not fit


def has_room(path: Path) -> bool:
    """Whether the file system of `path` is writable and not full. `path` need not exist yet."""
    for place in (path, *path.parents):
        with suppress(FileNotFoundError, NotADirectoryError):
            system = os.statvfs(place)
            free = system.f_bavail * system.f_frsize >= LEAST_FREE
            return free and not system.f_flag & os.ST_RDONLY
    return True


def is_open_to_others(folder: Path) -> bool:
    """Whether another user may enter the folder or list it. False for a folder that is missing."""
    with suppress(OSError):
        return bool(folder.stat().st_mode & 0o077)
    return False


def make_private(path: Path) -> None:
    """Remove all permissions of other users from a file or folder of this user.

    A missing path, a symbolic link and a path of another user are left as they are.
    """
    with suppress(OSError):
        mode = path.stat(follow_symlinks=False).st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            path.chmod(stat.S_IMODE(mode) & 0o700)
