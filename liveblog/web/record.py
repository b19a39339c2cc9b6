"""The public record: one entry with its history, and the corrections of a story."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.difference import Kind
from liveblog.content.history import Changed, compared, history
from liveblog.content.markdown import excerpt
from liveblog.content.templates import iso
from liveblog.errors import NotFound, OutOfReach, for_readers
from liveblog.models import EntryStatus
from liveblog.store import Corrected, Cursor
from liveblog.web.entryjson import public_json
from liveblog.web.headers import REVALIDATE
from liveblog.web.state import base_url, parts

LISTED = 20


async def entry(request: Request) -> Response:
    room = parts(request).room
    story, shown = await room.store.stories.entry(
        request.path_params["slug"], request.path_params["id"]
    )
    if shown.status is not EntryStatus.PUBLISHED and shown.seq is not None:
        raise OutOfReach(for_readers("This update was taken down."))
    if shown.status is not EntryStatus.PUBLISHED:
        raise NotFound("There is no such update in this story.")
    # In threads: long texts take a while to be compared, in which readers must not be kept waiting.
    changes = await asyncio.to_thread(history, await room.store.stories.history(shown))
    settling = {change.verification.settled_by for change in changes if change.verification}
    page = room.templates.story_page(
        "entry.html",
        story,
        entry=shown,
        changes=changes,
        settling=await room.store.record.public(story, {name for name in settling if name}),
    )
    return HTMLResponse(page, headers=REVALIDATE)


async def corrections(request: Request) -> Response:
    """A page for people, JSON for programs. What was taken down keeps its note and says no more."""
    room, query = parts(request).room, request.query_params
    before = Cursor.parse(query["before"]) if "before" in query else None
    story, found, following = await room.store.record.corrections(
        request.path_params["slug"], before, LISTED
    )
    listed = await asyncio.to_thread(lambda: [(one, _changed(one)) for one in found])
    cursor = str(following) if following else None
    if "application/json" in request.headers.get("accept", ""):
        address = f"{base_url(request)}/stories/{story.slug}/entries"
        shown = [_json(address, one, changed) for one, changed in listed]
        return public_json(request, {"corrections": shown, "next": cursor})
    page = room.templates.story_page("corrections.html", story, corrections=listed, older=cursor)
    return HTMLResponse(page, headers=REVALIDATE | {"Vary": "Accept"})


def _changed(one: Corrected) -> Changed | None:
    return compared(one.before, one.after) if _public(one) else None


def _public(one: Corrected) -> bool:
    return one.entry.status is EntryStatus.PUBLISHED


def _json(address: str, one: Corrected, changed: Changed | None) -> dict[str, Any]:
    pieces = [*changed.headline, *changed.body] if changed else []
    return {
        "id": one.entry.id,
        "rev": one.rev,
        "at": iso(one.at),
        "note": one.note,
        "url": f"{address}/{one.entry.id}",
        "removed": not _public(one),
        "headline": one.entry.headline if _public(one) else None,
        "excerpt": excerpt(one.entry.body_html) if _public(one) else None,
        "struck": [piece.text.strip() for piece in pieces if piece.kind is Kind.STRUCK],
        "inserted": [piece.text.strip() for piece in pieces if piece.kind is Kind.INSERTED],
    }
