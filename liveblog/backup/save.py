"""Makes a backup, while servers run: all rows of one moment, then the files of the media of that moment."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import IO, BinaryIO, NamedTuple

from liveblog import __version__
from liveblog.backup.archive import HEADER, KEY, PART_BYTES, SPOOL, Header, Writer
from liveblog.backup.progress import Progress
from liveblog.errors import LiveblogError
from liveblog.net.signatures import derived
from liveblog.store import Files, Store
from liveblog.store.backup import renewal
from liveblog.store.backup.rows import Row, Snapshot, snapshot

_ENCODED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Saved(NamedTuple):
    """What a backup holds. `missing` are the files of media that it lacks although the database still has them, `deleted`
    those that were deleted while it was made."""

    header: Header
    files: int
    missing: list[str]
    deleted: list[str]


async def save(
    store: Store,
    files: Files,
    file: BinaryIO,
    secret_key: str,
    progress: Progress,
    *,
    with_key: bool = False,
) -> Saved:
    """Writes a backup to a file. The database is read in one snapshot, which ends before the media are read.

    Files of media that are not there do not stop it. Raises `Unavailable`, `SettingsError`, `OSError`.
    """
    with ExitStack() as stack:
        listed = stack.enter_context(_spool())
        async with snapshot(store.database) as moment:
            at = datetime.now(UTC).replace(microsecond=0)
            counts = await moment.counts()
            number, size = await _list_media(moment, counts, listed)
            salt = secrets.token_hex(16)
            header = Header(
                schema_revision=moment.revision,
                release=__version__,
                at=at,
                rows=counts,
                media_files=number,
                media_bytes=size,
                salt=salt,
                key_digest=key_digest(secret_key, salt),
            )
            progress.expect(sum(counts.values()), size)
            writer = stack.enter_context(Writer(file, int(at.timestamp())))
            writer.add(HEADER, header.model_dump_json(indent=1).encode() + b"\n")
            if with_key:
                writer.add(KEY, secret_key.encode() + b"\n")
            for table in counts:
                await _save_rows(moment, table, writer, progress)
        saved, lost = await _save_media(files, _listed(listed), writer, progress)
        writer.finish()
    deleted = [name for name in lost if await _is_deleted(store, name)]
    return Saved(header, saved, [name for name in lost if name not in deleted], deleted)


def key_digest(secret_key: str, salt: str) -> str:
    """Tells whether two secret keys are the same, and is of no other use."""
    return derived(secret_key, "backup", salt)[:32]


def _spool() -> IO[str]:
    """A file for a list, of which only the beginning is in memory."""
    return tempfile.SpooledTemporaryFile(SPOOL, mode="w+", encoding="ascii")


async def _list_media(moment: Snapshot, counts: dict[str, int], listed: IO[str]) -> tuple[int, int]:
    """Lists the files of all media that are ready. Returns their number and their size in bytes."""
    number = total = 0
    if "media" in counts:
        async for row in moment.rows("media"):
            for one in row["files"] if row["ready"] else ():
                listed.write(json.dumps([f"{row['id']}/{one['name']}", one["size"]]) + "\n")
                number += 1
                total += one["size"]
    return number, total


def _listed(listed: IO[str]) -> Iterator[tuple[str, int]]:
    listed.seek(0)
    for line in listed:
        name, size = json.loads(line)
        yield name, size


async def _save_rows(moment: Snapshot, table: str, writer: Writer, progress: Progress) -> None:
    number = 0
    async for part, count in _parts(moment.rows(table)):
        writer.add(f"rows/{table}-{number:06}.jsonl", part)
        number += 1
        progress.add(rows=count)


async def _parts(rows: AsyncIterator[Row]) -> AsyncIterator[tuple[bytes, int]]:
    """Yields rows as JSON Lines, about `PART_BYTES` at a time, with their number."""
    lines: list[bytes] = []
    size = 0
    async for row in rows:
        lines.append(_ENCODED(row).encode("utf-8", "surrogatepass") + b"\n")
        size += len(lines[-1])
        if size >= PART_BYTES:
            yield b"".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines), len(lines)


async def _save_media(
    files: Files, listed: Iterator[tuple[str, int]], writer: Writer, progress: Progress
) -> tuple[int, list[str]]:
    """Returns the number of files that were saved, and the names of those that are not there, or not whole."""
    saved, lost = 0, []
    for name, size in listed:
        begun = False
        with suppress(FileNotFoundError):
            if size:
                async for chunk in files.read(name, 0, size):
                    if not begun:
                        writer.begin(f"media/{name}", size)
                        begun = True
                    writer.write(chunk)
                    progress.add(size=len(chunk))
        if not begun:
            writer.lose(f"media/{name}")
            lost.append(name)
        elif writer.end():
            saved += 1
            progress.add(files=1)
        else:
            lost.append(name)
    return saved, lost


async def _is_deleted(store: Store, name: str) -> bool:
    medium, _, _ = name.partition("/")
    try:
        return not await renewal.files_of(store.database, medium)
    except LiveblogError:
        return False
