"""The headings in a feed: at the first entry of a day in the story's zone, and at the first one of a chapter.

`static/reader/headings.js` does the same when entries come and go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from liveblog.models.content import Chapter, Entry, Story


class Headed(NamedTuple):
    """An entry in a feed. `day`: whether it is the first of its day. `chapter`: the title, if it is the first of one."""

    entry: Entry
    day: bool
    chapter: str | None


def headed(
    entries: Sequence[Entry], story: Story, chapters: Sequence[Chapter] = ()
) -> Iterator[Headed]:
    """The entries of a feed, in its order, with what stands above each. `chapters` are first to last."""
    zone = ZoneInfo(story.timezone)
    day = chapter = None
    for entry in entries:
        at = entry.published_at or entry.created_at
        begun = (one for one in reversed(chapters) if (one.at, one.seq) <= (at, entry.seq or 0))
        date, now = at.astimezone(zone).date(), next(begun, None)
        yield Headed(entry, date != day, now.title if now and now != chapter else None)
        day, chapter = date, now
