"""The editors' desk: the stories, and a story with its settings."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Forbidden, Invalid, Refused, Unauthorized
from liveblog.models import User
from liveblog.newsroom import stories
from liveblog.newsroom.forms import NewStory, StoryChange, parse
from liveblog.newsroom.rights import Right, may
from liveblog.web import deskfigures
from liveblog.web.auth import by_session, require_same_site, sign_in, sign_out
from liveblog.web.deskform import OF_STORY, field_messages, of_entry, of_story, story_fields
from liveblog.web.deskpage import queue_fragment, row_fragment, story_page
from liveblog.web.problems import for_programs
from liveblog.web.state import parts
from liveblog.web.withheld import takedown

SAVED = {
    "published": "Published. Readers have it.",
    "submitted": "Submitted. An editor will look at it.",
    "draft": "Saved as a draft.",
    "scheduled": "Scheduled. Readers have it in its hour.",
    "saved": "Saved. Readers have it.",
    "kept": "Saved.",
    "deleted": "Deleted.",
    "returned": "Returned to who wrote it, with your note.",
    "noted": "The note is kept.",
    "restored": "Put back.",
    "undone": "Taken back.",
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
        return await story_page(request, user, found, saved=saved, report=report)
    entry = (await parts(request).room.store.stories.entry(found.slug, editing))[1]
    if entry.created_by != user.id and not may(user, Right.PUBLISH):
        raise Forbidden("a contributor may only change entries of their own")
    return await story_page(
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
    found = await room.store.stories.get(slug)
    sent = {name: str(value) for name, value in (await request.form()).items()}
    try:
        form = parse(StoryChange, story_fields(sent, found))
        await stories.change_story(room, user, slug, form)
    except Invalid as error:
        about = of_story(found) | {name: sent[name] for name in OF_STORY if name in sent}
        errors = field_messages(error.fields)
        return await story_page(
            request, user, found, about=about, about_errors=errors, status=error.status
        )
    return RedirectResponse(f"/desk/stories/{slug}?saved=story", 303)


@signed_in
async def change_status(request: Request, user: User) -> Response:
    slug = request.path_params["slug"]
    form = parse(StoryChange, {"status": str((await request.form()).get("status", ""))})
    await stories.change_story(parts(request).room, user, slug, form)
    return RedirectResponse(f"/desk/stories/{slug}?saved=story", 303)


@signed_in
async def queue(request: Request, user: User) -> Response:
    """What waits, as a fragment for scripts."""
    found = await parts(request).room.store.stories.get(request.path_params["slug"])
    return HTMLResponse(await queue_fragment(request, user, found))


@signed_in
async def row(request: Request, user: User) -> Response:
    """One row as a fragment; 204 where it does not stand among those that the address asks for."""
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    fragment = await row_fragment(request, user, slug, entry_id)
    return Response(status_code=204) if fragment is None else HTMLResponse(fragment)


@signed_in
async def figures(request: Request, user: User) -> Response:
    if not may(user, Right.PUBLISH):
        raise Forbidden("figures are for editors")
    return await deskfigures.answer(request, user)


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


def _local(target: str) -> str:
    """Where to go after signing in: only to a page of the desk."""
    inside = target.startswith("/desk/stories/") and "//" not in target and "\\" not in target
    return target.partition("/entries")[0] if inside else "/desk"
