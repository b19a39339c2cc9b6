"""The content model: what a story, an entry and an event are. Frozen values, no I/O.

Times are timezone-aware `datetime`s in UTC. Text is Unicode without NUL. Names follow the field:
story, entry, key event, dateline, credit, source, verification; event, sequence, epoch.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class StoryStatus(StrEnum):
    UPCOMING = "upcoming"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class EntryStatus(StrEnum):
    """Only `published` entries are public; `removed` ones are kept for the newsroom's history."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REMOVED = "removed"


class EventKind(StrEnum):
    ENTRY_PUBLISHED = "entry.published"
    ENTRY_UPDATED = "entry.updated"
    ENTRY_REMOVED = "entry.removed"
    STORY_UPDATED = "story.updated"


class VerificationStatus(StrEnum):
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
    """The base of every value here: immutable, and strict about what it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Credit(Value):
    """Who did what for an entry. `name` may be a pseudonym."""

    role: CreditRole
    name: str
    handle: str | None = None
    url: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """What somebody is found by."""
        return (self.name, self.handle) if self.handle else (self.name,)


class Source(Value):
    """Who or what says so. `quote` is the text kept as evidence, as it was when retrieved."""

    kind: SourceKind
    name: str
    url: str | None = None
    retrieved_at: datetime | None = None
    quote: str | None = None


class Step(Value):
    """How sure an entry once was, and since when."""

    status: VerificationStatus
    at: datetime


class Verification(Value):
    """How sure an entry is, since when, why, and by which entry it was settled. `trail` is how sure it
    was before, first to last, as far as readers have seen it."""

    status: VerificationStatus
    at: datetime
    note: str | None = None
    settled_by: str | None = None
    trail: tuple[Step, ...] = ()


class Passage(Value):
    """Words of a text that was corrected: what stayed, what was struck, what was inserted, or a gap."""

    kind: Literal["same", "struck", "inserted", "left out"]
    text: str


class Correction(Value):
    """What readers are told about a mistake, and the revision that mended it. `passages` are the words
    that were struck and inserted, where they are few enough to stand in the entry."""

    at: datetime
    rev: int
    note: str
    passages: tuple[Passage, ...] = ()


class Variant(Value):
    """One file of a medium: its address within the site, its media type, and for pictures its size in
    pixels."""

    url: str
    type: str
    width: int | None = None
    height: int | None = None


class Medium(Value):
    """A picture, video or recording as an entry or a card shows it. `width` and `height` are those of its largest
    variant, unknown for video and audio; `placeholder` is a tiny picture as a data: address. Smallest
    variant first, WebP before JPEG."""

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
        """The whole of it: the largest variant, a picture's as JPEG."""
        return self.variants[-1].url

    def of_type(self, media_type: str) -> list[Variant]:
        return [variant for variant in self.variants if variant.type == media_type]


EmbedKind = Literal["post", "video", "clip", "audio", "chart", "map"]


class Embed(Value):
    """What a link led to when it was looked at, kept as evidence: the words, by whom, where, when.

    `retrieved_at` is None where nobody was asked and the link alone tells. `dated` is the day (UTC) that
    the provider gives. `frame` is the address of the provider's own view, which readers load by a click;
    `picture` is the one that the provider shows for it, as it was made anew here.
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
    """A slot that somebody pays for: words and a link, never a script or a picture of theirs."""

    name: str
    text: str
    url: str


class Story(Value):
    """An ongoing story. `head` is the sequence of its newest event; `epoch` names the life of that
    sequence: where it differs from what a reader holds, the reader starts anew. `change_count` counts all that
    was done to it, also what readers never hear of: by it a desk knows that its lists are of now."""

    id: int
    slug: str
    title: str
    summary: str = ""
    status: StoryStatus = StoryStatus.LIVE
    category: str | None = None
    topics: tuple[str, ...] = ()
    place: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    related: tuple[str, ...] = ()
    sponsors: tuple[Sponsor, ...] = ()
    created_at: datetime
    updated_at: datetime
    epoch: str
    head: int
    change_count: int = 0

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The writing direction of the story's language."""
        return "rtl" if self.language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
)


class Entry(Value):
    """One timestamped entry. `seq` is the sequence of the event that first published it; entries
    stand in the order of `(published_at, seq)`. `rev` counts its revisions from 1. `corrections`
    stand first to last; `corrected_at` is the time of the last. `returned_at` is when an editor gave a
    draft back to who wrote it."""

    id: str
    story_id: int
    seq: int | None = None
    rev: int = 1
    status: EntryStatus
    headline: str | None = None
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
        """Who wrote it: their names, and their handles where they have one."""
        names = (name for credit in self.credits if credit.role == "text" for name in credit.keys)
        return tuple(dict.fromkeys(names))


class Event(Value):
    """One public change of a story: `seq` is gapless from 1, `payload` the JSON text of the event
    as readers receive it."""

    seq: int
    kind: EventKind
    entry_id: str | None
    rev: int | None
    at: datetime
    payload: str


class Reached(Value):
    """A server process that has taken a removal in, and how many open sockets it was sent on."""

    process: str
    sockets: int


class Takedown(Value):
    """What a removal reached: how many of each kind were scrubbed, the processes that have it, those that
    did not say so in time, and what no server reaches (in words)."""

    at: datetime
    purged: bool
    scrubbed: dict[str, int] = {}
    processes: tuple[Reached, ...] = ()
    silent: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


class Revision(Value):
    """What an entry was at one of its revisions, and who made it so; of a removal, what it reached."""

    rev: int
    at: datetime
    by: str | None
    action: str
    note: str | None = None
    report: Takedown | None = None
    entry: dict[str, object]

    @property
    def public(self) -> bool:
        """Whether readers may see it: what was drafted before publication is the newsroom's."""
        return self.entry.get("status") == EntryStatus.PUBLISHED


class Note(Value):
    """What the newsroom says to itself about an entry; never public."""

    id: int
    at: datetime
    by: str | None
    kind: Literal["note", "returned", "embargo"]
    text: str


class Contributor(Value):
    """Somebody in the book, as a credit names them."""

    id: int
    name: str
    handle: str | None = None
    role: CreditRole
    url: str | None = None
    note: str | None = None


class KnownSource(Value):
    """A source in the book."""

    id: int
    kind: SourceKind
    name: str
    url: str | None = None
    note: str | None = None
