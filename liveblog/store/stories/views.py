"""The views of a story: filters and an order of its entries, and their statements, compiled once for each kind of view."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, select

from liveblog.models.content import EntryStatus, Story, VerificationStatus
from liveblog.store.prepared import Prepared
from liveblog.store.stories.hashtag import folded
from liveblog.store.tables import entries, entry_authors, entry_topics


class Show(StrEnum):
    KEY = "key"
    CONFIRMED = "confirmed"


class View(NamedTuple):
    """A filter and an order of entries. All conditions hold together."""

    show: Show | None = None
    topic: str | None = None
    author: str | None = None
    oldest_first: bool = False


EVERYTHING = View()
Make = Callable[[Select[Any]], Select[Any]]


def public(story: Story, view: View = EVERYTHING) -> Select[Any]:
    """A query for the entries that readers see, newest first."""
    return chosen(public_of(story.id), view)


def public_of(story_id: Any) -> Select[Any]:
    """As `public()`, of all entries. `story_id` is an id, or the `bindparam()` of one."""
    return (
        select(entries)
        .where(entries.c.story_id == story_id, entries.c.status == EntryStatus.PUBLISHED)
        .order_by(entries.c.published_at.desc(), entries.c.seq.desc())
    )


def chosen(query: Select[Any], view: View) -> Select[Any]:
    """A query for entries, limited to those of a view."""
    given = values(view)
    return _limited(query, view.show, given.get("topic"), given.get("author"))


def prepared(view: View, make: Make) -> Prepared:
    """What `make` makes of `public()`, with the values `story_id` and those of `values()`.

    `make` is a function of a module: there is one statement for each, and for each choice of filters.
    """
    return _prepared(view.show, view.topic is not None, view.author is not None, make)


def values(view: View) -> dict[str, str]:
    """The values of a view's filters, as the indices have them."""
    given = {}
    if view.topic is not None:
        given["topic"] = folded(view.topic)
    if view.author is not None:
        given["author"] = view.author.casefold()
    return given


@cache
def _prepared(show: Show | None, topic: bool, author: bool, make: Make) -> Prepared:
    tagged: Any = bindparam("topic") if topic else None
    signed: Any = bindparam("author") if author else None
    return Prepared(make(_limited(public_of(bindparam("story_id")), show, tagged, signed)))


def _limited(query: Select[Any], show: Show | None, topic: Any, author: Any) -> Select[Any]:
    if show is Show.KEY:
        query = query.where(entries.c.key)
    if show is Show.CONFIRMED:
        query = query.where(
            entries.c.verification["status"].as_string() == VerificationStatus.CONFIRMED
        )
    if topic is not None:
        query = query.where(tagged(topic))
    if author is not None:
        query = query.where(signed(author))
    return query


def tagged(topic: Any) -> ColumnElement[bool]:
    """Whether an entry has a topic, which is given as it is in the index (`folded()`)."""
    # Not `IN`: SQLite would begin with the entries of all stories under the topic.
    of_entry = entry_topics.c.entry_id == entries.c.id
    return exists().where(of_entry, entry_topics.c.topic == topic).correlate(entries)


def signed(author: Any) -> ColumnElement[bool]:
    """Whether an entry has an author, whose name is given with its case folded."""
    of_entry = entry_authors.c.entry_id == entries.c.id
    return exists().where(of_entry, entry_authors.c.author == author).correlate(entries)
