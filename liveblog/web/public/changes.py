"""What changed in a story since a reader left."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from liveblog.store import Position
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen
from liveblog.web.public.events import read_position

TEMPLATE = "_since.html"


async def changes(request: Request) -> Response:
    """`GET /stories/{slug}/changes?after={seq}&epoch={epoch}`: a fragment for the script of the live page.

    It names everything that changed. Only the reader's device knows what of that was read, so the script takes out the
    rest. The answer is the same for everybody who left at the same place, and is rendered once for each change. Where
    the log does not reach back, or belongs to another epoch, the answer has the corrections of the story instead.

    Raises `NotFound`, `Malformed`.
    """
    here, slug = parts(request), request.path_params["slug"]
    after, epoch = read_position(request)
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
    known = after is not None and epoch in {None, feed.epoch}
    reach = here.settings.reach
    if after is not None and not (known and feed.applied - reach <= after <= feed.applied):
        after = None

    async def render() -> tuple[Position, str]:
        since = await here.store.changes.since(slug, after)
        story = since.story
        html = here.templates.story_page(TEMPLATE, story, since=since).strip()
        return Position(story.epoch, story.head), html

    rendered = await here.changes.get(f"{after}", feed, render, of_page(policy(request)))
    return CachedPage(await chosen(rendered, request.scope["headers"]))
