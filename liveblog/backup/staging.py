"""Unpacks a backup beside everything that is there: a database of its own, and the files of its media.

Nothing of the server is touched here. What was unpacked may be used when the whole backup has been read and checked.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from liveblog.backup.archive import KEY, MEDIA, ROWS, Header, Reader
from liveblog.backup.progress import Progress
from liveblog.errors import Invalid, Unwritable
from liveblog.store import Store, schema
from liveblog.store.backup import renewal
from liveblog.store.backup.rows import Filling

DATABASE = "liveblog.sqlite3"


@dataclass
class Staged:
    """An unpacked backup. `database` is an SQLite file with the newest schema, and closed. `media` is the folder of the
    files. `secret_key` is the key in the backup, None if it has none. `lost` are the names of files that it lacks."""

    header: Header
    database: Path
    media: Path
    secret_key: str | None
    lost: list[str]


async def stage(
    reader: Reader, folder: Path, media: Path, progress: Progress, *, only_check: bool = False
) -> Staged:
    """Unpacks a backup: its database into `folder`, its media into the folder `media`; both are there, and empty.

    With `only_check`, files of media are as long as they should be, but hold nothing and take no room. Raises `BadBackup`,
    `Unwritable`.
    """
    header = reader.header
    if header.schema_revision not in schema.known():
        raise reader.bad(
            f"is of schema {header.schema_revision}, which this release does not know; accepted: "
            f"{schema.newest()} or older. Install the release that made it ({header.release!a}), or a newer one"
        )
    progress.expect(sum(header.rows.values()), header.media_bytes)
    staged = Staged(header, folder / DATABASE, media, None, [])
    store = Store(f"sqlite:///{staged.database}")
    try:
        with reader.sound():
            await _unpack(reader, store, staged, progress, only_check=only_check)
            await schema.migrate(store.database)
    except OSError as error:
        raise Unwritable(f"there is no room to unpack the backup ({error.strerror})") from error
    finally:
        await store.close()
    return staged


async def _unpack(
    reader: Reader, store: Store, staged: Staged, progress: Progress, *, only_check: bool
) -> None:
    filling: Filling | None = None  # made when the first member is known to be sound
    last = -1  # the place of the last table in the order
    files = 0
    for member in reader.members():
        filling = filling or await Filling.begin(store.database, reader.header.schema_revision)
        if rows := ROWS.fullmatch(member.name):
            place = filling.place(rows[1])
            if place is None or place < last or files:
                raise reader.bad(f"is damaged: {member.name} does not belong there")
            last = place
            progress.add(rows=await _fill(reader, filling, rows[1]))
        elif media := MEDIA.fullmatch(member.name):
            size = (await renewal.files_of(store.database, media[1])).get(media[2])
            if size != member.size:
                raise reader.bad(f"is damaged: its database does not know {member.name} so")
            _write(reader, staged.media / media[1] / media[2], progress, only_check=only_check)
            files += 1
        elif member.name == KEY:
            staged.secret_key = reader.content().decode(errors="replace").strip()
        else:
            raise reader.bad(f"is damaged: {member.name} is there twice")
    filling = filling or await Filling.begin(store.database, reader.header.schema_revision)
    counts = await filling.counts()
    if counts != reader.header.rows:
        raise reader.bad("is damaged: it does not have the rows that its head names")
    for name in reader.lost:
        (staged.media / name.removeprefix("media/")).unlink(missing_ok=True)
        staged.lost.append(name.removeprefix("media/"))


async def _fill(reader: Reader, filling: Filling, table: str) -> int:
    """Inserts the rows of a part. Returns their number."""
    try:
        text = reader.content().decode("utf-8", "surrogatepass")
        rows = [json.loads(line) for line in text.split("\n") if line]
        await filling.add(table, rows)
    except (ValueError, Invalid, RecursionError):
        raise reader.bad(f"is damaged: rows of {table} do not fit their table") from None
    return len(rows)


def _write(reader: Reader, path: Path, progress: Progress, *, only_check: bool) -> None:
    """Writes the present member to a file, which is not there yet."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise reader.bad(f"is damaged: it has {path.parent.name}/{path.name} twice") from None
    size = 0
    with os.fdopen(descriptor, "wb") as file:
        for chunk in reader.chunks():
            if not only_check:
                file.write(chunk)
            size += len(chunk)
            progress.add(size=len(chunk))
        if only_check:
            file.truncate(size)
    progress.add(files=1)
