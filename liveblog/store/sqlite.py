"""SQLite in an event loop: only calls that may wait for the disk or another writer run in a thread.

`aiosqlite` runs every call of the driver in a thread: some sixty calls for one entry, which cost a
quarter of its time. In WAL mode, reading and writing rows by their keys does not wait. `BEGIN
IMMEDIATE` waits for other writers, and a commit waits for the disk. Those two, and reads of many
rows, run in the thread. All other calls run in the event loop.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import aiosqlite

from liveblog.disk import make_private


class Mode(Enum):
    """What a transaction is for. The value is the statement that begins it."""

    MANY = "BEGIN"
    POINT = "BEGIN DEFERRED"
    WRITE = "BEGIN IMMEDIATE"


class Connection(aiosqlite.Connection):
    """Set `mode` before a transaction begins. It decides which calls run in the thread."""

    mode = Mode.MANY

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.mode is Mode.MANY or self._waits(fn, *args):
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped there
        return fn(*args, **kwargs)

    def _waits(self, fn: Callable[..., Any], *args: Any) -> bool:
        return self.mode is Mode.WRITE and (
            args[:1] == (Mode.WRITE.value,) or fn in {self._conn.commit, self._conn.close}
        )


def make_file(path: Path) -> None:
    """Creates the file of a database if it is missing, and makes it private to its owner.

    SQLite gives the mode of the file to its write-ahead log and index. Raises `OSError` if the file
    cannot be written.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        make_private(path.with_name(name))


def connect(database: str, **options: Any) -> Connection:
    """Opens a database, as `aiosqlite.connect()` does."""
    options["check_same_thread"] = False  # two threads, but never at once: each call is awaited
    connection = Connection(lambda: sqlite3.connect(database, **options), 64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does, so that an exit does not wait
    return connection
