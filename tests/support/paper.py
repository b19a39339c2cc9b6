"""A newsroom of two, with a clock of the test's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from photos import jpeg, photo

from liveblog.content.templates import Templates
from liveblog.models.content import Entry, Event, Medium, Story
from liveblog.models.members import Role, User, WithheldPlace
from liveblog.newsroom import stories
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.coverage import keep_time
from liveblog.newsroom.entries import edit
from liveblog.newsroom.entries.reveal_place import reveal_place
from liveblog.newsroom.entries.undo import undo
from liveblog.newsroom.forms import EntryChange, NewEntry, NewStory, Undo, UploadForm
from liveblog.newsroom.media import upload
from liveblog.newsroom.validation import parse
from liveblog.store import Folder, Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


REAL, EXACT = "Oksana Realname", "Freedom Square 5"


class Paper:
    """A newsroom of two whose clock stands until it is told otherwise."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.now = NOON
        self.store = store
        self.events: list[Event] = []
        site = {"name": "Test", "base_url": "http://localhost"}
        self.newsroom = Newsroom(
            store, Templates(site), self._announce, Folder(folder), clock=lambda: self.now
        )

    async def _announce(self, story: Story, events: Sequence[Event], _: object) -> None:
        del story
        self.events += events

    async def open(self) -> None:
        add = self.store.accounts.add
        self.editor = await add("editor@example.org", "Ed Itor", Role.EDITOR, "!")
        self.author = await add("oksana@example.org", REAL, Role.CONTRIBUTOR, "!")
        await stories.open_story(
            self.newsroom, self.editor, parse(NewStory, {"slug": "s", "title": "S"})
        )

    async def protect(self, **values: Any) -> None:
        await self.store.protections.change("oksana@example.org", **values)

    async def submit(self, **values: Any) -> Entry:
        form = parse(NewEntry, {"body": "Shelling.", "status": "submitted"} | values)
        return (await edit.publish(self.newsroom, self.author, "s", form)).entry

    async def change(self, entry: Entry, by: User | None = None, **values: Any) -> Entry:
        form = parse(EntryChange, values)
        return (await edit.revise(self.newsroom, by or self.editor, "s", entry.id, form)).entry

    async def publish(self, entry: Entry, **values: Any) -> Entry:
        return await self.change(entry, status="published", **values)

    async def pass_time(self, minutes: int) -> None:
        """Then does what the schedule does."""
        self.now += timedelta(minutes=minutes)
        for slug, entry in await self.store.log.due(self.now):
            await edit.publish_due(self.newsroom, slug, entry)
        for slug, entry in await self.store.protections.due(self.now):
            await reveal_place(self.newsroom, slug, entry)
        newsroom = self.newsroom
        for slug in await self.store.coverage.due(self.now, newsroom.ask_after, newsroom.end_after):
            await keep_time(newsroom, slug)

    async def undo(self, entry: Entry) -> Entry:
        """Takes back the change that made what is given."""
        return (await undo(self.newsroom, self.editor, "s", entry.id, Undo(rev=entry.rev))).entry

    async def upload(self, **said: Any) -> Medium:
        file = BytesIO(jpeg(photo(40, 30)))
        return await upload(self.newsroom, self.author, file, parse(UploadForm, said))

    async def known(self, entry: Entry) -> WithheldPlace:
        return (await self.store.protections.withheld_places([entry.id]))[entry.id]

    async def entry(self, entry: Entry) -> Entry:
        return (await self.store.stories.entry("s", entry.id))[1]
