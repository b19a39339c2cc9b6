"""What a page of a story says of itself in its head: to search engines, and to sites that show a shared link.

The templates write it as Open Graph (https://ogp.me), as a card of X, and as links to oEmbed.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from liveblog.content.language import with_territory
from liveblog.content.markup.markdown import excerpt
from liveblog.models.content import Story
from liveblog.web.record import Item, Record

# The picture for sharing, in pixels.
CARD_WIDTH, CARD_HEIGHT = 1200, 630


class About(NamedTuple):
    """The metadata of a page.

    - `url`, `picture`: absolute with a `BASE_URL`, otherwise paths.
    - `title`, `description`: plain text. `title` says how sure an entry is.
    - `published`, `updated`: UTC, None if unknown. `locale`: as `en_GB`, None if the language has no usual territory.
    """

    url: str
    title: str
    description: str
    picture: str
    published: datetime | None
    updated: datetime | None
    locale: str | None
    section: str | None
    topics: tuple[str, ...]


def card(page: str, version: int) -> str:
    """The address of the picture for sharing a page. Sites that keep pictures fetch another `version` again."""
    return f"{page}/card.png?v={version}"


def of_story(url: str, story: Story, record: Record | None) -> About:
    """The metadata of a story's page at `url`. Without a record the times are left out."""
    items = record.items if record else ()
    return About(
        url=url,
        title=story.title,
        description=story.summary or story.title,
        picture=card(url, story.head),
        published=min((item.published for item in items), default=None),
        updated=record.updated if record else None,
        locale=with_territory(story.language),
        section=story.category,
        topics=story.topics,
    )


def of_entry(item: Item) -> About:
    """The metadata of an entry's own page."""
    title = item.entry.headline or item.story.title
    return About(
        url=item.url,
        title=f"{item.label}: {title}" if item.label else title,
        description=excerpt(item.entry.body_html),
        picture=card(item.url, item.entry.rev),
        published=item.published,
        updated=item.updated,
        locale=with_territory(item.story.language),
        section=item.story.category,
        topics=item.entry.topics,
    )
