"""Reads an archive that may come from anybody: a file, a folder or a zip file. Nothing is unpacked to the disk.

A name that leads out of the archive, a link, an encrypted file and a bomb are refused before anything is read.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from liveblog.archive.document import NAME
from liveblog.errors import Malformed, TooLarge

MB = 1024 * 1024
DOCUMENT = 256 * MB  # story.json, or an export of another system
MEMBERS = 100_000
UNPACKED = 32 * 1024 * MB  # of all files together
RATIO = 200  # how much smaller a file may be packed; real text reaches 30
LONGEST, LONGEST_PART = 1000, 255  # of the name of a file: characters, and bytes between slashes
SMALL = MB  # files that may be packed more than that
# Python unpacks these step by step. Of the others a few bytes could fill the memory before their size is seen.
PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class Container(Protocol):
    """The files of an archive."""

    def document(self) -> bytes:
        """The document that the others belong to. Raises `TooLarge`, `Malformed`."""

    def check(self, name: str) -> None:
        """Raises `Malformed` if a name in the document leads out of the archive."""

    def read(self, name: str, most: int) -> bytes | None:
        """A file by its name in the document, at most `most` bytes; None if there is none, or it is no file of the
        archive. Raises `TooLarge`."""


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """Opens an archive. Raises `Malformed`, `TooLarge`."""
    with ExitStack() as stack:
        container: Container
        with _readable(path):
            if path.is_dir():
                container = _Folder(path)
            elif not path.is_file():  # a pipe: what was read of it is gone
                container = _Single(path, _bounded(path, DOCUMENT))
            elif _is_zip(path):
                container = _Zip(path, stack.enter_context(zipfile.ZipFile(path)))
            else:
                container = _Single(path)
        yield container


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Says in one line why an archive cannot be read."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise refused(path, "is a broken zip file") from None
    except NotImplementedError:
        raise refused(path, "is packed in a way that is not known here") from None
    except OSError as error:
        raise refused(path, f"cannot be read ({error.strerror})") from None


def refused(path: Path, what: str) -> Malformed:
    return Malformed(f"FILE: {str(path)!r} {what}")


def sound(name: str) -> bool:
    """Whether a name stays within an archive: relative, without `..`, drive letters, backslashes and NUL."""
    parts = PurePosixPath(name).parts
    bad = not name or name.startswith("/") or any(mark in name for mark in "\\\0:")
    return not bad and ".." not in parts


def _possible(name: str) -> bool:
    """Whether a disk can have a file of that name."""
    parts = PurePosixPath(name).parts
    return len(name) <= LONGEST and all(len(part.encode()) <= LONGEST_PART for part in parts)


def _check_name(path: Path, name: str) -> None:
    if not sound(name):
        raise refused(path, f"names a file outside of it ({name[:100]!r})")


class _Single:
    def __init__(self, path: Path, content: bytes | None = None) -> None:
        self._path = path
        self._content = content

    def document(self) -> bytes:
        return _bounded(self._path, DOCUMENT) if self._content is None else self._content

    def check(self, name: str) -> None:
        _Folder(self._path.parent).check(name)

    def read(self, name: str, most: int) -> bytes | None:
        """A file beside a `story.json` that is given by its own name."""
        return _Folder(self._path.parent).read(name, most) if self._path.name == NAME else None


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def document(self) -> bytes:
        path = self._path / NAME
        if path.is_symlink():
            raise refused(self._path, f"holds a link as its {NAME}")
        if not path.is_file():
            raise refused(self._path, f"holds no {NAME}")
        return _bounded(path, DOCUMENT)

    def check(self, name: str) -> None:
        _check_name(self._path, name)
        here = self._path
        for part in PurePosixPath(name).parts if _possible(name) else ():
            here /= part
            with _readable(self._path):
                if here.is_symlink():
                    raise refused(self._path, f"holds a link ({name[:100]!r})")

    def read(self, name: str, most: int) -> bytes | None:
        self.check(name)
        here = self._path / name
        with _readable(self._path):
            there = _possible(name) and here.is_file()
        return _bounded(here, most) if there else None


class _Zip:
    def __init__(self, path: Path, there: zipfile.ZipFile) -> None:
        self._path, self._zip = path, there
        members = there.infolist()
        if len(members) > MEMBERS:
            raise refused(path, f"holds more than {MEMBERS} files")
        if sum(one.file_size for one in members) > UNPACKED:
            raise TooLarge(f"FILE: {str(path)!r} unpacks to more than {UNPACKED // MB} MB")
        seen = set()
        for one in members:
            if why := _unsound(one):
                raise refused(path, f"{why} ({one.orig_filename[:100]!r})")
            if one.filename in seen:
                raise refused(path, f"holds two files of one name ({one.filename[:100]!r})")
            seen.add(one.filename)

    def document(self) -> bytes:
        found = self.read(NAME, DOCUMENT)
        if found is None:
            raise refused(self._path, f"holds no {NAME}")
        return found

    def check(self, name: str) -> None:
        _check_name(self._path, name)

    def read(self, name: str, most: int) -> bytes | None:
        self.check(name)
        try:
            member = self._zip.getinfo(name)
        except KeyError:
            return None
        if member.file_size > most:
            raise TooLarge(f"FILE: {name[:100]!r} is larger than {most // MB} MB")
        with _readable(self._path), self._zip.open(member) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise TooLarge(f"FILE: {name[:100]!r} is larger than {most // MB} MB")
        return content


def _unsound(member: zipfile.ZipInfo) -> str | None:
    """Why a file of a zip is refused; None if it is sound."""
    mode = member.external_attr >> 16
    if not sound(member.filename) or not sound(member.orig_filename):
        return "names a file outside of it"
    if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "holds a link or a device"
    if member.flag_bits & 0x1:
        return "holds an encrypted file"
    if member.compress_type not in PACKINGS:
        return "holds a file that is packed in a way that is not known here"
    if member.file_size > SMALL and member.file_size > RATIO * max(1, member.compress_size):
        return "holds a file that unpacks to far more than its size"
    return None


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}


def _bounded(path: Path, most: int) -> bytes:
    with _readable(path), path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise TooLarge(f"FILE: {str(path)!r} is larger than {most // MB} MB")
    return content
