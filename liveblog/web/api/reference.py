"""Every call of the API, described: what it takes, what it answers, and an example.

A new call stands here, in its section, with the endpoint that answers it; a value that it answers, and no other
does, in `VALUES`. The route table takes the API's addresses from here.
The examples stand on the page `/api/docs` and are run by the tests, one after another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from liveblog.models.content import (
    Contributor,
    Embed,
    Entry,
    EntryStatus,
    KnownSource,
    Medium,
    Note,
    Revision,
    Story,
    Takedown,
    Value,
)
from liveblog.models.entry_fields import Trait, named
from liveblog.newsroom.forms import (
    Bulk,
    EmbedForm,
    EntryChange,
    NewEntry,
    NewStory,
    NoteForm,
    Removal,
    Return,
    StoryChange,
    Undo,
)
from liveblog.newsroom.validation import Form
from liveblog.web import media
from liveblog.web.api import entries, review
from liveblog.web.api.entries import MOST_ENTRIES
from liveblog.web.http.body_limits import DESK_FORM_BYTES
from liveblog.web.inbound import chat, email
from liveblog.web.inbound.email import Email

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "string", "enum": ["true", "false"]}


def list_of(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def object_of(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True)
class Shape:
    """How a value is answered: without some of its fields, and with more."""

    without: frozenset[str] = frozenset()
    more: dict[str, Schema] = field(default_factory=dict)


# The values of answers; `ref("Entry")` stands for one.
VALUES: dict[type[Value], Shape] = {
    Story: Shape(
        frozenset({"id", "change_count"}),
        {"direction": TEXT, "url": TEXT, "readers": {"type": "integer"}},
    ),
    Entry: Shape(
        frozenset(named(Trait.INTERNAL)),
        {
            "url": TEXT,
            "html": TEXT,
            "held_until": {"type": ["string", "null"]},
            "withheld": {"type": ["object", "null"]},
            "created_at": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "Null for contributors where others wrote the entry.",
            },
        },
    ),
    Revision: Shape(),
    Medium: Shape(more={"url": TEXT}),
    Embed: Shape(),
    Takedown: Shape(),
    Note: Shape(),
    Contributor: Shape(frozenset({"id"})),
    KnownSource: Shape(frozenset({"id"})),
}


@dataclass(frozen=True)
class Parameter:
    """One of the query, or of the headers."""

    name: str
    about: str
    schema: Schema = field(default_factory=lambda: TEXT)
    within: Literal["query", "header"] = "query"


@dataclass(frozen=True)
class Answer:
    """`headers` are those that programs use, with what they tell; `kind` is the media type."""

    about: str
    schema: Schema
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"


@dataclass(frozen=True)
class Call:
    """`endpoint` answers at `path`, below `/api`: the route table (web/routes.py) takes the API's addresses from here.
    `max_body` and `file` are those of its policy (web/http/policy.py). `form` is what stands in the body, `body` the media types
    and schemas of one that is no form. `refuses` are statuses beside those that any call may give.
    `example` is the body of an example, or its query; `keep` is the field of its answer that later
    examples name by a variable of the shell: `{"ENTRY": "id"}`."""

    endpoint: Callable[[Request], Awaitable[Response]]
    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    summary: str
    answers: dict[int, Answer]
    about: str = ""
    parameters: tuple[Parameter, ...] = ()
    form: type[Form] | None = None
    body: dict[str, Schema] | None = None
    body_required: bool = True
    refuses: tuple[int, ...] = ()
    security: str = "session or token"
    max_body: int | None = None
    file: bool = False
    example: Schema | None = None
    example_headers: tuple[str, ...] = ()
    keep: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The operation's name: `post_stories_slug_entries`."""
        words = self.path.replace("{", "").replace("}", "").strip("/").split("/")
        return "_".join([self.method.lower(), *words])

    @property
    def query(self) -> dict[str, bool]:
        """The parameters of its query, and whether each may be given several times."""
        named = (one for one in self.parameters if one.within == "query")
        return {one.name: one.schema.get("type") == "array" for one in named}


ETAG = (("ETag", "The revision, in quotes."),)
MADE = (("Location", "The address for readers."),)
RECEIVED = object_of(
    ok={"type": "boolean"}, entry={"type": ["string", "null"], "description": "What it became."}
)
LEFT_OUT: Schema = {"type": "string", "description": "Why it became nothing."}
MAILED: Schema = RECEIVED | {"properties": RECEIVED["properties"] | {"left_out": LEFT_OUT}}
AS_SENT: Schema = {"type": "object", "description": "As the sender's documentation has it."}
SENDERS = (
    "401 without a valid signature. Anything else is answered 200, so that it isn't sent again."
)

