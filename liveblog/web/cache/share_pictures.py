"""Share pictures, drawn once for each content and kept until a text is purged."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from liveblog import metrics
from liveblog.content.share.card import Share, drawn
from liveblog.errors import Crowded
from liveblog.live.feed import Feed
from liveblog.models.content import Medium
from liveblog.process.pool import Pool
from liveblog.store import File, Files
from liveblog.web.cache.media import MediaCache

DESIGN = "1"  # another one gives every picture another tag
KEPT_BYTES = 32 * 1024 * 1024
SECONDS = 5.0  # of processor time for one picture; the most expensive one takes a third of it
OWNER = "share pictures"  # all of them together have one turn in the pool
# Pictures that may wait at once. Each takes 0.1 to 1 s, so nobody waits for more than a minute.
WAITING = 32
WAITING_PER_NETWORK = 4
BEHIND_WIDTH = 960  # pixels: the smallest variant that looks sharp behind a text
BEHIND_PIXELS = 4_000_000
BEHIND_BYTES = 2 * 1024 * 1024


class Content(NamedTuple):
    """What a picture shows: its words, and the medium behind them."""

    share: Share
    medium: Medium | None

    @property
    def etag(self) -> str:
        """The tag of the picture (RFC 9110, 8.8.3). It is known before the picture is drawn."""
        behind = self.medium.id if self.medium else ""
        return f'"{sha256(repr((DESIGN, self.share, behind)).encode()).hexdigest()[:20]}"'


class Kept(NamedTuple):
    """A picture, and `Feed.texts` from before its content was read."""

    texts: object
    file: bytes


class SharePictures:
    """Draws pictures in the pool, and keeps them: at most 32 MiB."""

    def __init__(self, pool: Pool, files: Files, media: MediaCache) -> None:
        self._pool = pool
        self._files = files
        self._media = media
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[tuple[str, str, object], asyncio.Task[bytes]] = {}
        self._waiting: Counter[str | None] = Counter()

    def held(self, feed: Feed, content: Content) -> bytes | None:
        """The picture if it is kept."""
        key = (feed.slug, content.etag)
        kept = self._kept.get(key)
        if kept is None or kept.texts is not feed.texts:
            return None
        self._kept.move_to_end(key)
        return kept.file

    async def draw(self, feed: Feed, texts: object, content: Content, network: str | None) -> bytes:
        """The picture, drawn once for all who ask for it at the same time.

        `texts` is `Feed.texts` from before the content was read; after a purge the picture is not kept. `network` is
        where the request comes from, None if that is not known. Raises `Crowded` if too many pictures wait, and what
        `Pool.run` and the store of files raise.
        """
        key = (feed.slug, content.etag, texts)
        task = self._drawing.get(key)
        if task is None:
            if self._waiting.total() >= WAITING or (
                network is not None and self._waiting[network] >= WAITING_PER_NETWORK
            ):
                raise Crowded(SECONDS)
            self._waiting[network] += 1
            task = self._drawing[key] = asyncio.create_task(self._drawn(feed, texts, content))
            task.add_done_callback(lambda done: self._ended(key, network, done))
        return await asyncio.shield(task)

    def sweep(self, feeds: Iterable[Feed]) -> None:
        """Drop pictures after a purge in their story, and those of stories without a feed."""
        if not self._kept:
            return
        current = {feed.slug: feed.texts for feed in feeds}
        for key, kept in list(self._kept.items()):
            if current.get(key[0]) is not kept.texts:
                self._forget(key)

    def _ended(
        self, key: tuple[str, str, object], network: str | None, done: asyncio.Task[bytes]
    ) -> None:
        self._drawing.pop(key, None)
        self._waiting[network] -= 1
        if not self._waiting[network]:
            del self._waiting[network]
        if not done.cancelled():
            done.exception()  # marks it as retrieved: all waiters may be gone

    async def _drawn(self, feed: Feed, texts: object, content: Content) -> bytes:
        behind = await self._behind(content.medium) if content.medium else None
        file = await self._pool.run(OWNER, drawn, content.share, behind, seconds=SECONDS)
        metrics.SHARE_PICTURES.inc()
        if feed.texts is texts:
            key = (feed.slug, content.etag)
            self._forget(key)
            self._kept[key] = Kept(texts, file)
            self._bytes += len(file)
            while self._bytes > KEPT_BYTES:
                self._forget(next(iter(self._kept)))
        return file

    async def _behind(self, medium: Medium) -> bytes | None:
        """The file of a stored variant, never of the whole picture if there is a smaller one that is sharp enough."""
        stored = await self._media.public(medium.id)
        file = chosen(stored.files.values()) if stored else None
        if file is None:
            return None
        try:
            chunks = self._files.read(f"{medium.id}/{file.name}", 0, file.size)
            return b"".join([chunk async for chunk in chunks])
        except FileNotFoundError:  # it was purged meanwhile
            return None

    def _forget(self, key: tuple[str, str]) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= len(kept.file) if kept else 0


def chosen(files: Iterable[File]) -> File | None:
    """The smallest JPEG that is wide enough, otherwise the widest one that is not too large."""
    fitting = [
        (file.width, file)
        for file in files
        if file.type == "image/jpeg"
        and file.width
        and file.width * (file.height or 0) <= BEHIND_PIXELS
        and file.size <= BEHIND_BYTES
    ]
    fitting.sort(key=lambda one: one[0])
    wide = [file for width, file in fitting if width >= BEHIND_WIDTH]
    return wide[0] if wide else fitting[-1][1] if fitting else None
