"""Describes every call of the API: its parameters, its answers, and an example.

A new call is added to its section, with its endpoint. A new type of value in an answer is added to `VALUES`. The
route table takes the API's addresses from here. The page `/api/docs` shows the examples, and the tests run them one
after another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from liveblog.models.brief import BriefPoint
from liveblog.models.content import (
    Contributor,
    Embed,
    Entry,
    EntryStatus,
    KnownSource,
    Medium,
    Point,
    Story,
    Value,
)
from liveblog.models.entry_fields import Trait, named
from liveblog.models.revisions import Note, Revision, Takedown
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
    """The schema of a list of values."""
    return {"type": "array", "items": ref(name)}


def object_of(**properties: Schema) -> Schema:
    """The schema of an object with these properties, all required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def ref(name: str) -> Schema:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True)
class Shape:
    """How an answer differs from its value: fields that it lacks, and fields that it adds."""

    without: frozenset[str] = frozenset()
    more: dict[str, Schema] = field(default_factory=dict)


# The types of values in answers. `ref("Entry")` refers to one.
VALUES: dict[type[Value], Shape] = {
    Point: Shape(frozenset({"at"})),
    BriefPoint: Shape(more={"url": {"type": ["string", "null"]}}),
    Story: Shape(
        frozenset({"id", "change_count", "continued_at"}),
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
                "description": "Null for contributors, if somebody else wrote the entry.",
            },
        },
    ),
    Revision: Shape(),
    Medium: Shape(more={"url": TEXT}),
    Embed: Shape(),
    Takedown: Shape(),
    Note: Shape(),
    Contributor: Shape(frozenset({"id", "portrait"})),
    KnownSource: Shape(frozenset({"id"})),
}


@dataclass(frozen=True)
class Parameter:
    """A parameter in the query, or a header of the request."""

    name: str
    about: str
    schema: Schema = field(default_factory=lambda: TEXT)
    within: Literal["query", "header"] = "query"


@dataclass(frozen=True)
class Answer:
    """`headers` are the names of headers that programs use, each with a description. `kind` is the media type."""

    about: str
    schema: Schema
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"


@dataclass(frozen=True)
class Call:
    """A call of the API.

    - `endpoint` answers at `path`, below `/api`. The route table (web/routes.py) takes both from here.
    - `max_body` and `file` belong to its policy (web/http/policy.py).
    - `form` is the JSON body. `body` has the media types and schemas of other bodies.
    - `refuses` are error statuses beyond those of every call.
    - `example` is the body of an example, or its query.
    - `keep` is a shell variable for later examples, and the field of this answer that it holds: `("ENTRY", "id")`.
    """

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
        """The parameters of the query, and whether each may be repeated."""
        named = (one for one in self.parameters if one.within == "query")
        return {one.name: one.schema.get("type") == "array" for one in named}


ETAG = (("ETag", "The revision, in quotes."),)
MADE = (("Location", "The address for readers."),)
RECEIVED = object_of(
    ok={"type": "boolean"},
    entry={"type": ["string", "null"], "description": "The id of the new entry, if there is one."},
)
LEFT_OUT: Schema = {"type": "string", "description": "Why the message was not submitted."}
MAILED: Schema = RECEIVED | {"properties": RECEIVED["properties"] | {"left_out": LEFT_OUT}}
AS_SENT: Schema = {"type": "object", "description": "As in the service's own documentation."}
SENDERS = "401 without a valid signature. A message that is left out gets 200, so that it isn't sent again."

