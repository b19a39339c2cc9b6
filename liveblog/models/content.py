"""The content model: stories, entries, events and their parts. Frozen values, no I/O.

Times are timezone-aware `datetime`s in UTC. Text is Unicode without NUL. Names follow the field:
story, entry, key event, dateline, credit, source, verification; event, sequence, epoch.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class StoryStatus(StrEnum):
    """The state of a story's coverage."""

    UPCOMING = "upcoming"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class EntryStatus(StrEnum):
    """The state of an entry. Only `published` entries are public; `removed` ones stay in the newsroom's history."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REMOVED = "removed"


class EventKind(StrEnum):
    """The kind of a public change."""

    ENTRY_PUBLISHED = "entry.published"
    ENTRY_UPDATED = "entry.updated"
    ENTRY_REMOVED = "entry.removed"
    STORY_UPDATED = "story.updated"


class VerificationStatus(StrEnum):
    """How sure the newsroom is of an entry."""

    UNVERIFIED = "unverified"
    CHECKING = "checking"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    RETRACTED = "retracted"


CreditRole = Literal["text", "photo", "video", "translation", "editing"]
MediumKind = Literal["picture", "video", "audio"]
SourceKind = Literal[
    "correspondent", "witness", "official", "outlet", "social", "document", "imagery", "poll"
]


class Value(BaseModel):
    """The base class of all values: immutable, and it refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Credit(Value):
    """A person's part in an entry. `name` may be a pseudonym."""

    role: CreditRole
    name: str
    handle: str | None = None
    url: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The name, and the handle if there is one: readers filter entries by them."""
        return (self.name, self.handle) if self.handle else (self.name,)


class Source(Value):
    """A source of an entry. `quote` is its text when it was retrieved, kept as evidence."""

    kind: SourceKind
    name: str
    url: str | None = None
    retrieved_at: datetime | None = None
    quote: str | None = None


class Step(Value):
    """An earlier verification status of an entry, and the time it was set."""

    status: VerificationStatus
    at: datetime


class Verification(Value):
    """How sure the newsroom is of an entry.

    `at` is when the status was set, `note` the reason. `settled_by` is the id of the entry that settled it. `trail`
    holds the earlier statuses that readers have seen, first to last.
    """

    status: VerificationStatus
    at: datetime
    note: str | None = None
    settled_by: str | None = None
    trail: tuple[Step, ...] = ()


class Passage(Value):
    """Words of a corrected text: unchanged, struck or inserted ones, or a gap for words left out."""

    kind: Literal["same", "struck", "inserted", "left out"]
    text: str


class Correction(Value):
    """The public note on a corrected mistake. `rev` is the revision that corrected it.

    `passages` hold the struck and inserted words if they are few enough to be shown in the entry.
    """

    at: datetime
    rev: int
    note: str
    passages: tuple[Passage, ...] = ()


class Variant(Value):
    """One file of a medium. `url` is its path within the site, `type` its media type. `width` and `height` are in
    pixels, for pictures only."""

    url: str
    type: str
    width: int | None = None
    height: int | None = None


class Medium(Value):
    """A picture, video or recording as an entry or a card shows it.

    `width` and `height` are those of the largest variant in pixels, None for video and audio. `placeholder` is a tiny
    picture as a data: URL. `variants` are ordered by size, smallest first, and WebP before JPEG.
    """

    id: str
    kind: MediumKind
    width: int | None = None
    height: int | None = None
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None
    placeholder: str | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def url(self) -> str:
        """The address of the largest variant; for a picture it is a JPEG."""
        return self.variants[-1].url

    def of_type(self, media_type: str) -> list[Variant]:
        """The variants of a media type, smallest first."""
        return [variant for variant in self.variants if variant.type == media_type]


EmbedKind = Literal["post", "video", "clip", "audio", "chart", "map"]


class Embed(Value):
    """A link card: the content of a link when it was retrieved, kept as evidence.

    `retrieved_at` is None if the card was made from the link alone, without a request. `dated` is the day (UTC) that
    the provider gives. `frame` is the address of the provider's own view, which readers load by a click. `picture` is
    the provider's picture, encoded again by this server.
    """

    url: str
    provider: str
    kind: EmbedKind
    title: str | None = None
    author: str | None = None
    author_url: str | None = None
    text: str | None = None
    dated: datetime | None = None
    retrieved_at: datetime | None = None
    frame: str | None = None
    picture: Medium | None = None


class Sponsor(Value):
    """A paid slot: a text and a link, never a script or a picture from the sponsor."""

    name: str
    text: str
    url: str


class Point(Value):
    """A point of a story's Brief, as editors wrote it.

    `entry` is the id of the entry that it rests on, None if it rests on none. `at` is when one of the two last changed.
    """

    text: str
    entry: str | None = None
    at: datetime


class Story(Value):
    """A story.

    `head` is the sequence number of its newest event. `epoch` identifies the sequence: a reader with another epoch
    has to start again. `cover` is the picture that stands for it elsewhere. `change_count` counts every change of the
    story, also those that are not public; by it a desk knows whether its lists are up to date. `embed_origins` are the
    sites that may embed it (models/origins.py); empty, those of the whole site. `points` are what editors wrote of the
    Brief (models/brief.py), `points_at` when they last did. `rev` counts the changes of the story's own fields from 1.

    `coverage_start`, `coverage_end` and `paused_until` are when the clock starts, ends and resumes the coverage; after
    that, when it started and ended. `asked_at` is when the desk was asked whether a silent story has ended, and
    `continued_at` when an editor last said that it goes on (newsroom/coverage.py). Neither is public.
    """

    id: int
    slug: str
    title: str
    summary: str = ""
    points: tuple[Point, ...] = ()
    points_at: datetime | None = None
    status: StoryStatus = StoryStatus.LIVE
    category: str | None = None
    topics: tuple[str, ...] = ()
    place: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    paused_until: datetime | None = None
    asked_at: datetime | None = None
    continued_at: datetime | None = None
    related: tuple[str, ...] = ()
    sponsors: tuple[Sponsor, ...] = ()
    cover: Medium | None = None
    embed_origins: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    epoch: str
    head: int
    rev: int = 1
    change_count: int = 0

    @property
    def silent_since(self) -> datetime:
        """The last public change, or the later moment at which an editor said that the coverage goes on."""
        return max(self.updated_at, self.continued_at or self.updated_at)

    @property
    def question_since(self) -> datetime | None:
        """Since when the desk is asked whether the coverage has ended; None if it is not asked."""
        stands = self.asked_at is not None and self.asked_at > self.silent_since
        return self.asked_at if stands and self.status is StoryStatus.LIVE else None

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The writing direction of the story's language."""
        return "rtl" if self.language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
)


