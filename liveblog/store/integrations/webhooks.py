"""Webhooks, how far each has been told of each story, and the log of the last tries.

What waits for a hook is not stored: it is what the event log holds behind its position.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, Select, and_, delete, func, insert, literal, or_, select, update

from liveblog.errors import NotFound
from liveblog.models.content import EventKind
from liveblog.models.integrations import Delivery, Webhook
from liveblog.store.database import Database, upsert
from liveblog.store.stories.stories import get
from liveblog.store.tables import deliveries, events, hook_positions, hooks, stories

KEPT = 200  # tries of each hook in the log


class Waiting(NamedTuple):
    """An event that a hook is to be told of next."""

    story: str
    story_id: int
    seq: int
    kind: EventKind
    entry_id: str | None
    rev: int | None
    at: datetime


class Webhooks:
    """Times are given, so that all of a decision is of one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, url: str, slug: str | None) -> Webhook:
        """A hook that is told of what happens from now on. Raises `NotFound`."""
        async with self._database.write() as connection:
            story = await get(connection, slug) if slug is not None else None
            values = {
                "url": url,
                "salt": secrets.token_hex(16),
                "created_at": datetime.now(UTC),
                "tries": 0,
            }
            story_id = story.id if story else None
            made = await connection.execute(
                insert(hooks).values(values | {"story_id": story_id}).returning(hooks.c.id)
            )
            hook_id = made.scalar_one()
            now_at = select(literal(hook_id), stories.c.id, stories.c.head)
            if story_id is not None:
                now_at = now_at.where(stories.c.id == story_id)
            await connection.execute(
                insert(hook_positions).from_select(["hook_id", "story_id", "seq"], now_at)
            )
            return Webhook.model_validate(values | {"id": hook_id, "story": slug})

    async def all(self) -> list[Webhook]:
        async with self._database.read_point() as connection:
            return [_webhook(row) for row in (await connection.execute(_webhooks())).mappings()]

    async def remove(self, hook_id: int) -> None:
        """Raises `NotFound`."""
        async with self._database.write() as connection:
            for table in (deliveries, hook_positions):
                await connection.execute(delete(table).where(table.c.hook_id == hook_id))
            gone = await connection.execute(delete(hooks).where(hooks.c.id == hook_id))
        if not gone.rowcount:
            raise NotFound(f"there is no webhook {hook_id}")

    async def enable(self, hook_id: int) -> None:
        """Tries again from now on, with what it has missed. Raises `NotFound`."""
        anew = {"tries": 0, "next_at": None, "failing_since": None, "disabled_at": None}
        async with self._database.write() as connection:
            done = await connection.execute(update(hooks).where(hooks.c.id == hook_id).values(anew))
        if not done.rowcount:
            raise NotFound(f"there is no webhook {hook_id}")

    async def due(self, now: datetime) -> list[Webhook]:
        """The hooks that something waits for, that may be told now, and that no process is telling."""
        query = _webhooks().where(
            hooks.c.disabled_at.is_(None),
            or_(hooks.c.next_at.is_(None), hooks.c.next_at <= now),
            or_(hooks.c.leased_until.is_(None), hooks.c.leased_until < now),
            _waiting(hooks.c.id, hooks.c.story_id).exists(),
        )
        async with self._database.read() as connection:
            return [_webhook(row) for row in (await connection.execute(query)).mappings()]

    async def claim(self, webhook: Webhook, now: datetime, seconds: float) -> str | None:
        """A lease on the hook, by its name; None where another process has it."""
        lease = secrets.token_hex(16)
        async with self._database.write() as connection:
            done = await connection.execute(
                update(hooks)
                .where(
                    hooks.c.id == webhook.id,
                    hooks.c.disabled_at.is_(None),
                    or_(hooks.c.next_at.is_(None), hooks.c.next_at <= now),
                    or_(hooks.c.leased_until.is_(None), hooks.c.leased_until < now),
                )
                .values(lease=lease, leased_until=now + timedelta(seconds=seconds))
            )
        return lease if done.rowcount else None

    async def release(self, webhook: Webhook, lease: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(hooks)
                .where(hooks.c.id == webhook.id, hooks.c.lease == lease)
                .values(lease=None, leased_until=None)
            )

    async def next(self, webhook: Webhook) -> Waiting | None:
        """What happened first of all that it has not been told of: of each story in its order."""
        story_id = select(hooks.c.story_id).where(hooks.c.id == webhook.id).scalar_subquery()
        query = _waiting(webhook.id, story_id).order_by(events.c.at).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Waiting(*row)._replace(kind=EventKind(row.kind))

    async def note(
        self,
        webhook: Webhook,
        lease: str,
        waiting: Waiting,
        tried: Delivery,
        *,
        leased_until: datetime,
        disable: bool = False,
    ) -> Webhook | None:
        """Keeps what came of a try: where it has no `next_at` and does not disable the hook, the hook's
        position goes on. Gives the hook as it is now; None where the lease was lost: nothing is kept then."""
        arrived = tried.next_at is None and not disable
        values: dict[str, Any] = {"leased_until": leased_until, "next_at": tried.next_at}
        if arrived:
            values |= {"tries": 0, "failing_since": None}
        else:
            values |= {
                "tries": hooks.c.tries + 1,
                "failing_since": func.coalesce(
                    hooks.c.failing_since, literal(tried.at, hooks.c.failing_since.type)
                ),
                "disabled_at": tried.at if disable else None,
            }
        async with self._database.write() as connection:
            held = await connection.execute(
                update(hooks).where(hooks.c.id == webhook.id, hooks.c.lease == lease).values(values)
            )
            if not held.rowcount:
                return None
            if arrived:
                new = upsert(connection, hook_positions).values(
                    hook_id=webhook.id, story_id=waiting.story_id, seq=waiting.seq
                )
                await connection.execute(
                    new.on_conflict_do_update(
                        index_elements=["hook_id", "story_id"], set_={"seq": waiting.seq}
                    )
                )
            await connection.execute(
                insert(deliveries),
                tried.model_dump(exclude={"story"})
                | {"hook_id": webhook.id, "story_id": waiting.story_id},
            )
            ours = deliveries.c.hook_id == webhook.id
            oldest = (
                select(deliveries.c.id)
                .where(ours)
                .order_by(deliveries.c.id.desc())
                .offset(KEPT)
                .limit(1)
                .scalar_subquery()
            )
            await connection.execute(delete(deliveries).where(ours, deliveries.c.id <= oldest))
            found = await connection.execute(_webhooks().where(hooks.c.id == webhook.id))
            return _webhook(found.mappings().one())

    async def log(self, hook_id: int, limit: int = 50) -> list[Delivery]:
        """The last tries, newest first. Raises `NotFound`."""
        names = [deliveries.c[name] for name in Delivery.model_fields if name != "story"]
        query = (
            select(*names, stories.c.slug.label("story"))
            .join(stories, stories.c.id == deliveries.c.story_id)
            .where(deliveries.c.hook_id == hook_id)
            .order_by(deliveries.c.id.desc())
            .limit(limit)
        )
        async with self._database.read_point() as connection:
            known = await connection.execute(select(hooks.c.id).where(hooks.c.id == hook_id))
            if known.first() is None:
                raise NotFound(f"there is no webhook {hook_id}")
            rows = (await connection.execute(query)).mappings()
            return [Delivery.model_validate(dict(row)) for row in rows]


def _webhooks() -> Select[Any]:
    return (
        select(hooks, stories.c.slug)
        .outerjoin(stories, stories.c.id == hooks.c.story_id)
        .order_by(hooks.c.id)
    )


def _waiting(hook_id: Any, story_id: Any) -> Select[Any]:
    """The next event of each story that a hook has not been told of."""
    told, of = hook_positions.alias(), stories.alias()
    return (
        select(
            of.c.slug,
            of.c.id,
            events.c.seq,
            events.c.kind,
            events.c.entry_id,
            events.c.rev,
            events.c.at,
        )
        .select_from(of)
        .outerjoin(told, and_(told.c.story_id == of.c.id, told.c.hook_id == hook_id))
        .join(
            events,
            and_(
                events.c.story_id == of.c.id,
                events.c.seq == func.coalesce(told.c.seq, 0) + 1,
            ),
        )
        .where(
            of.c.head > func.coalesce(told.c.seq, 0),
            or_(story_id.is_(None), of.c.id == story_id),
        )
    )


def _webhook(row: RowMapping) -> Webhook:
    values = {name: row[name] for name in Webhook.model_fields if name != "story"}
    return Webhook.model_validate(values | {"story": row["slug"]})
