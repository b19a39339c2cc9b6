"""Where the files of media are stored: in a folder, or in a bucket (`bucket.py`).

A file's name is `MEDIUM/VARIANT`; the server makes both parts. The contents under a name never
change.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Protocol

from liveblog.disk import has_room
from liveblog.errors import Unavailable, Unwritable

MEDIUM = re.compile(
    r"m[0-9a-f]{32}"
)  # the id of a medium; nothing else in the folder or bucket is ours
CHUNK = 256 * 1024  # bytes
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class Files(Protocol):
    """Stores files. Trouble with the store is raised as `Unavailable`."""

    async def put(self, name: str, content: BinaryIO) -> None:
        """Stores the file from its present position to its end: whole, or not at all."""

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yields the bytes from `start` up to, not including, `end`.

        Raises `FileNotFoundError` with the first chunk.
        """

    async def size(self, name: str) -> int | None:
        """The size of a file in bytes; None if it is not there."""

    async def media(self) -> list[str]:
        """The ids of all media that have files."""

    async def adopt(self, name: str, path: Path) -> None:
        """Takes a file of this machine as `name`, in the place of one that was there. `path` is gone then."""

    async def delete(self, medium: str) -> None:
        """Deletes all files of a medium. It is no error if there are none."""

    def writable(self) -> bool:
        """Whether there is room for more, as far as that is known without a write."""


class Folder:
    """Files in a folder of this machine, or of a file system that all machines share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def put(self, name: str, content: BinaryIO) -> None:
        def write() -> None:
            path = self.path / name
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            part = path.with_name(f".{path.name}")
            try:
                with open(part, "wb", opener=_private) as file:
                    shutil.copyfileobj(content, file, CHUNK)
                    file.flush()
                    os.fsync(file.fileno())
                part.rename(path)
            except OSError:
                part.unlink(missing_ok=True)  # frees the space on a full disk
                raise

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            raise _fails(error) from error

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        def first() -> tuple[BinaryIO, bytes]:
            file = (self.path / name).open("rb")
            file.seek(start)
            return file, file.read(min(CHUNK, end - start))

        try:
            file, chunk = await asyncio.to_thread(first)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _fails(error) from error
        with file:
            while chunk:
                yield chunk
                start += len(chunk)
                chunk = await asyncio.to_thread(file.read, min(CHUNK, end - start))

    async def size(self, name: str) -> int | None:
        try:
            return (await asyncio.to_thread((self.path / name).stat)).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _fails(error) from error

    async def media(self) -> list[str]:
        def listed() -> list[str]:
            folders = (one for one in self.path.iterdir() if MEDIUM.fullmatch(one.name))
            return sorted(one.name for one in folders if one.is_dir())

        try:
            return await asyncio.to_thread(listed)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _fails(error) from error

    async def adopt(self, name: str, path: Path) -> None:
        """The file must be in the same file system."""

        def move() -> None:
            (self.path / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(self.path / name)

        try:
            await asyncio.to_thread(move)
        except OSError as error:
            raise _fails(error) from error

    async def delete(self, medium: str) -> None:
        try:
            await asyncio.to_thread(shutil.rmtree, self.path / medium)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _fails(error) from error

    def writable(self) -> bool:
        return has_room(self.path)


def _private(path: str, flags: int) -> int:
    """Opens a file for its owner only."""
    return os.open(path, flags, 0o600)


def _fails(error: OSError) -> Unavailable:
    kind = Unwritable if error.errno in NO_ROOM else Unavailable
    return kind(f"the folder of the media fails: {error.strerror}")
