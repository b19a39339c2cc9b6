"""Temporary folders that are removed with their process, however it ends.

The process holds a lock on its folder. The kernel releases the lock when the process ends, even by SIGKILL. So
the next start can recognise abandoned folders, in any PID namespace.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"
UNLOCKED_SECONDS = 86_400.0  # after which an unlocked folder, made by an older release, is removed


@contextmanager
def scratch_folder(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """A new folder for the block, readable by this user only, removed at the end.

    It stands in the folder `within`, or among the system's temporary ones. It first removes this user's folders of the same `purpose` whose processes have ended.
    """
    prefix = f"liveblog-{purpose}-"
    place = within or Path(tempfile.gettempdir())
    for abandoned in place.glob(f"{prefix}*"):
        _remove_if_abandoned(abandoned)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / f"{LOCK}.new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / f"{LOCK}.new").rename(folder / LOCK)  # LOCK is never there unlocked
            yield folder


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):
        status = folder.lstat()
        if status.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
            return
        try:
            with (folder / LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: it is in use
                shutil.rmtree(folder)
        except FileNotFoundError:
            if time.time() - status.st_mtime > UNLOCKED_SECONDS:
                shutil.rmtree(folder)
