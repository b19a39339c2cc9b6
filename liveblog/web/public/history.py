"""The public history of an entry, and the corrections of a story."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.difference import Kind
from liveblog.content.history import Changed, history, pairs
from liveblog.content.markup.markdown import excerpt
from liveblog.content.templates import iso
from liveblog.errors import NotFound, OutOfReach, for_readers
from liveblog.live.feed import Feed
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store import Corrected, Cursor, Position
from liveblog.web.context import Parts, base_url, parts
from liveblog.web.entry_json import public_json
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen
from liveblog.web.public.metadata import of_entry
from liveblog.web.public.structured_data import Publisher, Thing, entry_page
from liveblog.web.record import item

LISTED = 20


async def entry(request: Request) -> Response:
    """`GET /stories/{slug}/entries/{id}`, rendered once for each change of the story.

    Raises `NotFound`, and `OutOfReach` for an entry that was taken down.
    """
    here = parts(request)
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)

    async def render() -> tuple[Position, str]:
        story, page = await _entry(here, feed, entry_id)
        return Position(story.epoch, story.head), page

    rendered = await here.entry_pages.get(entry_id, feed, render, of_page(policy(request)))
    return CachedPage(await chosen(rendered, request.scope["headers"]))


async def embedded(request: Request) -> Response:
    """`GET /stories/{slug}/entries/{id}/embed`: the entry alone, for a frame. Raises the errors of `entry`."""
    here = parts(request)
    slug, entry_id = request.path_params["slug"], request.path_params["id"]
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)

    async def render() -> tuple[Position, str]:
        story, shown = await _public_entry(here, feed, entry_id)
        page = here.templates.story_page("entry_embed.html", story, entry=shown)
        return Position(story.epoch, story.head), page

    kind = f"embed/{entry_id}"  # no id has a slash
    rendered = await here.entry_pages.get(kind, feed, render, of_page(policy(request)))
    here.embed_hosts.seen(slug, request.scope["headers"])
    return CachedPage(await chosen(rendered, request.scope["headers"]))


async def _public_entry(here: Parts, feed: Feed, entry_id: str) -> tuple[Story, Entry]:
    story, shown = await here.store.stories.entry(feed.slug, entry_id)
    require_public(shown)
    return story, shown


async def _entry(here: Parts, feed: Feed, entry_id: str) -> tuple[Story, str]:
    texts = feed.texts
    story, shown = await _public_entry(here, feed, entry_id)
    revisions = await here.store.stories.history(shown)
    asked = {f"{shown.id}:{rev}": states for rev, states in pairs(revisions).items()}
    found = await here.comparisons.all(feed, texts, asked)
    changes = history(revisions, {int(name.rpartition(":")[2]): one for name, one in found.items()})
    settling = {change.verification.settled_by for change in changes if change.verification}
    told = item(here.templates, here.settings.base_url, story, shown, html=False)
    structured: tuple[Thing, ...] = ()
    if here.settings.base_url:
        structured = entry_page(told, Publisher.of(here))
    earlier, later = await here.store.stories.beside(story, shown)
    portrait = await here.store.directory.portrait(shown.credits[0]) if shown.credits else None
    faces = await here.store.media.stored([portrait] if portrait else [])
    page = here.templates.story_page(
        "entry.html",
        story,
        about=of_entry(told),
        structured=structured,
        entry=shown,
        face=faces[portrait].medium if portrait in faces else None,
        earlier=earlier,
        later=later,
        changes=changes,
        settling=await here.store.corrections.public(story, {name for name in settling if name}),
    )
    return story, page


def require_public(entry: Entry) -> None:
    """Raise `OutOfReach` for an entry that was taken down, and `NotFound` for one that was never published."""
    if entry.status is not EntryStatus.PUBLISHED and entry.seq is not None:
        raise OutOfReach(for_readers("This update was taken down."))
    if entry.status is not EntryStatus.PUBLISHED:
        raise NotFound("There is no such update in this story.")


async def corrections(request: Request) -> Response:
    """`GET /stories/{slug}/corrections`: a page, or JSON for `Accept: application/json`.

    Of an entry that was taken down, only the correction's note is shown.
    """
    here, query = parts(request), request.query_params
    slug = request.path_params["slug"]
    before = Cursor.parse(query["before"]) if "before" in query else None
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
    texts = feed.texts
    story, found, following = await here.store.corrections.of_story(slug, before, LISTED)
    asked = {_name(one): (one.before, one.after) for one in found if _public(one)}
    changed = await here.comparisons.all(feed, texts, asked)
    listed = [(one, changed.get(_name(one))) for one in found]
    cursor = str(following) if following else None
    if "application/json" in request.headers.get("accept", ""):
        address = f"{base_url(request)}/stories/{story.slug}/entries"
        shown = [_json(address, one, changed) for one, changed in listed]
        return public_json(request, {"corrections": shown, "next": cursor})
    page = here.templates.story_page("corrections.html", story, corrections=listed, older=cursor)
    return HTMLResponse(page, headers=of_page(policy(request)))


def _name(one: Corrected) -> str:
    return f"{one.entry.id}:{one.rev}:correction"


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
