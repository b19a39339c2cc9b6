"""The desk's forms about entries: write, edit, review, schedule, verify, remove, undo."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Conflict, Forbidden, Invalid, Refused, Stale
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.members import User
from liveblog.newsroom.entries import edit, removal, review, undo, verification
from liveblog.newsroom.forms import (
    EntryChange,
    NewEntry,
    NoteForm,
    Removal,
    Return,
    TypedVerification,
    Undo,
    UploadForm,
    idempotency_key,
)
from liveblog.newsroom.permissions import Right, may, require_inside, why_closed
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import (
    asked,
    became,
    detail,
    fields,
    first_status,
    merged,
    of_entry,
    revision,
    seen,
    typed,
    when,
    with_medium,
)
from liveblog.web.desk.page import again, looked_for, row_refused, story_page
from liveblog.web.desk.submit_button import decided
from liveblog.web.http.multipart import read_form
from liveblog.web.media import keep


@signed_in
async def create_entry(request: Request, user: User) -> Response:
    """Make an entry. Errors show the page again, with the form as it was sent."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await read_form(request)
    found = await newsroom.store.stories.get(slug)
    values = typed(sent)
    key = None
    status = first_status(sent, may(user, Right.PUBLISH))
    try:
        await _upload(request, user, sent, values)
        key = idempotency_key(str(sent.get("idempotency_key", "")) or None)
        asked_for = fields(values, found) | decided(sent, values, found)
        form = parse(NewEntry, asked_for | {"status": status.value})
        done = await edit.publish(newsroom, user, slug, form, key=key)
    except Refused as error:
        return await again(request, user, found, values, error, key=key)
    if done.other_update:
        # The user went back in the browser and changed the form, or the update was purged.
        used = Conflict(
            "This form was sent before, and made another update. Publish again to send this one."
        )
        return await again(request, user, found, values, used)
    return _saved(request, done.entry.status.value)


