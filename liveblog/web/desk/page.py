"""The desk's page of a story, and the pieces of it that are fetched again when something was done."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.errors import Forbidden, Refused
from liveblog.models.content import Entry, EntryStatus, Story, VerificationStatus
from liveblog.models.members import User
from liveblog.newsroom.fields import MEDIUM_ID
from liveblog.newsroom.permissions import Right, may, may_restore, only_author, sees_entry
from liveblog.store import QUEUED, Author, Cursor, RowFilter, UndoableAction
from liveblog.web.context import parts
from liveblog.web.desk.forms import detail, field_messages, media, of_story
from liveblog.web.desk.socket import change_count
from liveblog.web.desk.stats import figures
from liveblog.web.desk.submit_button import Button, button
from liveblog.web.visibility import NOTHING, Withheld, earliest, safe, withheld

SHOWN_ROWS = 50
LONGEST_SEARCH = 100
UNDO_SECONDS = 60
# What may be taken back by one click, and how it is called.
UNDONE = {
    "published": "You published",
    "restored": "You put back",
    "revised": "You changed",
    "verified": "You verified",
    "pinned": "You pinned",
    "unpinned": "You unpinned",
    "removed": "You removed",
}
SELECTED = (*QUEUED, "rows")


class Wrong(NamedTuple):
    """A form beside an entry that was refused: what stood in it, and what is wrong."""

    entry: str
    form: str
    values: dict[str, Any]
    errors: dict[str, str]


class Closed(NamedTuple):
    """An entry that was to be edited, and why it cannot be any more."""

    entry: str
    why: str


async def story_page(
    request: Request,
    user: User,
    found: Story,
    *,
    status: int = 200,
    key: str | None = None,
    **context: Any,
) -> Response:
    """The whole page; `context` is what a form left behind."""
    newsroom = parts(request).newsroom
    edits = may(user, Right.PUBLISH)
    undo = None if "results" in context else await _undo(request, user, found)
    defaults: dict[str, Any] = {
        "form": {},
        "errors": {},
        "saved": None,
        "saved_at": None,
        "editing": None,
        "conflict": None,
        "became": "",
        "closed": None,
        "correcting": False,
        "report": None,
        "unsettled": [],
        "wrong": None,
        "trouble": None,
        "results": None,
        "results_said": "",
        "together": None,
        "about": of_story(found),
        "about_errors": {},
    }
    form, editing = context.get("form", {}), context.get("editing")
    own = (await newsroom.store.protections.authors([user.id])).get(user.id)
    safety = await _safety(request, user, editing, own)
    said = media(form)
    ids = [one["id"] for one in said if re.fullmatch(MEDIUM_ID, one["id"])]
    known = await newsroom.store.media.stored(ids)
    page = newsroom.templates.page(
        "desk/story.html",
        **(
            defaults
            | await _rows(request, user, found)
            | await _queues(request, user, found)
            | context
        ),
        user=user,
        story=found,
        change_count=await change_count(request, user, found),
        here=f"/desk/stories/{found.slug}",
        kept=_question(request),
        submits=not edits,
        today=newsroom.clock(),
        safety=safety,
        delay=own.protection.delay if own and edits else 0,
        goes=button(form, found, newsroom.clock(), safety.earliest) if edits else Button(),
        media=[(one, known[one["id"]].medium) for one in said if one["id"] in known],
        undo=undo,
        undone=UNDONE,
        undo_words=UNDONE[undo.action] if undo else "",
        undo_until=undo.at + timedelta(seconds=UNDO_SECONDS) if undo else None,
        figures=(await figures(parts(request), found)).words() if edits else None,
        # Kept where the form comes back with errors: it is still the same attempt.
        idempotency_key=key or secrets.token_urlsafe(16),
        language="en",
        direction="ltr",
    )
    return HTMLResponse(page, status)


async def _safety(
    request: Request, user: User, editing: Entry | None, own: Author | None
) -> Withheld:
    """What protects the author of what is being written: of the entry that is edited, or the user."""
    if editing is not None:
        return (await withheld(request, user, [editing])).get(editing.id, NOTHING)
    if own is None or not safe(own.protection):
        return NOTHING
    now = parts(request).newsroom.clock()
    return Withheld(author=own, earliest=earliest(own.protection, now, now))


async def again(
    request: Request, user: User, found: Story, values: dict[str, str], error: Refused, **more: Any
) -> Response:
    """The page with everything that was typed, and what is wrong with it."""
    errors = field_messages(error.fields) or {"body": error.detail}
    return await story_page(
        request, user, found, form=values, errors=errors, status=error.status, **more
    )


async def row_refused(
    request: Request, user: User, form: str, values: dict[str, Any], error: Refused
) -> Response:
    """The page with the form beside an entry open, and what was typed there. Raises what is `Forbidden`:
    there no form would help."""
    if isinstance(error, Forbidden):
        raise error
    found = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    entry = request.path_params["id"]
    errors = field_messages(error.fields) or {"": detail(error)}
    wrong = Wrong(entry, form, values, errors)
    return await story_page(request, user, found, wrong=wrong, status=error.status)


async def queue_fragment(request: Request, user: User, found: Story) -> str:
    return _fragment(
        request, user, found, "desk/_contributions.html", **await _queues(request, user, found)
    )


async def row_fragment(request: Request, user: User, slug: str, entry_id: str) -> str | None:
    """One row; nothing where the entry does not stand among those that are asked for."""
    store = parts(request).newsroom.store
    wanted = wanted_by(request, user)
    found, entry = await store.stories.entry(slug, entry_id)
    if not entry.body or not await store.queues.fits(entry, wanted):
        return None
    before = request.query_params.get("before")  # of older ones: what is new is on another page
    if before and (entry.published_at or entry.created_at) > Cursor.parse(before).at:
        return None
    if not sees_entry(user, entry):
        return None
    return _fragment(
        request,
        user,
        found,
        "desk/_row.html",
        entry=entry,
        selected=None,
        withheld=await withheld(request, user, [entry]),
    )


def wanted_by(request: Request, user: User) -> RowFilter:
    """Which rows the address asks for. What it does not understand, it leaves out."""
    query = request.query_params
    sure, status = query.get("sure", ""), query.get("status", "")
    text = query.get("q", "").replace("\0", " ").strip()[:LONGEST_SEARCH]
    return RowFilter(
        status=EntryStatus(status) if status in set(EntryStatus) else None,
        key=True if query.get("key") == "1" else None,
        sure=VerificationStatus(sure) if sure in set(VerificationStatus) else None,
        author=query.get("author", "").replace("\0", "").strip()[:LONGEST_SEARCH] or None,
        mine=user.id if query.get("mine") == "1" else None,
        text=text or None,
        label=query.get("label", "").replace("\0", "").strip()[:LONGEST_SEARCH] or None,
    )


async def _rows(request: Request, user: User, found: Story) -> dict[str, Any]:
    wanted = wanted_by(request, user)
    query = request.query_params
    before = Cursor.parse(query["before"]) if query.get("before") else None
    _, entries, older = await parts(request).newsroom.store.queues.rows(
        found.slug, wanted, before, SHOWN_ROWS, only_author(user)
    )
    filtered = wanted != RowFilter() or before is not None
    recent = entries
    if filtered:
        _, recent, _ = await parts(request).newsroom.store.queues.rows(
            found.slug, RowFilter(), None, SHOWN_ROWS, only_author(user)
        )
    return {
        "wanted": wanted,
        "filtered": filtered,
        "entries": entries,
        "recent": recent,
        "withheld": await withheld(request, user, entries),
        "older": _address(request, before=str(older)) if older else None,
    }


FILTERS = ("status", "key", "sure", "author", "mine", "q", "label")


def _address(request: Request, **more: str) -> str:
    """The query of this page's address: what it looks for, and more."""
    query = request.query_params
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    return urlencode(kept | more)


