"""The rows of a story's time line, and the size of its headline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liveblog.content.page.headline import size
from liveblog.models.content import Chapter, Entry, EntryStatus, Story, StoryStatus
from liveblog.store import Activity
from liveblog.store.stories.activity import QUARTER, Count
from liveblog.web.public.course import MOST_ROWS, course

START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)


def story(zone: str = "Europe/Kyiv") -> Story:
    return Story(
        id=1, slug="s", title="S", summary="", status=StoryStatus.LIVE, timezone=zone, language="en",
        created_at=START, updated_at=START, epoch="e", head=1,
    )  # fmt: skip


def entry(at: datetime, seq: int = 1) -> Entry:
    return Entry(
        id=f"e{seq:016x}", story_id=1, seq=seq, status=EntryStatus.PUBLISHED, body="", body_html="",
        published_at=at, created_at=at, key=True,
    )  # fmt: skip


def chapter(at: datetime, title: str) -> Chapter:
    return Chapter(at=at, seq=1, entry_id=title, title=title)


def activity(
    *hours: float, zone: str = "Europe/Kyiv", chapters: tuple[Chapter, ...] = ()
) -> Activity:
    """One entry in each of these quarters, in hours since `START`."""
    counts = tuple(Count(START + timedelta(hours=hour), 1) for hour in hours)
    keys = tuple(entry(count.at) for count in counts[::-1])
    return Activity(story(zone), counts, keys, chapters)


def test_an_hour_that_comes_twice_is_two_rows() -> None:
    """In Kyiv clocks go back at 04:00 on 25 October: 03:30 comes at 00:30 and at 01:30 UTC."""
    found = course(activity(0, 4.5, 5.5, 27))
    assert (found.step, found.entries) == ("hour", 4)
    days = [(f"{group.begins:%d}", group.entries) for group in found.groups]
    assert days == [("26", 1), ("25", 2), ("24", 1)]
    rows = [row for group in found.groups for row in group.rows]
    assert [f"{row.begins:%d %H:%M}" for row in rows] == [
        "26 01:00", "25 03:00", "25 03:00", "24 23:00"
    ]  # fmt: skip
    assert [row.at for row in rows] == [START + timedelta(hours=n) for n in (27, 5.5, 4.5, 0)]
    assert all(row.until - row.at == QUARTER for row in rows)


def test_a_zone_of_45_minutes_has_its_own_hours() -> None:
    found = course(activity(0, 0.25, zone="Asia/Kathmandu"))
    rows = [row for group in found.groups for row in group.rows]
    assert [(f"{row.begins:%d %H:%M}", row.entries) for row in rows] == [
        ("25 02:00", 1),
        ("25 01:00", 1),
    ]


def test_a_row_has_its_key_events_and_its_share() -> None:
    few = activity(0, 0.25, 0.5, 1)
    busy = Activity(
        few.story, (few.counts[0]._replace(entries=30), *few.counts[1:]), few.key_events, ()
    )
    rows = [row for group in course(busy).groups for row in group.rows]
    assert [(row.entries, row.share, len(row.key_events)) for row in rows] == [
        (1, 3, 1),
        (32, 100, 3),
    ]
    assert rows[1].key_events[0].published_at == START + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("count", "every", "step"),
    [(MOST_ROWS, 1, "hour"), (MOST_ROWS + 1, 1, "day"), (MOST_ROWS + 1, 30, "month")],
)
def test_a_long_story_has_days_and_a_very_long_one_months(
    count: int, every: int, step: str
) -> None:
    found = course(activity(*(n * every for n in range(count))))
    assert found.step == step
    assert sum(len(group.rows) for group in found.groups) <= MOST_ROWS
    assert found.entries == count


def test_a_chapter_stands_above_its_last_row_and_oldest_first_above_its_first() -> None:
    begun = (chapter(START, "one"), chapter(START + timedelta(hours=2), "two"))
    told = activity(0, 1, 2, 3, chapters=begun)

    def titles(*, oldest_first: bool) -> list[list[str]]:
        rows = [
            row for group in course(told, oldest_first=oldest_first).groups for row in group.rows
        ]
        return [[one.title for one in row.chapters] for row in rows]

    assert titles(oldest_first=False) == [["two"], [], ["one"], []]
    assert titles(oldest_first=True) == [["one"], [], ["two"], []]


@pytest.mark.parametrize(
    ("title", "expected"),
    [("x" * 48, "short"), ("x" * 49, "medium"), ("x" * 161, "longest"), ("\u6226" * 49, "long")],
)
def test_a_longer_headline_is_smaller(title: str, expected: str) -> None:
    assert size(title) == expected
