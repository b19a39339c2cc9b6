"""The file that a backup is written to: its owner's alone, and under its name only when it is whole."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from liveblog.errors import SettingsError

STANDARD = "-"  # in the place of a file: standard output or input


@contextmanager
def private_file(given: str) -> Iterator[BinaryIO]:
    """The file to write, for the block. It is given its name at the end, unless the block raises.

    A file of that name is replaced. Raises `SettingsError` if it cannot be written there.
    """
    if given == STANDARD:
        if sys.stdout.isatty():
            raise SettingsError(
                "FILE: standard output is a terminal; send it to a file or a command"
            )
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(given)
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "it is no file")
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"FILE: {given!r} cannot be written ({why})") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise SettingsError(f"FILE: {given!r} cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened(given: str) -> Iterator[BinaryIO]:
    """A file to read. Raises `SettingsError` if it cannot be read."""
    if given == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        file = Path(given).open("rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"FILE: {given!r} cannot be read ({why})") from None
    with file:
        yield file