def looked_for(request: Request) -> dict[str, str]:
    """What the rows of this page were chosen by, and where they begin: to come back to them."""
    query = request.query_params
    return {name: query[name] for name in (*FILTERS, "before") if query.get(name)}


def _question(request: Request) -> str:
    return f"?{urlencode(wanted)}" if (wanted := looked_for(request)) else ""


async def _queues(request: Request, user: User, found: Story) -> dict[str, Any]:
    wanted = wanted_by(request, user)
    queues = await parts(request).newsroom.store.queues.of(found, wanted, only_author(user))
    waiting = [
        one.entry for queue in (queues.submitted, queues.scheduled, queues.drafts) for one in queue
    ]
    return {
        "queues": queues,
        "held": await withheld(request, user, waiting),
        "wanted": wanted,
        "looked_for": wanted != RowFilter(),
        # Which list has all of its boxes ticked, on a page without scripts.
        "selected": request.query_params.get("all"),
        "select_all": {
            name: f"/desk/stories/{found.slug}?{_address(request, all=name)}" for name in SELECTED
        },
        "select_none": f"/desk/stories/{found.slug}?{_address(request)}",
    }


async def _undo(request: Request, user: User, found: Story) -> UndoableAction | None:
    newsroom = parts(request).newsroom
    since = newsroom.clock() - timedelta(seconds=UNDO_SECONDS)
    last = await newsroom.store.queues.last_undoable(found, user.id, since)
    if last is None or last.action not in UNDONE:
        return None
    restores = last.action == "removed" and may_restore(user, last.entry)
    return last if may(user, Right.PUBLISH) or restores else None


def _fragment(request: Request, user: User, found: Story, name: str, **context: Any) -> str:
    return parts(request).newsroom.templates.page(
        name,
        user=user,
        story=found,
        here=f"/desk/stories/{found.slug}",
        kept=_question(request),
        saved_at=None,
        submits=not may(user, Right.PUBLISH),
        today=parts(request).newsroom.clock(),
        wrong=None,
        conflict=None,
        **context,
    )
