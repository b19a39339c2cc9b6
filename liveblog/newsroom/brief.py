"""The Brief in the newsroom: what editors may write, what events say of it, and what a purge takes from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from liveblog.content import event_payload
from liveblog.content.brief import brief_of
from liveblog.content.event_payload import BriefFields
from liveblog.content.templates import Templates
from liveblog.errors import Invalid, NotFound
from liveblog.models.brief import Brief
from liveblog.models.content import Entry, EntryStatus, Point, Story
from liveblog.newsroom.forms import PointForm
from liveblog.store import StoryTransaction

UNKNOWN = "must be the id of a published entry of this story"


async def written(
    tx: StoryTransaction, forms: Sequence[PointForm], at: datetime
) -> tuple[Point, ...]:
    """The points that editors wrote. An unchanged point keeps its time, also if its entry was taken down.

    Raises `Invalid` for a point that rests on no published entry of the story.
    """
    before = {(point.text, point.entry): point for point in tx.story.points}
    points, wrong = [], {}
    for number, form in enumerate(forms):
        point = before.get((form.text, form.entry))
        if point is None:
            point = Point(text=form.text, entry=form.entry, at=at)
            if form.entry is not None and not await _is_public(tx, form.entry):
                wrong[f"points.{number}.entry"] = UNKNOWN
        points.append(point)
    if wrong:
        raise Invalid(wrong)
    return tuple(points)


def first_written(forms: Sequence[PointForm], at: datetime) -> tuple[Point, ...]:
    """The points of a new story, which has no entries. Raises `Invalid` if one rests on an entry."""
    wrong = {f"points.{n}.entry": UNKNOWN for n, form in enumerate(forms) if form.entry is not None}
    if wrong:
        raise Invalid(wrong)
    return tuple(Point(text=form.text, at=at) for form in forms)


async def _is_public(tx: StoryTransaction, entry_id: str) -> bool:
    try:
        return (await tx.entries.get(entry_id)).status is EntryStatus.PUBLISHED
    except NotFound:
        return False


def concerns(story: Story, *states: Entry | None) -> bool:
    """Whether the Brief may change with an entry, of which these are the states before and after."""
    bound = {point.entry for point in story.points}
    public = [one for one in states if one is not None and one.status is EntryStatus.PUBLISHED]
    return any(entry.key or entry.id in bound for entry in public)


async def present(tx: StoryTransaction) -> Brief:
    """The Brief as readers have it now."""
    return brief_of(await tx.brief.basis(tx.story))


async def told(
    templates: Templates,
    tx: StoryTransaction,
    before: Brief | None = None,
    *,
    concerned: bool = True,
) -> BriefFields:
    """What the next event says of the Brief. `before` is the Brief that readers have; None sends it anew.

    If the change is not `concerned` with the Brief, only the number of entries since is told.
    """
    if not concerned:
        return {"brief_since": await tx.brief.since(tx.story)}
    basis = await tx.brief.basis(tx.story)
    now = brief_of(basis)
    fields: BriefFields = {"brief_since": basis.since}
    return fields if now == before else fields | {"brief_html": templates.brief(tx.story, now)}


async def purge(tx: StoryTransaction, entry: Entry) -> tuple[int, int]:
    """Drops the points that rest on an entry, and the Briefs in which it stood from earlier events.

    Returns the number of points and of events. The caller's event must send the Brief anew.
    """
    kept = [point for point in tx.story.points if point.entry != entry.id]
    dropped = len(tx.story.points) - len(kept)
    if dropped:
        points = [point.model_dump(mode="json") for point in kept]
        await tx.update_story({"points": points, "rev": tx.story.rev + 1})
    scrubbed = 0
    for event in await tx.events.naming(entry):
        text = event_payload.without_brief(event.payload, entry.id)
        if text is not None and event.entry_id != entry.id:
            await tx.events.replace(event.model_copy(update={"payload": text}))
            scrubbed += 1
    return dropped, scrubbed
