"""Webhooks, how far each has got in each story, and the log of their last tries.

There is no queue: what a webhook still has to send are the events after its position in the event
log.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.content import EventKind
from liveblog.models.integrations import Delivery, HookKind, Webhook
from liveblog.store.database import Database, upsert
from liveblog.store.prepared import Prepared
from liveblog.store.stories.stories import get
from liveblog.store.tables import (
    deliveries,
    entry_topics,
    events,
    hook_positions,
    hooks,
    stories,
    withdrawn_topics,
)

KEPT = 200  # tries of each hook in the log


class Waiting(NamedTuple):
    """The next event that a webhook has to send."""

    story: str
    story_id: int
    seq: int
    kind: EventKind
    entry_id: str | None
    rev: int | None
    at: datetime


class Change(NamedTuple):
    """What events changed: the last one's number, whether one of them revised or removed an entry, their entries, and
    the topics of these, before and after."""

    last: int
    revised: bool
    entries: tuple[str, ...]
    topics: tuple[str, ...]


class Told(StrEnum):
    """How far a receiver has got with an event."""

    WAITING = "waiting"
    TOLD = "told"
    REFUSED = "refused"  # or it failed for days, so that the event was passed over


class Webhooks:
    """Callers give the time, so that all of a decision is of one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, url: str, slug: str | None) -> Webhook:
        """Adds a webhook for events from now on, of one story or of all. Raises `NotFound`."""
        async with self._database.write() as connection:
            story = await get(connection, slug) if slug is not None else None
            made = await _add(connection, "webhook", url, story.id if story else None)
        return made.model_copy(update={"story": slug})

    async def keep(self, kind: HookKind, urls: Sequence[str]) -> None:
        """Makes `urls` the receivers of a kind: adds the missing ones, for events from now on, and deletes the others."""
        async with self._database.write() as connection:
            if not self._database.sqlite:  # SQLite has one writer at a time
                await connection.execute(text("LOCK TABLE hooks IN SHARE ROW EXCLUSIVE MODE"))
            rows = await connection.execute(
                select(hooks.c.url, hooks.c.id).where(hooks.c.kind == kind)
            )
            there = {row.url: row.id for row in rows}
            for url, hook_id in there.items():
                if url not in urls:
                    await _remove(connection, hook_id)
            for url in dict.fromkeys(urls):
                if url not in there:
                    await _add(connection, kind, url, None)

    async def all(self) -> list[Webhook]:
        """All webhooks that people added, by id."""
        query = _webhooks().where(hooks.c.kind == "webhook")
        async with self._database.read_point() as connection:
            return [_webhook(row) for row in (await connection.execute(query)).mappings()]

    async def told(self, story_id: int, seq: int) -> list[tuple[Webhook, Told]]:
        """The receivers that settings name, and how far each has got with an event of a story."""
        position = func.coalesce(hook_positions.c.seq, 0)
        ended = (  # the try by which the event was told or passed over
            select(func.coalesce(deliveries.c.status, 0))
            .where(
                deliveries.c.hook_id == hooks.c.id,
                deliveries.c.story_id == story_id,
                deliveries.c.seq >= seq,
                deliveries.c.next_at.is_(None),
            )
            .order_by(deliveries.c.id)
            .limit(1)
        )
        failed = not_(ended.correlate(hooks).scalar_subquery().between(200, 299))
        state = case((position < seq, "waiting"), (failed, "refused"), else_="told")
        query = (
            _webhooks()
            .outerjoin(
                hook_positions,
                and_(
                    hook_positions.c.hook_id == hooks.c.id,
                    hook_positions.c.story_id == story_id,
                ),
            )
            .add_columns(state.label("told"))
            .where(hooks.c.kind != "webhook")
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings()
            return [(_webhook(row), Told(row["told"])) for row in rows]

    async def change(
        self, webhook: Webhook, story_id: int, seq: int, most: int, until: datetime
    ) -> Change:
        """What an event changed, and the following ones of its story up to a time: at most `most` events."""
        ours = and_(events.c.story_id == story_id, events.c.seq >= seq)
        log = select(events.c.seq, events.c.kind, events.c.entry_id, events.c.at).where(ours)
        async with self._database.read() as connection:
            found = (await connection.execute(log.order_by(events.c.seq).limit(most))).all()
            rows = [
                *found[:1],
                *takewhile(lambda row: row.at <= until, found[1:]),
            ]
            last = rows[-1].seq if rows else seq
            entry_ids = tuple(dict.fromkeys(row.entry_id for row in rows if row.entry_id))
            tagged = entry_topics.c.entry_id.in_(entry_ids)
            topics = union(
                select(entry_topics.c.topic).where(tagged),
                select(withdrawn_topics.c.topic).where(_withdrawn(webhook.id, story_id, last)),
            )
            tags = tuple(sorted((await connection.execute(topics)).scalars()))
        revised = any(
            row.kind in {EventKind.ENTRY_UPDATED, EventKind.ENTRY_REMOVED} for row in rows
        )
        return Change(last, revised, entry_ids, tags)

    async def remove(self, hook_id: int) -> None:
        """Deletes a webhook and its log. Raises `NotFound`."""
        async with self._database.write() as connection:
            gone = await _remove(connection, hook_id)
        if not gone:
            raise NotFound(f"there is no webhook {hook_id}")

    async def enable(self, hook_id: int) -> None:
        """Makes a webhook try again from now on, starting with the events that it missed.

        Raises `NotFound`.
        """
        anew = {"tries": 0, "next_at": None, "failing_since": None, "disabled_at": None}
        async with self._database.write() as connection:
            done = await connection.execute(update(hooks).where(hooks.c.id == hook_id).values(anew))
        if not done.rowcount:
            raise NotFound(f"there is no webhook {hook_id}")

    async def due(self, now: datetime) -> list[Webhook]:
        """The enabled webhooks that have an event to send and may try now, and that no process has leased."""
        async with self._database.read() as connection:
            return [_webhook(row) for row in await _DUE.all(connection, now=now)]

    async def claim(self, webhook: Webhook, now: datetime, seconds: float) -> str | None:
        """Leases a webhook for `seconds`. Returns the name of the lease; None if another process has one."""
        lease = secrets.token_hex(16)
        async with self._database.write() as connection:
            free = update(hooks).where(hooks.c.id == webhook.id, *ready(now))
            until = now + timedelta(seconds=seconds)
            done = await connection.execute(free.values(lease=lease, leased_until=until))
        return lease if done.rowcount else None

    async def release(self, webhook: Webhook, lease: str) -> None:
        """Ends a lease."""
        async with self._database.write() as connection:
            mine = update(hooks).where(hooks.c.id == webhook.id, hooks.c.lease == lease)
            await connection.execute(mine.values(lease=None, leased_until=None))

    async def next(self, webhook: Webhook) -> Waiting | None:
        """The oldest event that a webhook has to send. Events of one story keep their order."""
        story_id = select(hooks.c.story_id).where(hooks.c.id == webhook.id)
        query = _waiting(webhook.id, story_id.scalar_subquery()).order_by(events.c.at).limit(1)
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
        resting_until: datetime | None = None,
    ) -> Webhook | None:
        """Stores the result of a try.

        If there is no `next_at` and the webhook is not disabled, its position advances. `resting_until` says that it goes
        on failing, and when the event after this one is tried. Returns the webhook as it is now. If the lease was lost,
        returns None and stores nothing.
        """
        done = tried.next_at is None and not disable
        values: dict[str, Any] = {"leased_until": leased_until}
        values["next_at"] = tried.next_at or resting_until
        if done and resting_until is None:
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
            if done:
                await connection.execute(
                    delete(withdrawn_topics).where(
                        _withdrawn(webhook.id, waiting.story_id, waiting.seq)
                    )
                )
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
        """The last tries, newest first, at most `limit`. Raises `NotFound`."""
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


