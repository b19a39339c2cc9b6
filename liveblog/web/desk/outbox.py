"""Requests of the composer's script: to send an entry, to send an edit, to preview.

The script sends the fields of the plain form and gets JSON instead of a page. The verbs are the same.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from liveblog.content.templates import iso
from liveblog.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refused,
    Stale,
    Unauthorized,
)
from liveblog.models.content import Entry, EntryStatus, Medium, Story
from liveblog.models.members import User
from liveblog.newsroom.commit import Outcome
from liveblog.newsroom.entries import edit
from liveblog.newsroom.entries.preview import preview
from liveblog.newsroom.forms import EntryChange, NewEntry, idempotency_key
from liveblog.newsroom.permissions import Right, may, require_inside, why_closed
from liveblog.newsroom.validation import parse
from liveblog.store import Draft, Drafts
from liveblog.store.stories.drafts import KEY
from liveblog.web.auth.sign_in import Handler, signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import (
    asked,
    became,
    changes,
    field_messages,
    fields,
    first_status,
    of_entry,
    revision,
    typed,
)
from liveblog.web.desk.submit_button import decided
from liveblog.web.http.multipart import read_form
from liveblog.web.http.problems import problem

VERSION = re.compile(r"[0-9]{1,9}")


def composing(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """For signed-in users, and only for the user for whom the page was made.

    Somebody else may have signed in since, in another tab, and must not send this user's text. Raises
    `Unauthorized`.
    """

    @signed_in
    @functools.wraps(handler)
    async def guarded(request: Request, user: User) -> Response:
        claimed = request.headers.get("x-desk-user")
        if claimed is not None and claimed != str(user.id):
            raise Unauthorized("somebody else is signed in here now")
        try:
            return await handler(request, user)
        except ClientDisconnect:
            raise Malformed("the request ended before its body was whole") from None

    return guarded


@composing
async def create(request: Request, user: User) -> Response:
    """Make an entry: 201, or 200 if the idempotency key was used before for the same text. Errors are problem+json."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await read_form(request)
    story = await newsroom.store.stories.get(slug)
    key = idempotency_key(str(sent.get("idempotency_key", "")) or None)
    try:
        form = _new(sent, story, user, decided(sent, typed(sent), story))
        done = await edit.publish(newsroom, user, slug, form, key=key)
    except Invalid as error:
        return _refused(error)
    if done.other_update:
        raise Conflict("this was sent before, with another text; send it again as a new update")
    await _drop_draft(request, user, story, sent)
    return _entry_answer(request, done, 200 if done.repeated else 201)


@composing
async def change(request: Request, user: User) -> Response:
    """Save an edit: 200 with the entry.

    412 if somebody else edited first, with the newer entry. It has `base`, the form values with which this edit
    began, and `became`, a warning if the status has changed. If the user may not change the entry any more, the
    error has `closed`.
    """
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await read_form(request)
    story, entry = await newsroom.store.stories.entry(slug, request.path_params["id"])
    values = typed(sent)
    try:
        if sent.get("correcting") == "1" and not values["correction"].strip():
            raise Invalid({"correction": "is missing; must say what was wrong and what is right"})
        changed = asked(sent, may(user, Right.PUBLISH))
        asked_for = changed(values, story, entry) | decided(sent, values, story, entry)
        form = parse(EntryChange, asked_for)
        done = await edit.revise(newsroom, user, slug, entry.id, form, on_rev=revision(sent))
    except Stale as error:
        newer = (await newsroom.store.stories.entry(slug, entry.id))[1]
        if newer.body and await _already_saved(request, user, story, newer, typed(sent)):
            await _drop_draft(request, user, story, sent)
            return _entry_answer(request, Outcome(story, newer, None), 200)
        begun = await newsroom.store.stories.at_revision(entry, revision(sent) or 0)
        base = {"base": of_entry(begun, story) if begun else None, "became": became(begun, newer)}
        theirs = _entry_json(request, story, newer) | base
        return problem(error.status, error.title, error.detail, entry=theirs)
    except (Forbidden, Conflict) as error:
        now = (await newsroom.store.stories.entry(slug, entry.id))[1]
        why = why_closed(user, now)
        if not why:
            raise
        there = now.status is not EntryStatus.REMOVED
        if there and await _already_saved(request, user, story, now, typed(sent)):
            await _drop_draft(request, user, story, sent)
            return _entry_answer(request, Outcome(story, now, None), 200)
        return problem(error.status, error.title, why, closed=True)
    except Invalid as error:
        return _refused(error)
    await _drop_draft(request, user, story, sent)
    return _entry_answer(request, done, 200)


