"""The rows of a story's time line: its hours; in a long story its days, in a very long one its months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from liveblog.models.content import Chapter, Entry
from liveblog.store import Activity
from liveblog.store.stories.activity import QUARTER

MOST_ROWS = 200  # of hours or of days

Step = Literal["hour", "day", "month"]
STEPS: tuple[Step, ...] = ("hour", "day", "month")


class Row(NamedTuple):
    """A stretch of time with entries.

    - `at`, `until`: UTC; all its entries are in it. `begins`: the local time at which the hour, day or month begins.
    - `share`: how many entries it has, in percent of the busiest row, at least 1.
    - `key_events`: newest first. `chapters`: those whose heading stands above it, in the order of the time line.
    """

    at: datetime
    until: datetime
    begins: datetime
    entries: int
    share: int
    key_events: tuple[Entry, ...]
    chapters: tuple[Chapter, ...]


class Group(NamedTuple):
    """The rows of one day, month or year. `begins` is local. `entries` is their sum."""

    begins: datetime
    entries: int
    rows: tuple[Row, ...]


class Course(NamedTuple):
    """The time line of a story, in the order of its feed. `step` is the length of a row."""

    step: Step
    entries: int
    groups: tuple[Group, ...]


class _Key(NamedTuple):
    """A row: its beginning, and for hours the offset from UTC, because an hour comes twice when clocks go back."""

    begins: datetime
    offset: timedelta | None


def course(activity: Activity, *, oldest_first: bool = False) -> Course:
    """The time line in the story's zone: the finest one with at most `MOST_ROWS` rows."""
    for step in STEPS:
        rows = _rows(activity, step)
        if len(rows) <= MOST_ROWS:
            break
    most = max((row.entries for row in rows), default=1)
    rows = [row._replace(share=max(1, round(100 * row.entries / most))) for row in rows]
    if not oldest_first:
        rows = _last_first(rows)
    groups = [
        Group(begins, sum(row.entries for row in few), few)
        for begins, few in (
            (begins, tuple(found)) for begins, found in groupby(rows, lambda row: _group(row, step))
        )
    ]
    return Course(step, sum(group.entries for group in groups), tuple(groups))


def _last_first(rows: list[Row]) -> list[Row]:
    """The rows turned round. A chapter's heading stands above its last row, not where it begins."""
    found: list[Row] = []
    begun: list[Chapter] = []  # the chapters of the row, or the one that goes on in it
    for row in rows:
        begun = list(row.chapters) or begun[-1:]
        found.append(row._replace(chapters=tuple(begun[::-1])))
    turned = found[::-1]
    above = [(), *(row.chapters for row in turned)]
    return [
        row._replace(chapters=tuple(one for one in row.chapters if one not in newer))
        for row, newer in zip(turned, above, strict=False)
    ]


def _rows(activity: Activity, step: Step) -> list[Row]:
    """The rows, first to last, each with the chapters that begin in it; `share` is not known yet."""
    key = _keys(ZoneInfo(activity.story.timezone), step)
    events, chapters = defaultdict(list), defaultdict(list)
    for entry in activity.key_events:
        if entry.published_at is not None:
            events[key(entry.published_at)].append(entry)
    for chapter in activity.chapters:
        chapters[key(chapter.at)].append(chapter)
    found = []
    for one, counts in groupby(activity.counts, lambda count: key(count.at)):
        few = list(counts)
        total = sum(count.entries for count in few)
        until = few[-1].at + QUARTER
        own = tuple(events[one]), tuple(chapters[one])
        found.append(Row(few[0].at, until, one.begins, total, 0, *own))
    return found


def _keys(zone: ZoneInfo, step: Step) -> Callable[[datetime], _Key]:
    def key(at: datetime) -> _Key:
        local = at.astimezone(zone)
        hour = local.replace(minute=0, second=0, microsecond=0)
        if step == "hour":
            return _Key(hour.replace(tzinfo=None), local.utcoffset())
        day = hour.replace(hour=0, tzinfo=None)
        return _Key(day if step == "day" else day.replace(day=1), None)

    return key


def _group(row: Row, step: Step) -> datetime:
    """The day of an hour, the month of a day, the year of a month."""
    begins = row.begins.replace(hour=0)
    if step != "hour":
        begins = begins.replace(day=1)
    return begins.replace(month=1) if step == "month" else begins
