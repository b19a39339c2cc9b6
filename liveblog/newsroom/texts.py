"""Renders texts: a short one at once, a long one in the pool."""

from __future__ import annotations

from collections.abc import Hashable

from liveblog.content.markup import markdown
from liveblog.content.markup.markdown import Rendered
from liveblog.errors import Invalid, TooMany, Unavailable
from liveblog.newsroom.context import Newsroom

CARDS = "cards"  # the owner of texts that are rendered for no user


async def rendered(newsroom: Newsroom, owner: Hashable, body: str) -> Rendered:
    """Renders a text as readers get it. The pool is shared fairly between owners.

    Raises `Invalid` if the text is over the limits, and `TooMany` or `Unavailable` if the pool has
    no room.
    """
    if short := markdown.rendered_if_short(body):
        return short
    try:
        found = await newsroom.pool.run(owner, _rendered, body)
    except (TimeoutError, MemoryError):
        raise Invalid({"body": "takes too long to be shown; send it as several updates"}) from None
    if isinstance(found, dict):
        raise Invalid(found)
    return found


async def shown(newsroom: Newsroom, owner: Hashable, body: str) -> Rendered:
    """Does `rendered()`. Raises `Invalid` also if a reader would see nothing."""
    return seen(await rendered(newsroom, owner, body))


def seen(found: Rendered) -> Rendered:
    """Returns the rendered text. Raises `Invalid` if a reader would see nothing."""
    if found.blank:
        raise Invalid({"body": "shows nothing to a reader; must hold some text"})
    return found


async def links(newsroom: Newsroom, owner: Hashable, body: str) -> tuple[str, ...]:
    """Returns the links that stand alone in a stored text.

    There are none if today's limits would refuse the text, or the pool has no room now: cards can
    wait.
    """
    if "http" not in body:
        return ()
    try:
        return (await rendered(newsroom, owner, body)).links
    except (Invalid, TooMany, Unavailable):
        return ()


def _rendered(body: str) -> Rendered | dict[str, str]:
    """Runs in the pool. Returns the fields of an `Invalid`, because the error itself would not
    come back from the other process whole."""
    try:
        return markdown.rendered(body)
    except Invalid as error:
        return error.fields
