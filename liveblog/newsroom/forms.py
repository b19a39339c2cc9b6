"""What the newsroom may send: the fields of stories and entries, what each accepts, and its limits."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from liveblog.content.markup.embed_codes import addressed
from liveblog.errors import Invalid, Malformed, TooLarge
from liveblog.models.content import (
    CreditRole,
    EntryStatus,
    SourceKind,
    StoryStatus,
    VerificationStatus,
)
from liveblog.models.members import Precision
from liveblog.newsroom.fields import (
    LANGUAGE,
    MEDIUM_ID,
    MOST_LOOKED_AT,
    PATTERNS,
    SLUG,
    TIME_MESSAGE,
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

BODY_BYTES = 64 * 1024
MOST_MEDIA = 20
LONGEST_KEY = 200
MOST_MINUTES = 30 * 24 * 60
MOST_ITEMS = 5000  # more than any form takes: each that is wrong takes its time
MOST_TOLD = 50


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
    """What an entry says of a medium; what is not said is as the upload has it."""

    id: Annotated[str, Field(pattern=MEDIUM_ID)]
    alt: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    caption: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    credit: Annotated[OptionalLine, at_most(200)] = None


class UploadForm(Form):
    alt: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    credit: Annotated[OptionalLine, at_most(200)] = None


class VerificationForm(Form):
    status: Annotated[VerificationStatus, Field(strict=False)]
    note: Annotated[Text | None, BeforeValidator(blank_is_none), at_most(2000)] = None
    settled_by: Annotated[OptionalLine, at_most(32)] = None


class TypedVerification(VerificationForm):
    """As people say it: `settled_by` may be words of the entry that is meant."""

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
    """The fields that both a new entry and an edit may carry."""

    headline: Annotated[OptionalLine, at_most(300)] = None
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
    """Embed codes become their addresses; what is too long is refused as it is."""
    return addressed(text) if len(text) <= BODY_BYTES else text


Body = Annotated[Text, AfterValidator(_with_addresses)]


class NewEntry(EntryFields):
    body: Body
    status: Status = EntryStatus.PUBLISHED


class EntryChange(EntryFields):
    """An edit: only the fields that were sent count (`model_fields_set`). With a `correction` it is one."""

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


MOST_ENTRIES = 100  # at once
EntryIds = Annotated[
    tuple[Annotated[Text, at_most(32)], ...],
    BeforeValidator(as_tuple),
    Field(min_length=1, max_length=MOST_ENTRIES),
    AfterValidator(lambda ids: tuple(dict.fromkeys(ids))),
]
BulkAction = Literal["publish", "remove", "restore", "label", "unlabel", "key", "unkey", "verify"]


class Bulk(Form):
    """One thing done to several entries. Of those in `revs` only that revision is published."""

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
    """What a line of either book says."""

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
    """What protects a user; only what was sent changes. An empty `byline`, `handle` or `region` takes it
    away, and so does a `place_delay` of null: an exact place is then never shown."""

    byline: Annotated[OptionalLine, at_most(200)] = None
    handle: Annotated[OptionalLine, at_most(100)] = None
    delay: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 0
    place: Annotated[Precision, Field(strict=False)] = Precision.EXACT
    region: Annotated[OptionalLine, at_most(200)] = None
    place_delay: Annotated[int, Field(ge=0, le=MOST_MINUTES)] | None = None


Slug = Annotated[str, Field(pattern=SLUG), at_most(80)]
Related = Annotated[
    tuple[Slug, ...],
    BeforeValidator(as_tuple),
    Field(max_length=10),
    AfterValidator(lambda slugs: tuple(dict.fromkeys(slugs))),
]
Sponsors = Annotated[tuple[SponsorForm, ...], BeforeValidator(as_tuple), Field(max_length=3)]


class StoryFields(Form):
    summary: Annotated[Text, at_most(5000)] = ""
    status: Annotated[StoryStatus, Field(strict=False)] = StoryStatus.LIVE
    category: Annotated[OptionalLine, at_most(100)] = None
    topics: Topics = ()
    place: Annotated[OptionalLine, at_most(200)] = None
    timezone: Annotated[str, at_most(64)] = "UTC"
    language: Annotated[str, Field(pattern=LANGUAGE), at_most(35)] = "en"
    coverage_start: Time | None = None
    coverage_end: Time | None = None
    related: Related = ()
    sponsors: Sponsors = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be an IANA time zone such as Europe/Kyiv") from None
        return value


class NewStory(StoryFields):
    slug: Slug
    title: Annotated[Line, at_most(300)]


class StoryChange(StoryFields):
    title: Annotated[Line, at_most(300)] = "-"


FormT = TypeVar("FormT", bound=Form)


def idempotency_key(text: str | None) -> str | None:
    """Raises `Malformed`."""
    if text is not None and (not 1 <= len(text) <= LONGEST_KEY or "\0" in text):
        raise Malformed(
            f"Idempotency-Key: must have 1 to {LONGEST_KEY} characters, none of them NUL"
        )
    return text


def parse(form: type[FormT], values: object) -> FormT:
    """Checks what was sent. Raises `Invalid` with every field that is wrong, or `TooLarge`."""
    if not isinstance(values, dict):
        raise Invalid({"request": "must be a JSON object"})
    _require_few(values)
    if len(values) > MOST_LOOKED_AT:
        raise Invalid({"request": f"must have at most {MOST_LOOKED_AT} fields"})
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise Invalid(field_errors(error)) from None


def _require_few(values: dict[Any, Any]) -> None:
    """Raises `Invalid` where there is more than anybody could mean, in all that is nested."""
    left = MOST_ITEMS
    for name, value in values.items():
        left -= 1
        waiting = [value]
        while waiting and left >= 0:
            within = waiting.pop()
            if isinstance(within, list | tuple | dict):
                left -= len(within)
                if left >= 0:
                    waiting.extend(within.values() if isinstance(within, dict) else within)
        if left < 0:
            message = f"must not have so many items; a request has at most {MOST_ITEMS}"
            raise Invalid({str(name)[:100]: message})


def field_errors(error: ValidationError) -> dict[str, str]:
    """`{"credits.0.name": "must not be empty"}`: what each field accepts, in our words; of the first 50."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        if len(fields) == MOST_TOLD:
            break
        name = ".".join(str(part) for part in problem["loc"])
        fields.setdefault(name, _message(problem["type"], problem))
    return fields


MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
}


def _message(kind: str, problem: Any) -> str:
    context = problem.get("ctx", {})
    match kind:
        case _ if kind in MESSAGES:
            return MESSAGES[kind]
        case "too_long":
            return f"must have at most {context['max_length']} items"
        case "string_pattern_mismatch":
            return PATTERNS[context["pattern"]]
        case "value_error":
            return str(context["error"])
        case _ if kind.startswith(("datetime", "timezone")):
            return TIME_MESSAGE
        case _:
            return str(problem["msg"]).replace("Input should be", "must be")
