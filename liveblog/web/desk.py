"""The editors' desk in its first, plain form: sign in, write, publish, edit, pin, verify, remove."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Conflict, Forbidden, Invalid, Refused, Stale, Unauthorized
from liveblog.models import EntryStatus, Story, User
from liveblog.newsroom import entries, removal, stories
from liveblog.newsroom.forms import (
    EntryChange,
    NewEntry,
    NewStory,
    Removal,
    StoryChange,
    UploadForm,
    VerificationForm,
    idempotency_key,
    parse,
)
from liveblog.newsroom.rights import Right, may
from liveblog.web.auth import by_session, require_same_site, sign_in, sign_out
from liveblog.web.deskform import (
    OF_STORY,
    changes,
    field_messages,
    fields,
    media,
    of_entry,
    of_story,
    published,
    revision,
    story_fields,
    typed,
    with_medium,
)
from liveblog.web.media import keep
from liveblog.web.problems import for_programs
from liveblog.web.state import parts
from liveblog.web.withheld import takedown, withheld

SHOWN_ENTRIES = 100
SAVED = {
    "published": "Published. Readers have it.",
    "submitted": "Submitted. An editor will look at it.",
    "draft": "Saved as a draft.",
    "scheduled": "Scheduled. Readers have it in its hour.",
    "saved": "Saved. Readers have it.",
    "story": "The story is saved.",
}

Handler = Callable[[Request, User], Awaitable[Response]]


def signed_in(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Asks for the password first, where nobody is signed in."""

    @functools.wraps(handler)
    async def guarded(request: Request) -> Response:
        require_same_site(request)
        user = await by_session(request)
        if user is None:
            if for_programs(request):
                raise Unauthorized("the session has ended; sign in again")
            if request.method in {"GET", "HEAD"}:
                return RedirectResponse(f"/desk/login?next={request.url.path}", 303)
            return await _ask_for_password(request)
        return await handler(request, user)

    return guarded


async def login(request: Request) -> Response:
    target = request.query_params.get("next", "")
    return _login_page(request, error=None, email="", target=target)


async def log_in(request: Request) -> Response:
    require_same_site(request)
    form = await request.form()
    email, target = str(form.get("email", "")), str(form.get("next", ""))
    user = await sign_in(request, email, str(form.get("password", "")))
    if for_programs(request):
        if user is None:
            raise Forbidden("the address or the password is not right")
        return Response(status_code=204)
    if user is None:
        error = "The address or the password is not right."
        return _login_page(request, error=error, email=email, target=target, status=403)
    return RedirectResponse(_local(target), 303)


async def log_out(request: Request) -> Response:
    require_same_site(request)
    sign_out(request)
    return RedirectResponse("/desk/login", 303)


@signed_in
async def index(request: Request, user: User) -> Response:
    return await _index_page(request, user)


@signed_in
async def create_story(request: Request, user: User) -> Response:
    values = {name: str(value) for name, value in (await request.form()).items()}
    try:
        form = parse(
            NewStory, {name: values.get(name, "") for name in ("slug", "title", "summary")}
        )
        story = await stories.open_story(parts(request).room, user, form)
    except Forbidden:
        raise
    except Refused as error:
        return await _index_page(request, user, field_messages(error.fields), values, error.status)
    return RedirectResponse(f"/desk/stories/{story.slug}", 303)


@signed_in
async def story(request: Request, user: User) -> Response:
    found = await parts(request).room.store.stories.get(request.path_params["slug"])
    saved = SAVED.get(request.query_params.get("saved", ""))
    query = request.query_params
    correcting = "correct" in query
    editing = query.get("correct") if correcting else query.get("edit")
    if editing is None:
        removed = query.get("removed")
        report = await takedown(request, user, found.slug, removed) if removed else None
        return await _story_page(request, user, found, saved=saved, report=report)
    entry = (await parts(request).room.store.stories.entry(found.slug, editing))[1]
    if entry.created_by != user.id and not may(user, Right.PUBLISH):
        raise Forbidden("a contributor may only change entries of their own")
    return await _story_page(
        request,
        user,
        found,
        form=of_entry(entry, found),
        editing=entry,
        saved=saved,
        correcting=correcting,
    )


