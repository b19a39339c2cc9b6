"""The composer's drafts on the server. Each is private to its author."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from liveblog.content.templates import iso
from liveblog.errors import Invalid, Malformed, NotFound
from liveblog.models.content import Story
from liveblog.models.members import User
from liveblog.newsroom.permissions import Right, require
from liveblog.store import Draft
from liveblog.store.stories.drafts import KEY
from liveblog.web.context import parts
from liveblog.web.desk.outbox import composing, take_away
from liveblog.web.http.problems import problem

DRAFT_BYTES = 512 * 1024  # a text of 64 KiB in JSON's escapes, and the other fields


@composing
async def mine(request: Request, user: User) -> Response:
    """The user's drafts of a story: `{"drafts"}`."""
    story = await _story(request, user)
    found = await parts(request).newsroom.store.drafts.of(user.id, story.id)
    return JSONResponse({"drafts": [_draft_json(draft) for draft in found]})


@composing
async def keep(request: Request, user: User) -> Response:
    """Save `{"fields", "on"}`: `{"version", "at"}`. 409 with the stored draft if it has changed since version `on`."""
    story = await _story(request, user)
    key, entry_id = _key(request)
    fields, on = _content(await request.body())
    drafts = parts(request).newsroom.store.drafts
    draft, kept = await drafts.keep(user.id, story.id, key, entry_id, fields, on)
    if not kept:
        return _changed(draft)
    return JSONResponse({"version": draft.version, "at": iso(draft.at)})


@composing
async def drop(request: Request, user: User) -> Response:
    """Delete a draft: 204. 409 with the stored draft if it has changed since version `on`; then it stays."""
    story = await _story(request, user)
    known = (request.query_params.get(name, "") for name in ("on", "writer"))
    drafts = parts(request).newsroom.store.drafts
    newer = await take_away(drafts, user, story, _key(request)[0], *known)
    return _changed(newer) if newer else Response(status_code=204)


async def _story(request: Request, user: User) -> Story:
    require(user, Right.WRITE)
    return await parts(request).newsroom.store.stories.get(request.path_params["slug"])


def _key(request: Request) -> tuple[str, str | None]:
    key = request.path_params["key"]
    match = KEY.fullmatch(key)
    if match is None:
        raise NotFound(f"no draft can have the key {key!r}")
    return key, None if match[1] == "new" else match[1]


def _content(body: bytes) -> tuple[str, int]:
    try:
        sent = from_json(bytes(body).removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"the request is not valid JSON: {error}") from None
    values: dict[str, Any] = sent if isinstance(sent, dict) else {}
    fields, on = values.get("fields"), values.get("on")
    wrong = {}
    if not isinstance(fields, dict):
        wrong["fields"] = "must be an object with the composer's fields"
    if not isinstance(on, int) or isinstance(on, bool) or not 0 <= on < 2**31 - 1:
        wrong["on"] = "must be the version of the draft that was changed, or 0 for a new draft"
    if wrong:
        raise Invalid(wrong)
    assert isinstance(on, int)
    return json.dumps(fields), on  # ASCII, so it holds no NUL


def _changed(draft: Draft) -> Response:
    detail = "this draft was changed elsewhere in the meantime"
    return problem(409, "Conflict", detail, draft=_draft_json(draft))


def _draft_json(draft: Draft) -> dict[str, Any]:
    """A draft as JSON values."""
    return {
        "key": draft.key,
        "version": draft.version,
        "at": iso(draft.at),
        "fields": json.loads(draft.content),
    }