@composing
async def show(request: Request, user: User) -> Response:
    """Preview the entry as readers would see it, with the template of the page."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await read_form(request)
    story = await newsroom.store.stories.get(slug)
    entry = None
    if identity := str(sent.get("entry", "")):
        entry = (await newsroom.store.stories.entry(slug, identity))[1]
        require_inside(user, entry, "change")
    try:
        form = _new(sent, story, user)
        pins = may(user, Right.PUBLISH)
        changed = changes(typed(sent), story, entry, pins=pins) if entry else ()
        shown = await preview(newsroom, user, slug, form, entry, changed)
    except Invalid as error:
        return _refused(error)
    return JSONResponse({"html": newsroom.templates.entry(shown, story)})


def _new(
    sent: FormData, story: Story, user: User, more: Mapping[str, Any] = MappingProxyType({})
) -> NewEntry:
    status = first_status(sent, may(user, Right.PUBLISH))
    return parse(NewEntry, fields(typed(sent), story) | dict(more) | {"status": status.value})


async def _drop_draft(request: Request, user: User, story: Story, sent: FormData) -> None:
    """Delete the draft of an entry that was sent."""
    key, on, writer = (str(sent.get(f"draft{name}", "")) for name in ("", "_on", "_writer"))
    if KEY.fullmatch(key):
        await take_away(parts(request).newsroom.store.drafts, user, story, key, on, writer)


async def take_away(
    drafts: Drafts, user: User, story: Story, key: str, on: str, writer: str
) -> Draft | None:
    """Delete a draft if its version is `on`, or if `writer` saved the newer version without getting the answer.

    A version that another device has saved since stays, and is returned. Without `on` the draft is always deleted.
    """
    known = int(on) if VERSION.fullmatch(on) else None
    while newer := await drafts.drop(user.id, story.id, key, known):
        if not writer or json.loads(newer.content).get("writer") != writer:
            return newer
        known = newer.version
    return None


async def _already_saved(
    request: Request, user: User, story: Story, newer: Entry, values: dict[str, str]
) -> bool:
    """Whether the newer revision already has the changes that were sent: the answer was lost, and they are sent
    again.
    """
    try:
        changed = changes(values, story, newer, pins=may(user, Right.PUBLISH))
        form = parse(EntryChange, changed)
        return await edit.stands(parts(request).newsroom, user, story.slug, newer.id, form)
    except Refused:
        return False


def _refused(error: Invalid) -> Response:
    messages = field_messages(error.fields)
    return problem(error.status, error.title, "; ".join(messages.values()), messages)


def _entry_answer(request: Request, done: Outcome, status: int) -> Response:
    return JSONResponse(_entry_json(request, done.story, done.entry), status)


def _picture(medium: Medium) -> dict[str, str | None]:
    """A medium as the composer shows it among its pictures, with a relative address."""
    small = medium.of_type("image/jpeg")
    said = {name: getattr(medium, name) or "" for name in ("alt", "caption", "credit")}
    return {"medium": medium.id, "url": small[0].url if small else None} | said


def _entry_json(request: Request, story: Story, entry: Entry) -> dict[str, Any]:
    """An entry for the composer, with the HTML for readers. Raises `NotFound` if it was deleted."""
    if not entry.body:
        raise NotFound("the entry was deleted")
    return {
        "id": entry.id,
        "rev": entry.rev,
        "status": entry.status.value,
        "at": iso(entry.published_at or entry.created_at),
        "form": of_entry(entry, story),
        "media": [_picture(medium) for medium in entry.media],
        "html": parts(request).newsroom.templates.entry(entry, story),
    }
