"""What a process keeps in memory has a ceiling: docs/architecture.md, "Memory"."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest
from hub_parts import Nobody

import liveblog
from liveblog.bus import rate_limit
from liveblog.content import templates
from liveblog.content.encodings import Coding
from liveblog.live import feed as feeds
from liveblog.live.capacity import Capacity
from liveblog.live.feed import Feed
from liveblog.live.frames import Frame
from liveblog.live.hub import Hub
from liveblog.store import Position, Store
from liveblog.web.cache import media, overviews, pages
from liveblog.web.cache.overviews import Overviews
from liveblog.web.cache.pages import PageCache

pytestmark = pytest.mark.anyio

DOCS = Path(liveblog.__file__).parents[1] / "docs" / "architecture.md"


async def test_the_rings_of_all_stories_together_have_a_bound(store: Store) -> None:
    hub = Hub(store.log, Nobody(), Capacity(10, 10), 0)
    text, small = 100_000 * "x", 1_000
    for number, events in enumerate((80, 80, 80, 80, 80, 80, 3)):
        frames = [Frame(seq, None, text) for seq in range(1, events + 1)]
        hub.feeds[f"s{number}"] = Feed(f"s{number}", "epoch", events, frames)
    assert sum(feed.size for feed in hub.feeds.values()) > feeds.ALL_CHARACTERS
    await asyncio.wait_for(hub.close_idle(), small)
    assert sum(feed.size for feed in hub.feeds.values()) <= feeds.ALL_CHARACTERS
    assert hub.feeds["s6"].after(0) is not None  # what is small stays whole
    for feed in list(hub.feeds.values())[:6]:
        assert feed.after(0) is None  # the log has it
        (last,) = feed.after(feed.applied - 1) or []
        assert last.seq == feed.applied
        assert feed.size > feeds.RING_CHARACTERS // 2
    await hub.close()


async def test_the_bytes_of_pages_have_a_bound_with_all_their_codings() -> None:
    page = "".join(f"<p>{number * 7919}</p>" for number in range(5_000))
    cache = PageCache(100, 3 * len(page))
    feeds_by_slug: dict[str, Feed] = {}

    async def kept(slug: str, *codings: Coding) -> None:
        feed = feeds_by_slug.setdefault(slug, Feed(slug, "epoch", 0, []))
        rendered = await cache.get("page", feed, partial(rendered_as, page), {})
        for coding in codings:
            await rendered.body(coding)

    def held() -> list[str]:
        return [slug for slug, feed in feeds_by_slug.items() if cache.held("page", feed)]

    for slug in "abc":
        await kept(slug)
    assert held() == ["a", "b", "c"]
    await kept("c", Coding.GZIP, Coding.BROTLI)
    cache.sweep(feeds_by_slug)
    assert held() == ["b", "c"]  # what was compressed takes room, too
    await kept("d")
    assert held() == ["c", "d"]
    small = PageCache(100, 1)  # a page larger than the bound is kept alone
    for slug in "ab":
        assert await small.get("page", feeds_by_slug[slug], partial(rendered_as, page), {})
    assert not small.held("page", feeds_by_slug["a"])
    assert small.held("page", feeds_by_slug["b"])


async def test_the_bytes_of_fronts_and_topics_have_a_bound_with_all_languages_and_codings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overviews, "SECONDS", 600.0)  # nothing is read anew meanwhile
    page = "".join(f"<p>{number * 7919}</p>" for number in range(5_000))
    cache = Overviews(100, 3 * len(page))
    read: list[str] = []

    async def asked(key: str, language: str = "en", coding: Coding = Coding.IDENTITY) -> None:
        async def reads() -> str:
            read.append(key)
            return key

        async def renders(_: str) -> str:
            return page

        await (await cache.get(key, language, reads, renders, {})).body(coding)

    async def held(*keys: str) -> bool:
        read.clear()
        for key in keys:
            await asked(key)
        return not read

    for key in "abc":
        await asked(key)
    assert await held("a", "b", "c")
    await asked("c", coding=Coding.GZIP)
    await asked("c", "uk")  # a page of its own
    assert await held("c")
    assert await held("b") is False
    cache = Overviews(100, 1)  # one that is larger than the bound is kept alone
    await asked("a")
    assert await held("a")
    await asked("b")
    assert await held("b")
    assert await held("a") is False


async def rendered_as(page: str) -> tuple[Position, str]:
    return Position("epoch", 0), page


def test_the_docs_name_the_ceilings_that_hold() -> None:
    found = DOCS.read_text().split("## Memory")[1].split("\n## ")[0]
    for number in (
        feeds.RING_EVENTS,
        templates.FRAGMENTS,
        pages.KEPT,
        pages.KEPT_BYTES // 2**20,
        overviews.KEPT,
        overviews.KEPT_BYTES // 2**20,
        media.REMEMBERED,
        rate_limit.MOST_BUCKETS,
    ):
        assert re.search(rf"\b{number:,}\b", found), number
