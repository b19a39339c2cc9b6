"""Reads a whole story as readers have it: all public entries with their public revisions, for archives."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from liveblog.models.brief import Basis
from liveblog.models.content import Chapter, Entry, EntryStatus, Story
from liveblog.models.revisions import Revision
from liveblog.store.database import Database
from liveblog.store.stories import brief, timeline, views
from liveblog.store.stories.stories import get
from liveblog.store.tables import entries, revisions


class WholeStory(NamedTuple):
    """A story at one moment.

    `entries` are the published ones, oldest first. `revisions` are their public ones, first to last, by the entry's id;
    `by` of each is None. `basis` is what the Brief is made of.
    """

    story: Story
    entries: tuple[Entry, ...]
    revisions: dict[str, list[Revision]]
    basis: Basis
    chapters: tuple[Chapter, ...]


class WholeStories:
    """Reads for archives; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, slug: str) -> WholeStory:
        """The whole story. Drafts, notes, withheld places and removed entries are not read. Raises `NotFound`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            shown = await timeline.found(connection, views.public(story))
            kept = await connection.execute(
                select(revisions)
                .join(entries, entries.c.id == revisions.c.entry_id)
                .where(
                    entries.c.story_id == story.id, entries.c.status == EntryStatus.PUBLISHED.value
                )
                .order_by(revisions.c.entry_id, revisions.c.rev)
            )
            made: dict[str, list[Revision]] = {entry.id: [] for entry in shown}
            for row in kept.mappings():
                values = {name: row[name] for name in ("rev", "at", "action", "note", "entry")}
                revision = Revision.model_validate(values | {"by": None})
                if revision.public:
                    made[row["entry_id"]].append(revision)
            basis = await brief.basis(connection, story)
            chapters = await timeline.chapters(connection, story)
        return WholeStory(story, tuple(reversed(shown)), made, basis, chapters)

    async def public_ids(self, slug: str) -> set[str]:
        """The ids of the entries that readers have now. Raises `NotFound`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            query = views.public(story).order_by(None).with_only_columns(entries.c.id)
            return set((await connection.execute(query)).scalars())
