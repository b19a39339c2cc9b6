"""The public record: published entries in the form that feeds, structured data and share cards need.

It has no drafts and no history, and all its addresses are absolute. Each format renders these values, so what is
private is left out in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from liveblog.content.markup.markdown import excerpt, to_text
from liveblog.content.templates import Templates
from liveblog.models.brief import Basis
from liveblog.models.content import Credit, Entry, MediumKind, Story, StoryStatus
from liveblog.web.entry_json import with_whole_addresses
from liveblog.web.media import medium_as_public

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the time of what never changed
TITLE = 110  # characters: the longest title of an entry without a headline


class Item(NamedTuple):
    """A published entry of a story.

    - `page`: the address of its story; `url`: that of its own page.
    - `title`: the headline, or the first words of the text. `label` says how sure it is, in the words of the story's
      language ("Unverified", "Corrected"), or is empty. `titled` joins both.
    - `text`: the words without markup. `html`: the content for feed readers: text, pictures, sources, corrections and
      verification, without scripts and styles.
    - `published`, `updated`: UTC. `updated` is the last edit, correction or change of the verification.
    - `authors`: the credits for text. `media`: pictures, videos and recordings, as in the API.
    """

    story: Story
    entry: Entry
    page: str
    url: str
    title: str
    label: str
    text: str
    html: str
    published: datetime
    updated: datetime
    authors: tuple[Credit, ...]
    media: tuple[dict[str, Any], ...]

    @property
    def titled(self) -> str:
        return f"{self.label}: {self.title}" if self.label else self.title

    def of_kind(self, kind: MediumKind) -> list[dict[str, Any]]:
        return [medium for medium in self.media if medium["kind"] == kind]


class Record(NamedTuple):
    """The newest items of a story, a topic or the site.

    - `url`: the page for people. `title`, `summary`: plain text. `language`: a BCP 47 tag, empty for a topic or site
      whose items are in several.
    - `updated`: the last change, UTC, also that of a removal; None for a topic or site without items.
    - `story`: None for a topic and for the site. `ended`: no more updates will come.
    - `brief`: what the Brief of a story is made of (models/brief.py), None where it is not told.
    - `publisher`: the name of the site. `site`: its address, without a slash at the end.
    """

    url: str
    title: str
    summary: str
    language: str
    updated: datetime | None
    items: tuple[Item, ...]
    story: Story | None = None
    publisher: str = ""
    site: str = ""
    brief: Basis | None = None

    @property
    def direction(self) -> str:
        """The writing direction of the title and the summary: `ltr` or `rtl`."""
        return self.story.direction if self.story else "ltr"

    @property
    def ended(self) -> bool:
        return self.story is not None and self.story.status is StoryStatus.ENDED


def story_url(site: str, story: Story) -> str:
    """The address of a story's page. `site` is the server's address for readers."""
    return f"{site}/stories/{story.slug}"


def entry_title(entry: Entry, story: Story) -> str:
    """The headline of an entry, or the first words of its text."""
    return entry.headline or excerpt(entry.body_html, TITLE) or story.title


def item(templates: Templates, site: str, story: Story, entry: Entry, *, html: bool = True) -> Item:
    """The item of an entry, which must be published. Without `html`, that field is empty: it takes the most time."""
    if entry.published_at is None:
        raise ValueError(f"{entry.id} is not published")
    page = story_url(site, story)
    sure = entry.verification
    changes = [entry.published_at, entry.edited_at, entry.corrected_at, sure.at if sure else None]
    return Item(
        story=story,
        entry=entry,
        page=page,
        url=f"{page}/entries/{entry.id}",
        title=entry_title(entry, story),
        label=templates.how_sure(entry, story),
        text=to_text(entry.body_html),
        html=with_whole_addresses(templates.feed_entry(entry, story), page) if html else "",
        published=entry.published_at,
        updated=max(at for at in changes if at is not None),
        authors=tuple(credit for credit in entry.credits if credit.role == "text"),
        media=tuple(medium_as_public(site, medium) for medium in entry.media),
    )


def story_record(
    templates: Templates,
    site: str,
    story: Story,
    entries: Iterable[Entry],
    publisher: str = "",
    *,
    html: bool = True,
) -> Record:
    """The record of a story: `entries` are published, newest first. `html` is that of `item()`."""
    items = tuple(item(templates, site, story, entry, html=html) for entry in entries)
    return Record(
        url=story_url(site, story),
        title=story.title,
        summary=story.summary,
        language=story.language,
        updated=story.updated_at,
        items=items,
        story=story,
        publisher=publisher,
        site=site,
    )
