"""Drafts: what the composer holds and has not sent. Each is seen by its author only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from liveblog.errors import Conflict, OutOfReach
from liveblog.store.database import Database, upsert
from liveblog.store.tables import drafts, entries

MOST_DRAFTS = 100
# The id of the edited entry or "new", and what distinguishes its drafts.
KEY = re.compile(r"([A-Za-z0-9]{1,32})\.[A-Za-z0-9]{1,32}")
# A deleted draft keeps its key for so long, without a text, so that no late request saves it again.
REMEMBERED = timedelta(days=1)


THERE = drafts.c.content != ""


class Draft(NamedTuple):
    """`content` is the JSON text of the composer. `version` counts the times it was saved, from 1."""

    key: str
    entry_id: str | None
    version: int
    at: datetime
    content: str


class Drafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int, story_id: int) -> list[Draft]:
        """A user's drafts in a story, newest first."""
        query = (
            select(drafts)
            .where(drafts.c.user_id == user_id, drafts.c.story_id == story_id, THERE)
            .order_by(drafts.c.at.desc(), drafts.c.key)
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [Draft(*(row[name] for name in Draft._fields)) for row in rows]

    async def keep(
        self, user_id: int, story_id: int, key: str, entry_id: str | None, content: str, on: int
    ) -> tuple[Draft, bool]:
        """Saves a draft that is based on version `on`, 0 for a new one. Returns it, and True.

        If it was changed elsewhere since, returns the stored draft, and whether its content is the
        same. Raises `OutOfReach` if it is gone (sent, discarded, or its entry purged), and
        `Conflict` if there are too many.
        """
        which = _which(user_id, story_id, key)
        draft = Draft(key, entry_id, on + 1, datetime.now(UTC), content)
        values = draft._asdict() | {"user_id": user_id, "story_id": story_id}
        async with self._database.write() as connection:
            # Locked until the commit: a purge finds this draft, or is found here.
            of_entry = (
                select(entries.c.body).where(entries.c.id == entry_id).with_for_update(read=True)
            )
            body = (await connection.execute(of_entry)).scalar() if entry_id else None
            if body == "":
                raise OutOfReach("the update that this draft edits was purged")
            if on:
                same = update(drafts).where(which, drafts.c.version == on).values(draft._asdict())
                saved = (await connection.execute(same)).rowcount
            else:
                others = select(func.count()).where(
                    drafts.c.user_id == user_id, drafts.c.story_id == story_id, THERE, ~which
                )
                if (await connection.execute(others)).scalar_one() >= MOST_DRAFTS:
                    raise Conflict(
                        f"at most {MOST_DRAFTS} drafts of a story are kept; discard some"
                    )
                new = upsert(connection, drafts).values(values).on_conflict_do_nothing()
                saved = (await connection.execute(new)).rowcount
            if saved:
                return draft, True
            found = (await connection.execute(select(drafts).where(which))).mappings().first()
        if found is None or not found["content"]:
            raise OutOfReach("this draft is gone: it was sent or discarded")
        held = Draft(*(found[name] for name in Draft._fields))
        return held, held.content == content

    async def drop(
        self, user_id: int, story_id: int, key: str, on: int | None = None
    ) -> Draft | None:
        """Deletes a draft for good. If it is newer than version `on`, it stays and is returned."""
        now = datetime.now(UTC)
        gone = Draft(key, None, 0, now, "")._asdict()
        whose = {"user_id": user_id, "story_id": story_id}
        async with self._database.write() as connection:
            done = upsert(connection, drafts).values(gone | whose)
            done = done.on_conflict_do_update(
                index_elements=[*whose, "key"],
                set_=gone,
                where=None if on is None else drafts.c.version <= on,
            )
            if not (await connection.execute(done)).rowcount:
                which = _which(user_id, story_id, key)
                newer = (await connection.execute(select(drafts).where(which))).mappings().first()
                # A purge may have come in between.
                return Draft(*(newer[name] for name in Draft._fields)) if newer else None
            old = drafts.c.user_id == user_id, ~THERE, drafts.c.at < now - REMEMBERED
            await connection.execute(delete(drafts).where(*old))
        return None


def _which(user_id: int, story_id: int, key: str) -> ColumnElement[bool]:
    return and_(drafts.c.user_id == user_id, drafts.c.story_id == story_id, drafts.c.key == key)
