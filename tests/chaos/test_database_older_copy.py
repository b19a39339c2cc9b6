"""The database is put back to an older copy: readers are told to begin anew, and follow what comes then."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from desk_client import Editor
from page_readers import PageReader, fresh
from posters import token_at
from processes import PATIENCE, Server
from readers import all_have

pytestmark = pytest.mark.anyio


def copy(source: Path, target: Path) -> None:
    """Writes one database over another, as `.backup` and `.restore` of SQLite's shell do."""
    with (
        closing(sqlite3.connect(source, timeout=PATIENCE)) as old,
        closing(sqlite3.connect(target, timeout=PATIENCE)) as new,
    ):
        old.backup(new)


def started_again(server: Server) -> Server:
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    return Server(server.folder, port=server.port, **{name: server.env[name] for name in names})


@pytest.mark.parametrize("down", [False, True], ids=["running", "down"])
async def test_readers_of_a_database_put_back_begin_anew(
    pair: tuple[Server, Server], tmp_path: Path, down: bool
) -> None:
    database, backup = tmp_path / "shared.sqlite3", tmp_path / "backup.sqlite3"
    editor = Editor(pair[0].url, await token_at(pair[0]))
    slug = editor.story(title="As it was")
    entries = [editor.post(slug, f"Number {number}.")["id"] for number in range(5)]
    async with AsyncExitStack() as stack:
        stack.callback(editor.close)
        readers = [PageReader(server, slug) for server in pair for _ in range(2)]
        for reader in readers:
            await stack.enter_async_context(reader)
        copy(database, backup)
        editor.edit(slug, entries[0], body="Edited, and lost.")
        editor.remove(slug, entries[1])
        editor.post(slug, "Posted, and lost.")
        editor.change_story(slug, title="As it will not have been")
        await followed(readers, pair, slug, 5, 9)

        if down:
            for server in pair:
                server.kill()
            for name in ("", "-wal", "-shm"):
                database.with_name(database.name + name).unlink(missing_ok=True)
            shutil.copy(backup, database)
            for server in pair:
                stack.enter_context(await asyncio.to_thread(started_again, server))
        else:
            copy(backup, database)
        for reader in readers:
            await reader.until_loaded(2)
        await followed(readers, pair, slug, 5, 5)

        editor.post(slug, "And so it goes on.", pinned=True)
        editor.edit(slug, entries[1], body="Still here.")
        await followed(readers, pair, slug, 5, 7)
        assert all(reader.resets == 1 for reader in readers)


async def followed(
    readers: Sequence[PageReader], servers: Sequence[Server], slug: str, begin: int, head: int
) -> None:
    """All that was since their pages' beginning came, and the pages are as those loaded now."""
    await all_have(readers, head)
    pages = [await fresh(server, slug) for server in servers]
    assert {page.seq for page in pages} == {head}
    for reader in readers:
        assert reader.after == begin
        assert [reader.content.shown] * len(pages) == [page.loaded for page in pages]