class Entry(Value):
    """One timestamped entry.

    `seq` is the sequence number of the event that first published it; entries are ordered by `(published_at, seq)`.
    `rev` counts its revisions from 1. `corrections` are ordered first to last; `corrected_at` is the time of the last.
    `chapter` is the title of the chapter that begins with the entry.
    `returned_at` is when an editor gave a draft back to its author. `created_by` is the id of a user.
    """

    id: str
    story_id: int
    seq: int | None = None
    rev: int = 1
    status: EntryStatus
    headline: str | None = None
    chapter: str | None = None
    body: str
    body_html: str
    key: bool = False
    pinned: bool = False
    labels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    dateline: str | None = None
    occurred_at: datetime | None = None
    published_at: datetime | None = None
    edited_at: datetime | None = None
    corrected_at: datetime | None = None
    corrections: tuple[Correction, ...] = ()
    credits: tuple[Credit, ...] = ()
    sources: tuple[Source, ...] = ()
    verification: Verification | None = None
    media: tuple[Medium, ...] = ()
    embeds: tuple[Embed, ...] = ()
    embargo_until: datetime | None = None
    returned_at: datetime | None = None
    created_at: datetime
    created_by: int | None = None

    @property
    def authors(self) -> tuple[str, ...]:
        """The names and handles of all credits for text, each once."""
        names = (name for credit in self.credits if credit.role == "text" for name in credit.keys)
        return tuple(dict.fromkeys(names))


class Chapter(Value):
    """A part of a story. It begins with the entry `entry_id` at `at`; of entries of the same time, `seq` decides."""

    at: datetime
    seq: int
    entry_id: str
    title: str


class Event(Value):
    """One public change of a story. `seq` counts from 1 without gaps. `payload` is the event's JSON text as readers
    receive it."""

    seq: int
    kind: EventKind
    entry_id: str | None
    rev: int | None
    at: datetime
    payload: str

    @property
    def removal(self) -> bool:
        """Whether readers lose an entry by it."""
        return self.kind is EventKind.ENTRY_REMOVED


class Contributor(Value):
    """A contributor in the directory, with the values for a credit. `portrait` is the id of an upload."""

    id: int
    name: str
    handle: str | None = None
    role: CreditRole
    url: str | None = None
    note: str | None = None
    portrait: str | None = None


class KnownSource(Value):
    """A source in the directory."""

    id: int
    kind: SourceKind
    name: str
    url: str | None = None
    note: str | None = None
