"""The file that a backup is written to: its owner's alone, and under its name only when it is whole. Or a pipe.

A pipe may block for ever, and the event loop with it. `interrupt()` ends that, for a handler of signals.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from liveblog.errors import SettingsError

STANDARD = "-"  # in the place of a file: standard output or input


@contextmanager
def private_file(given: str) -> Iterator[BinaryIO]:
    """The file to write, for the block. It is given its name at the end, unless the block raises.

    A file of that name is replaced. Raises `SettingsError` if it cannot be written there, also from `write()`: the
    database takes an `OSError` in its block for trouble of its own.
    """
    if given == STANDARD:
        if sys.stdout.isatty():
            raise SettingsError(
                "FILE: standard output is a terminal; send it to a file or a command"
            )
        with _Raw(os.dup(sys.stdout.fileno()), "wb", "standard output") as file:
            yield file
        return
    path = Path(given)
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "it is no file")
        _remove_abandoned(path)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except (OSError, ValueError) as error:
        raise _cannot(repr(given), "written", error) from None
    try:
        with _Raw(descriptor, "wb", repr(given)) as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield file
            _give_name(descriptor, part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened(given: str) -> Iterator[BinaryIO]:
    """A file to read. Raises `SettingsError` if it cannot be read."""
    if given == STANDARD:
        descriptor, label = os.dup(sys.stdin.fileno()), "standard input"
    else:
        try:
            descriptor, label = os.open(given, os.O_RDONLY | os.O_CLOEXEC), repr(given)
        except (OSError, ValueError) as error:
            raise _cannot(repr(given), "read", error) from None
    with io.BufferedReader(_Raw(descriptor, "rb", label)) as file:
        yield file


def interrupt() -> None:
    """Raises `CancelledError` if a read or a write waits at this moment. For a handler of signals."""
    if _Raw.waiting:
        raise asyncio.CancelledError


class _Raw(io.FileIO):
    """A file without a buffer, which writes all that it is given, and whose errors name it."""

    waiting = False

    def __init__(self, descriptor: int, mode: str, label: str) -> None:
        self._label = label
        super().__init__(descriptor, mode)

    def write(self, content: Any, /) -> int:
        left = memoryview(content)
        with self._named("written"):
            while left:
                left = left[super().write(left) :]
        return len(content)

    def readinto(self, buffer: Any, /) -> int:
        with self._named("read"):
            return super().readinto(buffer)

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        _Raw.waiting = True
        try:
            yield
        except OSError as error:
            raise _cannot(self._label, what, error) from None
        finally:
            _Raw.waiting = False


def _give_name(descriptor: int, part: Path, path: Path) -> None:
    try:
        os.fsync(descriptor)
        part.rename(path)
    except OSError as error:
        raise _cannot(repr(str(path)), "written", error) from None


def _remove_abandoned(path: Path) -> None:
    """Removes parts of the file that were left by processes which ended at once, by SIGKILL or with the machine."""
    parts = re.compile(re.escape(f".{path.name}.") + "[0-9a-f]{8}")
    with suppress(OSError):
        for part in path.parent.iterdir():
            if parts.fullmatch(part.name):
                _remove_unlocked(part)


def _remove_unlocked(part: Path) -> None:
    with suppress(OSError), part.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: it is being written
        part.unlink()


def _cannot(label: str, what: str, error: Exception) -> SettingsError:
    why = getattr(error, "strerror", None) or str(error)
    return SettingsError(f"FILE: {label} cannot be {what} ({why})")
