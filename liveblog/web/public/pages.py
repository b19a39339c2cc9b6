"""The live page, and older entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.content.brief import brief_of
from liveblog.content.templates import iso
from liveblog.errors import Malformed, NotFound
from liveblog.store import EVERYTHING, Cursor, Page, Position, Show, View
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.timeline import ENTRY_ID
from liveblog.web.cache.pages import Render, Rendered
from liveblog.web.context import Parts, parts
from liveblog.web.entry_json import public_entry, public_json
from liveblog.web.http.headers import REVALIDATE, of_page
from liveblog.web.http.parameters import count, one_of
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen, kind
from liveblog.web.public.metadata import of_story
from liveblog.web.public.structured_data import Publisher, Thing, live_blog
from liveblog.web.record import story_record, story_url

STORY = "story.html"  # the template in the route table
PAGE_ENTRIES = 50
ORDERS = ("newest", "oldest")
NO_PICTURES = {"pictures": "0"}
# A time, or an entry and the time at which it stood.
TIME = re.compile(
    rf"(?:({ENTRY_ID.pattern}),)?([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}(?::[0-9]{{2}}(?::[0-9]{{2}}\.[0-9]{{6}})?)?Z?)"
)


async def live(request: Request) -> Response:
    """`GET /stories/{slug}`.

    The page is rendered at the feed's position. A request needs no query, because the listener keeps the feed up to
    date. Views of a topic or an author are rare, so they are rendered for each request. `at` is an entry, whose
    surroundings are shown, or a time, which leads to an entry; or both, and the time counts if the entry is gone.
    """
    here, slug = parts(request), request.path_params["slug"]
    headers = of_page(policy(request))
    view, around = read_view(request.query_params), request.query_params.get("at")
    pictures = with_pictures(request.query_params)
    if around is not None and (place := TIME.fullmatch(around)):
        kept = {} if pictures else NO_PICTURES
        return await _at_time(here, slug, place[2], view, kept, entry=place[1])
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)

    usual = around is None and view.topic is None and view.author is None
    one = ENTRY_ID.fullmatch(around or "") and view.topic is None and view.author is None

    async def render() -> tuple[Position, str]:
        stories = here.store.stories
        page = await stories.page(slug, PAGE_ENTRIES, view, around)
        shown = page_context(page, view, pictures=pictures)
        shown |= _told(here, page, whole=usual and pictures and view == EVERYTHING)
        shown["related"] = await stories.related(page.story)
        shown["top"] = await stories.top(other_than=page.story)
        html = here.templates.story_page(STORY, page.story, **shown)
        return Position(page.story.epoch, page.story.head), html

    if usual and pictures:
        rendered = await here.pages.get(kind(policy(request), view), feed, render, headers)
    elif one and pictures:  # an hour of a time line, to which many may go
        name = f"{kind(policy(request), view)} {around}"
        try:
            rendered = await here.entry_pages.get(name, feed, render, headers)
        except NotFound:
            return RedirectResponse(f"/stories/{slug}/entries/{around}", headers=REVALIDATE)
    else:
        entry_page = f"/stories/{slug}/entries/{around}"
        made = await render_now(around, entry_page, render, headers)
        if isinstance(made, Response):
            return made
        rendered = made
    return CachedPage(await chosen(rendered, request.scope["headers"]))


async def render_now(
    around: str | None, entry_page: str, render: Render, headers: Mapping[str, str]
) -> Rendered | Response:
    """A page that is not cached; or, if the story does not show the entry `around`, a redirect to its own page.

    Raises `NotFound` if `around` is no id.
    """
    try:
        _, html = await render()
    except NotFound:  # the entry's own page says whether it was taken down
        if around is None or not ENTRY_ID.fullmatch(around):
            raise
        return RedirectResponse(entry_page, headers=REVALIDATE)
    return await Rendered.of(html, headers)


async def _at_time(
    here: Parts,
    slug: str,
    text: str,
    view: View,
    kept: Mapping[str, str],
    *,
    entry: str | None,
) -> Response:
    """A redirect to the update from which one reads on from a time: `2022-02-25T14:00` in the story's zone, or UTC with `Z`.

    If the view shows `entry`, the redirect leads there. `kept` parameters stay in the address. Only the surroundings of
    entries are rendered, not those of any time. Raises `NotFound` for a time that does not exist.
    """
    story = await here.store.stories.get(slug)
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(story.timezone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotFound("There is no such time.") from None
    found = await here.store.activities.entry_at(slug, at, view, entry)
    more = {**kept, "at": found} if found else kept
    address = f"/stories/{slug}{query_of(view, more)}"
    return RedirectResponse(f"{address}#{found}" if found else address, headers=REVALIDATE)


def _told(here: Parts, page: Page, *, whole: bool) -> dict[str, object]:
    """What the page of a story tells programs. Only the `whole` page, to whose address all other views lead, has
    structured data; these need a `BASE_URL`, because their addresses are absolute.
    """
    site = here.settings.base_url
    record = (
        story_record(here.templates, site, page.story, page.entries, html=False) if whole else None
    )
    structured: tuple[Thing, ...] = ()
    if record and site:
        record = record._replace(brief=page.brief)
        structured = (live_blog(record, Publisher.of(here)),)
    about = of_story(story_url(site, page.story), page.story, record)
    return {"about": about, "structured": structured}


def with_pictures(query: QueryParams) -> bool:
    """Whether the page has pictures. `pictures=0` is for browsers without scripts (static/reader/pictures.js)."""
    return query.get("pictures") != "0"


def page_context(
    page: Page, view: View, *, pictures: bool = True, limit: int | None = None
) -> dict[str, object]:
    """The variables of a page's templates. `above` and `below` are the addresses of the neighbouring windows.

    `limit`: a widget shows so many entries, and loads so many more at once.
    """

    def address(*, pictures: bool = pictures, **changes: object) -> str:
        """The page's address with these changes of the view."""
        wanted = view._replace(**changes)  # type: ignore[arg-type]
        return f"/stories/{page.story.slug}{query_of(wanted, {} if pictures else NO_PICTURES)}"

    kept = {} if pictures else NO_PICTURES
    if limit is not None:
        kept = kept | {"limit": str(limit)}

    def onward(name: str, place: Cursor | None) -> str | None:
        if place is None:
            return None
        return f"/stories/{page.story.slug}/entries{query_of(view, {name: str(place)} | kept)}"

    older, newer = onward("before", page.older), onward("after", page.newer)
    above, below = (older, newer) if view.oldest_first else (newer, older)
    return {
        "entries": page.entries,
        "brief": brief_of(page.brief) if page.brief else None,
        "brief_since": page.brief.since if page.brief else 0,
        "pinned": page.pinned,
        "chapters": page.chapters,
        "chapter_rows": [[iso(one.at), one.seq, one.entry_id, one.title] for one in page.chapters],
        "authors": page.authors,
        "topics": page.topics,
        "offered": page.offered,
        "author": page.author,
        "topic": page.topic,
        "epoch": page.story.epoch,
        "seq": page.story.head,
        "view": view,
        "pictures": pictures,
        "limit": limit,
        "address": address,
        "above": above,
        "below": below,
    }


