"""The verbs on stories: opens and changes them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from liveblog.errors import Invalid, Stale
from liveblog.models.content import Point, Story
from liveblog.models.coverage import CoverageReason
from liveblog.models.members import User
from liveblog.newsroom import brief, coverage, media
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import NewStory, StoryChange
from liveblog.newsroom.permissions import Right, require


def new_epoch() -> str:
    """A random name for an epoch, in which a story's sequence numbers count from the start."""
    return secrets.token_hex(6)


async def open_story(newsroom: Newsroom, actor: User, form: NewStory) -> Story:
    """Opens a story, in the site's time zone and language if the form names none.

    Raises `Forbidden`, `Conflict` if the slug is taken, `Invalid`.
    """
    require(actor, Right.MANAGE_STORIES)
    at, site = newsroom.clock(), newsroom.site
    usual = {"timezone": site.timezone, "language": site.language}
    named = {name: value for name, value in usual.items() if name not in form.model_fields_set}
    values = coverage.at_first(form.model_dump() | named, at)
    await _require_stories(newsroom, form.slug, form.related)
    if form.cover is not None:
        await media.require_cover(newsroom, actor, form.cover)
    points = brief.first_written(form.points, at)
    values |= {"points": _stored(points), "points_at": at if points else None}
    made = values | {"created_at": at, "updated_at": at, "epoch": new_epoch(), "head": 0}
    story = await newsroom.store.stories.create(made | {"cover": None})
    if form.cover is None:
        return story
    return await change_story(newsroom, actor, story.slug, StoryChange(cover=form.cover))


async def change_story(
    newsroom: Newsroom,
    actor: User,
    slug: str,
    form: StoryChange,
    *,
    on_rev: int | None = None,
) -> Story:
    """Changes the fields that were sent. Readers are told by an event.

    The files of a cover that is replaced are deleted, unless an entry shows it or once did.
    What a change of the status brings with it is decided in coverage.py. Raises `Forbidden`, `NotFound`, `Invalid`, and
    `Stale` if `on_rev` is given and is not the newest revision.
    """
    require(actor, Right.MANAGE_STORIES)
    await _require_stories(newsroom, slug, form.related)
    async with newsroom.store.log.transaction(slug) as tx:
        story, at = tx.story, newsroom.clock()
        if on_rev not in {None, story.rev}:
            message = f"revision {on_rev} was changed, the story is at revision {story.rev}"
            raise Stale(message, story.rev)
        values = coverage.by_hand(story, form.model_dump(include=form.model_fields_set), at)
        if form.cover is not None:
            values["cover"] = (await media.as_cover(tx, actor, form.cover)).model_dump()
        if values.pop("points", None) is not None:
            points = await brief.written(tx, form.points, at)
            if points != story.points:
                values |= {"points": _stored(points), "points_at": at}
        before = story.model_dump()
        changes = {name: value for name, value in values.items() if value != before[name]}
        if not changes:
            return story
        await coverage.write(newsroom, tx, changes, at, actor.id, CoverageReason.EDITOR)
    await coverage.announce(newsroom, tx)
    old, new = story.cover, tx.story.cover
    if old is not None and (new is None or new.id != old.id):
        await media.retire(newsroom, old.id)
    return tx.story


async def _require_stories(newsroom: Newsroom, slug: str, related: Sequence[str]) -> None:
    """Raises `Invalid` if a related story is this one or does not exist."""
    if slug in related:
        raise Invalid({"related": f"{slug!r} is this story itself; must be others"})
    known = await newsroom.store.log.positions(related) if related else {}
    if unknown := [other for other in related if other not in known]:
        names = ", ".join(repr(other) for other in unknown)
        raise Invalid({"related": f"{names}: must be the slugs of stories that exist"})


def _stored(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [point.model_dump(mode="json") for point in points]