async def _add(
    connection: AsyncConnection, kind: HookKind, url: str, story_id: int | None
) -> Webhook:
    values = {
        "kind": kind,
        "url": url,
        "salt": secrets.token_hex(16),
        "created_at": datetime.now(UTC),
        "tries": 0,
    }
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
    return Webhook.model_validate(values | {"id": hook_id})


async def _remove(connection: AsyncConnection, hook_id: int) -> bool:
    for table in (deliveries, hook_positions, withdrawn_topics):
        await connection.execute(delete(table).where(table.c.hook_id == hook_id))
    gone = await connection.execute(delete(hooks).where(hooks.c.id == hook_id))
    return bool(gone.rowcount)


def _withdrawn(hook_id: int, story_id: int, last: int) -> ColumnElement[bool]:
    return and_(
        withdrawn_topics.c.hook_id == hook_id,
        withdrawn_topics.c.story_id == story_id,
        withdrawn_topics.c.seq <= last,
    )


def _webhooks() -> Select[Any]:
    return (
        select(hooks, stories.c.slug)
        .outerjoin(stories, stories.c.id == hooks.c.story_id)
        .order_by(hooks.c.id)
    )


def ready(now: Any) -> tuple[ColumnElement[bool], ...]:
    """An enabled webhook that may try now, and that no process has leased."""
    return (
        hooks.c.disabled_at.is_(None),
        or_(hooks.c.next_at.is_(None), hooks.c.next_at <= now),
        or_(hooks.c.leased_until.is_(None), hooks.c.leased_until < now),
    )


def _waiting(hook_id: Any, story_id: Any) -> Select[Any]:
    """The next event of each story that a webhook has to send."""
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


def _webhook(row: Mapping[Any, Any]) -> Webhook:
    values = {name: row[name] for name in Webhook.model_fields if name != "story"}
    return Webhook.model_validate(values | {"story": row["slug"]})


_DUE = Prepared(
    _webhooks().where(*ready(bindparam("now")), _waiting(hooks.c.id, hooks.c.story_id).exists())
)
