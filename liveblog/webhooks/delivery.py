"""Tells hooks of events: each story's in order, each at least once, over days of failure.

Nothing is queued when something is posted: a hook keeps how far it was told of each story, and the event
log has the rest. Every process looks; a lease lets one deliver for a hook at a time. What is sent is the
entry as it is when it is sent: a try that comes hours later carries nothing that was taken down since.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import structlog

from liveblog.content.templates import iso
from liveblog.errors import LiveblogError, NotFetched
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.integrations import Delivery, Webhook
from liveblog.net.signatures import HEADER, derived, signature
from liveblog.process.periodic import every
from liveblog.store import Store, Waiting
from liveblog.webhooks.receivers import SECONDS, Receivers

INTERVAL = 1.0
LEASE = SECONDS + 4
PAUSES = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before each new try; the last one ever after
GIVEN_UP_AFTER = timedelta(days=3)
GONE = 410
STORY = {"slug", "title", "summary", "status", "category", "topics", "place", "language"}
STORY |= {"coverage_start", "coverage_end", "updated_at"}

Public = Callable[[Story, Entry], dict[str, Any]]
log = structlog.get_logger()


def now() -> datetime:
    return datetime.now(UTC)


def secret(secret_key: str, webhook: Webhook) -> str:
    """What signs for a hook: shown once, and never stored."""
    return derived(secret_key, "hook", webhook.salt)


def pause(tries: int) -> timedelta:
    """How long to wait after a failure, with so many failures before it."""
    return timedelta(seconds=PAUSES[min(tries, len(PAUSES) - 1)] * random.uniform(0.8, 1.2))


class Deliveries:
    """`public` gives what the public gets of an entry, `base_url` is where readers find the site."""

    def __init__(
        self, store: Store, receivers: Receivers, public: Public, secret_key: str, base_url: str
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._public = public
        self._secret_key = secret_key
        self._base_url = base_url
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> NoReturn:
        """Looks once a second, for ever. A hook that is slow keeps none of the others waiting."""
        try:
            await every(INTERVAL, self._deliver_what_waits)
        finally:
            tasks = list(self._under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver_what_waits(self) -> None:
        for webhook in await self._store.webhooks.due(now()):
            if webhook.id not in self._under_way:
                self._under_way[webhook.id] = asyncio.create_task(self._deliver(webhook))

    async def _deliver(self, webhook: Webhook) -> None:
        """All that waits for a hook, one after another, until a try fails."""
        try:
            lease = await self._store.webhooks.claim(webhook, now(), LEASE)
            if lease is None:
                return
            try:
                held: Webhook | None = webhook
                while held is not None and (waiting := await self._store.webhooks.next(held)):
                    held = await self._try(held, lease, waiting)
            finally:
                await self._store.webhooks.release(webhook, lease)
        except LiveblogError as error:
            log.warning("a webhook waits", webhook=webhook.id, reason=str(error))
        except Exception:
            log.exception("a webhook waits", webhook=webhook.id)
        finally:
            del self._under_way[webhook.id]

    async def _try(self, webhook: Webhook, lease: str, waiting: Waiting) -> Webhook | None:
        """The hook, where it may be told more."""
        body = await self._body(waiting)
        at, began = now(), time.monotonic()
        status, error = None, None
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(secret(self._secret_key, webhook), body, int(time.time())),
        }
        try:
            status = await self._receivers.post(webhook.url, body, headers)
        except NotFetched as failure:
            error = str(failure)[:300]
        took = int((time.monotonic() - began) * 1000)
        arrived = status is not None and 200 <= status < 300
        over = status == GONE or at - (webhook.failing_since or at) > GIVEN_UP_AFTER
        disable = over and not arrived
        tried = Delivery(
            at=at,
            story=waiting.story,
            seq=waiting.seq,
            kind=waiting.kind,
            milliseconds=took,
            status=status,
            error=error,
            next_at=None if arrived or disable else now() + pause(webhook.tries),
        )
        if disable:
            log.error("a webhook was disabled", webhook=webhook.id, status=status, reason=error)
        until = now() + timedelta(seconds=LEASE)
        kept = await self._store.webhooks.note(
            webhook, lease, waiting, tried, leased_until=until, disable=disable
        )
        return kept if arrived else None

    async def _body(self, waiting: Waiting) -> bytes:
        """What is sent: public, with absolute addresses, and as it is now."""
        entry = None
        if waiting.entry_id is None:
            story = await self._store.stories.get(waiting.story)
        else:
            story, found = await self._store.stories.entry(waiting.story, waiting.entry_id)
            if found.status is EntryStatus.PUBLISHED:
                entry = self._public(story, found)
        about = story.model_dump(mode="json", include=STORY)
        content = {
            "id": f"{story.epoch}-{waiting.seq}",
            "type": waiting.kind.value,
            "seq": waiting.seq,
            "epoch": story.epoch,
            "at": iso(waiting.at),
            "story": about | {"url": f"{self._base_url}/stories/{story.slug}"},
            "entry_id": waiting.entry_id,
            "entry": entry,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
