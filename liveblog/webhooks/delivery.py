"""Tells webhooks, hubs and search engines of events: in order for each story, each at least once, with new tries.

There is no queue. Each receiver has a position in the event log of each story, and the log holds the events after
it. Every process looks for work; a lease lets one process at a time tell a receiver. What is sent is made at the time of sending, so a late try
does not send content that was removed in the meantime.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, NoReturn

import structlog

from liveblog.errors import LiveblogError, NotFetched
from liveblog.models.integrations import Delivery, HookKind, Webhook
from liveblog.process.periodic import every
from liveblog.store import Store, Waiting
from liveblog.webhooks.receivers import SECONDS

INTERVAL = 0.5
LEASE = SECONDS + 4
PAUSES = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before each new try; the last one repeats
GIVEN_UP_AFTER = timedelta(days=3)
GONE = 410
LATER = {408, 429}  # of the client errors, those that pass

log = structlog.get_logger()


class Sent(NamedTuple):
    """The HTTP status of the answer, and the sequence number up to which a receiver is told by it."""

    status: int
    seq: int


Send = Callable[[Webhook, Waiting], Awaitable[Sent]]


class Receiver(NamedTuple):
    """How receivers of a kind are told. `send` raises `NotFetched`.

    `urls` are those that a setting names; None if people add and remove them. What a setting names is never disabled:
    an event that it refuses, or that fails after three days of failures, is passed over.
    """

    send: Send
    urls: tuple[str, ...] | None = None


def now() -> datetime:
    return datetime.now(UTC)


Awaited = Callable[[], Awaitable[bool]]


def refuses(status: int) -> bool:
    """Whether an answer says that a new try would get the same answer (RFC 9110, 15.5)."""
    return 400 <= status < 500 and status not in LATER


def pause(tries: int) -> timedelta:
    """The time to wait after a failure that follows `tries` earlier failures, with up to 20% random variation."""
    return timedelta(seconds=PAUSES[min(tries, len(PAUSES) - 1)] * random.uniform(0.8, 1.2))


class Deliveries:
    """Tells all receivers, by their kinds. `awaited` says whether there may be one to tell; without it, each look asks the store."""

    def __init__(
        self, store: Store, kinds: Mapping[HookKind, Receiver], awaited: Awaited | None = None
    ) -> None:
        self._store = store
        self._awaited = awaited
        self._kinds = kinds
        self._kept = False
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def keep(self) -> None:
        """Store which receivers the settings name, once: a new one is told of events from now on. Raises `Unavailable`."""
        if self._kept:
            return
        for kind, receiver in self._kinds.items():
            if receiver.urls is not None:
                await self._store.webhooks.keep(kind, receiver.urls)
        self._kept = True

    async def run(self) -> NoReturn:
        """Look for waiting events every `INTERVAL` seconds, forever. A slow webhook does not delay the others."""
        try:
            await every(INTERVAL, self._deliver_due)
        finally:
            tasks = list(self._under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver_due(self) -> None:
        """Start a task for each webhook with waiting events, unless one is running."""
        await self.keep()
        if self._awaited is not None and not await self._awaited():
            return
        for webhook in await self._store.webhooks.due(now()):
            if webhook.id not in self._under_way:
                self._under_way[webhook.id] = asyncio.create_task(self._deliver(webhook))

    async def _deliver(self, webhook: Webhook) -> None:
        """Deliver all waiting events of a webhook, one after another, until a try fails."""
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
            log.warning("webhook delivery postponed", webhook=webhook.id, reason=str(error))
        except Exception:
            log.exception("webhook delivery failed", webhook=webhook.id)
        finally:
            del self._under_way[webhook.id]

    async def _try(self, webhook: Webhook, lease: str, waiting: Waiting) -> Webhook | None:
        """Try to deliver one event. Returns the webhook if the next event may follow, None otherwise."""
        receiver = self._kinds[webhook.kind]
        at, began = now(), time.monotonic()
        status, error = None, None
        try:
            status, seq = await receiver.send(webhook, waiting)
            waiting = waiting._replace(seq=seq)
        except NotFetched as failure:
            error = str(failure)[:300]
        took = int((time.monotonic() - began) * 1000)
        arrived = status is not None and 200 <= status < 300
        long = at - (webhook.failing_since or at) > GIVEN_UP_AFTER
        named = receiver.urls is not None
        disable = not named and not arrived and (status == GONE or long)
        refused = named and status is not None and refuses(status)
        passed = named and not arrived and (refused or long)
        later = now() + pause(webhook.tries)
        tried = Delivery(
            at=at,
            story=waiting.story,
            seq=waiting.seq,
            kind=waiting.kind,
            milliseconds=took,
            status=status,
            error=error,
            next_at=None if arrived or disable or passed else later,
        )
        if passed:
            log.error(
                "event passed over",
                receiver=webhook.url,
                story=waiting.story,
                seq=waiting.seq,
                status=status,
                reason=error,
            )
        if disable:
            log.error("webhook disabled", webhook=webhook.id, status=status, reason=error)
        until = now() + timedelta(seconds=LEASE)
        kept = await self._store.webhooks.note(
            webhook,
            lease,
            waiting,
            tried,
            leased_until=until,
            disable=disable,
            resting_until=later if passed and not refused else None,
        )
        return kept if arrived or refused else None
