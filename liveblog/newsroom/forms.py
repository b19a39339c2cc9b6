"""The forms: the fields of stories and entries as they may be sent, and their limits."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from liveblog.content.markup.embed_codes import addressed
from liveblog.errors import Malformed, TooLarge
from liveblog.models.brief import MOST_POINTS
from liveblog.models.content import (
    CreditRole,
    EntryStatus,
    SourceKind,
    StoryStatus,
    VerificationStatus,
)
from liveblog.models.members import Precision
from liveblog.models.origins import MOST as MOST_ORIGINS
from liveblog.models.origins import origin_of
from liveblog.models.site import LANGUAGE, LONGEST_LANGUAGE, LONGEST_ZONE, known_zone
from liveblog.newsroom.fields import (
    MEDIUM_ID,
    SLUG,
    Label,
    Labels,
    Line,
    OptionalLine,
    OptionalUrl,
    Status,
    Text,
    Time,
    Topics,
    Url,
    as_tuple,
    at_most,
    blank_is_none,
    says_something,
)
from liveblog.newsroom.validation import Form

BODY_BYTES = 64 * 1024
MOST_MEDIA = 20
LONGEST_KEY = 200
MOST_MINUTES = 30 * 24 * 60


class CreditForm(Form):
    role: CreditRole
    name: Annotated[Line, at_most(200)]
    handle: Annotated[OptionalLine, at_most(100)] = None
    url: OptionalUrl = None


class SourceForm(Form):
    kind: SourceKind
    name: Annotated[Line, at_most(300)]
    url: OptionalUrl = None
    retrieved_at: Time | None = None
    quote: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(5000)] = None


class MediumForm(Form):
    """How an entry shows a medium. A field that is not sent is as in the upload."""

    id: Annotated[str, Field(pattern=MEDIUM_ID)]
    alt: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    caption: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    credit: Annotated[OptionalLine, at_most(200)] = None


class CoverForm(Form):
    """How a story shows its cover. A field that is not sent is as in the upload."""

    id: Annotated[str, Field(pattern=MEDIUM_ID)]
    alt: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    credit: Annotated[OptionalLine, at_most(200)] = None


class UploadForm(Form):
    alt: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    credit: Annotated[OptionalLine, at_most(200)] = None


class VerificationForm(Form):
    status: Annotated[VerificationStatus, Field(strict=False)]
    note: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    settled_by: Annotated[OptionalLine, at_most(32)] = None


class TypedVerification(VerificationForm):
    """As people type it: `settled_by` may also be words of the entry."""

    settled_by: Annotated[OptionalLine, at_most(300)] = None


def _short_verification(value: Any) -> Any:
    """`"confirmed"` for `{"status": "confirmed"}`."""
    return {"status": value} if isinstance(value, str) else value


def _short_medium(value: Any) -> Any:
    """`"m…"` for `{"id": "m…"}`."""
    return {"id": value} if isinstance(value, str) else value


def _once(media: tuple[MediumForm, ...]) -> tuple[MediumForm, ...]:
    if len({medium.id for medium in media}) < len(media):
        raise ValueError("names a medium twice")
    return media


VerificationField = Annotated[
    VerificationForm | None,
    BeforeValidator(
        _short_verification,
        json_schema_input_type=VerificationForm | VerificationStatus | None,
    ),
]
Credits = Annotated[tuple[CreditForm, ...], BeforeValidator(as_tuple), Field(max_length=50)]
Sources = Annotated[tuple[SourceForm, ...], BeforeValidator(as_tuple), Field(max_length=50)]


Media = Annotated[
    tuple[
        Annotated[
            MediumForm, BeforeValidator(_short_medium, json_schema_input_type=MediumForm | str)
        ],
        ...,
    ],
    BeforeValidator(as_tuple),
    Field(max_length=MOST_MEDIA),
    AfterValidator(_once),
]


class EntryFields(Form):
    """The fields that a new entry and an edit have in common."""

    headline: Annotated[OptionalLine, at_most(300)] = None
    chapter: Annotated[OptionalLine, at_most(80)] = None
    key: bool = False
    pinned: bool = False
    labels: Labels = ()
    topics: Topics = ()
    dateline: Annotated[OptionalLine, at_most(200)] = None
    occurred_at: Time | None = None
    publish_at: Time | None = None
    embargo_until: Time | None = None
    break_embargo: bool = False
    credits: Credits = ()
    sources: Sources = ()
    verification: VerificationField = None
    media: Media = ()
    at_once: bool = False

    @field_validator("occurred_at")
    @classmethod
    def _has_happened(cls, value: datetime | None) -> datetime | None:
        if value is not None and value > datetime.now(UTC) + timedelta(minutes=5):
            raise ValueError("lies in the future; must be when it happened")
        return value

    @field_validator("body", check_fields=False)
    @classmethod
    def _has_body(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be empty")
        if (size := len(value.encode())) > BODY_BYTES:
            over = math.ceil((size - BODY_BYTES) / size * len(value) / 10) * 10
            message = (
                f"is too long by about {over} characters"
                f" ({size} bytes; at most {BODY_BYTES} are accepted)"
            )
            raise TooLarge(f"body: {message}", {"body": message})
        return value


def _with_addresses(text: str) -> str:
    """Replaces embed codes by their addresses. A text that is too long is left for the refusal."""
    return addressed(text) if len(text) <= BODY_BYTES else text


Body = Annotated[Text, AfterValidator(_with_addresses)]


class NewEntry(EntryFields):
    body: Body
    status: Status = EntryStatus.PUBLISHED


class EntryChange(EntryFields):
    """An edit: only the fields that were sent count (`model_fields_set`). With a `correction`,
    it is a correction."""

    body: Body = ""
    status: Status = EntryStatus.DRAFT
    correction: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None


class EmbedForm(Form):
    url: Url


class Removal(Form):
    reason: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    purge: bool = False


class Return(Form):
    note: Annotated[Text, at_most(2000), AfterValidator(says_something)]


class NoteForm(Form):
    text: Annotated[Text, at_most(2000), AfterValidator(says_something)]


class Undo(Form):
    rev: Annotated[int, Field(ge=1, le=10**9)]


MOST_ENTRIES = 100  # in one bulk action
EntryIds = Annotated[
    tuple[Annotated[Text, at_most(32)], ...],
    BeforeValidator(as_tuple),
    Field(min_length=1, max_length=MOST_ENTRIES),
    AfterValidator(lambda ids: tuple(dict.fromkeys(ids))),
]
BulkAction = Literal["publish", "remove", "restore", "label", "unlabel", "key", "unkey", "verify"]


class Bulk(Form):
    """One action on several entries. An entry in `revs` is published only at that revision."""

    action: BulkAction
    entries: EntryIds
    revs: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(max_length=MOST_ENTRIES)] = Field(
        default_factory=dict
    )
    label: Annotated[Label | None, BeforeValidator(blank_is_none)] = Field(
        None, validate_default=True
    )
    verification: VerificationField = Field(None, validate_default=True)

    @field_validator("label", "verification")
    @classmethod
    def _is_there(cls, value: object, info: ValidationInfo) -> object:
        needed = {"label": "label", "unlabel": "label", "verify": "verification"}
        if value is None and needed.get(info.data.get("action", "")) == info.field_name:
            raise ValueError("is missing")
        return value


class DirectoryForm(Form):
    """The fields of a line in either book."""

    url: OptionalUrl = None
    note: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None


class ContributorForm(DirectoryForm):
    name: Annotated[Line, at_most(200)]
    handle: Annotated[OptionalLine, at_most(100)] = None
    role: CreditRole = "text"


class KnownSourceForm(DirectoryForm):
    kind: SourceKind
    name: Annotated[Line, at_most(300)]


class SponsorForm(Form):
    name: Annotated[Line, at_most(100)]
    text: Annotated[Line, at_most(300)]
    url: Url


class ProtectionForm(Form):
    """How a user is protected. Only the fields that were sent change.

    An empty `byline`, `handle` or `region` is removed. With a `place_delay` of null, an exact place
    is never shown. `delay` and `place_delay` are minutes.
    """

    byline: Annotated[OptionalLine, at_most(200)] = None
    handle: Annotated[OptionalLine, at_most(100)] = None
    delay: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 0
    place: Annotated[Precision, Field(strict=False)] = Precision.EXACT
    region: Annotated[OptionalLine, at_most(200)] = None
    place_delay: Annotated[int, Field(ge=0, le=MOST_MINUTES)] | None = None


class PointForm(Form):
    """A point of the Brief. `entry` is the id of the published entry that it rests on."""

    text: Annotated[Line, at_most(300)]
    entry: Annotated[OptionalLine, at_most(32)] = None


Slug = Annotated[str, Field(pattern=SLUG), at_most(80)]
Related = Annotated[
    tuple[Slug, ...],
    BeforeValidator(as_tuple),
    Field(max_length=10),
    AfterValidator(lambda slugs: tuple(dict.fromkeys(slugs))),
]
Sponsors = Annotated[tuple[SponsorForm, ...], BeforeValidator(as_tuple), Field(max_length=3)]

Points = Annotated[tuple[PointForm, ...], BeforeValidator(as_tuple), Field(max_length=MOST_POINTS)]
Cover = Annotated[
    CoverForm | None,
    BeforeValidator(_short_medium, json_schema_input_type=CoverForm | str | None),
]
EmbedOrigins = Annotated[
    tuple[Annotated[Text, AfterValidator(origin_of)], ...],
    BeforeValidator(as_tuple),
    Field(max_length=MOST_ORIGINS),
    AfterValidator(lambda origins: tuple(dict.fromkeys(origins))),
]


TimeZone = Annotated[str, at_most(LONGEST_ZONE), AfterValidator(known_zone)]


class StoryFields(Form):
    summary: Annotated[Text, at_most(5000)] = ""
    points: Points = ()
    status: Annotated[StoryStatus, Field(strict=False)] = StoryStatus.LIVE
    category: Annotated[OptionalLine, at_most(100)] = None
    topics: Topics = ()
    place: Annotated[OptionalLine, at_most(200)] = None
    timezone: TimeZone = "UTC"
    language: Annotated[str, Field(pattern=LANGUAGE), at_most(LONGEST_LANGUAGE)] = "en"
    coverage_start: Time | None = None
    coverage_end: Time | None = None
    paused_until: Time | None = None
    related: Related = ()
    sponsors: Sponsors = ()
    cover: Cover = None
    embed_origins: EmbedOrigins = ()


class NewStory(StoryFields):
    slug: Slug
    title: Annotated[Line, at_most(300)]


class StoryChange(StoryFields):
    title: Annotated[Line, at_most(300)] = "-"


def idempotency_key(text: str | None) -> str | None:
    """Checks an idempotency key. Raises `Malformed`."""
    if text is not None and (not 1 <= len(text) <= LONGEST_KEY or "\0" in text):
        raise Malformed(
            f"Idempotency-Key: must have 1 to {LONGEST_KEY} characters, none of them NUL"
        )
    return text
