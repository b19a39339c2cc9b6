"""The Brief of a story, made of what editors wrote and of what became of the entries (models/brief.py)."""

from __future__ import annotations

from datetime import datetime

from liveblog.content.markup.markdown import excerpt
from liveblog.models.brief import Basis, Brief, BriefPoint
from liveblog.models.content import Entry, Point, VerificationStatus


def brief_of(basis: Basis) -> Brief:
    """The Brief as readers have it."""
    story = basis.story
    if story.points:
        points = tuple(_written(point, basis.bound) for point in story.points)
    else:
        points = tuple(_drawn(entry) for entry in basis.key_events)
    return Brief(
        summary=story.summary,
        points=points,
        written=bool(story.points),
        as_of=basis.as_of,
        more=basis.more,
    )


def _written(point: Point, bound: dict[str, Entry]) -> BriefPoint:
    if point.entry is None:
        return BriefPoint(text=point.text, at=point.at)
    entry = bound.get(point.entry)
    if entry is None:
        return BriefPoint(text="", entry=point.entry, taken_down=True)
    return _resting(point.text, entry, point.at)


def _drawn(entry: Entry) -> BriefPoint:
    return _resting(entry.headline or excerpt(entry.body_html), entry, None)


def _resting(text: str, entry: Entry, written: datetime | None) -> BriefPoint:
    """A point that rests on a published entry. `written` is when editors wrote it, None if it is the entry's own text."""
    sure, corrected_at = entry.verification, entry.corrected_at
    retracted = sure is not None and sure.status is VerificationStatus.RETRACTED
    corrected = (
        corrected_at is not None and not retracted and (written is None or corrected_at > written)
    )
    at = sure.at if sure else entry.published_at
    return BriefPoint(
        text=text,
        entry=entry.id,
        status=sure.status if sure else None,
        corrected=corrected,
        at=corrected_at if corrected else at,
    )
