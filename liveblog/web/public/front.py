"""The pages about many stories: the front page, and the entries under a hashtag."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.brief import brief_of
from liveblog.content.language import of_browser
from liveblog.errors import NotFound
from liveblog.store import Cursor, Front, TopicPage
from liveblog.web.context import base_url, parts
from liveblog.web.entry_json import public_entry, public_json
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen

TOPIC_ENTRIES = 50
LONGEST_CATEGORY = 100
LEAD_POINTS = 4


async def front(request: Request) -> Response:
    """`GET /`. `?category=` shows only the stories of a category."""
    here, spoken = parts(request), _spoken(request)
    category = request.query_params.get("category") or None
    headers = of_page(policy(request))

    async def render(shown: Front) -> str:
        here.embedding.limit(shown.stories, headers)
        points = brief_of(shown.brief).points[:LEAD_POINTS] if shown.brief else ()
        return here.templates.page(
            "index.html", spoken, front=shown, category=category, lead_points=points
        )

    try:
        if category is not None and len(category) > LONGEST_CATEGORY:
            raise NotFound("no such category")
        rendered = await here.overviews.get(
            ("front", category),
            spoken,
            lambda: here.store.fronts.get(category),
            render,
            headers,
        )
    except NotFound:
        return _nothing(request, None)
    return CachedPage(await chosen(rendered, request.scope["headers"]))


async def topic(request: Request) -> Response:
    """`GET /topics/{topic}`: a page, or JSON for `Accept: application/json`."""
    here, spoken = parts(request), _spoken(request)
    name = request.path_params["topic"]
    given = request.query_params.get("before")
    before = Cursor.parse(given) if given is not None else None
    headers = of_page(policy(request))

    async def read() -> TopicPage:
        return await here.store.topics.page(name, before, TOPIC_ENTRIES)

    async def render(shown: TopicPage) -> str:
        here.embedding.limit(shown.all_stories, headers)
        return here.templates.page("topic.html", spoken, page=shown, first=before is None)

    if "application/json" in request.headers.get("accept", ""):
        return _json(request, await read())
    try:
        rendered = await here.overviews.get(("topic", name, before), spoken, read, render, headers)
    except NotFound:
        return _nothing(request, name)
    return CachedPage(await chosen(rendered, request.scope["headers"]))


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
    return public_json(request, content, page.all_stories)


def _nothing(request: Request, topic: str | None) -> Response:
    """The page that says that there is nothing, and links to other stories."""
    page = parts(request).templates.page("nothing.html", _spoken(request), topic=topic)
    return HTMLResponse(page, 404, headers=of_page(policy(request)))


def _spoken(request: Request) -> str:
    return of_browser(request.headers.get("accept-language", ""))