def query_of(view: View, more: Mapping[str, str] | None = None) -> str:
    """The query of an address for a view, with `more` parameters."""
    chosen = {
        "show": view.show,
        "topic": view.topic,
        "author": view.author,
        "order": "oldest" if view.oldest_first else None,
    }
    given = {name: value for name, value in chosen.items() if value is not None} | dict(more or {})
    return f"?{urlencode(given)}" if given else ""


def read_view(query: QueryParams) -> View:
    """The reader's choices in the query: show, topic, author, order. Raises `Malformed`."""
    show = one_of(query, "show", [show.value for show in Show])
    order = one_of(query, "order", ORDERS)
    return View(
        Show(show) if show else None,
        folded(query.get("topic", "")) or None,
        query.get("author", "").casefold() or None,
        order == "oldest",
    )


async def older(request: Request) -> Response:
    """Entries before or after a cursor: a fragment for scripts, JSON for programs, a whole page for plain browsers.

    Raises `Malformed`, `NotFound`.
    """
    here = parts(request)
    slug, query = request.path_params["slug"], request.query_params
    view, before, after = read_view(query), query.get("before"), query.get("after")
    if (before is None) == (after is None):
        message = "is missing; accepted: the cursor of an earlier page; or `after`, but not both"
        raise Malformed.parameter("before", message)
    limit = count(query, "limit", PAGE_ENTRIES)  # a widget's, or a page's if it is missing
    if before is not None:
        page = await here.store.stories.older(slug, before, limit or PAGE_ENTRIES, view)
    else:
        page = await here.store.stories.newer(slug, str(after), limit or PAGE_ENTRIES, view)
    accepted = request.headers.get("accept", "")
    if "application/json" in accepted:
        shown = [public_entry(request, page.story, entry) for entry in page.entries]
        place = page.older or page.newer
        following = {"entries": shown, "next": str(place) if place else None}
        return public_json(request, following)
    name = "older.html" if "text/html" in accepted else "_older.html"
    html = here.templates.story_page(
        name,
        page.story,
        **page_context(page, view, pictures=with_pictures(query), limit=limit),
    )
    return HTMLResponse(html, headers=of_page(policy(request)))
