"""What changes in a restored database: readers begin anew, sessions and links end, and what was purged later goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Text, cast, delete, exists, select, update

from liveblog.store.database import Database
from liveblog.store.media.media import is_shown
from liveblog.store.tables import (
    LETS_IN,
    drafts,
    embeds,
    entries,
    entry_embeds,
    hooks,
    media,
    metadata,
    revisions,
    stories,
)

AT_ONCE = 500  # ids in one query


async def renew(database: Database, new_epoch: Callable[[], str]) -> None:
    """Gives each story a new epoch, and ends sessions, links and what other processes were doing."""
    async with database.write() as connection:
        for story_id in (await connection.execute(select(stories.c.id))).scalars().all():
            anew = update(stories).where(stories.c.id == story_id)
            await connection.execute(anew.values(epoch=new_epoch()))
        for table in reversed(metadata.sorted_tables):
            if table.info.get(LETS_IN):
                await connection.execute(delete(table))
        await connection.execute(update(hooks).values(lease=None, leased_until=None))


async def stories_of(database: Database, ids: Iterable[str]) -> dict[str, str]:
    """The slugs of the stories of entries, by the ids of the entries. Ids that are not there are left out."""
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    async with database.read() as connection:
        for begin in range(0, len(wanted), AT_ONCE):
            query = (
                select(entries.c.id, stories.c.slug)
                .join(stories, stories.c.id == entries.c.story_id)
                .where(entries.c.id.in_(wanted[begin : begin + AT_ONCE]))
            )
            found.update((entry, slug) for entry, slug in await connection.execute(query))
    return found


async def drop_unsent(database: Database) -> list[str]:
    """Deletes what was not part of any entry yet: drafts of new entries, uploads and cards that nothing shows.

    An entry that was made of them later, and purged, cannot be told from here. Returns the ids of the media; their files
    are to be deleted.
    """
    once = exists().where(cast(revisions.c.entry, Text).contains(media.c.id))
    linked = exists().where(entry_embeds.c.url == embeds.c.url)
    async with database.write() as connection:
        await connection.execute(delete(drafts).where(drafts.c.entry_id.is_(None)))
        await connection.execute(delete(embeds).where(~linked))
        unshown = await connection.execute(select(media.c.id).where(~is_shown()))
        gone: list[str] = []
        for medium_id in unshown.scalars().all():
            free = delete(media).where(media.c.id == medium_id, ~once)
            gone += (await connection.execute(free.returning(media.c.id))).scalars().all()
    return gone


async def media_ids(database: Database) -> set[str]:
    """The ids of all media that a database knows."""
    async with database.read() as connection:
        return set((await connection.execute(select(media.c.id))).scalars())


async def files_of(database: Database, medium_id: str) -> dict[str, int]:
    """The sizes in bytes of a medium's files, by name; none if it is not there or not ready."""
    query = select(media.c.files).where(media.c.id == medium_id, media.c.ready)
    async with database.read_point() as connection:
        found = (await connection.execute(query)).scalar()
    return {file["name"]: file["size"] for file in found or ()}


async def files(database: Database, after: str = "") -> list[tuple[str, list[tuple[str, int]]]]:
    """`(medium, [(name, bytes)])` of the ready media after one, in the order of their ids, at most `AT_ONCE`."""
    query = (
        select(media.c.id, media.c.files)
        .where(media.c.ready, media.c.id > after)
        .order_by(media.c.id)
        .limit(AT_ONCE)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return [(one, [(file["name"], file["size"]) for file in kept]) for one, kept in rows]