STORIES = (
    Call(
        entries.list_stories,
        "GET",
        "/stories",
        "The stories that changed last",
        {200: Answer("At most 50.", object_of(stories=list_of("Story")))},
        example={},
    ),
    Call(
        entries.create_story,
        "POST",
        "/stories",
        "Open a story",
        {201: Answer("The story.", ref("Story"), MADE)},
        about="For editors.",
        form=NewStory,
        refuses=(409,),
        example={"slug": "odesa", "title": "Odesa: what we know", "timezone": "Europe/Kyiv"},
    ),
    Call(
        entries.read_story,
        "GET",
        "/stories/{slug}",
        "A story",
        {200: Answer("The story, how far it is, and how many read it.", ref("Story"))},
        example={},
    ),
    Call(
        entries.change_story,
        "PATCH",
        "/stories/{slug}",
        "Change a story",
        {200: Answer("The changed story.", ref("Story"))},
        about="For editors. Changes the fields that are sent.",
        form=StoryChange,
        example={"status": "live", "summary": "The city holds."},
    ),
)

ENTRIES = (
    Call(
        entries.create_entry,
        "POST",
        "/stories/{slug}/entries",
        "Publish or submit an entry",
        {
            200: Answer("The key was used before: the first entry.", ref("Entry"), MADE + ETAG),
            201: Answer("The entry, committed.", ref("Entry"), MADE + ETAG),
        },
        about="Contributors send the status submitted or draft. A publish_at in the future schedules.",
        parameters=(
            Parameter(
                "Idempotency-Key",
                "Makes a repeat harmless: 1 to 200 characters of your choice. 422 with another body.",
                {"type": "string", "minLength": 1, "maxLength": 200},
                "header",
            ),
        ),
        form=NewEntry,
        example={
            "body": "The mayor says that **water is back** in all districts.",
            "headline": "Water is back",
            "key": True,
            "credits": [{"role": "text", "name": "A correspondent"}],
            "sources": [{"kind": "official", "name": "The mayor"}],
            "verification": "unverified",
        },
        example_headers=("Idempotency-Key: 2022-02-25-water",),
        keep=("ENTRY", "id"),
    ),
    Call(
        entries.list_entries,
        "GET",
        "/stories/{slug}/entries",
        "Entries of a story, newest first",
        {
            200: Answer(
                "A page of them; the next one is before={next}.",
                object_of(entries=list_of("Entry"), next={"type": ["string", "null"]}),
            )
        },
        about="Contributors see what is published and, of the rest, their own.",
        parameters=(
            Parameter("before", "The next of the page before."),
            Parameter(
                "limit",
                "50 without it.",
                {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES},
            ),
            Parameter(
                "status",
                "May be given several times; without it, the published ones.",
                {"type": "array", "items": {"enum": [status.value for status in EntryStatus]}},
            ),
            Parameter("key", "Key events, or all others.", FLAG),
            Parameter("topic", "A hashtag, without regard to case."),
        ),
        example={"limit": 2, "status": "published"},
    ),
    Call(
        entries.read_entry,
        "GET",
        "/stories/{slug}/entries/{id}",
        "An entry",
        {200: Answer("The entry.", ref("Entry"), ETAG)},
        example={},
    ),
    Call(
        entries.change_entry,
        "PATCH",
        "/stories/{slug}/entries/{id}",
        "Edit, correct, pin, verify or publish an entry",
        {200: Answer("The changed entry.", ref("Entry"), ETAG)},
        about="Changes the fields that are sent. With a correction, readers see its note.",
        parameters=(
            Parameter(
                "If-Match",
                "The revision that was edited, in quotes: 412 with the newer entry where there is one.",
                {"type": "string", "pattern": r'^"[0-9]{1,9}"$'},
                "header",
            ),
        ),
        form=EntryChange,
        refuses=(409, 412),
        example={
            "body": "The mayor says that **water is back** in most districts.",
            "correction": "An earlier version spoke of all districts.",
        },
        example_headers=('If-Match: "1"',),
    ),
    Call(
        entries.read_history,
        "GET",
        "/stories/{slug}/entries/{id}/history",
        "The revisions of an entry",
        {200: Answer("First to last.", object_of(revisions=list_of("Revision")))},
        example={},
    ),
    Call(
        entries.remove_entry,
        "DELETE",
        "/stories/{slug}/entries/{id}",
        "Take an entry down",
        {
            200: Answer(
                "The sequence of the last event of the entry.",
                object_of(
                    seq={"type": ["integer", "null"]},
                    report={"anyOf": [ref("Takedown"), {"type": "null"}]},
                ),
            )
        },
        about="With purge, its text also leaves the history, the event log and every open page.",
        form=Removal,
        body_required=False,
        example={"reason": "It named a person at risk.", "purge": True},
    ),
)

