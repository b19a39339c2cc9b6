"""What a process keeps in memory has a ceiling: docs/architecture.md, "Memory"."""

from __future__ import annotations

import asyncio
import gc
import re
from collections import Counter
from pathlib import Path

import pytest
from test_hub import Desk, Nobody

import liveblog
from liveblog.bus import rate_limit
from liveblog.content import templates
from liveblog.live import feed as feeds
from liveblog.live.capacity import Capacity
from liveblog.live.feed import Feed
from liveblog.live.frames import Frame
from liveblog.live.hub import Hub
from liveblog.models.content import Entry
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import NewEntry
from liveblog.newsroom.validation import parse
from liveblog.store import Store
from liveblog.web.cache import media, overviews, pages

pytestmark = pytest.mark.anyio

DOCS = Path(liveblog.__file__).parents[1] / "docs" / "architecture.md"


def counted() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, Entry | Frame))


async def test_what_thousands_of_entries_leave_in_memory_levels_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With smaller ceilings, so that a few hundred are enough to reach them."""
    monkeypatch.setattr(templates, "FRAGMENTS", 40)
    monkeypatch.setattr(feeds, "RING_EVENTS", 30)
    desk = Desk(store)
    await desk.open()
    hub = Hub(store.log, Nobody(), Capacity(10, 10), 0)
    await hub.open("story")
    before, figures = counted(), []
    for _ in range(3):
        for _ in range(60):
            await desk.post()
            (announced,) = desk.said
            hub.receive("story", *announced)
            desk.said.clear()
        figures.append(counted() - before)
    del announced
    await hub.close()
    assert figures[1]["Frame"] <= 31
    assert 20 < figures[1]["Entry"] <= 45
    assert figures[1] == figures[2]


async def test_long_entries_are_kept_up_to_a_number_of_characters(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "FRAGMENT_CHARACTERS", 400_000)
    desk = Desk(store)
    await desk.open()
    for number in range(12):
        form = parse(NewEntry, {"body": f"No. {number}: " + 60_000 * "x"})
        await edit.publish(desk.newsroom, desk.editor, "story", form)
    kept = [size for _, size in desk.newsroom.templates._fragments.values()]
    assert 1 < len(kept) < 4
    assert sum(kept) <= 400_000


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


def test_the_docs_name_the_ceilings_that_hold() -> None:
    found = DOCS.read_text().split("## Memory")[1].split("\n## ")[0]
    for number in (
        feeds.RING_EVENTS,
        templates.FRAGMENTS,
        pages.KEPT,
        overviews.KEPT,
        media.REMEMBERED,
        rate_limit.MOST_BUCKETS,
    ):
        assert re.search(rf"\b{number:,}\b", found), number