@signed_in
async def change_story(request: Request, user: User) -> Response:
    room = parts(request).room
    slug = request.path_params["slug"]
    sent = {name: str(value) for name, value in (await request.form()).items()}
    try:
        form = parse(StoryChange, story_fields(sent))
        await stories.change_story(room, user, slug, form)
    except Invalid as error:
        found = await room.store.stories.get(slug)
        about = of_story(found) | {name: sent[name] for name in OF_STORY if name in sent}
        errors = field_messages(error.fields)
        return await _story_page(
            request, user, found, about=about, errors=errors, status=error.status
        )
    return _saved(slug, "story")


@signed_in
async def create_entry(request: Request, user: User) -> Response:
    room, slug = parts(request).room, request.path_params["slug"]
    sent = await request.form()
    found = await room.store.stories.get(slug)
    values = typed(sent)
    key = None
    status = EntryStatus.PUBLISHED if may(user, Right.PUBLISH) else EntryStatus.SUBMITTED
    try:
        await _upload(request, user, sent, values)
        key = idempotency_key(str(sent.get("idempotency_key", "")) or None)
        form = parse(NewEntry, fields(values, found) | {"status": status.value})
        done = await entries.publish(room, user, slug, form, key=key)
    except Refused as error:
        return await _again(request, user, found, values, error, key=key)
    if done.other_form:
        # Gone back in the browser and written on, or the update was purged: the form has been used.
        used = Conflict(
            "This form was sent before, and made another update. Publish again to send this one."
        )
        return await _again(request, user, found, values, used)
    return _saved(slug, done.entry.status.value)


@signed_in
async def change_entry(request: Request, user: User) -> Response:
    room, slug = parts(request).room, request.path_params["slug"]
    sent = await request.form()
    found, entry = await room.store.stories.entry(slug, request.path_params["id"])
    values, correcting = typed(sent), sent.get("correcting") == "1"
    try:
        await _upload(request, user, sent, values)
        if correcting and not values["correction"].strip():
            raise Invalid({"correction": "is missing; must say what was wrong and what is right"})
        changed = published if may(user, Right.PUBLISH) else changes
        form = parse(EntryChange, changed(values, found, entry))
        rev = revision(sent)
        done = await entries.revise(room, user, slug, entry.id, form, on_rev=rev)
    except Stale as error:
        newer = (await room.store.stories.entry(slug, entry.id))[1]
        return await _story_page(
            request,
            user,
            found,
            form=values,
            editing=newer,
            conflict=newer,
            correcting=correcting,
            status=error.status,
        )
    except Refused as error:
        # It stays an edit of the revision that it began with.
        begun = entry.model_copy(update={"rev": revision(sent) or entry.rev})
        return await _again(
            request, user, found, values, error, editing=begun, correcting=correcting
        )
    if done.entry.status is EntryStatus.SCHEDULED:
        return _saved(slug, "scheduled", entry.id)
    return _saved(slug, "saved" if may(user, Right.PUBLISH) else "submitted")


async def _upload(request: Request, user: User, sent: FormData, values: dict[str, str]) -> None:
    """Keeps the files that came with a form. Those before one that is refused stay in it."""
    files = [file for file in sent.getlist("file") if isinstance(file, UploadFile)]
    try:
        for file in files:
            if not file.size:  # nothing was chosen
                continue
            said = {name: str(sent.get(f"new-{name}", "")) for name in ("alt", "credit")}
            medium = await keep(request, user, file, parse(UploadForm, said))
            values["media"] = with_medium(values, medium, sent)
    finally:
        for file in files:
            await file.close()


