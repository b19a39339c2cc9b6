"""The Brief: what is known of a story now, in a few points. Each is as sure as the entry that it rests on.

Editors write the points. If they wrote none, the newest key events are the points. A point whose entry was taken down
has no words: they would tell what the entry said.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from liveblog.models.content import Entry, Story, Value, VerificationStatus

MOST_POINTS = 7


class Basis(NamedTuple):
    """What the Brief of a story is made of, at one moment.

    - `bound`: the published entries on which the editors' points rest, by id.
    - `key_events`: the newest key events, newest first; none if editors wrote points.
    - `more`: the number of published key events that no point stands for.
    - `as_of`: when editors wrote the Brief, or the time of its newest key event; None without points.
    - `since`: the number of entries published since then.
    """

    story: Story
    bound: dict[str, Entry]
    key_events: tuple[Entry, ...]
    more: int
    as_of: datetime | None
    since: int


class BriefPoint(Value):
    """A point as readers have it.

    `text` is empty if the entry was `taken_down`. `status` is how sure the entry is, None if nobody said. `corrected`
    tells that the entry was corrected after the point was written. `at` is when it became as sure as it is.
    """

    text: str
    entry: str | None = None
    status: VerificationStatus | None = None
    corrected: bool = False
    taken_down: bool = False
    at: datetime | None = None


class Brief(Value):
    """The Brief as readers have it. `written` tells that editors wrote the points. `more` and `as_of` are those of `Basis`."""

    summary: str = ""
    points: tuple[BriefPoint, ...] = ()
    written: bool = False
    as_of: datetime | None = None
    more: int = 0
