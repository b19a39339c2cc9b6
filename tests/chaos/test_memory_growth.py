"""What long and many entries leave in the memory of a process."""

from __future__ import annotations

import gc
from collections import Counter

import pytest
from hub_parts import Desk, Nobody

from liveblog.content import templates
from liveblog.live import feed as feeds
from liveblog.live.capacity import Capacity
from liveblog.live.frames import Frame
from liveblog.live.hub import Hub
from liveblog.models.content import Entry
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import NewEntry
from liveblog.newsroom.validation import parse
from liveblog.store import Store

pytestmark = pytest.mark.anyio


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
