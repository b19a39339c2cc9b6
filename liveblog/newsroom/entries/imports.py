"""Takes over entries of elsewhere: of another server's archive, or of another system.

An imported entry keeps its times, its corrections, its verification and its earlier public texts. Its last revision is the
import, at the time of the import, so nothing looks as if it had been posted here while it happened.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from liveblog.content.cards import card
from liveblog.content.providers import Link
from liveblog.errors import Invalid, NotFound
from liveblog.models.content import (
    Correction,
    Embed,
    Entry,
    EntryStatus,
    Medium,
    Passage,
    Point,
    Step,
    Verification,
    VerificationStatus,
)
from liveblog.models.coverage import CoverageReason
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import User
from liveblog.newsroom import coverage, texts
from liveblog.newsroom.commit import Outcome, Past, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.fields import (
    OptionalLine,
    OptionalUrl,
    Text,
    Time,
    Url,
    as_tuple,
    at_most,
    blank_is_none,
)
from liveblog.newsroom.forms import Body, EntryFields, MediumForm, PointForm, VerificationForm
from liveblog.newsroom.link_cards import cards_of
from liveblog.newsroom.media import attached
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.safety import enforce
from liveblog.newsroom.validation import Form
from liveblog.store import StoryTransaction

PLAIN_FIELDS = named(Trait.PLAIN)
ACTIONS = Literal[
    "published", "revised", "placed", "verified", "pinned", "unpinned", "corrected", "embedded", "restored", "imported",
    "withdrawn",
]  # fmt: skip
OptionalText = Annotated[Text | None, BeforeValidator(blank_is_none), at_most(5000)]
Rev = Annotated[int, Field(ge=1, le=10**6)]


class StepForm(Form):
    status: Annotated[VerificationStatus, Field(strict=False)]
    at: Time


class VerifiedForm(VerificationForm):
    at: Time
    trail: Annotated[tuple[StepForm, ...], BeforeValidator(as_tuple), Field(max_length=100)] = ()


class PassageForm(Form):
    kind: Literal["same", "struck", "inserted", "left out"]
    text: Annotated[Text, at_most(5000)]


class CorrectionForm(Form):
    at: Time
    rev: Rev
    note: Annotated[Text, at_most(2000)]
    passages: Annotated[
        tuple[PassageForm, ...], BeforeValidator(as_tuple), Field(max_length=200)
    ] = ()


class CardForm(Form):
    """A link card as another server had it. `picture` is the id of an upload here."""

    url: Url
    title: Annotated[OptionalLine, at_most(300)] = None
    author: Annotated[OptionalLine, at_most(200)] = None
    author_url: OptionalUrl = None
    text: OptionalText = None
    dated: Time | None = None
    retrieved_at: Time | None = None
    picture: MediumForm | None = None


class ImportedPoint(PointForm):
    """A point of the Brief of elsewhere. `entry` is the id here of the entry that it rests on."""

    at: Time


class PastForm(Form):
    """An earlier public revision."""

    rev: Rev
    at: Time
    action: ACTIONS
    note: Annotated[OptionalText, at_most(2000)] = None
    headline: Annotated[OptionalLine, at_most(300)] = None
    body: Body
    verification: VerifiedForm | None = None


def _rising(past: tuple[PastForm, ...]) -> tuple[PastForm, ...]:
    if any(one.rev >= two.rev for one, two in pairwise(past)):
        raise ValueError("must be in the order of their numbers, each number once")
    return past


class ImportedEntry(EntryFields):
    """A published entry of elsewhere. `publish_at` is when it was published there."""

    body: Body
    publish_at: Time
    edited_at: Time | None = None
    corrected_at: Time | None = None
    verified: VerifiedForm | None = None
    corrections: Annotated[
        tuple[CorrectionForm, ...], BeforeValidator(as_tuple), Field(max_length=100)
    ] = ()
    cards: Annotated[tuple[CardForm, ...], BeforeValidator(as_tuple), Field(max_length=10)] = ()
    past: Annotated[
        tuple[PastForm, ...],
        BeforeValidator(as_tuple),
        Field(max_length=200),
        AfterValidator(_rising),
    ] = ()


def entry_id_of(story_id: int, source: str) -> str:
    """The id here of an entry of elsewhere. The same source in the same story always has the same id, so a second import
    finds it, also after a removal."""
    return "e" + sha256(f"{story_id}\n{source}".encode()).hexdigest()[:16]


async def take_over(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: ImportedEntry
) -> Outcome:
    """Publishes an entry of elsewhere under `entry_id`. If there is one of that id, also a removed one, it stays as it is.

    The pin is taken only if the story has no pinned entry. Raises `Forbidden`, `NotFound`, `Invalid`.
    """
    require(actor, Right.PUBLISH)
    text = await texts.shown(newsroom, actor.id, form.body)
    earlier = [(await texts.rendered(newsroom, actor.id, one.body)).html for one in form.past]
    links = newsroom.cards.links(text.links)
    async with opened(newsroom, actor, slug) as change:
        tx, at = change.tx, change.at
        if form.publish_at > at:
            raise Invalid({"publish_at": "lies in the future; only published entries are imported"})
        try:
            return (await change.unchanged(await tx.entries.get(entry_id)))._replace(repeated=True)
        except NotFound:
            pass
        had = await _cards(tx, actor, form, links)
        entry = Entry(
            id=entry_id,
            story_id=tx.story.id,
            rev=form.past[-1].rev + 1 if form.past else 1,
            status=EntryStatus.PUBLISHED,
            body=form.body,
            body_html=text.html,
            published_at=form.publish_at,
            edited_at=form.edited_at,
            corrected_at=form.corrected_at,
            corrections=tuple(map(_correction, form.corrections)),
            credits=tuple(one.model_dump() for one in form.credits),
            sources=tuple(one.model_dump() for one in form.sources),
            verification=_verification(form.verified),
            media=await attached(tx, actor, form.media),
            embeds=await cards_of(newsroom.cards, tx, form.body, links, had, at),
            created_at=form.publish_at,
            created_by=actor.id,
            **{name: getattr(form, name) for name in PLAIN_FIELDS},
        )
        if entry.pinned and await tx.entries.pinned():
            entry = entry.model_copy(update={"pinned": False})
        enforced = await enforce.on_create(tx, actor, entry, at, at_once=True, credits_author=False)
        past = [
            _past(enforced.entry, one, html) for one, html in zip(form.past, earlier, strict=True)
        ]
        await change.commit(enforced.entry, "imported", enforced=enforced, links=links, past=past)
    return change.outcome


async def keep_points(
    newsroom: Newsroom, actor: User, slug: str, points: tuple[Point, ...], written: datetime
) -> None:
    """Gives an imported story the points of its Brief, with the times at which they were written. Raises `NotFound`."""
    require(actor, Right.MANAGE_STORIES)
    async with newsroom.store.log.transaction(slug) as tx:
        at = newsroom.clock()
        values = {
            "points": [point.model_dump(mode="json") for point in points],
            "points_at": min(written, at),
        }
        await coverage.write(newsroom, tx, values, at, actor.id, CoverageReason.EDITOR)
    await coverage.announce(newsroom, tx)


def _correction(form: CorrectionForm) -> Correction:
    passages = tuple(Passage(kind=one.kind, text=one.text) for one in form.passages)
    return Correction(at=form.at, rev=form.rev, note=form.note, passages=passages)


def _verification(form: VerifiedForm | None) -> Verification | None:
    if form is None:
        return None
    trail = tuple(Step(status=one.status, at=one.at) for one in form.trail)
    said = form.model_dump(include={"status", "at", "note", "settled_by"})
    return Verification(**said, trail=trail)


async def _cards(
    tx: StoryTransaction, actor: User, form: ImportedEntry, links: list[Link]
) -> tuple[Embed, ...]:
    """The cards that came along, of links that become cards here.

    Only what a card says is taken over. The provider and the address that a reader's click loads are those of this
    server's list: an archive may come from anybody.
    """
    given = {one.url: one for one in form.cards}
    made = []
    for link in links:
        if (one := given.get(link.url)) is None:
            continue
        picture: tuple[Medium, ...] = ()
        if one.picture is not None:
            picture = await attached(tx, actor, (one.picture,))
        said = one.model_dump(exclude={"url", "picture"})
        own = card(link, one.retrieved_at)
        made.append(own.model_copy(update=said | {"picture": picture[0] if picture else None}))
    return tuple(made)


def _past(entry: Entry, form: PastForm, html: str) -> Past:
    """The revision of an entry that had another text, with its other fields as they are now: readers saw no others."""
    told = {
        "rev": form.rev,
        "headline": form.headline,
        "body": form.body,
        "body_html": html,
        "verification": _verification(form.verification),
    }
    return Past(entry.model_copy(update=told), form.at, form.action, form.note)
