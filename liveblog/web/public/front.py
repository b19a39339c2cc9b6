"""The pages about many stories: the front, and what stands under a hashtag."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.language import of_browser
from liveblog.errors import NotFound
from liveblog.store import Cursor, Front, TopicPage
from liveblog.web.context import base_url, parts
from liveblog.web.entry_json import public_entry, public_json
from liveblog.web.http import headers
from liveblog.web.http.headers import REVALIDATE
from liveblog.web.public.cached_pages import Ready, chosen

TOPIC_ENTRIES = 50
LONGEST_CATEGORY = 100
VARY = "Accept, Accept-Encoding, Accept-Language"
HEADERS = headers.page(VARY)


async def front(request: Request) -> Response:
    """`?category=` shows the stories of one."""
    here, spoken = parts(request), _spoken(request)
    category = request.query_params.get("category") or None

    def render(shown: Front) -> str:
        return here.room.templates.page("index.html", spoken, front=shown, category=category)

    try:
        if category is not None and len(category) > LONGEST_CATEGORY:
            raise NotFound("no such category")
        rendered = await here.overviews.get(
            ("front", category), spoken, lambda: here.room.store.fronts.get(category), render
        )
    except NotFound:
        return _nothing(request, None)
    return Ready(chosen(rendered, request.scope["headers"]))


async def topic(request: Request) -> Response:
    """A page for people; JSON for `Accept: application/json`."""
    here, spoken = parts(request), _spoken(request)
    name = request.path_params["topic"]
    given = request.query_params.get("before")
    before = Cursor.parse(given) if given is not None else None

    async def read() -> TopicPage:
        return await here.room.store.topics.page(name, before, TOPIC_ENTRIES)

    def render(shown: TopicPage) -> str:
        return here.room.templates.page("topic.html", spoken, page=shown, first=before is None)

    if "application/json" in request.headers.get("accept", ""):
        return _json(request, await read())
    try:
        rendered = await here.overviews.get(("topic", name, before), spoken, read, render)
    except NotFound:
        return _nothing(request, name)
    return Ready(chosen(rendered, request.scope["headers"]))


def _json(request: Request, page: TopicPage) -> Response:
    def about(slug: str, title: str) -> dict[str, str]:
        return {"slug": slug, "title": title, "url": f"{base_url(request)}/stories/{slug}"}

    shown = [
        public_entry(request, story, entry) | {"story": about(story.slug, story.title)}
        for story, entry in page.entries
    ]
    content = {
        "topic": page.name,
        "stories": [about(story.slug, story.title) for story in page.stories],
        "entries": shown,
        "next": str(page.older) if page.older else None,
    }
    return public_json(request, content)


def _nothing(request: Request, topic: str | None) -> Response:
    """Says so, and what there is instead."""
    page = parts(request).room.templates.page("nothing.html", _spoken(request), topic=topic)
    return HTMLResponse(page, 404, headers=REVALIDATE | {"Vary": VARY})


def _spoken(request: Request) -> str:
    return of_browser(request.headers.get("accept-language", ""))