# What the answers about one story add to `Story`.
BRIEF: Schema = object_of(
    points=list_of("BriefPoint"),
    written={"type": "boolean", "description": "Whether editors wrote the points."},
    as_of={"type": ["string", "null"], "format": "date-time"},
    since={"type": "integer", "description": "Entries published since `as_of`."},
    more={"type": "integer", "description": "Key events that no point stands for."},
)
WHOLE_STORY: Schema = ref("WholeStory")
IF_MATCH = Parameter(
    "If-Match",
    "The revision that was edited, in quotes. If there is a newer one, the answer is 412 with it.",
    {"type": "string", "pattern": r'^"[0-9]{1,9}"$'},
    "header",
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
        {201: Answer("The story.", WHOLE_STORY, (*MADE, *ETAG))},
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
        {
            200: Answer(
                "The story, with its newest sequence number, its readers and its Brief.",
                WHOLE_STORY,
                ETAG,
            )
        },
        example={},
    ),
    Call(
        entries.change_story,
        "PATCH",
        "/stories/{slug}",
        "Change a story",
        {200: Answer("The changed story.", WHOLE_STORY, ETAG)},
        about="For editors. Changes the fields that are sent. `points` are the Brief: at most 7, each with the id of the "
        "published entry that it rests on, and as sure as that.",
        parameters=(IF_MATCH,),
        form=StoryChange,
        refuses=(412,),
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
            200: Answer("The first entry: the key was used before.", ref("Entry"), MADE + ETAG),
            201: Answer("The stored entry.", ref("Entry"), MADE + ETAG),
        },
        about="Contributors send the status submitted or draft. A publish_at in the future schedules the entry.",
        parameters=(
            Parameter(
                "Idempotency-Key",
                "1 to 200 characters of your choice. A repeat with the same key and body changes nothing; "
                "with another body it gets 422.",
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
                "A page of entries. The next page is before={next}.",
                object_of(entries=list_of("Entry"), next={"type": ["string", "null"]}),
            )
        },
        about="Contributors see published entries, and their own.",
        parameters=(
            Parameter("before", "The value of next in the previous page."),
            Parameter(
                "limit",
                "The number of entries in a page; 50 by default.",
                {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES},
            ),
            Parameter(
                "status",
                "May be repeated. By default, published entries are listed.",
                {"type": "array", "items": {"enum": [status.value for status in EntryStatus]}},
            ),
            Parameter("key", "true: only key events; false: only other entries.", FLAG),
            Parameter("topic", "Only entries with this hashtag, in upper or lower case."),
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
        about="Changes the fields that are sent. Readers see the note of a correction.",
        parameters=(IF_MATCH,),
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
        {200: Answer("The revisions, oldest first.", object_of(revisions=list_of("Revision")))},
        example={},
    ),
    Call(
        entries.remove_entry,
        "DELETE",
        "/stories/{slug}/entries/{id}",
        "Take an entry down",
        {
            200: Answer(
                "The sequence number of the entry's last event, and a report of the removal.",
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
        "Return a submitted entry to its author",
        {200: Answer("The entry, which is a draft again.", ref("Entry"), ETAG)},
        about="For editors. The author sees the note; readers never do.",
        form=Return,
        refuses=(409,),
    ),
    Call(
        review.list_notes,
        "GET",
        "/stories/{slug}/entries/{id}/notes",
        "The newsroom's notes on an entry",
        {200: Answer("The notes, oldest first.", object_of(notes=list_of("Note")))},
        about="For editors, and for the entry's author.",
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
        "Undo the last change of an entry",
        {200: Answer("The entry after the undo.", ref("Entry"), ETAG)},
        about="For editors. 412 if rev is not the newest revision.",
        form=Undo,
        refuses=(409, 412),
    ),
    Call(
        review.restore_entry,
        "POST",
        "/stories/{slug}/entries/{id}/restore",
        "Restore a removed entry",
        {200: Answer("The entry. It is public again if it was before.", ref("Entry"), ETAG)},
        refuses=(409,),
    ),
    Call(
        review.change_many,
        "POST",
        "/stories/{slug}/bulk",
        "Change several entries at once",
        {
            200: Answer(
                "A result for each entry: id, status, rev and seq, or id and error.",
                object_of(results={"type": "array", "items": {"type": "object"}}),
            )
        },
        about="For editors. If one entry is refused, the others are still changed.",
        form=Bulk,
    ),
)

FOUND = (Parameter("q", "A part of the name, in upper or lower case."),)
DIRECTORY = (
    Call(
        review.contributors,
        "GET",
        "/contributors",
        "Contributors, to complete credits",
        {
            200: Answer(
                "At most 20, the most recently used first.",
                object_of(contributors=list_of("Contributor")),
            )
        },
        parameters=FOUND,
        example={},
    ),
    Call(
        review.sources,
        "GET",
        "/sources",
        "Sources, to complete them",
        {
            200: Answer(
                "At most 20, the most recently used first.",
                object_of(sources=list_of("KnownSource")),
            )
        },
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
        {201: Answer("The medium, without metadata and in all sizes.", ref("Medium"))},
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
            206: Answer("A range of the file.", {}, kind="*/*"),
        },
        refuses=(416,),
    ),
)

LINKS = (
    Call(
        entries.ask_card,
        "POST",
        "/embeds",
        "The card of a link",
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
        {
            200: Answer(
                "The id of the new entry, if there is one; or the challenge.", {"type": "object"}
            )
        },
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
        {200: Answer("The id of the new entry, if there is one.", RECEIVED)},
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
        {
            202: Answer(
                "It is or was submitted, or it is left out, as an automatic reply is.", MAILED
            )
        },
        about="As JSON, or in its original form (RFC 5322).",
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
