"""The feeds of one process: opened for the first reader, caught up with the log, closed when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Any, Protocol, TypeVar

import structlog

from liveblog import metrics
from liveblog.errors import LiveblogError, NotFound, Unavailable
from liveblog.live.capacity import Capacity
from liveblog.live.fan_out import FanOut
from liveblog.live.feed import ALL_CHARACTERS, FIRST_EVENTS, RING_EVENTS, Feed, Offer
from liveblog.live.frames import Frame, pack
from liveblog.models.content import Event
from liveblog.store import Log, Position, Standing

STORY = "story:"  # the prefix of a channel name, before the slug
BATCH = 250  # events in one read of the log
RETRY_SECONDS = 1.0
BLOCK_SECONDS = 2.0
MOST_IDLE = 100  # feeds without readers
POLL_SECONDS = 10.0  # for which a feed that is polled is not asked: our scripts ask every 5 s
PACKED = 100  # newest events of a feed that are compressed when it is opened
OPENED_AT_ONCE = 8  # for polls
MOST_POLLED = 1_000  # stories without a feed of which the last poll is known
REACH_SECONDS = 0.25
IDLE_SECONDS = 60.0

Result = TypeVar("Result")
log = structlog.get_logger()


class Arrival:
    """A follower that waits for one event. `come` is done when the feed has it."""

    count = 0

    def __init__(self, feed: Feed, seq: int) -> None:
        self._seq = seq
        self._feed = feed
        self.come: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        if self._feed.applied >= self._seq and not self.come.done():
            self.come.set_result(None)

    def beat(self) -> None:
        pass


class Subscriptions(Protocol):
    """The part of the bus that the hub uses."""

    async def subscribe(self, channel: str) -> None: ...
    async def unsubscribe(self, channel: str) -> None: ...


class Hub:
    """Opens and closes feeds, and gives them the events from Redis and from the log.

    The listener sets `audience`, which returns the number of a story's readers on all processes.
    """

    def __init__(
        self, events: Log, subscriptions: Subscriptions, capacity: Capacity, drain_seconds: float
    ) -> None:
        self.capacity = capacity
        self.drain_seconds = drain_seconds
        self._log = events
        self._subscriptions = subscriptions
        self._feeds: dict[str, Feed] = {}
        self._opening: dict[str, asyncio.Task[Feed]] = {}
        self._catching_up: dict[Feed, asyncio.Task[None]] = {}
        self._again: set[Feed] = set()
        self._idle_since: dict[str, float] = {}
        self._polled_at: dict[str, float] = {}  # stories without a feed here
        self._tasks: set[asyncio.Task[None]] = set()
        self._fan_outs: dict[str, FanOut] = {}
        self._reading: dict[tuple[str, int], asyncio.Task[tuple[str, list[Frame]]]] = {}
        self.audience: Callable[[str], int] = lambda _: 0

    @property
    def feeds(self) -> dict[str, Feed]:
        return self._feeds

    async def open(self, slug: str, events: int = RING_EVENTS) -> Feed:
        """The feed of a story, opened with its newest events if this process has none yet. Raises `NotFound`, `Unavailable`."""
        feed = self._feeds.get(slug)
        if feed is not None:
            return feed
        task = self._opening.get(slug)
        if task is None:
            task = self._opening[slug] = asyncio.create_task(self._open(slug, events))
            task.add_done_callback(lambda _: self._opening.pop(slug, None))
        return await asyncio.shield(task)

    async def open_for_page(self, slug: str) -> Feed:
        """As `open()`, with few events: most stories that are read are old, and nobody follows them. Raises as `open()`."""
        return await self.open(slug, FIRST_EVENTS)

    def polled(self, slug: str) -> Feed | None:
        """The feed of a story for which somebody polls, if it is open; it stays open."""
        feed = self._feeds.get(slug)
        if feed is not None:
            feed.asked = True
        return feed

    def note_poll(self, slug: str) -> None:
        """Note that the log has answered a poll. At the second one within a minute the feed is opened, for the next ones;
        not, if all idle feeds that may be open at once are polled, too.
        """
        if slug in self._feeds:
            return
        now = asyncio.get_running_loop().time()
        before = self._polled_at.pop(slug, float("-inf"))
        self._polled_at[slug] = now
        if len(self._polled_at) > MOST_POLLED:
            del self._polled_at[next(iter(self._polled_at))]
        if now - before > IDLE_SECONDS or len(self._opening) >= OPENED_AT_ONCE:
            return
        oldest = min(self._idle_since.values(), default=now)
        if len(self._idle_since) < MOST_IDLE or now - oldest > POLL_SECONDS:
            self.spawn(self._open_soon(slug))

    async def _open_soon(self, slug: str) -> None:
        with suppress(LiveblogError):
            (await self.open(slug)).asked = True

    async def held(self, slug: str) -> Feed | None:
        """The feed of a story if this process has or is opening one; otherwise None. Raises `NotFound`,
        `Unavailable`.
        """
        return await self.open(slug) if slug in self._opening else self._feeds.get(slug)

    async def reach(self, slug: str, seq: int, *, heard: bool) -> None:
        """Return when this process's readers and pages have an event. Return at once if the story has no feed here.

        If Redis took the event (`heard`), it arrives through Redis, as in every process. If that takes longer than
        0.25 s, or Redis did not take it, the log is read.
        """
        feed = self._feeds.get(slug)
        if feed is None or feed.applied >= seq:
            return
        if heard:
            arrival = Arrival(feed, seq)
            feed.followers.add(arrival)
            try:
                async with asyncio.timeout(REACH_SECONDS):
                    await arrival.come
                return
            except TimeoutError:
                pass
            finally:
                feed.followers.discard(arrival)
        await self.catch_up(feed)

    def receive(self, slug: str, epoch: str, frames: Sequence[Frame]) -> None:
        """Take events from Redis. If there is a gap, catch up with the log."""
        feed = self._feeds.get(slug)
        if feed is not None and self._offer(feed, epoch, frames) in {Offer.GAP, Offer.OTHER_EPOCH}:
            self.catch_up_soon(feed)

    def _offer(self, feed: Feed, epoch: str, frames: Sequence[Frame]) -> Offer:
        if any(frame.purged for frame in frames):
            for key in [key for key in self._reading if key[0] == feed.slug]:
                del self._reading[key]  # these blocks still hold the purged text
        return feed.offer(epoch, frames)

    def catch_up_soon(self, feed: Feed) -> None:
        """Start a catch-up in the background."""
        self.spawn(self.catch_up(feed))

    async def catch_up(self, feed: Feed) -> None:
        """Catch a feed up with the log. Concurrent calls share one read.

        Never raises. If the database does not answer, the next head check tries again.
        """
        self._again.add(feed)
        task = self._catching_up.get(feed)
        if task is None:
            task = self._catching_up[feed] = _for_all(self._catch_up(feed))
        await asyncio.shield(task)

    def fan_out(self, feed: Feed) -> FanOut:
        """The fan-out of a feed, of the readers that are `SocketReader`s; the others follow the feed themselves."""
        fan_out = self._fan_outs.get(feed.slug)
        if fan_out is None or fan_out.feed is not feed:
            fan_out = self._fan_outs[feed.slug] = FanOut(feed, self, self.capacity)
            feed.followers.add(fan_out)
        return fan_out

    @property
    def passing(self) -> bool:
        """Whether a fan-out is sending frames at this moment."""
        return any(fan_out.passing for fan_out in self._fan_outs.values())

    def sweep(self) -> None:
        """Abort stalled readers. Called once a second."""
        for fan_out in self._fan_outs.values():
            fan_out.sweep()

    async def read_log(self, feed: Feed, seq: int) -> tuple[str, list[Frame]]:
        """The epoch, and the events after `seq` from the log. Concurrent readers share one read.

        It waits while the database does not answer.
        """
        key = (feed.slug, seq - seq % BATCH)
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = _for_all(self._read_block(*key))
            loop = asyncio.get_running_loop()
            task.add_done_callback(
                lambda _: loop.call_later(BLOCK_SECONDS, self._reading.pop, key, None)
            )
        epoch, frames = await asyncio.shield(task)
        following = [frame for frame in frames if frame.seq > seq]
        # The block may have been read before the newest events were written.
        return (epoch, following) if following else await self._read_block(feed.slug, seq)

    async def _read_block(self, slug: str, seq: int) -> tuple[str, list[Frame]]:
        while True:
            try:
                position, events = await self._log.after(slug, seq, BATCH)
                return position.epoch, _frames(events)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)  # readers wait for the database

    async def check_heads(self) -> None:
        """Compare the positions of all open stories with the log, in one query, and catch up where they differ.

        Raises `Unavailable`.
        """
        if not self._feeds:
            return
        marks = {slug: feed.mark or _mark(feed) for slug, feed in self._feeds.items()}
        for slug, (position, embed_origins) in (await self._log.moved(marks)).items():
            feed = self._feeds.get(slug)
            if feed is None:
                continue
            self._limit(feed, embed_origins)
            if position == (feed.epoch, feed.applied):
                continue
            if position.epoch == feed.epoch and position.head < feed.applied:
                # Redis was faster than this snapshot, or the database was restored from an older copy.
                self.spawn(self._check_for_older_copy(feed))
            else:
                self.catch_up_soon(feed)

    def _limit(self, feed: Feed, origins: tuple[str, ...]) -> None:
        """Note which sites may embed a story. If that has changed, its readers connect again, and are checked anew."""
        if origins == feed.embed_origins:
            return
        feed.embed_origins, feed.mark = origins, ""
        feed.wake()
        if fan_out := self._fan_outs.get(feed.slug):
            fan_out.dismiss()

    async def close_idle(self) -> None:
        """Close feeds that have had no reader, and for which nobody has polled, for 60 s, and the oldest ones when more than 100 are idle."""
        now = asyncio.get_running_loop().time()
        for slug, feed in self._feeds.items():
            if feed.readers:
                self._idle_since.pop(slug, None)
            elif feed.asked:
                self._idle_since[slug] = now
            else:
                self._idle_since.setdefault(slug, now)
            feed.asked = False
        self._trim_rings()
        by_age = sorted(self._idle_since, key=self._idle_since.__getitem__)
        too_many = len(by_age) - MOST_IDLE
        closed = []
        for number, slug in enumerate(by_age):
            if number < too_many or now - self._idle_since[slug] > IDLE_SECONDS:
                del self._feeds[slug], self._idle_since[slug]
                self._fan_outs.pop(slug, None)
                closed.append(slug)
        # In a loop of its own, because readers may arrive during an unsubscribe.
        for slug in closed:
            if slug not in self._feeds and slug not in self._opening:
                await self._subscriptions.unsubscribe(channel(slug))

    def _trim_rings(self) -> None:
        """Keep all rings together within their limit. The largest rings are cut to an equal share of the rest."""
        if sum(feed.size for feed in self._feeds.values()) <= ALL_CHARACTERS:
            return
        left, feeds = ALL_CHARACTERS, sorted(self._feeds.values(), key=lambda feed: feed.size)
        for place, feed in enumerate(feeds):
            feed.trim(left // (len(feeds) - place))
            left -= feed.size

    async def close(self) -> None:
        """Cancel all tasks."""
        tasks: list[asyncio.Task[Any]] = [*self._tasks, *self._opening.values()]
        tasks += [*self._catching_up.values(), *self._reading.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, slug: str, most: int) -> Feed:
        standing = (await self._log.standings([slug])).get(slug)
        if standing is None:
            raise NotFound(f"no story {slug!r}")
        await self._subscriptions.subscribe(channel(slug))
        try:
            position, events = await self._log.tail(slug, most)
        except BaseException:
            await self._subscriptions.unsubscribe(channel(slug))
            raise
        newest = _frames(events)
        feed = Feed(slug, position.epoch, position.head, newest)
        feed.embed_origins, feed.mark = standing.embed_origins, ""
        self._feeds[slug] = feed
        self.spawn(pack(newest[-PACKED:]))
        self.catch_up_soon(feed)  # for events published while the log was read
        return feed

    async def _catch_up(self, feed: Feed) -> None:
        try:
            while feed in self._again:
                self._again.discard(feed)
                before = feed.applied  # Redis may bring more while the log is read
                position, events = await self._log.after(feed.slug, before, BATCH)
                if position.epoch != feed.epoch or position.head < before:
                    await self._restart(feed)
                    continue
                before = feed.applied
                self._offer(feed, position.epoch, _frames(events))
                metrics.MISSED.inc(feed.applied - before)
                if len(events) == BATCH:
                    self._again.add(feed)
        except LiveblogError as error:
            log.warning("feed catch-up failed", story=feed.slug, reason=str(error))
        except Exception:
            log.exception("feed catch-up failed", story=feed.slug)
        finally:
            # No await since the loop's last check, so no request is missed.
            del self._catching_up[feed]

    async def _check_for_older_copy(self, feed: Feed) -> None:
        """Catch up if the log is still behind the feed: then the database was restored from an older copy."""
        before = feed.applied
        try:
            position = (await self._log.positions([feed.slug])).get(feed.slug)
        except LiveblogError:
            return
        if position is not None and position.head < before:
            self.catch_up_soon(feed)

    async def _restart(self, feed: Feed) -> None:
        position, events = await self._log.tail(feed.slug, RING_EVENTS)
        log.warning("feed reset", story=feed.slug, epoch=position.epoch, head=position.head)
        feed.restart(position.epoch, position.head, _frames(events))
        self._again.add(feed)  # for events written while the log was read

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` in the background until it ends or the hub closes."""
        task = _for_all(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _for_all(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """A task of its own, not of the request that came first: that may be a reader's, and of those only some read the
    database at once (store/database.py).
    """
    return asyncio.create_task(work, context=Context())


def channel(slug: str) -> str:
    """The name of a story's channel."""
    return STORY + slug


def _mark(feed: Feed) -> str:
    feed.mark = Standing(Position(feed.epoch, feed.applied), feed.embed_origins).mark
    return feed.mark


def _frames(events: Sequence[Event]) -> list[Frame]:
    return [Frame.of(event.payload) for event in events]
