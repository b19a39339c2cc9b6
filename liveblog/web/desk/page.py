"""The desk's page of a story, and the fragments of it that scripts load again after a change."""

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
from liveblog.web.desk import brief
from liveblog.web.desk.forms import detail, field_messages, hours, media, of_story
from liveblog.web.desk.socket import change_count
from liveblog.web.desk.stats import figures
from liveblog.web.desk.submit_button import Button, button
from liveblog.web.visibility import NOTHING, Withheld, earliest, safe, withheld

SHOWN_ROWS = 50
LONGEST_SEARCH = 100
UNDO_SECONDS = 60
# The actions that one click can undo, with the words for them.
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
    """A form beside an entry that was refused: its values and errors."""

    entry: str
    form: str
    values: dict[str, Any]
    errors: dict[str, str]


class Closed(NamedTuple):
    """An entry that the user wanted to edit, and the reason why it cannot be edited any more."""

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
    """The whole page. `context` holds the values that a form leaves: its text, errors or results."""
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
        "brief_rows": brief.rows_of(found),
        "brief_errors": {},
        "brief_conflict": None,
        "pausing": hours(found.timezone, paused_until=found.paused_until),
        "pausing_errors": {},
    }
    shown = (
        defaults | await _rows(request, user, found) | await _queues(request, user, found) | context
    )
    basis = await newsroom.store.stories.brief(found)
    form, editing = context.get("form", {}), context.get("editing")
    own = (await newsroom.store.protections.authors([user.id])).get(user.id)
    safety = await _safety(request, user, editing, own)
    said = media(form)
    ids = [one["id"] for one in said if re.fullmatch(MEDIUM_ID, one["id"])]
    known = await newsroom.store.media.stored(ids)
    page = newsroom.templates.page(
        "desk/story.html",
        **shown,
        brief_version=brief.version(found),
        brief_choices=brief.choices(basis, shown["recent"], shown["brief_rows"]),
        user=user,
        story=found,
        change_count=await change_count(request, user, found),
        here=f"/desk/stories/{found.slug}",
        kept=_filter_query(request),
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
        embed_hosts=await newsroom.store.embed_hosts.of(found) if edits else [],
        coverage_log=await newsroom.store.coverage.history(found) if edits else [],
        end_after=newsroom.end_after,
        site_list=bool(parts(request).settings.embed_origins),
        # A form that comes back with errors keeps its key, because it is the same attempt.
        idempotency_key=key or secrets.token_urlsafe(16),
        language="en",
        direction="ltr",
    )
    return HTMLResponse(page, status)


async def _safety(
    request: Request, user: User, editing: Entry | None, own: Author | None
) -> Withheld:
    """The protection of the author: of the entry that is edited, or of the user for a new entry."""
    if editing is not None:
        return (await withheld(request, user, [editing])).get(editing.id, NOTHING)
    if own is None or not safe(own.protection):
        return NOTHING
    now = parts(request).newsroom.clock()
    return Withheld(author=own, earliest=earliest(own.protection, now, now))


async def again(
    request: Request, user: User, found: Story, values: dict[str, str], error: Refused, **more: Any
) -> Response:
    """The page with the form as it was sent, and its errors."""
    errors = field_messages(error.fields) or {"body": error.detail}
    return await story_page(
        request, user, found, form=values, errors=errors, status=error.status, **more
    )


async def row_refused(
    request: Request, user: User, form: str, values: dict[str, Any], error: Refused
) -> Response:
    """The page with a refused form beside an entry, open and with its values. Raises a `Forbidden` error again."""
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
    """The HTML of one row; None if the entry does not match the filters of the address."""
    store = parts(request).newsroom.store
    wanted = wanted_by(request, user)
    found, entry = await store.stories.entry(slug, entry_id)
    if not entry.body or not await store.queues.fits(entry, wanted):
        return None
    before = request.query_params.get("before")  # a page of older entries has no newer ones
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
    """The filter of the rows, from the query. Unknown values are ignored."""
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
    """The query of this page's address with its filters, and `more`."""
    query = request.query_params
    kept = {name: query[name] for name in FILTERS if query.get(name)}
    return urlencode(kept | more)


def looked_for(request: Request) -> dict[str, str]:
    """The filters of this page and its first row, for a link back to it."""
    query = request.query_params
    return {name: query[name] for name in (*FILTERS, "before") if query.get(name)}


def _filter_query(request: Request) -> str:
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
        "warned": brief.warnings(await parts(request).newsroom.store.stories.brief(found)),
        # The list whose boxes are all ticked, on a page without scripts.
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
        kept=_filter_query(request),
        saved_at=None,
        submits=not may(user, Right.PUBLISH),
        today=parts(request).newsroom.clock(),
        wrong=None,
        conflict=None,
        **context,
    )
