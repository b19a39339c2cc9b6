"""The editor API: JSON in, JSON out, problem+json for what is refused."""

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
from liveblog.web.http.problems import problem
from liveblog.web.media import card_as_public, medium_json
from liveblog.web.visibility import NOTHING, Withheld, untold, withheld

# 64 KiB of text may be six times that in JSON's escapes; what stands beside it needs room too.
REQUEST_BYTES = 1024 * 1024
MOST_ENTRIES = 200
LISTED = (EntryStatus.PUBLISHED,)
ANEW = "must be a new one, or come with the body that it came with first"


async def create_story(request: Request) -> Response:
    user = await actor(request)
    form = parse(NewStory, await read_json(request))
    story = await stories.open_story(parts(request).newsroom, user, form)
    location = f"{base_url(request)}/stories/{story.slug}"
    return JSONResponse(_story(request, story), 201, headers={"Location": location})


async def list_stories(request: Request) -> Response:
    user = await actor(request)
    require(user, Right.WRITE)
    found = await parts(request).newsroom.store.stories.recent(among=user.stories)
    return JSONResponse({"stories": [_story(request, story) for story in found]})


async def read_story(request: Request) -> Response:
    user = await actor(request)
    require(user, Right.WRITE)
    story = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    return JSONResponse(_story(request, story))


async def change_story(request: Request) -> Response:
    user = await actor(request)
    form = parse(StoryChange, await read_json(request))
    slug = request.path_params["slug"]
    story = await stories.change_story(parts(request).newsroom, user, slug, form)
    return JSONResponse(_story(request, story))


async def create_entry(request: Request) -> Response:
    user = await actor(request)
    key = idempotency_key(request.headers.get("idempotency-key"))
    form = parse(NewEntry, await read_json(request))
    slug = request.path_params["slug"]
    done = await edit.publish(parts(request).newsroom, user, slug, form, key=key)
    if done.other_form:
        raise Invalid({"Idempotency-Key": f"was used for another body, {done.entry.id}; {ANEW}"})
    shown = await newsroom_json(request, user, done.story, done.entry, seq=done.seq)
    headers = {"Location": shown["url"], "ETag": etag(done.entry)}
    return JSONResponse(shown, 200 if done.repeated else 201, headers=headers)


async def list_entries(request: Request) -> Response:
    """`status` may be given several times; without it the published ones are listed.

    Contributors see what is published and, of the rest, their own.
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
    user, story, entry = await _visible_entry(request)
    shown = await newsroom_json(request, user, story, entry)
    return JSONResponse(shown, headers={"ETag": etag(entry)})


async def change_entry(request: Request) -> Response:
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
    shown = await newsroom_json(request, user, done.story, done.entry, seq=done.seq)
    return JSONResponse(shown, headers={"ETag": etag(done.entry)})


async def remove_entry(request: Request) -> Response:
    user = await actor(request)
    form = parse(Removal, await read_json(request, default={}))
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    done = await removal.remove(parts(request).newsroom, user, slug, entry_id, form)
    report = done.report.model_dump(mode="json") if done.report else None
    return JSONResponse({"seq": done.seq, "report": report})


async def read_history(request: Request) -> Response:
    """What was drafted before publication is for editors, and for who wrote it, and so is when it was
    written; real names are for editors."""
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
    """What a link leads to, before it is published; 502 where its provider does not tell."""
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
    """`seq` is that of the event which a verb made; without one, that of the first publication."""
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
        **story.model_dump(mode="json", exclude={"id", "change_count"}),
        "direction": story.direction,
        "url": f"{base_url(request)}/stories/{story.slug}",
        "readers": parts(request).listener.readers(story.slug),
    }


async def newsroom_json(
    request: Request, user: User, story: Story, entry: Entry, *, seq: int | None = None
) -> dict[str, Any]:
    """The entry with what is withheld of it, as far as the user may know."""
    private = await withheld(request, user, [entry])
    return _entry(request, user, story, entry, private, seq=seq)


async def _visible_entry(request: Request) -> tuple[User, Story, Entry]:
    """Contributors see what is published, and what is their own."""
    user = await actor(request)
    require(user, Right.WRITE)
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    story, entry = await parts(request).newsroom.store.stories.entry(slug, entry_id)
    if not sees_entry(user, entry):
        require(user, Right.PUBLISH)
    return user, story, entry


async def read_json(request: Request, default: object = None) -> object:
    """The JSON of a request. Raises `TooLarge`, `Malformed`."""
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


def etag(entry: Entry) -> str:
    return f'"{entry.rev}"'


def _if_match(request: Request) -> int | None:
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
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= MOST_ENTRIES:
        raise Invalid({"limit": f"must be a number from 1 to {MOST_ENTRIES}"})
    return int(given)


def _flag(name: str, given: str | None) -> bool | None:
    if given is None:
        return None
    if given not in {"true", "false", "1", "0"}:
        raise Invalid({name: "must be true or false"})
    return given in {"true", "1"}
