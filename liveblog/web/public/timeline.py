"""The time line of a story: how much happened in each hour. Its links lead to the updates of that hour."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from liveblog.store import Position, View
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen, kind
from liveblog.web.public.course import Row, course
from liveblog.web.public.pages import query_of, read_view

TEMPLATE = "timeline.html"


async def timeline(request: Request) -> Response:
    """`GET /stories/{slug}/timeline`, rendered once for each change of the story. Of the view, only the order counts.

    Raises `Malformed`, `NotFound`.
    """
    here, slug = parts(request), request.path_params["slug"]
    view = View(oldest_first=read_view(request.query_params).oldest_first)
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)

    async def render() -> tuple[Position, str]:
        activity = await here.store.activities.of_story(slug)
        story = activity.story

        def leads(row: Row) -> str:
            """The address of the updates of a row, from where one reads on."""
            at = f"{row.at if view.oldest_first else row.until:%Y-%m-%dT%H:%MZ}"
            return f"/stories/{slug}{query_of(view, {'at': at})}"

        page = here.templates.story_page(
            TEMPLATE,
            story,
            course=course(activity, oldest_first=view.oldest_first),
            leads=leads,
            view=view,
        )
        return Position(story.epoch, story.head), page

    name = kind(policy(request), view)
    rendered = await here.pages.get(name, feed, render, of_page(policy(request)))
    return CachedPage(await chosen(rendered, request.scope["headers"]))
