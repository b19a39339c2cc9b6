"""The file of a backup: a tar of plain files that any `tar` lists and extracts. Written and read in one pass.

| member | holds |
|---|---|
| `liveblog-backup.json` | the header: format, schema, time, how much follows |
| `secret_key` | SECRET_KEY, only if that was asked for |
| `rows/TABLE-NUMBER.jsonl` | rows of a table, one JSON object on each line; tables before those that refer to them |
| `media/MEDIUM/FILE` | a file of a medium |
| `manifest.jsonl` | size and SHA-256 of each member before it, in their order; the files that were lost; the end |

Nothing is compressed, so nothing can unpack to more than was read. The reader accepts nothing but these members, with
these names, as plain files: no link, device, folder or extended header.
"""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, Any, BinaryIO, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from liveblog.errors import BadBackup

FORMAT = 1
HEADER = "liveblog-backup.json"
KEY = "secret_key"
MANIFEST = "manifest.jsonl"
ROWS = re.compile(r"rows/([a-z_]{1,60})-[0-9]{6}\.jsonl")
MEDIA = re.compile(r"media/([A-Za-z0-9]{1,40})/([A-Za-z0-9][A-Za-z0-9._-]{0,50})")
PART_BYTES = 1024 * 1024  # of rows, before the row that passes it
MOST_PART_BYTES = 64 * 1024 * 1024  # that a reader holds in memory
CHUNK = 256 * 1024
SPOOL = 1024 * 1024  # of lists, in memory; what is more is in a temporary file
BLOCK = tarfile.BLOCKSIZE
# What code that reads rows of a server raises for rows that no server writes.
STRANGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
KINDS = {
    tarfile.LNKTYPE: "a link",
    tarfile.SYMTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.DIRTYPE: "a folder",
}


class Header(BaseModel):
    """What stands at the beginning of a backup.

    `schema_revision` is that of the database, `release` the liveblog that made the backup, `at` the moment that it shows.
    `rows` are the numbers of rows by table, `media_files` and `media_bytes` those of the files of media. `key_digest` tells
    whether a SECRET_KEY is the one of then: `salt` and it are of no other use.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    schema_revision: str = Field(pattern=r"^[0-9a-z_]{1,32}$")
    release: str = Field(max_length=50)
    at: AwareDatetime
    rows: dict[str, int]
    media_files: int = Field(ge=0)
    media_bytes: int = Field(ge=0)
    salt: str
    key_digest: str


class Writer:
    """Writes a backup to a file, which need not be seekable. A context manager; `finish()` writes its end."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        """`at` is the time of all members, in seconds since 1970."""
        self._file = file
        self._at = at
        self._manifest = _Spool()
        self._parts = 0
        self._lost = 0
        self._name = ""
        self._left = 0
        self._size = 0
        self._digest = sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._manifest.close()

    def add(self, name: str, content: bytes) -> None:
        """Writes a whole member."""
        self.begin(name, len(content))
        self.write(content)
        self.end()

    def begin(self, name: str, size: int) -> None:
        """Begins a member of `size` bytes."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._at, 0o600
        self._file.write(info.tobuf(tarfile.GNU_FORMAT))
        self._name, self._size, self._left = name, size, size
        self._digest = sha256()

    def write(self, chunk: bytes) -> None:
        """Writes the next bytes of the member, at most as many as it has left."""
        assert len(chunk) <= self._left
        self._file.write(chunk)
        self._digest.update(chunk)
        self._left -= len(chunk)

    def end(self) -> bool:
        """Ends the member. False if bytes were missing: zeros stand for them, and the member counts as lost."""
        whole = not self._left
        while self._left:
            self.write(bytes(min(self._left, CHUNK)))
        self._file.write(bytes(-self._size % BLOCK))
        self._manifest.add(_part_line(self._name, self._size, self._digest.hexdigest()))
        self._parts += 1
        if not whole:
            self.lose(self._name)
        return whole

    def lose(self, name: str) -> None:
        """Notes that a file is not in the backup."""
        self._manifest.add(_line({"lost": name}))
        self._lost += 1

    def finish(self) -> None:
        """Writes the manifest and the end of the archive."""
        self._manifest.add(_end_line(self._parts, self._lost))
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mtime, info.mode = self._manifest.size, self._at, 0o600
        self._file.write(info.tobuf(tarfile.GNU_FORMAT))
        for chunk in self._manifest.chunks():
            self._file.write(chunk)
        self._file.write(bytes(-self._manifest.size % BLOCK + 2 * BLOCK))


class Member(NamedTuple):
    """One member. Its content is read by `Reader.chunks()` or `Reader.content()`, before the next member."""

    name: str
    size: int