REVIEW = (
    Call(
        review.return_entry,
        "POST",
        "/stories/{slug}/entries/{id}/return",
        "Give back what was submitted",
        {200: Answer("The entry: a draft again.", ref("Entry"), ETAG)},
        about="For editors. Who wrote it sees the note; readers never do.",
        form=Return,
        refuses=(409,),
    ),
    Call(
        review.list_notes,
        "GET",
        "/stories/{slug}/entries/{id}/notes",
        "What the newsroom said about an entry",
        {200: Answer("First to last.", object_of(notes=list_of("Note")))},
        about="For editors, and for who wrote the entry.",
    ),
    Call(
        review.add_note,
        "POST",
        "/stories/{slug}/entries/{id}/notes",
        "Add a note for the newsroom",
        {201: Answer("The note.", ref("Note"))},
        form=NoteForm,
    ),
    Call(
        review.undo_entry,
        "POST",
        "/stories/{slug}/entries/{id}/undo",
        "Take the last change back",
        {200: Answer("The entry as it is now.", ref("Entry"), ETAG)},
        about="For editors. 412 where rev is not the newest revision any more.",
        form=Undo,
        refuses=(409, 412),
    ),
    Call(
        review.restore_entry,
        "POST",
        "/stories/{slug}/entries/{id}/restore",
        "Bring back what was removed",
        {200: Answer("The entry, public again where it was.", ref("Entry"), ETAG)},
        refuses=(409,),
    ),
    Call(
        review.change_many,
        "POST",
        "/stories/{slug}/bulk",
        "One thing done to several entries",
        {
            200: Answer(
                "What became of each: id, status, rev and seq, or id and error.",
                object_of(results={"type": "array", "items": {"type": "object"}}),
            )
        },
        about="For editors. One that is refused keeps none of the others from it.",
        form=Bulk,
    ),
)

FOUND = (Parameter("q", "A part of the name, without regard to case."),)
DIRECTORY = (
    Call(
        review.contributors,
        "GET",
        "/contributors",
        "Contributors, for completing credits",
        {
            200: Answer(
                "At most 20, named last first.", object_of(contributors=list_of("Contributor"))
            )
        },
        parameters=FOUND,
        example={},
    ),
    Call(
        review.sources,
        "GET",
        "/sources",
        "Sources, for completing them",
        {200: Answer("At most 20, named last first.", object_of(sources=list_of("KnownSource")))},
        parameters=FOUND,
        example={},
    ),
)

FILE: Schema = {"type": "string", "format": "binary"}
MEDIA = (
    Call(
        media.upload,
        "POST",
        "/media",
        "Upload a picture, video or recording",
        {201: Answer("The medium, cleaned and in its sizes.", ref("Medium"))},
        body={
            "multipart/form-data": object_of(file=FILE)
            | {"properties": {"file": FILE, "alt": TEXT, "credit": TEXT}}
        },
        refuses=(415,),
        max_body=DESK_FORM_BYTES,
        file=True,
    ),
    Call(
        media.read,
        "GET",
        "/media/{id}",
        "A medium",
        {200: Answer("The medium.", ref("Medium"))},
    ),
    Call(
        media.private_file,
        "GET",
        "/media/{id}/{name}",
        "A file of a medium, for the newsroom",
        {
            200: Answer("The file.", {}, kind="*/*"),
            206: Answer("A range of it.", {}, kind="*/*"),
        },
        refuses=(416,),
    ),
)

LINKS = (
    Call(
        entries.ask_card,
        "POST",
        "/embeds",
        "What a link leads to",
        {200: Answer("The card that an entry with this link would show.", ref("Embed"))},
        form=EmbedForm,
        refuses=(502,),
    ),
)

INBOUND = (
    Call(
        chat.slack,
        "POST",
        "/inbound/slack",
        "Slack's Events API",
        {200: Answer("What it became, or the challenge.", {"type": "object"})},
        about=SENDERS,
        body={"application/json": AS_SENT},
        security="slack",
        max_body=chat.REQUEST_BYTES,
    ),
    Call(
        chat.telegram,
        "POST",
        "/inbound/telegram",
        "Updates of a Telegram bot",
        {200: Answer("What it became.", RECEIVED)},
        about=SENDERS,
        body={"application/json": AS_SENT},
        security="telegram",
        max_body=chat.REQUEST_BYTES,
    ),
    Call(
        email.email,
        "POST",
        "/inbound/email",
        "An e-mail",
        {202: Answer("Submitted, now or before; or left out, as an automatic reply is.", MAILED)},
        about="As JSON, or as it is (RFC 5322).",
        form=Email,
        body={"message/rfc822": TEXT},
        security="signature",
        max_body=email.MAIL_BYTES,
    ),
)

SECTIONS: dict[str, tuple[Call, ...]] = {
    "Stories": STORIES,
    "Entries": ENTRIES,
    "Review": REVIEW,
    "The book": DIRECTORY,
    "Media": MEDIA,
    "Links": LINKS,
    "Messages from outside": INBOUND,
}
CALLS = tuple(call for section in SECTIONS.values() for call in section)
