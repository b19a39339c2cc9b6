"""A newsroom without a server that imports files, and the hosts that it asks, which are all here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from outside import Outside
from paths import TESTS
from photos import jpeg, photo

from liveblog.archive.container import opened
from liveblog.archive.incoming import Report
from liveblog.archive.load import Importer, Loaded, read
from liveblog.archive.media import ImportedMedia
from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.models.content import Entry, Event, Story
from liveblog.models.members import Role, User
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.removal import remove
from liveblog.newsroom.forms import Removal
from liveblog.newsroom.link_cards import CardFetcher
from liveblog.store import NO_PASSWORD, Folder, Store

IMPORTS = TESTS / "data" / "imports"
PICTURES = (("news.example.org", "/files/street.jpg"), ("pictures.example.org", "/a.jpg"))


class ImportDesk:
    """Imports into the stories of one store. `told` are the events that readers got."""

    def __init__(self, folder: Path, store: Store, outside: Outside) -> None:
        async def announce(_: Story, events: Sequence[Event], __: object) -> None:
            self.told += events

        self.told: list[Event] = []
        self.folder, self.store, self.fetcher = folder, store, outside.fetcher()
        self.outside = outside
        self.newsroom = Newsroom(
            store=store,
            templates=Templates({"name": "Liveblog", "base_url": "", "signs_on": False}),
            announce=announce,
            files=Folder(folder / "media"),
            cards=CardFetcher(Providers(), self.fetcher),
        )

    async def actor(self) -> User:
        """The account of the command line."""
        account = await self.store.accounts.by_email("cli@example.org")
        if account is not None:
            return account.user
        return await self.store.accounts.add(
            "cli@example.org", "Command line", Role.ADMIN, NO_PASSWORD
        )

    async def load(
        self, slug: str, name: str | Path, kind: str = "liveblog", post: str | None = None
    ) -> tuple[Loaded, list[str]]:
        """Imports a file, of the imports' folder if it has no folder. Returns what was done, and the lines of the report."""
        report, actor = Report(), await self.actor()
        with opened(IMPORTS / name) as container:
            incoming = read(container, kind, "", post, report)
            assert incoming is not None
            media = ImportedMedia(self.newsroom, actor, container, self.fetcher, report, 200)
            done = await Importer(self.newsroom, actor, slug, media, report).load(incoming)
        return done, list(report.lines(ids=True))

    async def load_json(
        self, slug: str, value: Any, kind: str = "liveblog"
    ) -> tuple[Loaded, list[str]]:
        """Imports a value as a JSON file."""
        file = self.folder / "given.json"
        file.write_text(json.dumps(value))
        return await self.load(slug, file, kind)

    async def entries(self, slug: str) -> list[Entry]:
        """The public entries, oldest first."""
        return list((await self.store.whole.of(slug)).entries)

    async def purge(self, slug: str, entry: str) -> None:
        await remove(self.newsroom, await self.actor(), slug, entry, Removal(purge=True))


@asynccontextmanager
async def import_desk(folder: Path, store: Store) -> AsyncIterator[ImportDesk]:
    """A desk over a store, and two hosts that serve a picture each."""
    hosts = dict.fromkeys(host for host, _ in PICTURES)
    async with Outside(folder, *hosts) as outside:
        made = ImportDesk(folder, store, outside)
        content = jpeg(photo(600, 400))
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        for place in PICTURES:
            outside.says[place] = head.encode() + content
        yield made


def archived(
    *entries: dict[str, Any], title: str = "Kharkiv, as it happened", **story: Any
) -> dict[str, Any]:
    """A `story.json` with these entries."""
    return {
        "format": "liveblog-story",
        "version": 1,
        "story": {"title": title} | story,
        "entries": list(entries),
    }


def said(name: str, minute: int = 0, **fields: Any) -> dict[str, Any]:
    """An entry of a `story.json`."""
    at = f"2022-02-25T10:{minute:02}:00Z"
    return {"id": name, "published_at": at, "body": f"Said by {name}."} | fields