class Reader:
    """Reads a backup, and checks every byte of it. Raises `BadBackup` for whatever `Writer` does not write.

    A context manager. `label` is what messages call the file. `header` is there from the beginning of the block. The members
    are complete and undamaged only when `members()` has ended without an exception; `lost` are then the files that the
    backup lacks.
    """

    def __init__(self, file: IO[bytes], label: str) -> None:
        self.header: Header
        self.label = label
        self.lost: list[str] = []
        self._file = file
        self._seen = _Spool()
        self._parts = 0
        self._left = 0
        self._size = 0
        self._name = ""
        self._digest = sha256()

    def __enter__(self) -> Self:
        try:
            self.header = self._read_header()
        except BaseException:
            self._seen.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._seen.close()

    def bad(self, what: str) -> BadBackup:
        """The error that says what is wrong with this file."""
        return BadBackup(f"{self.label}: {what}")

    @contextmanager
    def sound(self) -> Iterator[None]:
        """For a block that works with rows of this file: what it raises for strange values is raised as `BadBackup`."""
        try:
            yield
        except STRANGE as error:
            what = f"its rows hold what no server stores ({type(error).__name__})"
            raise self.bad(f"is damaged: {what}") from error

    def members(self) -> Iterator[Member]:
        """Yields the members after the header. A member that was not read is skipped, and checked all the same."""
        while True:
            member = self._next()
            if member.name == MANIFEST:
                self._check_manifest()
                return
            yield member
            self._finish()

    def chunks(self) -> Iterator[bytes]:
        """Yields the content of the present member."""
        while self._left:
            chunk = self._read(min(self._left, CHUNK))
            self._left -= len(chunk)
            self._digest.update(chunk)
            yield chunk

    def content(self) -> bytes:
        """The content of the present member, which is held in memory."""
        if self._left > MOST_PART_BYTES:
            raise self.bad(f"{self._name} is larger than a part of a backup can be")
        return b"".join(self.chunks())

    def _read_header(self) -> Header:
        block = self._file.read(BLOCK)
        for magic, name in COMPRESSED.items():
            if block.startswith(magic):
                raise self.bad(
                    f"is compressed with {name}; unpack it first: {name} -dc FILE | liveblog restore -"
                )
        foreign = self.bad("is not a backup that liveblog made")
        try:
            member = self._parsed(block)
        except BadBackup:
            raise foreign from None
        if member.name != HEADER or member.size > CHUNK:
            raise foreign
        self._begin(member)
        content = self.content()
        try:
            found = json.loads(content)["format"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise foreign from None
        if found != FORMAT:
            raise self.bad(
                f"has the format {_shown(str(found))}, which this release does not know; accepted: {FORMAT}"
            )
        try:
            header = Header.model_validate_json(content)
        except ValidationError:
            raise foreign from None
        self._finish()
        return header

    def _next(self) -> Member:
        member = self._parsed(self._read(BLOCK))
        self._begin(member)
        return member

    def _begin(self, member: Member) -> None:
        self._name, self._size, self._left = member.name, member.size, member.size
        self._digest = sha256()

    def _finish(self) -> None:
        for _ in self.chunks():
            pass
        self._padding()
        self._seen.add(_part_line(self._name, self._size, self._digest.hexdigest()))
        self._parts += 1

    def _padding(self) -> None:
        if any(self._read(-self._size % BLOCK)):
            raise self.bad(f"is damaged after {self._name}")

    def _parsed(self, block: bytes) -> Member:
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError):
            raise self.bad("is damaged, or cut short: a member has no valid head") from None
        name = info.name
        if info.type != tarfile.REGTYPE:
            raise self.bad(
                f"holds {KINDS.get(info.type, 'a member of a strange kind')} ({_shown(name)}), "
                "which no backup has"
            )
        if name not in {HEADER, KEY, MANIFEST} and not (
            ROWS.fullmatch(name) or MEDIA.fullmatch(name)
        ):
            raise self.bad(f"holds {_shown(name)}, which no backup has")
        if info.size < 0:
            raise self.bad(f"is damaged at {_shown(name)}")
        return Member(name, info.size)

    def _check_manifest(self) -> None:
        """Compares the manifest with what was read, line by line."""
        expected = self._seen.lines()
        lost: list[str] = []
        end = b""
        for line in self._manifest_lines():
            if end:
                raise self.bad("is damaged: its manifest goes on after its end")
            if line.startswith(b'{"lost":'):
                lost.append(self._lost_name(line))
            elif line.startswith(b'{"end":'):
                end = line
            elif (seen := next(expected, None)) != line:
                name = json.loads(seen)["part"] if seen else "its end"
                raise self.bad(f"is damaged at {name}: it is not what was written")
        if next(expected, None) is not None or end != _end_line(self._parts, len(lost)):
            raise self.bad("is damaged: its manifest is not complete")
        self._padding()
        self._check_end()
        self.lost = lost

    def _check_end(self) -> None:
        rest = self._read(2 * BLOCK)
        while rest:
            if any(rest):
                raise self.bad("is damaged: it goes on after its end")
            rest = self._file.read(CHUNK)

    def _manifest_lines(self) -> Iterator[bytes]:
        held = b""
        for chunk in self.chunks():
            *lines, held = (held + chunk).split(b"\n")
            yield from (line + b"\n" for line in lines)
            if len(held) > CHUNK:
                break
        if held:
            raise self.bad("is damaged: its manifest cannot be read")

    def _lost_name(self, line: bytes) -> str:
        try:
            name = json.loads(line)["lost"]
            if MEDIA.fullmatch(name):
                return str(name)
        except (ValueError, TypeError, KeyError):
            pass
        raise self.bad("is damaged: its manifest cannot be read")

    def _read(self, size: int) -> bytes:
        found = self._file.read(size)
        while len(found) < size:
            more = self._file.read(size - len(found))
            if not more:
                raise self.bad("is cut short: its end is missing")
            found += more
        return found


class _Spool:
    """Lines, of which only the first are in memory."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed by `close()`
        self.size = 0

    def add(self, line: bytes) -> None:
        self._file.write(line)
        self.size += len(line)

    def lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        yield from self._file

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(CHUNK):
            yield chunk

    def close(self) -> None:
        self._file.close()


def _part_line(name: str, size: int, digest: str) -> bytes:
    return _line({"part": name, "size": size, "sha256": digest})


def _end_line(parts: int, lost: int) -> bytes:
    return _line({"end": True, "parts": parts, "lost": lost})


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _shown(name: str) -> str:
    """A name from a file, fit for a message."""
    return ascii(name[:100])
