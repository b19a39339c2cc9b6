"""Pictures, videos and recordings: their data, their owners, and the entries that show them.

`files.py` stores their files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, delete, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, EntryStatus, Medium, MediumKind, Story, Variant
from liveblog.store.database import Database
from liveblog.store.tables import (
    contributors,
    embeds,
    entries,
    entry_media,
    media,
    revisions,
    story_covers,
)


class File(NamedTuple):
    """One file of a medium: its name beside the others, its media type, its size in pixels and bytes."""

    name: str
    type: str
    width: int | None
    height: int | None
    size: int


class Stored(NamedTuple):
    """A medium, and who may get it.

    `public` means that a published entry shows it, or that it is the cover of a story or somebody's portrait. `shown_by` are the
    authors of all entries that show it. `files` are by name. Pictures of cards have no owner.
    """

    medium: Medium
    files: dict[str, File]
    owner: int | None
    public: bool
    shown_by: frozenset[int | None]


class Media:
    """Uploads and pictures of cards.

    The files of a row that is not `ready` are not all stored yet, or not all deleted yet. Nobody
    gets such a medium, and it is deleted. A `spare` medium was made for a card or from a file of a
    message, and no entry uses it yet.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self, medium_id: str, kind: MediumKind, owner: int | None, at: datetime, *, spare: bool
    ) -> None:
        """Adds a medium that is not ready. The picture of a card has no owner."""
        values = {"id": medium_id, "kind": kind, "owner": owner, "created_at": at, "spare": spare}
        async with self._database.write() as connection:
            await connection.execute(insert(media).values(**values, files=[], size=0, ready=False))

    async def finish(self, medium: Medium, files: Sequence[File]) -> Medium:
        """Makes a medium ready. Returns it as entries get it, with its variants."""
        shown = {"width", "height", "alt", "credit", "placeholder"}
        async with self._database.write() as connection:
            await connection.execute(
                update(media)
                .where(media.c.id == medium.id)
                .values(
                    **medium.model_dump(include=shown),
                    files=[file._asdict() for file in files],
                    size=sum(file.size for file in files),
                    ready=True,
                )
            )
        return medium.model_copy(update={"variants": _variants(medium.id, files)})

    async def stored(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those of the media that are ready, by id."""
        if not ids:
            return {}
        async with self._database.read_point() as connection:
            return await stored(connection, ids)

    async def leftovers(self, before: datetime, limit: int = 100) -> list[str]:
        """The ids of media older than `before` whose files are to be deleted, at most `limit`."""
        query = (
            select(media.c.id)
            .where(~media.c.ready, media.c.created_at < before, ~is_shown())
            .limit(limit)
        )
        async with self._database.read_point() as connection:
            return list((await connection.execute(query)).scalars())

    async def give_up_spare(self, before: datetime) -> None:
        """Gives up the spare media older than `before` that no entry shows and no stored card
        names.

        Then they are leftovers.
        """
        async with self._database.write() as connection:
            await connection.execute(
                update(media)
                .where(
                    media.c.spare,
                    media.c.created_at < before,
                    media.c.id.not_in(_of_cards()),
                    ~is_shown(),
                )
                .values(ready=False)
            )

    async def give_up(self, medium_id: str) -> list[str]:
        """Gives up a medium if it is spare. Returns its id if it was given up; then its files are to be deleted."""
        spare = update(media).where(media.c.id == medium_id, media.c.spare, ~is_shown())
        async with self._database.write() as connection:
            given_up = await connection.execute(spare.values(ready=False).returning(media.c.id))
            return list(given_up.scalars())

    async def retire(self, medium_id: str) -> list[str]:
        """Gives up a medium that was a cover or a portrait, if nothing shows it and no entry ever did.

        Returns its id if it was given up; then its files are to be deleted.
        """
        one = media.c.id == medium_id
        once = exists().where(
            revisions.c.at >= media.c.created_at,
            cast(revisions.c.entry, Text).contains(medium_id),
        )
        # A slow search, so no lock is held meanwhile.
        async with self._database.read() as connection:
            free = await connection.execute(select(media.c.id).where(one, ~once))
            if free.scalar() is None:
                return []
        async with self._database.write() as connection:
            # Locked before its use is checked, as in `release()`.
            await connection.execute(select(media.c.id).where(one).with_for_update())
            given_up = await connection.execute(
                update(media)
                .where(one, ~is_shown())
                .values(ready=False, alt=None, credit=None, placeholder=None)
                .returning(media.c.id)
            )
            return list(given_up.scalars())

    async def forget(self, ids: Sequence[str]) -> None:
        """Deletes the rows of media whose files are deleted."""
        async with self._database.write() as connection:
            gone = media.c.id.in_(ids) & ~media.c.ready & ~is_shown()
            await connection.execute(delete(media).where(gone))


async def stored(
    connection: AsyncConnection, ids: Sequence[str], *, lock: bool = False
) -> dict[str, Stored]:
    """Those of the media that are ready, by id.

    With `lock`, none of them can be purged before the transaction ends.
    """
    query = select(media).where(media.c.id.in_(ids), media.c.ready).order_by(media.c.id)
    rows = (await connection.execute(query.with_for_update() if lock else query)).mappings().all()
    if not rows:
        return {}
    found = [row["id"] for row in rows]
    shows = (
        select(entry_media.c.medium_id, entries.c.status, entries.c.created_by)
        .join(entries, entries.c.id == entry_media.c.entry_id)
        .where(entry_media.c.medium_id.in_(found))
    )
    shown = (await connection.execute(shows)).all()
    covers = select(story_covers.c.medium_id).where(story_covers.c.medium_id.in_(found))
    portraits = select(contributors.c.portrait).where(contributors.c.portrait.in_(found))
    apart = set((await connection.execute(covers.union(portraits))).scalars())
    return {
        row["id"]: _stored(
            row, [one for one in shown if one[0] == row["id"]], apart=row["id"] in apart
        )
        for row in rows
    }


async def index(connection: AsyncConnection, entry: Entry) -> None:
    """Writes which media an entry shows, pictures of its cards included. Purged media are left out."""
    cards = [card.picture.id for card in entry.embeds if card.picture]
    ids = [*(medium.id for medium in entry.media), *cards]
    if ids:
        there = select(literal(entry.id), media.c.id).where(media.c.id.in_(ids))
        names = ["entry_id", "medium_id"]
        await connection.execute(insert(entry_media).from_select(names, there))
        taken = update(media).where(media.c.id.in_(ids), media.c.spare)
        await connection.execute(taken.values(spare=False))


async def index_cover(connection: AsyncConnection, story: Story) -> None:
    """Writes which medium is the cover of a story."""
    await connection.execute(delete(story_covers).where(story_covers.c.story_id == story.id))
    if story.cover is not None:
        row = {"story_id": story.id, "medium_id": story.cover.id}
        await connection.execute(insert(story_covers), row)
        taken = update(media).where(media.c.id == story.cover.id, media.c.spare)
        await connection.execute(taken.values(spare=False))


async def release(connection: AsyncConnection, entry_id: str) -> list[str]:
    """Gives up the media that an entry shows or showed and no other entry shows.

    From the commit on, nobody gets them. Returns their ids; then their files are to be deleted. The
    picture of a card stays if the card is still stored because another entry waits for it.
    """
    found = await connection.execute(
        select(revisions.c.entry).where(revisions.c.entry_id == entry_id)
    )
    once = {medium_id for kept in found.scalars() for medium_id in _shown_in(kept)}
    if not once:
        return []
    # Locked before their use is checked: an entry that adds one waits, and then finds it gone.
    locked = select(media.c.id).where(media.c.id.in_(once)).order_by(media.c.id).with_for_update()
    await connection.execute(locked)
    elsewhere = exists().where(
        entry_media.c.medium_id == media.c.id, entry_media.c.entry_id != entry_id
    )
    free = media.c.id.in_(once) & ~elsewhere & ~_apart()
    await connection.execute(
        update(media).where(free, media.c.id.in_(_of_cards())).values(spare=True)
    )
    given_up = await connection.execute(
        update(media)
        .where(free, ~media.c.spare)
        .values(ready=False, alt=None, credit=None, placeholder=None)
        .returning(media.c.id)
    )
    return list(given_up.scalars())


def _shown_in(revision: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the media that an entry shows in a revision."""
    for medium in revision.get("media", ()):
        yield medium["id"]
    for card in revision.get("embeds", ()):
        if card.get("picture"):
            yield card["picture"]["id"]


def is_shown() -> Any:
    """Whether an entry shows a medium, or it is the cover of a story or a portrait."""
    return exists().where(entry_media.c.medium_id == media.c.id) | _apart()


def _apart() -> Any:
    """Whether a medium is the cover of a story or a portrait."""
    cover = exists().where(story_covers.c.medium_id == media.c.id)
    return cover | exists().where(contributors.c.portrait == media.c.id)


def _of_cards() -> Any:
    """The ids of the pictures that stored cards name."""
    picture = embeds.c.card[("picture", "id")].as_string()
    return select(picture).where(picture.is_not(None))


def _stored(row: Any, shown: Sequence[Any], *, apart: bool) -> Stored:
    files = [File(**file) for file in row["files"]]
    names = ("id", "kind", "width", "height", "alt", "credit", "placeholder")
    medium = Medium(**{name: row[name] for name in names}, variants=_variants(row["id"], files))
    return Stored(
        medium,
        {file.name: file for file in files},
        row["owner"],
        apart or any(status == EntryStatus.PUBLISHED for _, status, _ in shown),
        frozenset(author for _, _, author in shown),
    )


def _variants(medium_id: str, files: Sequence[File]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            url=f"/media/{medium_id}/{file.name}",
            type=file.type,
            width=file.width,
            height=file.height,
        )
        for file in files
    )