@signed_in
async def change_entry(request: Request, user: User) -> Response:
    """Save an edit. If the entry was edited meanwhile, the page shows the newer entry, and a merged form."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await read_form(request)
    found, entry = await newsroom.store.stories.entry(slug, request.path_params["id"])
    values, correcting = typed(sent), sent.get("correcting") == "1"
    try:
        await _upload(request, user, sent, values)
        if correcting and not values["correction"].strip():
            raise Invalid({"correction": "is missing; must say what was wrong and what is right"})
        changed = asked(sent, may(user, Right.PUBLISH))
        asked_for = changed(values, found, entry) | decided(sent, values, found, entry)
        form = parse(EntryChange, asked_for)
        rev = revision(sent)
        done = await edit.revise(newsroom, user, slug, entry.id, form, on_rev=rev)
    except Stale as error:
        newer = (await newsroom.store.stories.entry(slug, entry.id))[1]
        base = await newsroom.store.stories.at_revision(entry, revision(sent) or 0)
        if base:
            sides = values, of_entry(base, found), of_entry(newer, found)
            with suppress(TimeoutError, MemoryError):  # the form stays unmerged
                values = await newsroom.pool.run(user.id, merged, *sides)
        return await story_page(
            request,
            user,
            found,
            form=values,
            editing=newer,
            conflict=newer,
            became=became(base, newer),
            correcting=correcting,
            status=error.status,
        )
    except Refused as error:
        why = why_closed(user, (await newsroom.store.stories.entry(slug, entry.id))[1])
        if why:  # the text becomes a new update
            errors = {"body": f"{why} What you typed is still here, as a new update."}
            return await story_page(
                request, user, found, form=values, errors=errors, status=error.status
            )
        # The form keeps the revision with which the edit began.
        begun = entry.model_copy(update={"rev": revision(sent) or entry.rev})
        return await again(
            request, user, found, values, error, editing=begun, correcting=correcting
        )
    if done.entry.status is EntryStatus.SCHEDULED:
        return _saved(request, "scheduled", entry.id)
    if done.entry.status is EntryStatus.PUBLISHED:
        return _saved(request, "saved", entry.id)
    handed_in = done.entry.status is EntryStatus.SUBMITTED and not may(user, Right.PUBLISH)
    return _saved(request, "submitted" if handed_in else "kept", entry.id)


async def _upload(request: Request, user: User, sent: FormData, values: dict[str, str]) -> None:
    """Store the files in a form. If one is refused, those before it stay in the form. Raises `Refused`."""
    files = [file for file in sent.getlist("file") if isinstance(file, UploadFile)]
    try:
        for file in files:
            if not file.size:  # no file was chosen
                continue
            said = {name: str(sent.get(f"new-{name}", "")) for name in ("alt", "credit")}
            medium = await keep(request, user, file, parse(UploadForm, said))
            values["media"] = with_medium(values, medium, sent)
    finally:
        for file in files:
            await file.close()


@signed_in
async def pin_entry(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    pinned = (await request.form()).get("pinned") == "1"
    await edit.pin(parts(request).newsroom, user, slug, entry_id, pinned)
    return _saved(request, "saved", entry_id)


@signed_in
async def verify_entry(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    values = await _texts(request, "status", "note", "settled_by")
    try:
        said = parse(TypedVerification, values)
        form = await verification.understood(parts(request).newsroom, slug, entry_id, said)
        await edit.verify(parts(request).newsroom, user, slug, entry_id, form)
    except Refused as error:
        # The form's fields have no prefix.
        error.fields = {n.removeprefix("verification."): why for n, why in error.fields.items()}
        return await row_refused(request, user, "verify", values, error)
    return _saved(request, "saved", entry_id)


@signed_in
async def remove_entry(request: Request, user: User) -> Response:
    newsroom, (slug, entry_id) = parts(request).newsroom, _named(request)
    sent = await request.form()
    values = {"reason": str(sent.get("reason", "")), "purge": sent.get("purge") == "1"}
    try:
        form = parse(Removal, values)
        done = await removal.remove(newsroom, user, slug, entry_id, form)
    except Refused as error:
        return await row_refused(request, user, "remove", values, error)
    if done.seq is None:
        return _saved(request, "deleted")
    return _at(request, {"removed": entry_id} | looked_for(request), "report")


@signed_in
async def submit_entry(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    form = EntryChange(status=EntryStatus.SUBMITTED)
    await edit.revise(parts(request).newsroom, user, slug, entry_id, form)
    return _saved(request, "submitted")


@signed_in
async def return_entry(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    values = await _texts(request, "note")
    try:
        form = parse(Return, values)
        await review.give_back(parts(request).newsroom, user, slug, entry_id, form)
    except Refused as error:
        return await row_refused(request, user, "return", values, error)
    return _saved(request, "returned")


@signed_in
async def publish_entry(request: Request, user: User) -> Response:
    """Publish the revision that the user saw, before its scheduled time. `break_embargo` publishes before the
    embargo ends.
    """
    slug, entry_id = _named(request)
    sent = await request.form()
    newsroom, broken = parts(request).newsroom, sent.get("break_embargo") == "1"
    try:
        done = await edit.publish_as_seen(
            newsroom, user, slug, entry_id, seen(sent), break_embargo=broken
        )
    except Refused as error:
        return await row_refused(request, user, "publish", {"break_embargo": broken}, error)
    # The author's delay may have turned it into a scheduled entry.
    return _saved(request, done.entry.status.value)


@signed_in
async def publish_at_once(request: Request, user: User) -> Response:
    """Publish an entry despite its author's delay. `break_embargo` publishes before the embargo ends."""
    slug, entry_id = _named(request)
    broken = (await request.form()).get("break_embargo") == "1"
    change = EntryChange(status=EntryStatus.PUBLISHED, at_once=True, break_embargo=broken)
    try:
        await edit.revise(parts(request).newsroom, user, slug, entry_id, change)
    except Refused as error:
        return await row_refused(request, user, "at-once", {"break_embargo": broken}, error)
    return RedirectResponse(f"/desk/stories/{slug}?saved=published#row-{entry_id}", 303)


