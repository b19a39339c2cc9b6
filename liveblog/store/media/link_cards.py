"""Fetched link cards by the URLs of their links: a cache, and the list of cards to fetch.

An entry has its own copy of a card. So a card that is fetched again changes no entry that has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Embed, EntryStatus
from liveblog.store.database import Database, upsert
from liveblog.store.prepared import Prepared
from liveblog.store.tables import embeds, entries, entry_embeds, revisions, stories

FRESH = timedelta(days=1)
SERVED_AT_ONCE = 100  # entries that get a card


DUE_CARDS = (
    select(embeds.c.url)
    .where(embeds.c.due_at <= bindparam("now"))
    .order_by(embeds.c.due_at)
    .limit(bindparam("most"))
)
_DUE = Prepared(DUE_CARDS)


class Taken(NamedTuple):
    """A URL that this process is to fetch: its card if that is fresh, and the number of tries."""

    card: Embed | None
    tries: int


class LinkCards:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, url: str, at: datetime) -> Embed | None:
        """The card of a URL, if it is fresh."""
        async with self._database.read_point() as connection:
            return (await held(connection, [url], at)).get(url)

    async def put(self, card: Embed, at: datetime) -> None:
        """Stores a fetched card. Entries that wait for it get it next."""
        values = {"card": card.model_dump(mode="json"), "asked_at": at, "due_at": at, "tries": 0}
        async with self._database.write() as connection:
            new = upsert(connection, embeds).values({"url": card.url} | values)
            await connection.execute(new.on_conflict_do_update(index_elements=["url"], set_=values))
            await connection.execute(
                delete(embeds).where(embeds.c.asked_at < at - FRESH, ~_wanted())
            )

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The URLs to fetch now, longest due first, at most `limit`."""
        async with self._database.read_point() as connection:
            return [row["url"] for row in await _DUE.all(connection, now=now, most=limit)]

    async def take(self, url: str, now: datetime, until: datetime) -> Taken | None:
        """Takes a due URL; it is due again at `until`. None if another process was faster."""
        async with self._database.write() as connection:
            taken = await connection.execute(
                update(embeds)
                .where(embeds.c.url == url, embeds.c.due_at <= now)
                .values(due_at=until, tries=embeds.c.tries + 1)
                .returning(embeds.c.card, embeds.c.asked_at, embeds.c.tries)
            )
            row = taken.first()
        if row is None:
            return None
        fresh = row.card is not None and row.asked_at >= now - FRESH
        return Taken(Embed.model_validate(row.card) if fresh else None, row.tries)

    async def keep(self, card: Embed, at: datetime) -> bool:
        """Stores the card of a URL. False if the URL was purged meanwhile: its card does not come back."""
        async with self._database.write() as connection:
            kept = await connection.execute(
                update(embeds)
                .where(embeds.c.url == card.url)
                .values(card=card.model_dump(mode="json"), asked_at=at)
            )
        return kept.rowcount > 0

    async def put_off(self, url: str, until: datetime | None) -> None:
        """Makes a URL due at `until`, or never again."""
        async with self._database.write() as connection:
            await connection.execute(update(embeds).where(embeds.c.url == url).values(due_at=until))

    async def without(self, url: str) -> list[tuple[str, str]]:
        """`(slug, entry id)` of the entries that have the link but not its card, newest first, at most 100."""
        query = (
            select(stories.c.slug, entries.c.id, entries.c.embeds)
            .join(entry_embeds, entry_embeds.c.entry_id == entries.c.id)
            .join(stories, stories.c.id == entries.c.story_id)
            .where(entry_embeds.c.url == url, entries.c.status != EntryStatus.REMOVED)
            .order_by(entries.c.created_at.desc())
            .limit(SERVED_AT_ONCE)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [(slug, entry) for slug, entry, cards in rows if url not in _urls(cards)]


async def held(
    connection: AsyncConnection, urls: Collection[str], at: datetime
) -> dict[str, Embed]:
    """The fresh cards of these URLs, by URL."""
    if not urls:
        return {}
    found = await connection.execute(
        select(embeds.c.url, embeds.c.card).where(
            embeds.c.url.in_(urls), embeds.c.card.is_not(None), embeds.c.asked_at >= at - FRESH
        )
    )
    return {url: Embed.model_validate(card) for url, card in found}


async def want(
    connection: AsyncConnection,
    entry_id: str,
    urls: Sequence[str],
    missing: Iterable[str],
    at: datetime,
) -> None:
    """Stores the links of an entry, and puts the cards of the `missing` ones on the list."""
    await connection.execute(delete(entry_embeds).where(entry_embeds.c.entry_id == entry_id))
    if urls:
        rows = [{"entry_id": entry_id, "url": url} for url in urls]
        await connection.execute(insert(entry_embeds), rows)
    for url in sorted(missing):  # the same order in all processes, against deadlocks
        new = upsert(connection, embeds).values(url=url, card=None, asked_at=at, due_at=at, tries=0)
        again = {"due_at": at, "tries": 0}
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=["url"], set_=again, where=embeds.c.due_at.is_(None)
            )
        )


async def scrub(connection: AsyncConnection, entry_id: str) -> int:
    """Deletes the links that an entry has or had, and their cards if no other entry has the link.

    Returns the number of deleted cards.
    """
    now = select(entry_embeds.c.url).where(entry_embeds.c.entry_id == entry_id)
    once = select(revisions.c.entry).where(revisions.c.entry_id == entry_id)
    urls = set((await connection.execute(now)).scalars())
    for kept in (await connection.execute(once)).scalars():
        urls |= _urls(kept.get("embeds", []))
    await connection.execute(delete(entry_embeds).where(entry_embeds.c.entry_id == entry_id))
    gone = await connection.execute(delete(embeds).where(embeds.c.url.in_(urls), ~_wanted()))
    return gone.rowcount


def _wanted() -> Any:
    return exists().where(entry_embeds.c.url == embeds.c.url)


def _urls(cards: list[dict[str, Any]]) -> set[str]:
    return {card["url"] for card in cards}
