"""A newsroom in the test's own process, its backups, and databases restored from them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from liveblog.backup.archive import Reader
from liveblog.backup.check import check
from liveblog.backup.progress import Progress
from liveblog.backup.restore import Place, Restored, restore
from liveblog.backup.save import Saved, save
from liveblog.content.templates import Templates
from liveblog.models.content import Entry, Medium
from liveblog.models.members import Role, User
from liveblog.newsroom import stories
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit, removal
from liveblog.newsroom.forms import EntryChange, NewEntry, NewStory, Removal
from liveblog.newsroom.validation import parse
from liveblog.store import NO_PASSWORD, File, Files, Folder, Store, schema
from liveblog.store.backup.rows import snapshot
from liveblog.store.backup.target import target_of
from liveblog.store.tables import Moment, metadata

KEY = 40 * "k"
# Values that a restore or an editor reads, and those that a restore changes.
FIXED: dict[str, dict[str, Any]] = {
    "inlets": {"kind": "telegram", "senders": {"Міст": None}},
    "hooks": {"lease": None, "leased_until": None},
    "protections": {"delay": 0, "place": "region"},
}


@cache
def templates() -> Templates:
    """The same for all desks, so that each is compiled once."""
    return Templates({"name": "Test", "base_url": ""})


async def told_nobody(*_: object) -> None:
    """Nobody reads."""


class Desk:
    """An editor with a story, over a database and a folder of media."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.files = Folder(folder)
        self.newsroom = Newsroom(store, templates(), told_nobody, self.files)

    @classmethod
    async def open(cls, url: str, folder: Path) -> Desk:
        """Over a database that is there, or is made."""
        store = Store(url)
        if url.startswith("sqlite") and await schema.current(store.database) is None:
            async with store.database.write() as connection:  # as the migrations do, and sooner
                await connection.run_sync(schema.make_sqlite, schema.newest())
        await schema.migrate(store.database)
        return cls(store, folder)

    async def begin(self, slug: str = "kharkiv") -> Desk:
        """Adds the editor and the story."""
        accounts = self.store.accounts
        self.editor: User = await accounts.add("ed@example.org", "Ed", Role.ADMIN, NO_PASSWORD)
        form = parse(NewStory, {"slug": slug, "title": "A story", "topics": ["siege"]})
        await stories.open_story(self.newsroom, self.editor, form)
        return self

    async def post(self, body: str, slug: str = "kharkiv", **fields: Any) -> Entry:
        form = parse(NewEntry, {"body": body} | fields)
        return (await edit.publish(self.newsroom, self.editor, slug, form)).entry

    async def edit(self, entry: Entry, **fields: Any) -> Entry:
        form = parse(EntryChange, fields)
        return (await edit.revise(self.newsroom, self.editor, "kharkiv", entry.id, form)).entry

    async def remove(self, entry: Entry, *, purge: bool = False) -> None:
        await removal.remove(self.newsroom, self.editor, "kharkiv", entry.id, Removal(purge=purge))

    async def upload(self, *contents: bytes) -> str:
        """The id of a medium with these files."""
        medium = Medium(id="m" + secrets.token_hex(16), kind="picture", width=4, height=3)
        media = self.store.media
        await media.begin(
            medium.id, medium.kind, self.editor.id, self.newsroom.clock(), spare=False
        )
        files = []
        for number, content in enumerate(contents):
            files.append(File(f"{number}.jpg", "image/jpeg", 4, 3, len(content)))
            await self.files.put(f"{medium.id}/{number}.jpg", io.BytesIO(content))
        await media.finish(medium, files)
        return medium.id

    async def fill_empty_tables(self) -> None:
        """A row for each table that has none, and where they fit, one with as few values as possible."""
        async with self.store.database.write() as connection:
            for table in metadata.sorted_tables:
                if (await connection.execute(select(table))).first() is None:
                    await connection.execute(table.insert(), await _row(connection, table))
                    if table.autoincrement_column is not None:
                        sparse = await _row(connection, table, sparse=True)
                        await connection.execute(table.insert(), sparse)

    async def backup(self) -> tuple[bytes, Saved]:
        """The bytes of a backup."""
        out = io.BytesIO()
        saved = await save(self.store, self.files, out, KEY, Progress("Saving"))
        return out.getvalue(), saved

    async def faults(self) -> list[str]:
        return [fault async for fault in check(self.store, self.files)]

    async def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All rows, without the epochs of stories."""
        async with snapshot(self.store.database) as moment:
            found = {
                table: [row async for row in moment.rows(table)] for table in await moment.counts()
            }
        for story in found["stories"]:
            del story["epoch"]
        for rows in found.values():
            rows.sort(key=str)
        return found

    async def close(self) -> None:
        await self.store.close()


async def _row(
    connection: AsyncConnection, table: Table, *, sparse: bool = False
) -> dict[str, Any]:
    """A row that fits a table, with values that are hard to carry: the longest, the largest, the oldest."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column is table.autoincrement_column:
            row[column.name] = 7_000_001 if sparse else 7_000_000
        elif sparse and column.nullable:
            row[column.name] = None
        elif column.foreign_keys:
            (key,) = column.foreign_keys
            row[column.name] = (await connection.execute(select(key.column))).scalars().first()
            assert row[column.name] is not None, f"{table.name} comes before {key.column.table}"
        else:
            row[column.name] = _value(column.type, "s" if sparse else "l")
    return row | FIXED.get(table.name, {})


def _value(kind: TypeEngine[Any], letter: str) -> Any:
    if isinstance(kind, Moment):
        return datetime(1991, 8, 24, 15, 55, 0, 123456, UTC)
    if isinstance(kind, Date):
        return date(1991, 8, 24)
    if isinstance(kind, JSON):
        return [None, True, 1.5, 2**53, {"Міст": '\U0001f525 \\ " \n \u2028', "none": None}]
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 2**63 - 1 if isinstance(kind, BigInteger) else 2**31 - 1
    assert isinstance(kind, String)
    return ('Міст\n\t\\ "\U0001f525' + letter * 1000)[: kind.length or 1000]


async def restored(
    backup: bytes,
    url: str,
    folder: Path,
    *,
    purged: Sequence[str] = (),
    replace: bool = False,
    files: Files | None = None,
) -> Restored:
    """Restores a backup into a database and a folder."""
    if url.startswith("sqlite"):
        within = Path(url.removeprefix("sqlite:///")).parent
        within.mkdir(parents=True, exist_ok=True)
    place = Place(
        target_of(url), files or Folder(folder), within if url.startswith("sqlite") else None
    )
    with Reader(io.BytesIO(backup), "b.tar") as reader:
        return await restore(
            reader, place, KEY, stories.new_epoch, purge, Progress(""),
            purged=list(purged), replace=replace,
        )  # fmt: skip


async def purge(store: Store, files: Files, found: Mapping[str, str]) -> None:
    assert isinstance(files, Folder)
    desk = Desk(store, files.path)
    account = await store.accounts.by_email("ed@example.org")
    assert account is not None
    await removal.purge_again(desk.newsroom, account.user, found)