@signed_in
async def schedule_entry(request: Request, user: User) -> Response:
    """Set a time, an embargo, or both. Without a time, the entry stays in its queue.

    The action "embargo" schedules the entry for the end of its embargo.
    """
    newsroom, (slug, entry_id) = parts(request).newsroom, _named(request)
    found, entry = await newsroom.store.stories.entry(slug, entry_id)
    names = ("publish_at", "embargo_until")
    values = await _texts(request, *names, *(f"{name}_offset" for name in names))
    try:
        times = {name: when(name, values, found.timezone) for name in names}
        if (await request.form()).get("action") == "embargo" and entry.embargo_until:
            times = dict.fromkeys(names, entry.embargo_until.isoformat())
        change: dict[str, Any] = {"embargo_until": times["embargo_until"]}
        if times["publish_at"] is not None:
            change |= {"publish_at": times["publish_at"], "status": "scheduled"}
        rev = seen(await request.form())
        await edit.revise(newsroom, user, slug, entry_id, parse(EntryChange, change), on_rev=rev)
    except Refused as error:
        return await row_refused(request, user, "schedule", values, error)
    return _saved(request, "scheduled" if times["publish_at"] else "kept", entry_id)


@signed_in
async def unschedule_entry(request: Request, user: User) -> Response:
    """Turn a scheduled entry into a draft."""
    slug, entry_id = _named(request)
    form = EntryChange(status=EntryStatus.DRAFT, publish_at=None)
    await edit.revise(parts(request).newsroom, user, slug, entry_id, form)
    return _saved(request, "draft")


@signed_in
async def restore_entry(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    await undo.restore(parts(request).newsroom, user, slug, entry_id)
    return _saved(request, "restored", entry_id)


@signed_in
async def undo_entry(request: Request, user: User) -> Response:
    """Undo the last change. An entry that is a draft again opens in the composer."""
    slug, entry_id = _named(request)
    form = parse(Undo, {"rev": revision(await request.form()) or 0})
    try:
        done = await undo.undo(parts(request).newsroom, user, slug, entry_id, form)
    except Forbidden:
        raise
    except Refused as error:
        found = await parts(request).newsroom.store.stories.get(slug)
        told = f"It cannot be taken back: {detail(error)}."
        return await story_page(request, user, found, trouble=told, status=error.status)
    if done.entry.status is EntryStatus.DRAFT:
        return RedirectResponse(f"/desk/stories/{slug}?saved=undone&edit={entry_id}#composer", 303)
    return _saved(request, "undone", entry_id)


@signed_in
async def notes(request: Request, user: User) -> Response:
    """The newsroom's notes on an entry, and its history."""
    newsroom = parts(request).newsroom
    found, entry = await _noted_entry(request, user)
    page = newsroom.templates.page(
        "desk/notes.html",
        user=user,
        story=found,
        entry=entry,
        notes=await newsroom.store.queues.notes(entry, bylines=not may(user, Right.PUBLISH)),
        revisions=await newsroom.store.stories.history(entry, bylines=not may(user, Right.PUBLISH)),
    )
    return HTMLResponse(page)


@signed_in
async def add_note(request: Request, user: User) -> Response:
    slug, entry_id = _named(request)
    values = await _texts(request, "text")
    try:
        form = parse(NoteForm, values)
        await review.note(parts(request).newsroom, user, slug, entry_id, form)
    except Refused as error:
        return await row_refused(request, user, "note", values, error)
    return _saved(request, "noted", entry_id)


async def _noted_entry(request: Request, user: User) -> tuple[Any, Entry]:
    """The story and the entry, if the user may see the entry's notes. Raises `Forbidden`, `NotFound`."""
    found, entry = await parts(request).newsroom.store.stories.entry(*_named(request))
    require_inside(user, entry, "see the notes on")
    return found, entry


async def _texts(request: Request, *names: str) -> dict[str, str]:
    sent = await request.form()
    return {name: str(sent.get(name, "")) for name in names}


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["slug"], request.path_params["id"]


def _saved(request: Request, what: str, entry_id: str | None = None) -> Response:
    """Redirect to the desk's page of the story, with the same filters and at the entry."""
    here = {"saved": what} | ({"of": entry_id} if entry_id else {}) | looked_for(request)
    return _at(request, here, f"row-{entry_id}" if entry_id else "")


def _at(request: Request, query: dict[str, str], anchor: str) -> Response:
    slug = request.path_params["slug"]
    fragment = f"#{anchor}" if anchor else ""
    return RedirectResponse(f"/desk/stories/{slug}?{urlencode(query)}{fragment}", 303)
