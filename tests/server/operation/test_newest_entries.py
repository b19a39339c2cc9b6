"""The reads of feeds and sitemaps, on both databases: order, filters, frequent and rare topics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from liveblog.errors import NotFound
from liveblog.store import Show, Store, View
from liveblog.store.stories import newest
from liveblog.store.tables import entries, entry_topics, stories

pytestmark = pytest.mark.anyio

NOW = datetime(2022, 2, 25, 12, tzinfo=UTC)
KEY = View(Show.KEY)


async def fill(store: Store) -> None:
    """Three stories with entries a minute apart, the newest first: e0 to e9. e1 is a draft, e3 and e6 are key."""
    given = {
        "title": "A story", "summary": "", "status": "live", "topics": [], "timezone": "UTC", "language": "en",
        "created_at": NOW, "epoch": "e", "head": 0, "change_count": 7,
    }  # fmt: skip
    made = [
        await store.stories.create(
            given | {"slug": slug, "topics": topics, "updated_at": NOW - timedelta(hours=number)}
        )
        for number, (slug, topics) in enumerate([("a", []), ("b", ["Fire"]), ("c", ["Alone"])])
    ]
    rows = [
        {
            "id": f"e{number:016x}", "story_id": made[number % 2].id, "seq": 10 - number, "rev": 1, "body": "x",
            "status": "draft" if number == 1 else "published", "body_html": "<p>x</p>", "key": number % 3 == 0,
            "pinned": False, "labels": [], "topics": ["FIRE"] if number < 5 else [], "credits": [], "sources": [],
            "published_at": NOW - timedelta(minutes=number), "created_at": NOW,
        }
        for number in range(10)
    ]  # fmt: skip
    tags = [{"entry_id": row["id"], "topic": "fire"} for row in rows if row["topics"]]
    async with store.database.write() as connection:
        await connection.execute(insert(entries), rows)
        await connection.execute(insert(entry_topics), tags)


def numbers(found: newest.Newest) -> list[int]:
    return [int(entry.id[1:], 16) for _, entry in found.entries]


@pytest.mark.parametrize("rare", [500, 1], ids=["rare", "frequent"])
async def test_newest_entries(
    either_store: Store, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr(newest, "RARE", rare)
    store = either_store.newest
    assert numbers(await store.of_site(10)) == []
    with pytest.raises(NotFound):
        await store.of_topic("fire", 10)
    await fill(either_store)
    site = await store.of_site(4)
    assert numbers(site) == [0, 2, 3, 4]
    assert site.changed == NOW
    assert [story.slug for story, _ in site.entries] == ["a", "a", "b", "a"]
    assert {story.change_count for story, _ in site.entries} == {0}
    assert numbers(await store.of_site(10, KEY)) == [0, 3, 6, 9]
    fire = await store.of_topic("#Fire", 3)
    assert numbers(fire) == [0, 2, 3]
    assert fire.name == "FIRE"
    assert numbers(await store.of_topic("fire", 10, KEY)) == [0, 3]
    alone = await store.of_topic("alone", 10)
    assert (alone.name, alone.entries) == ("Alone", ())
    with pytest.raises(NotFound):
        await store.of_topic("nothing", 10)
    story, found = await store.of_story("b", 2)
    assert story.slug == "b"
    assert [int(entry.id[1:], 16) for entry in found] == [3, 5]
    with pytest.raises(NotFound):
        await store.of_story("nothing", 2)


async def test_stories_of_sitemaps(either_store: Store) -> None:
    await fill(either_store)
    store = either_store.newest
    assert await store.count() == 3
    assert [one.slug for one in await store.listed(0, 2)] == ["a", "b"]
    assert [one.slug for one in await store.listed(2, 2)] == ["c"]
    assert (await store.listed(0, 1))[0].changed == NOW
    first_of_b = NOW - timedelta(minutes=9)
    begun = await store.begun(NOW - timedelta(days=2), 10)
    assert [(one.story.slug, one.at) for one in begun] == [
        ("a", NOW - timedelta(minutes=8)),
        ("b", first_of_b),
    ]
    assert [one.story.slug for one in await store.begun(first_of_b, 1)] == ["a"]
    assert [one.story.slug for one in await store.begun(NOW - timedelta(minutes=8), 10)] == ["a"]
    assert await store.begun(NOW, 10) == ()


async def test_drafts_change_no_page_of_many_stories(store: Store) -> None:
    """Such a page is rendered again when its data changes, which `/metrics` counts."""
    await fill(store)

    async def public() -> list[object]:
        return [
            await store.fronts.get(),
            await store.topics.page("fire", None, 10),
            await store.newest.of_site(10),
            await store.newest.of_topic("fire", 10),
            await store.newest.listed(0, 10),
            await store.newest.begun(NOW - timedelta(days=2), 10),
        ]

    before = await public()
    async with store.database.write() as connection:
        await connection.execute(update(stories).values(change_count=stories.c.change_count + 1))
    assert await public() == before
