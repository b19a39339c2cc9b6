"""The desk's list of stories, and the page and settings of a story."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Forbidden, Invalid, Refused, Stale, TooLarge, Unsupported
from liveblog.models.members import User
from liveblog.newsroom import stories
from liveblog.newsroom.forms import NewStory, StoryChange, UploadForm
from liveblog.newsroom.permissions import Right, may, require, require_inside, why_closed
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk import brief, stats
from liveblog.web.desk.forms import (
    OF_STORY,
    field_messages,
    of_entry,
    of_story,
    story_fields,
    when,
)
from liveblog.web.desk.page import Closed, queue_fragment, row_fragment, story_page
from liveblog.web.http.multipart import read_form
from liveblog.web.media import keep
from liveblog.web.visibility import takedown

SAVED = {
    "published": "Published. Readers have it.",
    "submitted": "Submitted. An editor will look at it.",
    "draft": "Saved as a draft.",
    "scheduled": "Scheduled. Readers will see it at that time.",
    "saved": "Saved. Readers have it.",
    "kept": "Saved.",
    "deleted": "Deleted.",
    "returned": "Returned to its author, with your note.",
    "noted": "The note is saved.",
    "restored": "Put back.",
    "undone": "Taken back.",
    "story": "The story is saved.",
    "brief": "The Brief is saved. Readers have it.",
}


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
        story = await stories.open_story(parts(request).newsroom, user, form)
    except Forbidden:
        raise
    except Refused as error:
        return await _index_page(request, user, field_messages(error.fields), values, error.status)
    return RedirectResponse(f"/desk/stories/{story.slug}", 303)


@signed_in
async def story(request: Request, user: User) -> Response:
    found = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    saved = SAVED.get(request.query_params.get("saved", ""))
    query = request.query_params
    correcting = "correct" in query
    editing = query.get("correct") if correcting else query.get("edit")
    if editing is None:
        removed = query.get("removed")
        report = await takedown(request, user, found.slug, removed) if removed else None
        corrections = parts(request).newsroom.store.corrections
        unsettled = await corrections.settled_by(found, removed) if report and removed else []
        return await story_page(
            request,
            user,
            found,
            saved=saved,
            saved_at=query.get("of"),
            report=report,
            unsettled=unsettled,
        )
    entry = (await parts(request).newsroom.store.stories.entry(found.slug, editing))[1]
    require_inside(user, entry, "change")
    if why := why_closed(user, entry):
        return await story_page(request, user, found, saved=saved, closed=Closed(entry.id, why))
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
    newsroom = parts(request).newsroom
    slug = request.path_params["slug"]
    found = await newsroom.store.stories.get(slug)
    sent: dict[str, str] = {}
    try:
        given = await read_form(request)
        sent |= {name: value for name, value in given.items() if isinstance(value, str)}
        await _upload_cover(request, user, given, sent)
        form = parse(StoryChange, story_fields(sent, found))
        await stories.change_story(newsroom, user, slug, form)
    except (Invalid, TooLarge, Unsupported) as error:
        about = of_story(found) | {name: sent[name] for name in OF_STORY if name in sent}
        errors = field_messages(error.fields)
        return await story_page(
            request, user, found, about=about, about_errors=errors, status=error.status
        )
    return RedirectResponse(f"/desk/stories/{slug}?saved=story", 303)


async def _upload_cover(
    request: Request, user: User, given: FormData, sent: dict[str, str]
) -> None:
    """Store the picture in the form, if there is one, as the chosen cover. Raises `Refused`."""
    file = given.get("file")
    if not isinstance(file, UploadFile) or not file.size:
        return
    # Its words are in the form's other fields (web/desk/forms.py).
    sent["cover"] = (await keep(request, user, file, UploadForm(), spare=True)).id


@signed_in
async def change_status(request: Request, user: User) -> Response:
    """Changes the state of the coverage: `status`, and `paused_until` in the story's time zone."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    found = await newsroom.store.stories.get(slug)
    sent = {name: str(value) for name, value in (await request.form()).items()}
    values: dict[str, object] = {"status": sent.get("status", "")}
    try:
        if "paused_until" in sent:
            values["paused_until"] = when("paused_until", sent, found.timezone)
        await stories.change_story(newsroom, user, slug, parse(StoryChange, values))
    except Invalid as error:
        errors = field_messages(error.fields)
        if "paused_until" not in sent:
            raise
        return await story_page(
            request,
            user,
            found,
            pausing=sent,
            pausing_errors=errors,
            trouble="; ".join(errors.values()),
            status=error.status,
        )
    return RedirectResponse(f"/desk/stories/{slug}?saved=story", 303)


@signed_in
async def change_brief(request: Request, user: User) -> Response:
    """The form of the Brief. If somebody else wrote it meanwhile, nothing is lost: the page shows both."""
    newsroom, slug = parts(request).newsroom, request.path_params["slug"]
    sent = await request.form()
    rows, seen = brief.rows_sent(sent), str(sent.get("points_at", ""))
    numbered = brief.points_of(rows)
    while True:
        found = await newsroom.store.stories.get(slug)
        try:
            require(user, Right.MANAGE_STORIES)
            if seen != brief.version(found):
                theirs = brief.Conflict(tuple(point.text for point in found.points))
                return await story_page(
                    request, user, found, brief_rows=rows, brief_conflict=theirs, status=412
                )
            form = parse(StoryChange, {"points": [point for _, point in numbered]})
            await stories.change_story(newsroom, user, slug, form, on_rev=found.rev)
        except Stale:
            continue  # something else of the story was changed meanwhile
        except Invalid as error:
            errors = brief.errors_by_row(error.fields, [number for number, _ in numbered])
            return await story_page(
                request, user, found, brief_rows=rows, brief_errors=errors, status=error.status
            )
        return RedirectResponse(f"/desk/stories/{slug}?saved=brief#brief", 303)


@signed_in
async def queue(request: Request, user: User) -> Response:
    """The queues as an HTML fragment for scripts."""
    found = await parts(request).newsroom.store.stories.get(request.path_params["slug"])
    return HTMLResponse(await queue_fragment(request, user, found))


@signed_in
async def row(request: Request, user: User) -> Response:
    """One row as an HTML fragment; 204 if the entry does not match the filters of the address."""
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    fragment = await row_fragment(request, user, slug, entry_id)
    return Response(status_code=204) if fragment is None else HTMLResponse(fragment)


@signed_in
async def figures(request: Request, user: User) -> Response:
    if not may(user, Right.PUBLISH):
        raise Forbidden("figures are for editors")
    return await stats.answer(request)


async def _index_page(
    request: Request,
    user: User,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    newsroom = parts(request).newsroom
    listed = await newsroom.store.stories.recent(among=user.stories)
    own = None if may(user, Right.PUBLISH) else user.id
    page = newsroom.templates.page(
        "desk/index.html",
        user=user,
        stories=listed,
        waiting=await newsroom.store.queues.waiting([one.id for one in listed], own),
        errors=errors or {},
        values=values or {},
    )
    return HTMLResponse(page, status)
