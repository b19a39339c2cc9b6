"""The page of the widget, for a frame in somebody else's page: a few updates, as its address asks for them."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from liveblog.store import Position
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen, kind
from liveblog.web.public.embed_options import SERVED, read_options
from liveblog.web.public.pages import page_context, render_now, with_pictures

TEMPLATE = "embed.html"
# What each parameter accepts, in words for the publisher (static/embed/embed-frame.js).
ACCEPTED = {option.name: option.accepted for option in SERVED}


async def widget(request: Request) -> Response:
    """`GET /stories/{slug}/embed`. Parameters: those of `ACCEPTED`, and `at` and `pictures` as on a story's page.

    Each choice of options is rendered once for each change of the story. Choices other than the default have a cache
    of their own, so that nobody can push readers' pages out of theirs.
    """
    here, slug, query = parts(request), request.path_params["slug"], request.query_params
    options, taken = read_options(query)
    around, pictures = query.get("at"), with_pictures(query)
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
    headers = of_page(policy(request))
    # The script in the page compares it with the address, and tells the publisher what was not understood.
    known = json.dumps({name: [taken.get(name), words] for name, words in ACCEPTED.items()})

    async def render() -> tuple[Position, str]:
        page = await here.store.stories.page(slug, options.limit, options.view, around)
        shown = page_context(page, options.view, pictures=pictures, limit=options.limit)
        html = here.templates.story_page_in(
            options.language,
            TEMPLATE,
            page.story,
            compact=options.compact,
            known_options=known,
            **shown,
        )
        return Position(page.story.epoch, page.story.head), html

    if around is not None:
        entry_page = f"/stories/{slug}/entries/{around}/embed?{query}"  # for a frame, as this page
        made = await render_now(around, entry_page, render, headers)
        if isinstance(made, Response):
            return made
        rendered = made
    else:
        usual = not taken and pictures
        name = kind(policy(request), options.view)
        if not usual:
            name += f" {sorted(taken.items())} {pictures}"
        cache = here.pages if usual else here.widgets
        rendered = await cache.get(name, feed, render, headers)
    here.embed_hosts.seen(slug, request.scope["headers"])
    return CachedPage(await chosen(rendered, request.scope["headers"]))
