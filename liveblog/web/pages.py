"""What readers get: the front, the live page, one entry, older entries, and events for polling."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from liveblog.content.language import of_browser
from liveblog.errors import Malformed, NotFound, OutOfReach
from liveblog.models import EntryStatus, StoryStatus
from liveblog.store import Cursor, Position
from liveblog.web.api import entry_json
from liveblog.web.ready import Ready, chosen
from liveblog.web.state import parts

PAGE_ENTRIES = 50
POLLED_EVENTS = 500
FARTHEST = 2**31 - 1  # what a sequence number can be in the database
# Public and without cookies: a widget in a sandboxed frame has no origin and reads them by CORS.
REVALIDATE = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}


async def front(request: Request) -> Response:
    found = await parts(request).room.store.stories.recent()
    live = [story for story in found if story.status in {StoryStatus.LIVE, StoryStatus.PAUSED}]
    recent = [story for story in found if story not in live]
    spoken = of_browser(request.headers.get("accept-language", ""))
    page = parts(request).room.templates.page("index.html", spoken, live=live, recent=recent)
    return HTMLResponse(page, headers=REVALIDATE | {"Vary": "Accept-Language"})


async def story(request: Request) -> Response:
    return await _live_page(request, "story.html")


async def embed(request: Request) -> Response:
    return await _live_page(request, "embed.html")


async def _live_page(request: Request, template: str) -> Response:
    """From the feed's position: no query a request, for the listener keeps the feed level."""
    here, slug = parts(request), request.path_params["slug"]
    feed = here.hub.feeds.get(slug) or await here.hub.open(slug)

    async def render() -> tuple[Position, str]:
        page = await here.room.store.stories.page(slug, PAGE_ENTRIES)
        html = here.room.templates.story_page(
            template,
            page.story,
            entries=page.entries,
            key_events=page.key_events,
            older=str(page.older) if page.older else None,
            epoch=page.story.epoch,
            seq=page.story.head,
        )
        return Position(page.story.epoch, page.story.head), html

    rendered = await here.pages.get(template, slug, Position(feed.epoch, feed.applied), render)
    return Ready(chosen(rendered, request.scope["headers"]))


async def entry(request: Request) -> Response:
    room = parts(request).room
    found, shown = await room.store.stories.entry(
        request.path_params["slug"], request.path_params["id"]
    )
    if shown.status is EntryStatus.REMOVED and shown.seq is not None:
        raise OutOfReach("This update was taken down.")
    if shown.status is not EntryStatus.PUBLISHED:
        raise NotFound("There is no such update in this story.")
    revisions = [
        {
            "rev": revision.rev,
            "at": revision.at,
            "action": revision.action,
            "note": revision.note,
            "headline": revision.entry.get("headline"),
            "body_html": revision.entry.get("body_html", ""),
            "verification": _status(revision.entry.get("verification")),
        }
        for revision in await room.store.stories.history(shown)
        if revision.public
    ]
    page = room.templates.story_page("entry.html", found, entry=shown, revisions=revisions)
    return HTMLResponse(page, headers=REVALIDATE)


async def older(request: Request) -> Response:
    """A fragment for scripts, JSON for programs, a page of its own for a browser without JavaScript."""
    room = parts(request).room
    slug = request.path_params["slug"]
    before = request.query_params.get("before")
    if before is None:
        message = "is missing; accepted: the cursor of an earlier page"
        raise Malformed(f"before: {message}", {"before": message})
    page = await room.store.stories.older(slug, Cursor.parse(before), PAGE_ENTRIES)
    cursor = str(page.older) if page.older else None
    headers = REVALIDATE | {"Vary": "Accept"}
    accepted = request.headers.get("accept", "")
    if "application/json" in accepted:
        shown = [entry_json(request, page.story, entry) for entry in page.entries]
        return JSONResponse({"entries": shown, "next": cursor}, headers=headers)
    html = room.templates.story_page(
        "older.html" if "text/html" in accepted else "_older.html",
        page.story,
        entries=page.entries,
        older=cursor,
    )
    return HTMLResponse(html, headers=headers)


async def events(request: Request) -> Response:
    """The polling fallback: what follows `after`, at most 500 events; 410 where it cannot be resumed."""
    after, epoch = read_position(request)
    if after is None:
        message = "is missing; accepted: a sequence number from 0"
        raise Malformed(f"after: {message}", {"after": message})
    position, found = await parts(request).room.store.log.after(
        request.path_params["slug"], after, POLLED_EVENTS
    )
    reach = parts(request).settings.reach
    if epoch is not None and epoch != position.epoch:
        raise OutOfReach("the story's events begin anew: load the page again")
    if after > position.head or position.head - after > reach:
        raise OutOfReach(f"after: {after} is out of reach of {position.head}: load the page again")
    last = found[-1].seq if found else after
    # The events are JSON already, exactly as the socket sends them.
    body = (
        f'{{"epoch":{json.dumps(position.epoch)},"head":{position.head},"events":['
        + ",".join(event.payload for event in found)
        + f'],"more":{json.dumps(last < position.head)}}}'
    )
    headers = REVALIDATE | {"Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


def read_position(connection: HTTPConnection) -> tuple[int | None, str | None]:
    """`(after, epoch)` of a request. Raises `Malformed`."""
    after = connection.query_params.get("after")
    if after is not None and not re.fullmatch(r"[0-9]{1,10}", after):
        message = "must be a sequence number: a whole number from 0"
        raise Malformed(f"after: {message}", {"after": message})
    return (None if after is None else min(int(after), FARTHEST)), connection.query_params.get(
        "epoch"
    ) or None


def _status(verification: Any) -> str | None:
    return verification["status"] if verification else None
