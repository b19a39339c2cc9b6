"""Where texts are rendered: what is short at once, what is not in the pool."""

from __future__ import annotations

from collections.abc import Hashable

from liveblog.content.markup import markdown
from liveblog.content.markup.markdown import Rendered
from liveblog.errors import Invalid, TooMany, Unavailable
from liveblog.newsroom.context import Newsroom

CARDS = "cards"  # the owner of what is rendered for nobody in particular


async def rendered(newsroom: Newsroom, owner: Hashable, body: str) -> Rendered:
    """A text as readers get it. `owner` is who waits for it. Raises `Invalid` for what is over the limits."""
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
    """As `rendered()`. Raises `Invalid` also where a reader would see nothing."""
    return seen(await rendered(newsroom, owner, body))


def seen(found: Rendered) -> Rendered:
    """Raises `Invalid` where a reader would see nothing."""
    if found.blank:
        raise Invalid({"body": "shows nothing to a reader; must hold some text"})
    return found


async def links(newsroom: Newsroom, owner: Hashable, body: str) -> tuple[str, ...]:
    """The links that stand alone in a text that is stored already; none where today's limits would refuse it, or
    the pool cannot tell now: cards can wait."""
    if "http" not in body:
        return ()
    try:
        return (await rendered(newsroom, owner, body)).links
    except (Invalid, TooMany, Unavailable):
        return ()


def _rendered(body: str) -> Rendered | dict[str, str]:
    """In the pool, from which our errors would not come back whole: their fields instead."""
    try:
        return markdown.rendered(body)
    except Invalid as error:
        return error.fields
