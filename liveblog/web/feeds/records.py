"""The records that feeds render: of a story, its corrections, a topic and the site.

They are built with pauses, because fifty long entries take some 20 ms, and readers wait meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from liveblog.content import language
from liveblog.content.templates import Templates
from liveblog.errors import for_readers
from liveblog.models.content import Correction, Entry, EntryStatus, Story
from liveblog.store import Corrected, Newest
from liveblog.store.stories.hashtag import folded
from liveblog.web.record import Item, Record, item, story_record, story_url

CORRECTION = for_readers("Correction")
CORRECTIONS = for_readers("Corrections")


class Site(NamedTuple):
    """The site that publishes: its address without a slash at the end, and its name."""

    url: str
    name: str


async def of_story(
    templates: Templates, site: Site, story: Story, entries: Iterable[Entry]
) -> Record:
    """The record of a story."""
    items = await _items(templates, site, ((story, entry) for entry in entries))
    return story_record(templates, site.url, story, (), site.name)._replace(items=items)


async def of_site(templates: Templates, site: Site, newest: Newest) -> Record:
    """The record of all stories."""
    items = await _items(templates, site, newest.entries)
    return _of_many(site, f"{site.url}/", site.name, items)


async def of_topic(templates: Templates, site: Site, newest: Newest) -> Record:
    """The record of a hashtag."""
    items = await _items(templates, site, newest.entries)
    page = f"{site.url}/topics/{quote(folded(newest.name), safe='')}"
    return _of_many(site, page, f"#{newest.name} \N{EN DASH} {site.name}", items)


async def of_corrections(
    templates: Templates, site: Site, story: Story, corrected: Iterable[Corrected]
) -> Record:
    """The record of a story's corrections. Those of entries that were taken down are left out."""
    spoken = language.language(language.of_story(story.language))
    page = f"{story_url(site.url, story)}/corrections"
    items = []
    for one in corrected:
        if one.entry.status is not EntryStatus.PUBLISHED:
            continue
        note = next(
            (each for each in one.entry.corrections if each.rev == one.rev),
            Correction(at=one.at, rev=one.rev, note=one.note),
        )
        about = item(templates, site.url, story, one.entry)
        items.append(
            about._replace(
                url=f"{page}#{one.entry.id}-{one.rev}",
                label=spoken.translated(CORRECTION),
                text=one.note,
                html=templates.feed_correction(one.entry, story, note, about.url),
                published=one.at,
                updated=one.at,
                authors=(),
                media=(),
            )
        )
        await asyncio.sleep(0)
    return story_record(templates, site.url, story, (), site.name)._replace(
        url=page,
        title=f"{spoken.translated(CORRECTIONS)}: {story.title}",
        summary="",
        items=tuple(items),
    )


def _of_many(site: Site, page: str, title: str, items: tuple[Item, ...]) -> Record:
    languages = {one.story.language for one in items}
    return Record(
        url=page,
        title=title,
        summary="",
        language=languages.pop() if len(languages) == 1 else "",
        updated=max((one.story.updated_at for one in items), default=None),
        items=items,
        publisher=site.name,
        site=site.url,
    )


async def _items(
    templates: Templates, site: Site, found: Iterable[tuple[Story, Entry]]
) -> tuple[Item, ...]:
    made = []
    for story, entry in found:
        made.append(item(templates, site.url, story, entry))
        await asyncio.sleep(0)
    return tuple(made)
