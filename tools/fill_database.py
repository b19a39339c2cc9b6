"""Fills a database with copies of a story and its newest entry, by a few statements of SQL. For measurements and tests.

    python tools/fill_database.py DATABASE_URL SLUG --stories 1000 --entries 1000

Each copy of the story has that many entries, each with its event, revision, topics and authors. Each is a day older than the one
before, and one in a hundred is live.
The copies are called SLUG-1, SLUG-2, … Nobody else may use the database meanwhile. With `--short`, events have no payload.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateIndex, DropIndex

from liveblog.store import Database
from liveblog.store.tables import (
    entries,
    entry_authors,
    entry_topics,
    events,
    revisions,
    stories,
    story_topics,
)

LARGE = (entries, events, revisions, entry_topics, entry_authors)
LIVE_EVERY = 100  # stories
KEY_EVERY = 20  # entries
CORRECTED_EVERY = 50
NUMBERS = Table(
    "numbers",
    MetaData(),
    Column("value", Integer, primary_key=True),
    Column("at", DateTime),
    prefixes=["TEMPORARY"],
)


async def fill(url: str, slug: str, count: int, of_each: int, *, short: bool) -> None:
    """Raises `ValueError` if there is no such story, or it has no entry."""
    database = Database(url)
    try:
        async with database.write() as connection:
            await _fill(connection, slug, count, of_each, short=short)
        if (
            not database.sqlite
        ):  # as its autovacuum does; SQLite is not analysed in operation either
            async with database.write() as connection:
                await connection.execute(text("ANALYZE"))
    finally:
        await database.close()


async def _fill(
    connection: AsyncConnection, slug: str, count: int, of_each: int, *, short: bool
) -> None:
    story = (await connection.execute(select(stories).where(stories.c.slug == slug))).first()
    found = select(entries).order_by(entries.c.seq.desc()).limit(1)
    story_id = None if story is None else story.id
    entry = (await connection.execute(found.where(entries.c.story_id == story_id))).first()
    if story is None or entry is None:
        raise ValueError(f"{slug!r} is no story with an entry")
    await connection.run_sync(NUMBERS.create)
    began = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=of_each)
    days = ({"value": n, "at": began - timedelta(days=n)} for n in range(max(count, of_each) + 1))
    await connection.execute(NUMBERS.insert(), list(days))
    which, number = NUMBERS.alias("which"), NUMBERS.alias("number")
    new_story = story.id + which.c.value
    each = which.join(number, literal(value=True))
    # Hexadecimal digits, as an entry's id has them.
    place = literal(10**15, BigInteger) + which.c.value * 10**6 + number.c.value
    new_entry = literal("e") + cast(place, String)
    moment = _minutes_after(connection.dialect.name, which.c.at, number.c.value)
    copies: list[tuple[Table, FromClause, ColumnElement[bool], dict[str, Any]]] = [
        (
            stories,
            which,
            stories.c.id == story.id,
            {
                "id": new_story,
                "slug": literal(slug + "-") + cast(which.c.value, String),
                "status": case((which.c.value % LIVE_EVERY == 0, "live"), else_="ended"),
                "head": literal(of_each),
                "created_at": which.c.at,
                "updated_at": _minutes_after(connection.dialect.name, which.c.at, literal(of_each)),
            },
        ),
        (story_topics, which, story_topics.c.story_id == story.id, {"story_id": new_story}),
        (
            entries,
            each,
            entries.c.id == entry.id,
            {
                "id": new_entry,
                "story_id": new_story,
                "seq": number.c.value,
                "published_at": moment,
                "created_at": moment,
                "key": number.c.value % KEY_EVERY == 0,
                "corrected_at": case((number.c.value % CORRECTED_EVERY == 0, moment)),
            },
        ),
        (
            events,
            each,
            (events.c.story_id == story.id) & (events.c.seq == entry.seq),
            {
                "story_id": new_story,
                "seq": number.c.value,
                "entry_id": new_entry,
                "at": moment,
                "payload": _payload(entry, new_entry, number.c.value, short=short),
            },
        ),
        *[
            (table, each, table.c.entry_id == entry.id, {"entry_id": new_entry})
            for table in (revisions, entry_topics, entry_authors)
        ],
    ]
    where = number.c.value.between(1, of_each) & which.c.value.between(1, count)
    indexes = [index for table in LARGE for index in table.indexes]
    for index in indexes:  # made anew from all rows: in half the time
        await connection.execute(DropIndex(index))
    for table, numbers, chosen, values in copies:
        given = [values.get(c.name, c).label(c.name) for c in table.columns]
        rows = select(*given).select_from(table.join(numbers, literal(value=True)))
        wanted = which.c.value.between(1, count) if numbers is which else where
        statement = table.insert().from_select(
            [c.name for c in table.columns], rows.where(chosen, wanted)
        )
        await connection.execute(statement)
    for index in indexes:
        await connection.execute(CreateIndex(index))
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence("stories", "id")
        await connection.execute(select(func.setval(sequence, story.id + count)))


def _minutes_after(
    dialect: str, time: ColumnElement[datetime], minutes: ColumnElement[int]
) -> ColumnElement[Any]:
    if dialect == "postgresql":
        return time + func.make_interval(0, 0, 0, 0, 0, minutes)
    # In the form in which SQLAlchemy stores a time.
    return func.strftime("%Y-%m-%d %H:%M:%f000", time, cast(minutes, String) + " minutes")


def _payload(
    entry: Any, new_entry: ColumnElement[str], seq: ColumnElement[int], *, short: bool
) -> ColumnElement[str]:
    """The payload of the copy of an event."""
    of_entry = func.replace(events.c.payload, entry.id, new_entry)
    if short:  # without its HTML
        head = literal('{"type":"event","seq":') + cast(seq, String)
        rest = '","rev":1,"key":false,"pinned":false,"chapter":null,"html":"","key_html":null,'
        rest += '"pin_html":null,"brief_since":0,"at":"2026-12-01T12:00:00Z","published_at":"2026-12-01T12:00:00Z"}'
        return head + ',"kind":"entry.published","id":"' + new_entry + rest
    return func.replace(
        of_entry, f'"seq":{entry.seq},', literal('"seq":') + cast(seq, String) + ","
    )


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", metavar="DATABASE_URL")
    parser.add_argument("slug", metavar="SLUG")
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--short", action="store_true", help="events without payload")
    given = parser.parse_args(args)
    asyncio.run(fill(given.url, given.slug, given.stories, given.entries, short=given.short))


if __name__ == "__main__":
    main()
