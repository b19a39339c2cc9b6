"""Structured data for search engines: JSON-LD in the vocabulary of https://schema.org.

A story is a `LiveBlogPosting` with the entries of its page, an entry's own page a `BlogPosting` that is a part of it. What
is not sure is called so in the headline, in the text and in `creativeWorkStatus`. docs/structured-data.md lists every
property, and the requirements of https://developers.google.com/search/docs/appearance/structured-data.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from liveblog.content.assets import LOGO
from liveblog.content.brief import brief_of
from liveblog.models.content import Credit, StoryStatus, VerificationStatus
from liveblog.web.context import Parts
from liveblog.web.public.metadata import CARD_HEIGHT, CARD_WIDTH, card
from liveblog.web.record import Item, Record

CONTEXT = {"@context": "https://schema.org"}

Thing = dict[str, Any]


class Publisher(NamedTuple):
    """The site. `url` is its address for readers, `logo` that of its logo, a PNG."""

    name: str
    url: str
    logo: str

    @classmethod
    def of(cls, here: Parts) -> Publisher:
        """The publisher of a site with a `BASE_URL`."""
        url = here.settings.base_url
        return cls(here.newsroom.site.name, url, url + here.templates.assets.url(LOGO))


def live_blog(record: Record, publisher: Publisher) -> Thing:
    """The `LiveBlogPosting` of a story. Its updates are the record's items, in their order."""
    story = record.story
    if story is None:
        raise ValueError("only a story has live coverage")
    begun = [item.published for item in record.items]
    if story.coverage_start is not None and story.status is not StoryStatus.UPCOMING:
        begun.append(story.coverage_start)
    topics = [
        _thing("Thing", name=name, url=f"{publisher.url}/topics/{quote(name.casefold(), safe='')}")
        for name in story.topics
    ]
    place = _thing("Place", name=story.place) if story.place else None
    return CONTEXT | _thing(
        "LiveBlogPosting",
        **{"@id": record.url},
        url=record.url,
        mainEntityOfPage=_thing("WebPage", **{"@id": record.url}),
        headline=record.title,
        description=record.summary or record.title,
        abstract=_abstract(record),
        inLanguage=record.language,
        datePublished=_time(min(begun, default=None)),
        dateModified=_time(record.updated if record.items else None),
        coverageStartTime=_time(story.coverage_start or min(begun, default=None)),
        coverageEndTime=_time(story.coverage_end),
        author=_organization(publisher),
        publisher=_organization(publisher, logo=True),
        image=_card_image(card(record.url, story.head), record.title),
        about=[*topics, place] if place else topics,
        contentLocation=place,
        articleSection=story.category,
        liveBlogUpdate=[
            _posting(item, publisher, f"{item.page}#{item.entry.id}") for item in record.items
        ],
    )


def _abstract(record: Record) -> str | None:
    """The points of the Brief that are confirmed, a line each: an abstract has no place to say how sure a point is."""
    points = brief_of(record.brief).points if record.brief else ()
    sure = [
        point.text
        for point in points
        if point.status is VerificationStatus.CONFIRMED and not point.corrected
    ]
    return "\n".join(sure) or None


def entry_page(item: Item, publisher: Publisher) -> tuple[Thing, Thing]:
    """The `BlogPosting` of an entry's own page, and the `BreadcrumbList` that leads to it."""
    whole = _thing(
        "LiveBlogPosting", **{"@id": item.page}, url=item.page, headline=item.story.title
    )
    posting = _posting(item, publisher, item.url)
    posting["image"] = [
        *posting.get("image", []),
        _card_image(card(item.url, item.entry.rev), item.titled),
    ]
    posting |= _thing(
        "BlogPosting",
        mainEntityOfPage=_thing("WebPage", **{"@id": item.url}),
        inLanguage=item.story.language,
        publisher=_organization(publisher, logo=True),
        isPartOf=whole,
    )
    steps = [
        (publisher.name, f"{publisher.url}/"),
        (item.story.title, item.page),
        (item.titled, item.url),
    ]
    crumbs = _thing(
        "BreadcrumbList",
        itemListElement=[
            _thing("ListItem", position=number, name=name, item=url)
            for number, (name, url) in enumerate(steps, 1)
        ],
    )
    return CONTEXT | posting, CONTEXT | crumbs


def _posting(item: Item, publisher: Publisher, url: str) -> Thing:
    entry = item.entry
    said = item.text or item.title
    return _thing(
        "BlogPosting",
        **{"@id": url},
        url=url,
        headline=item.titled,
        articleBody=f"{item.label}: {said}" if item.label else said,
        datePublished=_time(item.published),
        dateModified=_time(item.updated),
        author=[_person(credit, item) for credit in item.authors] or [_organization(publisher)],
        creativeWorkStatus=item.label,
        backstory=entry.verification.note if entry.verification else None,
        correction=[
            _thing(
                "CorrectionComment",
                text=one.note,
                datePublished=_time(one.at),
                url=f"{item.page}/corrections#{entry.id}-{one.rev}",
            )
            for one in entry.corrections
        ],
        contentLocation=_thing("Place", name=entry.dateline) if entry.dateline else None,
        keywords=list(entry.topics),
        image=[_picture(medium) for medium in item.of_kind("picture")],
        video=[_video(medium, item) for medium in item.of_kind("video")],
        audio=[_recording(medium, item) for medium in item.of_kind("audio")],
    )


def _person(credit: Credit, item: Item) -> Thing:
    """An author. One without an address of their own has that of their updates in this story."""
    own = f"{item.page}?{urlencode({'author': credit.keys[-1]})}"
    return _thing("Person", name=credit.name, alternateName=credit.handle, url=credit.url or own)


def _organization(publisher: Publisher, *, logo: bool = False) -> Thing:
    return _thing(
        "Organization",
        name=publisher.name,
        url=f"{publisher.url}/",
        logo=_thing("ImageObject", url=publisher.logo, contentUrl=publisher.logo) if logo else None,
    )


def _picture(medium: Thing) -> Thing:
    return _thing(
        "ImageObject",
        url=medium["url"],
        contentUrl=medium["url"],
        width=medium["width"],
        height=medium["height"],
        caption=medium["caption"] or medium["alt"],
        creditText=medium["credit"],
    )


def _video(medium: Thing, item: Item) -> Thing:
    """A video. It has no still picture of its own: its thumbnail is the entry's first picture, or else its card."""
    pictures = item.of_kind("picture")
    thumbnail = pictures[0]["url"] if pictures else card(item.url, item.entry.rev)
    return _recording(medium, item, "VideoObject") | {"thumbnailUrl": thumbnail}


def _recording(medium: Thing, item: Item, kind: str = "AudioObject") -> Thing:
    return _thing(
        kind,
        name=medium["caption"] or item.titled,
        description=medium["alt"] or medium["caption"] or item.titled,
        uploadDate=_time(item.published),
        contentUrl=medium["url"],
        encodingFormat=medium["variants"][-1]["type"],
        creditText=medium["credit"],
    )


def _card_image(url: str, caption: str) -> Thing:
    return _thing(
        "ImageObject",
        url=url,
        contentUrl=url,
        width=CARD_WIDTH,
        height=CARD_HEIGHT,
        caption=caption,
    )


def _thing(kind: str, **properties: Any) -> Thing:
    """A value of a type. Empty properties are left out."""
    empty: Iterable[object] = (None, "", [])
    return {"@type": kind} | {
        name: value for name, value in properties.items() if value not in empty
    }


def _time(moment: datetime | None) -> str | None:
    """A time in UTC by ISO 8601, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
