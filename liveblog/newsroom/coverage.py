"""The state of a story's coverage: what the clock does, and what a change by an editor brings with it.

The clock starts an upcoming story at `coverage_start`, resumes a paused one at `paused_until`, and ends any at
`coverage_end`. When a live story without a set end is silent for long, it asks the desk, and ends the story if nobody
answers. An editor's change wins: whatever time would undo it at once is dropped with it (`by_hand`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from liveblog.content import event_payload
from liveblog.errors import Invalid
from liveblog.models.content import EventKind, Story, StoryStatus
from liveblog.models.coverage import CoverageReason
from liveblog.newsroom import brief
from liveblog.newsroom.context import Newsroom
from liveblog.store import StoryTransaction

OF_THE_DESK = frozenset({"asked_at", "continued_at"})  # fields that readers never see


class Turn(NamedTuple):
    """What the clock changes: fields of the story, and why. `why` is None for a question to the desk."""

    values: dict[str, Any]
    why: CoverageReason | None


def by_clock(
    story: Story,
    at: datetime,
    ask_after: timedelta | None,
    end_after: timedelta | None,
    *,
    more_to_come: bool,
) -> Turn | None:
    """What is due at a time; None if nothing is.

    `ask_after` is how long a live story may be silent until the desk is asked, `end_after` how long the question stands
    until the story ends; None means never. With `more_to_come` an entry is scheduled, so the story is not silent.
    """
    status, end = story.status, story.coverage_end
    if status is StoryStatus.ENDED:
        return None
    if _reached(end, at):
        ended = {"status": StoryStatus.ENDED, "paused_until": None}
        return Turn(ended, CoverageReason.CLOCK)
    if status is StoryStatus.UPCOMING and _reached(story.coverage_start, at):
        return Turn({"status": StoryStatus.LIVE}, CoverageReason.CLOCK)
    if status is StoryStatus.PAUSED and _reached(story.paused_until, at):
        return Turn({"status": StoryStatus.LIVE, "paused_until": None}, CoverageReason.CLOCK)
    # A story with a set end may be silent until then: an editor has said how long it goes on.
    if status is not StoryStatus.LIVE or end is not None or ask_after is None or more_to_come:
        return None
    if at < story.silent_since + ask_after:
        return None
    asked = story.question_since
    if asked is None:
        return Turn({"asked_at": at}, None)
    if end_after is not None and at >= asked + end_after:
        return Turn({"status": StoryStatus.ENDED, "coverage_end": at}, CoverageReason.SILENCE)
    return None


def at_first(values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The values that an editor sent for a new story, with those that follow from them. Raises `Invalid`."""
    if values["status"] is StoryStatus.LIVE and values["coverage_start"] is None:
        values = values | {"coverage_start": at}
    _require_sound(values["status"], values, at, values)
    return values


def by_hand(story: Story, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The values that an editor sent for a story, with those that follow from them.

    `status: live` for a live story answers the question whether it has ended. Raises `Invalid`.
    """
    values, sent = dict(values), values
    status = values.get("status", story.status)
    turned = status is not story.status
    start, end = (
        values.get(name, getattr(story, name)) for name in ("coverage_start", "coverage_end")
    )
    if status is StoryStatus.LIVE and (start is None or (turned and start > at)):
        values.setdefault("coverage_start", at)
    if status is StoryStatus.ENDED and turned:
        values.setdefault("coverage_end", at)
        if start is not None and start > at:
            values.setdefault("coverage_start", None)  # it never began
    elif turned and _reached(end, at):
        values["coverage_end"] = None  # otherwise the clock would end it again
    if status is StoryStatus.UPCOMING and turned and _reached(start, at):
        values["coverage_start"] = None
    if status is not StoryStatus.PAUSED:
        values.setdefault("paused_until", None)
    if values.get("status") is StoryStatus.LIVE and not turned and story.question_since:
        values["continued_at"] = at
    _require_sound(status, story.model_dump() | values, at, sent)
    return values


def _require_sound(
    status: StoryStatus, values: dict[str, Any], at: datetime, sent: Mapping[str, Any]
) -> None:
    """Raises `Invalid` if the times of a story contradict each other or its status. It names a field that was sent."""
    start, end, back = (values[name] for name in ("coverage_start", "coverage_end", "paused_until"))
    if start and end and end < start:
        if "coverage_start" in sent and "coverage_end" not in sent:
            raise Invalid({"coverage_start": "must not lie after coverage_end"})
        raise Invalid({"coverage_end": "must not lie before coverage_start"})
    if back is None:
        return
    if status is not StoryStatus.PAUSED:
        raise Invalid({"paused_until": "needs the status paused"})
    if back <= at and "paused_until" in sent:
        raise Invalid({"paused_until": "must lie in the future"})
    if end and back > end:
        if "paused_until" in sent:
            raise Invalid({"paused_until": "must not lie after coverage_end"})
        raise Invalid({"coverage_end": "must not lie before paused_until"})


async def keep_time(newsroom: Newsroom, slug: str) -> None:
    """Does what is due for a story. Of several processes that do so at once, one finds something to do.

    Raises `NotFound`.
    """
    async with newsroom.store.log.transaction(slug) as tx:
        at = newsroom.clock()
        turn = by_clock(
            tx.story,
            at,
            newsroom.ask_after,
            newsroom.end_after,
            more_to_come=await tx.coverage.has_scheduled(),
        )
        if turn is None:
            return
        await write(newsroom, tx, turn.values, at, None, turn.why)
    await announce(newsroom, tx)


async def reopen(newsroom: Newsroom, tx: StoryTransaction, at: datetime, by: int | None) -> None:
    """An update makes a story live again if it ended by its silence. One that somebody ended stays so."""
    if tx.story.status is not StoryStatus.ENDED:
        return
    if await tx.coverage.last_reason() is CoverageReason.SILENCE:
        values = {"status": StoryStatus.LIVE, "coverage_end": None}
        await write(newsroom, tx, values, at, by, CoverageReason.UPDATE)


async def write(
    newsroom: Newsroom,
    tx: StoryTransaction,
    values: dict[str, Any],
    at: datetime,
    by: int | None,
    why: CoverageReason | None,
) -> None:
    """Changes fields of the story in its transaction, with the event for readers and the line of its history.

    What only the desk sees makes no event. `by` is the id of the user.
    """
    was, public = tx.story.status, not values.keys() <= OF_THE_DESK
    await tx.update_story(values | {"rev": tx.story.rev + 1} if public else values)
    if why is not None and tx.story.status is not was:
        await tx.coverage.remember(at, by, tx.story.status, why)
    if public:
        told = await brief.told(newsroom.templates, tx)
        text = event_payload.story(newsroom.templates, tx.next_seq, tx.story, at, told)
        await tx.append(EventKind.STORY_UPDATED, None, at, text)


async def announce(newsroom: Newsroom, tx: StoryTransaction) -> None:
    """Tells readers and the desk of a change of the story, after its commit, also of one that has no event."""
    await newsroom.announce(tx.story, tx.appended, tx.made)


def _reached(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at