@signed_in
async def pin_entry(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    pinned = (await request.form()).get("pinned") == "1"
    await entries.pin(parts(request).room, user, slug, entry_id, pinned)
    return _saved(slug, "saved", entry_id)


@signed_in
async def verify_entry(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    sent = await request.form()
    values = {name: str(sent.get(name, "")) for name in ("status", "note", "settled_by")}
    try:
        form = parse(VerificationForm, values)
        await entries.verify(parts(request).room, user, slug, entry_id, form)
    except Invalid as error:
        return await _row_refused(request, user, error)
    return _saved(slug, "saved", entry_id)


@signed_in
async def remove_entry(request: Request, user: User) -> Response:
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    sent = await request.form()
    values = {"reason": str(sent.get("reason", "")), "purge": sent.get("purge") == "1"}
    try:
        form = parse(Removal, values)
        await removal.remove(parts(request).room, user, slug, entry_id, form)
    except Invalid as error:
        return await _row_refused(request, user, error)
    return RedirectResponse(f"/desk/stories/{slug}?removed={entry_id}", 303)


async def _index_page(
    request: Request,
    user: User,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    room = parts(request).room
    page = room.templates.page(
        "desk/index.html",
        user=user,
        stories=await room.store.stories.recent(),
        errors=errors or {},
        values=values or {},
    )
    return HTMLResponse(page, status)


async def _story_page(
    request: Request,
    user: User,
    found: Story,
    *,
    status: int = 200,
    key: str | None = None,
    **context: Any,
) -> Response:
    room = parts(request).room
    _, listed, _ = await room.store.stories.list_entries(
        found.slug,
        statuses=list(EntryStatus),
        before=None,
        limit=SHOWN_ENTRIES,
        created_by=None if may(user, Right.PUBLISH) else user.id,
    )
    # What was purged says nothing any more, and there is nothing to be done with it.
    shown = [entry for entry in listed if entry.body]
    defaults: dict[str, Any] = {
        "form": {},
        "errors": {},
        "saved": None,
        "editing": None,
        "conflict": None,
        "correcting": False,
        "report": None,
        "about": of_story(found),
    }
    said = media(context.get("form", {}))
    known = await room.store.media.stored([one["id"] for one in said])
    page = room.templates.page(
        "desk/story.html",
        **(defaults | context),
        user=user,
        story=found,
        entries=shown,
        media=[(one, known[one["id"]].medium) for one in said if one["id"] in known],
        withheld=await withheld(request, user, shown),
        # Kept where the form comes back with errors: it is still the same attempt.
        idempotency_key=key or secrets.token_urlsafe(16),
        language="en",
        direction="ltr",
    )
    return HTMLResponse(page, status)


async def _again(
    request: Request, user: User, found: Story, values: dict[str, str], error: Refused, **more: Any
) -> Response:
    """The page with everything that was typed, and what is wrong with it."""
    errors = field_messages(error.fields) or {"body": error.detail}
    return await _story_page(
        request, user, found, form=values, errors=errors, status=error.status, **more
    )


async def _row_refused(request: Request, user: User, error: Invalid) -> Response:
    found = await parts(request).room.store.stories.get(request.path_params["slug"])
    errors = field_messages(error.fields)
    return await _story_page(request, user, found, errors=errors, status=error.status)


async def _ask_for_password(request: Request) -> Response:
    """The session has ended in the middle of work: what was typed stays in the browser's history."""
    error = "You are signed out. Sign in, go back twice, and send again: what you typed is there."
    return _login_page(request, error=error, email="", target=request.url.path, status=403)


def _login_page(
    request: Request, *, error: str | None, email: str, target: str, status: int = 200
) -> Response:
    page = parts(request).room.templates.page(
        "desk/login.html", error=error, email=email, next=target
    )
    return HTMLResponse(page, status)


def _saved(slug: str, what: str, entry_id: str | None = None) -> Response:
    anchor = f"#{entry_id}" if entry_id else ""
    return RedirectResponse(f"/desk/stories/{slug}?saved={what}{anchor}", 303)


def _local(target: str) -> str:
    """Where to go after signing in: only to a page of the desk."""
    inside = target.startswith("/desk/stories/") and "//" not in target and "\\" not in target
    return target.partition("/entries")[0] if inside else "/desk"
