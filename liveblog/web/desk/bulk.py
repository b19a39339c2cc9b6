"""The desk's forms about several entries at once: one verb for all that were selected, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from liveblog.content.markup.markdown import excerpt
from liveblog.errors import Forbidden, Invalid, Refused
from liveblog.models.content import Entry, Story
from liveblog.models.members import User
from liveblog.newsroom.entries.bulk import EntryResult, bulk, undo_bulk
from liveblog.newsroom.forms import MOST_ENTRIES, Bulk, Undo
from liveblog.newsroom.validation import parse
from liveblog.store import UndoableAction
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import detail, field_messages, revision, seen
from liveblog.web.desk.page import UNDONE, story_page


class Together(NamedTuple):
    """What was done to several entries and may be taken back as one: how it is called, and to which."""

    words: str
    entries: list[Entry]


@signed_in
async def change_many(request: Request, user: User) -> Response:
    """One thing done to each `entry`: its id, and after an `@` the revision that was seen."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await request.form()
    found = await newsroom.store.stories.get(slug)
    values = {name: str(sent.get(name, "")) for name in ("action", "label", "verification")}
    asked: dict[str, Any] = {name: value for name, value in values.items() if value}
    picked = [str(one).partition("@") for one in sent.getlist("entry")]
    asked["entries"] = [entry for entry, _, _ in picked]
    if asked.get("action") != "verify":
        asked.pop("verification", None)
    began = newsroom.clock()
    try:
        form = parse(Bulk, asked)
        revs = {entry: seen({"rev": rev}) for entry, _, rev in picked}
        form = form.model_copy(update={"revs": {entry: rev for entry, rev in revs.items() if rev}})
        results = await bulk(newsroom, user, slug, form)
    except Forbidden:
        raise
    except Refused as error:
        told = _why(error)
        if not asked["entries"]:
            told = "Select the updates first, by their boxes."
        return await story_page(request, user, found, trouble=told, status=error.status)
    together = await _together(request, user, found, began, results)
    return await _told(request, user, found, "Done", results, together)


@signed_in
async def undo_many(request: Request, user: User) -> Response:
    """Takes back what was done to several: each `entry` with the `rev` that stands at the same place."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await request.form()
    found = await newsroom.store.stories.get(slug)
    ids, revs = ([str(one) for one in sent.getlist(name)] for name in ("entry", "rev"))
    try:
        if not 0 < len(ids) == len(revs) <= MOST_ENTRIES:
            raise Invalid({"rev": f"must stand once beside each of 1 to {MOST_ENTRIES} entries"})
        done = [
            (id_, parse(Undo, {"rev": revision({"rev": rev}) or 0}))
            for id_, rev in zip(ids, revs, strict=True)
        ]
    except Refused as error:
        return await story_page(request, user, found, trouble=_why(error), status=error.status)
    results = await undo_bulk(newsroom, user, slug, done)
    return await _told(request, user, found, "Taken back", results, None)


def _why(error: Refused) -> str:
    return "; ".join(field_messages(error.fields).values()) or detail(error)


async def _told(
    request: Request,
    user: User,
    found: Story,
    said: str,
    results: Sequence[EntryResult],
    together: Together | None,
) -> Response:
    """The page with what became of each; the only thing that it offers to take back is all of it."""
    shown = [await _shown(request, found.slug, result) for result in results]
    return await story_page(
        request, user, found, results=shown, results_said=said, together=together
    )


async def _together(
    request: Request, user: User, found: Story, began: datetime, results: Sequence[EntryResult]
) -> Together | None:
    """What did change; where nothing did, taking back would take back something older."""
    ids = [result.entry_id for result in results if result.outcome]
    undoable = await parts(request).newsroom.store.queues.undoable(found, user.id, began, ids)
    undoable = [one for one in undoable if one.action in UNDONE]
    return Together(_words(undoable), [one.entry for one in undoable]) if undoable else None


def _words(undoable: Sequence[UndoableAction]) -> str:
    actions = {one.action for one in undoable}
    did = UNDONE[actions.pop()] if len(actions) == 1 else "You changed"
    return f"{did} {len(undoable)} updates" if len(undoable) > 1 else f"{did} an update"


async def _shown(request: Request, slug: str, result: EntryResult) -> dict[str, Any]:
    title = result.entry_id
    entry = result.outcome.entry if result.outcome else None
    if entry is None:
        with suppress(Refused):
            entry = (await parts(request).newsroom.store.stories.entry(slug, title))[1]
    if entry is not None:
        title = entry.headline or excerpt(entry.body_html)
    return {
        "id": result.entry_id,
        "rev": entry.rev if entry else 0,
        "title": title,
        "error": detail(result.error) if result.error else None,
    }
