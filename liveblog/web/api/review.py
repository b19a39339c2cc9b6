"""The editor API's calls for review (return, notes, undo, restore, bulk), and for contributors and sources."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from liveblog.errors import Refused
from liveblog.models.members import User
from liveblog.newsroom.commit import Outcome
from liveblog.newsroom.entries import review, undo
from liveblog.newsroom.entries.bulk import bulk
from liveblog.newsroom.forms import Bulk, NoteForm, Return, Undo
from liveblog.newsroom.permissions import Right, may, require, require_inside
from liveblog.newsroom.validation import parse
from liveblog.web.api.entries import etag, outcome_json, read_json
from liveblog.web.auth.sessions import actor
from liveblog.web.context import parts

COMPLETIONS = 20
LONGEST_SEARCH = 100


async def return_entry(request: Request) -> Response:
    """`POST /api/stories/{slug}/entries/{id}/return`."""
    user = await actor(request)
    form = parse(Return, await read_json(request))
    done = await review.give_back(parts(request).newsroom, user, *_named(request), form)
    return await _answer(request, user, done)


async def undo_entry(request: Request) -> Response:
    """`POST /api/stories/{slug}/entries/{id}/undo`."""
    user = await actor(request)
    form = parse(Undo, await read_json(request))
    done = await undo.undo(parts(request).newsroom, user, *_named(request), form)
    return await _answer(request, user, done)


async def restore_entry(request: Request) -> Response:
    """`POST /api/stories/{slug}/entries/{id}/restore`."""
    user = await actor(request)
    done = await undo.restore(parts(request).newsroom, user, *_named(request))
    return await _answer(request, user, done)


async def list_notes(request: Request) -> Response:
    """`GET /api/stories/{slug}/entries/{id}/notes`, for editors and for the entry's author."""
    user = await actor(request)
    require(user, Right.WRITE)
    store = parts(request).newsroom.store
    _, entry = await store.stories.entry(*_named(request))
    require_inside(user, entry, "see the notes on")
    found = await store.queues.notes(entry, bylines=not may(user, Right.PUBLISH))
    return JSONResponse({"notes": [note.model_dump(mode="json") for note in found]})


async def add_note(request: Request) -> Response:
    """`POST /api/stories/{slug}/entries/{id}/notes`: 201 with the note."""
    user = await actor(request)
    form = parse(NoteForm, await read_json(request))
    done = await review.note(parts(request).newsroom, user, *_named(request), form)
    found = await parts(request).newsroom.store.queues.notes(done.entry, bylines=False)
    return JSONResponse(found[-1].model_dump(mode="json"), 201)


async def change_many(request: Request) -> Response:
    """`POST /api/stories/{slug}/bulk`: 200 even if some or all entries were refused; each has its own result."""
    user = await actor(request)
    form = parse(Bulk, await read_json(request))
    results = await bulk(parts(request).newsroom, user, request.path_params["slug"], form)
    shown: list[dict[str, Any]] = []
    for result in results:
        if result.error is not None:
            shown.append({"id": result.entry_id, "error": _problem(result.error)})
        elif result.outcome is not None:
            entry, seq = result.outcome.entry, result.outcome.seq
            shown.append(
                {"id": entry.id, "status": entry.status.value, "rev": entry.rev, "seq": seq}
            )
    return JSONResponse({"results": shown})


async def contributors(request: Request) -> Response:
    """`GET /api/contributors`: completions for credits. Notes about contributors are for editors."""
    user = await actor(request)
    require(user, Right.WRITE)
    found = await parts(request).newsroom.store.directory.contributors(_text(request), COMPLETIONS)
    more = {} if may(user, Right.PUBLISH) else {"note": None}
    own = {"id", "portrait"}  # of the page of the book alone
    return JSONResponse({"contributors": [one.model_dump(exclude=own) | more for one in found]})


async def sources(request: Request) -> Response:
    """`GET /api/sources`: completions for sources. Notes about sources are for editors."""
    user = await actor(request)
    require(user, Right.WRITE)
    found = await parts(request).newsroom.store.directory.sources(_text(request), COMPLETIONS)
    more = {} if may(user, Right.PUBLISH) else {"note": None}
    return JSONResponse({"sources": [one.model_dump(exclude={"id"}) | more for one in found]})


async def _answer(request: Request, user: User, done: Outcome) -> Response:
    shown = await outcome_json(request, user, done)
    return JSONResponse(shown, headers={"ETag": etag(done.entry)})


def _problem(error: Refused) -> dict[str, Any]:
    return {"status": error.status, "title": error.title, "detail": error.detail}


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["slug"], request.path_params["id"]


def _text(request: Request) -> str:
    return request.query_params.get("q", "").strip()[:LONGEST_SEARCH]
