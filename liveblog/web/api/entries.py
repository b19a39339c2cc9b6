"""The editor API's calls about stories and entries: JSON in, JSON out, errors as problem+json."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.content.templates import iso
from liveblog.errors import Invalid, Malformed, NotFetched, Stale, TooLarge
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import User
from liveblog.newsroom import stories
from liveblog.newsroom.commit import Outcome
from liveblog.newsroom.entries import edit, link_cards, removal
from liveblog.newsroom.forms import (
    EmbedForm,
    EntryChange,
    NewEntry,
    NewStory,
    Removal,
    StoryChange,
    idempotency_key,
)
from liveblog.newsroom.permissions import Right, may, only_author, require, sees_entry, sees_inside
from liveblog.newsroom.validation import parse
from liveblog.store import Cursor
from liveblog.web.auth.sessions import actor
from liveblog.web.context import base_url, parts
from liveblog.web.entry_json import brief_json
from liveblog.web.http.parameters import whole_number
from liveblog.web.http.problems import problem
from liveblog.web.media import card_as_public, medium_json
from liveblog.web.visibility import NOTHING, Withheld, untold, withheld

# A text of 64 KiB may take six times as much in JSON's escapes, and the other fields need space too.
REQUEST_BYTES = 1024 * 1024
MOST_ENTRIES = 200
LISTED = (EntryStatus.PUBLISHED,)
ANEW = "must be a new one, or be sent with the same body as before"


async def create_story(request: Request) -> Response:
    """`POST /api/stories`: 201 with the story."""
    user = await actor(request)
    form = parse(NewStory, await read_json(request))
    story = await stories.open_story(parts(request).newsroom, user, form)
    headers = {"Location": f"{base_url(request)}/stories/{story.slug}", "ETag": etag(story)}
    return JSONResponse(await _whole_story(request, story), 201, headers=headers)


async def list_stories(request: Request) -> Response:
    """`GET /api/stories`: the 50 stories that changed last, of those that the user may see."""
    user = await actor(request)
    require(user, Right.WRITE)
    found = await parts(request).newsroom.store.stories.recent(among=user.stories)
    return JSONResponse({"stories": [_story(request, story) for story in found]})


async def read_story(request: Request) -> Response:
    """`GET /api/stories/{slug}`."""
    user = await actor(request)
    require(user, Right.WRITE)
    story = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    return JSONResponse(await _whole_story(request, story), headers={"ETag": etag(story)})


async def change_story(request: Request) -> Response:
    """`PATCH /api/stories/{slug}`: 200 with the story; 412 with the newer story if it was changed meanwhile."""
    user = await actor(request)
    form = parse(StoryChange, await read_json(request))
    slug, newsroom = request.path_params["slug"], parts(request).newsroom
    try:
        story = await stories.change_story(newsroom, user, slug, form, on_rev=_if_match(request))
    except Stale as error:
        newer = await newsroom.store.stories.get(slug)
        return problem(
            error.status,
            error.title,
            error.detail,
            headers={"ETag": etag(newer)},
            story=await _whole_story(request, newer),
        )
    return JSONResponse(await _whole_story(request, story), headers={"ETag": etag(story)})


async def create_entry(request: Request) -> Response:
    """`POST /api/stories/{slug}/entries`: 201 with the entry, or 200 if its idempotency key was used before."""
    user = await actor(request)
    key = idempotency_key(request.headers.get("idempotency-key"))
    form = parse(NewEntry, await read_json(request))
    slug = request.path_params["slug"]
    done = await edit.publish(parts(request).newsroom, user, slug, form, key=key)
    if done.other_form:
        raise Invalid({"Idempotency-Key": f"was used for another body, {done.entry.id}; {ANEW}"})
    shown = await outcome_json(request, user, done)
    headers = {"Location": shown["url"], "ETag": etag(done.entry)}
    return JSONResponse(shown, 200 if done.repeated else 201, headers=headers)


async def list_entries(request: Request) -> Response:
    """`GET /api/stories/{slug}/entries`.

    `status` may be repeated; without it, published entries are listed. Contributors see published entries, and
    their own.
    """
    user = await actor(request)
    require(user, Right.WRITE)
    query = request.query_params
    story, found, following = await parts(request).newsroom.store.stories.list_entries(
        request.path_params["slug"],
        statuses=_statuses(query.getlist("status")),
        before=Cursor.parse(query["before"]) if "before" in query else None,
        limit=_limit(query.get("limit")),
        key=_flag("key", query.get("key")),
        topic=query.get("topic") or None,
        created_by=only_author(user),
    )
    private = await withheld(request, user, found)
    shown = [_entry(request, user, story, entry, private) for entry in found]
    return JSONResponse({"entries": shown, "next": str(following) if following else None})


async def read_entry(request: Request) -> Response:
    """`GET /api/stories/{slug}/entries/{id}`."""
    user, story, entry = await _visible_entry(request)
    shown = await newsroom_json(request, user, story, entry)
    return JSONResponse(shown, headers={"ETag": etag(entry)})


async def change_entry(request: Request) -> Response:
    """`PATCH /api/stories/{slug}/entries/{id}`: 200 with the entry; 412 with the newer entry if it was edited
    meanwhile.
    """
    user = await actor(request)
    form = parse(EntryChange, await read_json(request))
    newsroom = parts(request).newsroom
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    try:
        done = await edit.revise(newsroom, user, slug, entry_id, form, on_rev=_if_match(request))
    except Stale as error:
        story, newer = await newsroom.store.stories.entry(slug, entry_id)
        return problem(
            error.status,
            error.title,
            error.detail,
            headers={"ETag": etag(newer)},
            entry=await newsroom_json(request, user, story, newer),
        )
    shown = await outcome_json(request, user, done)
    return JSONResponse(shown, headers={"ETag": etag(done.entry)})


async def remove_entry(request: Request) -> Response:
    """`DELETE /api/stories/{slug}/entries/{id}`: `{"seq", "report"}`."""
    user = await actor(request)
    form = parse(Removal, await read_json(request, default={}))
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    done = await removal.remove(parts(request).newsroom, user, slug, entry_id, form)
    report = done.report.model_dump(mode="json") if done.report else None
    return JSONResponse({"seq": done.seq, "report": report})


async def read_history(request: Request) -> Response:
    """`GET /api/stories/{slug}/entries/{id}/history`.

    Revisions from before the publication, and the times of writing, are for editors and the author. Real names are
    for editors.
    """
    user, _, entry = await _visible_entry(request)
    editor = may(user, Right.PUBLISH)
    revisions = await parts(request).newsroom.store.stories.history(entry, bylines=not editor)
    if not sees_inside(user, entry):
        revisions = [revision for revision in revisions if revision.public]
    shown = [revision.model_dump(mode="json") for revision in revisions]
    for one in shown:
        one["entry"] |= untold(user, entry)
    return JSONResponse({"revisions": shown})


async def ask_card(request: Request) -> Response:
    """`POST /api/embeds`: the card of a link, before it is published; 502 if its provider gives none."""
    user = await actor(request)
    form = parse(EmbedForm, await read_json(request))
    try:
        card = await link_cards.ask(parts(request).newsroom, user, form)
    except NotFetched as error:
        return problem(502, "No card", f"{error}; the link can be published as it is")
    return JSONResponse(card_as_public(base_url(request), card))


def _entry(
    request: Request,
    user: User,
    story: Story,
    entry: Entry,
    private: Mapping[str, Withheld],
    *,
    seq: int | None = None,
) -> dict[str, Any]:
    """The JSON of an entry. `seq` is that of the event that a verb made; without it, that of the first publication."""
    html = parts(request).newsroom.templates.entry(entry, story) if entry.body else ""
    first = {
        "id": entry.id,
        "seq": seq if seq is not None else entry.seq,
        "rev": entry.rev,
        "url": f"{base_url(request)}/stories/{story.slug}/entries/{entry.id}",
        "status": entry.status.value,
        "published_at": iso(entry.published_at) if entry.published_at else None,
        "body": entry.body,
        "html": html,
    }
    return {
        **first,
        **entry.model_dump(mode="json", exclude={*first, *named(Trait.INTERNAL)}),
        "media": [medium_json(request, medium) for medium in entry.media],
        "embeds": [card_as_public(base_url(request), card) for card in entry.embeds],
        **untold(user, entry),
        **private.get(entry.id, NOTHING).json(),
    }


def _story(request: Request, story: Story) -> dict[str, Any]:
    return {
        **story.model_dump(mode="json", exclude={"id", "change_count", "continued_at"}),
        # As they are sent, so that they can be sent again.
        "points": [point.model_dump(include={"text", "entry"}) for point in story.points],
        "asked_at": iso(story.question_since) if story.question_since else None,
        "cover": medium_json(request, story.cover) if story.cover else None,
        "direction": story.direction,
        "url": f"{base_url(request)}/stories/{story.slug}",
        "readers": parts(request).listener.readers(story.slug),
    }


async def _whole_story(request: Request, story: Story) -> dict[str, Any]:
    """The story with its Brief as readers have it."""
    basis = await parts(request).newsroom.store.stories.brief(story)
    return _story(request, story) | {"brief": brief_json(base_url(request), basis)}


async def newsroom_json(request: Request, user: User, story: Story, entry: Entry) -> dict[str, Any]:
    """The entry with its withheld details, as far as the user may know them."""
    return _entry(request, user, story, entry, await withheld(request, user, [entry]))


async def outcome_json(request: Request, user: User, done: Outcome) -> dict[str, Any]:
    """The entry as a verb left it, with its withheld details, as far as the user may know them."""
    private = await withheld(request, user, [done.entry], done.places)
    return _entry(request, user, done.story, done.entry, private, seq=done.seq)


async def _visible_entry(request: Request) -> tuple[User, Story, Entry]:
    """The user, and the entry in the address. Contributors may see published entries and their own."""
    user = await actor(request)
    require(user, Right.WRITE)
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    story, entry = await parts(request).newsroom.store.stories.entry(slug, entry_id)
    if not sees_entry(user, entry):
        require(user, Right.PUBLISH)
    return user, story, entry


async def read_json(request: Request, default: object = None) -> object:
    """The JSON of a request; `default` for an empty body. Raises `TooLarge`, `Malformed`."""
    declared = request.headers.get("content-length", "0")
    body = bytearray()
    try:
        if int(declared) > REQUEST_BYTES:
            raise _too_large()
        async for chunk in request.stream():
            body += chunk
            if len(body) > REQUEST_BYTES:
                raise _too_large()
    except ClientDisconnect:
        raise Malformed("the request ended before its body was whole") from None
    if not body.strip() and default is not None:
        return default
    try:
        return from_json(bytes(body).removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"the request is not valid JSON: {error}") from None


def _too_large() -> TooLarge:
    return TooLarge(f"the request is over the limit of {REQUEST_BYTES} bytes")


def etag(content: Entry | Story) -> str:
    """The entity tag of an entry or a story: its revision in quotes."""
    return f'"{content.rev}"'


def _if_match(request: Request) -> int | None:
    """The revision in If-Match; None if any is accepted. Raises `Malformed`."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    match = re.fullmatch(r'\s*"(\d{1,9})"\s*', header)
    if match is None:
        raise Malformed('If-Match: must be the revision in quotes, such as "3"')
    return int(match[1])


def _statuses(given: list[str]) -> tuple[EntryStatus, ...]:
    try:
        return tuple(EntryStatus(name) for name in given) or LISTED
    except ValueError:
        names = ", ".join(status.value for status in EntryStatus)
        raise Invalid({"status": f"must be one of {names}"}) from None


def _limit(given: str | None) -> int:
    if given is None:
        return 50
    number = whole_number(given, MOST_ENTRIES)
    if number is None:
        raise Invalid({"limit": f"must be a number from 1 to {MOST_ENTRIES}"})
    return number


def _flag(name: str, given: str | None) -> bool | None:
    if given is None:
        return None
    if given not in {"true", "false", "1", "0"}:
        raise Invalid({name: "must be true or false"})
    return given in {"true", "1"}
