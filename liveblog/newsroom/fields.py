"""The kinds of fields in forms: what each accepts, and its limits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import core_schema

from liveblog.models.content import EntryStatus
from liveblog.models.site import LANGUAGE
from liveblog.store.stories.hashtag import LONGEST

EARLIEST = datetime(1800, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
MOST_LOOKED_AT = 200  # items; more than any list may have
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MEDIUM_ID = r"^m[0-9a-f]{32}$"
PATTERNS = {
    MEDIUM_ID: "must be the id of an upload (POST /api/media)",
    SLUG: "must be small letters, digits and single hyphens, such as kharkiv-2",
    LANGUAGE: "must be a language tag such as en, uk or pt-BR",
}
HASHTAG = "must be a hashtag of 1 to 64 letters, digits and _"
RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
TIME_MESSAGE = "must be a time that exists, with its offset, such as 2022-02-25T14:32:00+02:00"


def _clean(value: Any) -> Any:
    """Replaces NUL, as CommonMark 2.3 does, because not every database can store it.

    Also removes byte order marks (U+FEFF): they say how a file is encoded and show nothing (Unicode
    23.8).
    """
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("is not UTF-8") from None
    return value.replace("\0", "�").replace("\ufeff", "")


def _one_line(value: str) -> str:
    line = re.sub(r"\s+", " ", value).strip()
    if not line:
        raise ValueError("must not be empty")
    return line


def says_something(value: str) -> str:
    """Strips a text and unifies its line ends. Raises `ValueError` if nothing is left."""
    if not value.strip():
        raise ValueError("must not be empty")
    return value.replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class _AtMost:
    """The check behind `at_most()`. `Field(max_length=…)` would refuse None."""

    longest: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described = handler(schema)
        for one in described.get("anyOf", [described]):
            if one.get("type") == "string":
                one["maxLength"] = self.longest
        return described

    def _check(self, value: str | None) -> str | None:
        if value is not None and len(value) > self.longest:
            raise ValueError(f"must have at most {self.longest} characters")
        return value


def at_most(longest: int) -> _AtMost:
    """For `Annotated`: a text has at most `longest` characters. None is allowed."""
    return _AtMost(longest)


def blank_is_none(value: Any) -> Any:
    """Returns None for a text without visible characters, and any other value as it is."""
    return None if isinstance(value, str) and not value.replace("\ufeff", "").strip() else value


def _sane(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 1800 and 2200")
    return value.astimezone(UTC)


def _web(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\x00-\x1f\x7f\"<>\\]", value):
        raise ValueError("must be an http:// or https:// address")
    return value


def _topic(value: str) -> str:
    # Normalizing takes quadratic time in the number of combining marks.
    if len(value) > LONGEST:
        raise ValueError(HASHTAG)
    topic = unicodedata.normalize("NFC", value.strip().removeprefix("#"))
    # Not \w, which leaves out combining marks: they are vowels in many scripts.
    known = all(letter == "_" or unicodedata.category(letter)[0] in "LMN" for letter in topic)
    begins = topic and not unicodedata.category(topic[0]).startswith("M")
    if not (known and begins) or len(topic) > 64 or len(topic.casefold()) > 64:
        raise ValueError(HASHTAG)
    return topic


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple({value.casefold(): value for value in reversed(values)}.values())[::-1]


def _exact_time(value: Any) -> Any:
    """Accepts RFC 3339 only: pydantic would read a bare number as seconds since 1970."""
    written = isinstance(value, str) and RFC_3339.match(value)
    if not written and not isinstance(value, datetime):
        raise ValueError(TIME_MESSAGE)
    return value


Text = Annotated[str, BeforeValidator(_clean)]
Line = Annotated[Text, AfterValidator(_one_line)]
OptionalLine = Annotated[Line | None, BeforeValidator(blank_is_none)]
Label = Annotated[Line, at_most(32)]
Topic = Annotated[Text, AfterValidator(_topic)]
Url = Annotated[Text, at_most(2048), AfterValidator(_web)]
OptionalUrl = Annotated[Url | None, BeforeValidator(blank_is_none)]
Time = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_exact_time), AfterValidator(_sane)
]


def _not_removed(value: EntryStatus) -> EntryStatus:
    if value is EntryStatus.REMOVED:
        raise ValueError("must be draft, submitted, scheduled or published; DELETE removes")
    return value


Status = Annotated[EntryStatus, Field(strict=False), AfterValidator(_not_removed)]


def as_tuple(value: Any) -> Any:
    """Turns a list into a tuple, cut off at a length that no list may have."""
    return tuple(value[:MOST_LOOKED_AT]) if isinstance(value, list) else value


Topics = Annotated[
    tuple[Topic, ...], BeforeValidator(as_tuple), Field(max_length=20), AfterValidator(_unique)
]
Labels = Annotated[
    tuple[Label, ...], BeforeValidator(as_tuple), Field(max_length=10), AfterValidator(_unique)
]
