"""The content of `<live-blog-embed>`: an HTML fragment for its script, and for hosts that include it on their server."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from liveblog.content.language import TAGS
from liveblog.errors import Malformed
from liveblog.store import Page, Position, View
from liveblog.web.context import Parts, base_url, of_addresses, parts
from liveblog.web.entry_json import with_whole_addresses
from liveblog.web.http.headers import of_page
from liveblog.web.http.parameters import count, one_of
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen
from liveblog.web.public.embed_options import FEW, LONGEST, MOST
from liveblog.web.public.pages import page_context, read_view

TEMPLATE = "element.html"
# A page is rendered for these numbers of entries alone, so that no caller can ask for hundreds of renderings.
LIMITS = (FEW, 20, MOST)
MOST_ASKED = 999


async def fragment(request: Request) -> Response:
    """`GET /stories/{slug}/element`: the element with its first entries in a declarative shadow root.

    `before` and `after` (an entry's id or a cursor) name the entries that follow. `site` is the host name of a site that
    includes the answer on its server; takedown reports name it. All addresses are absolute. Like
    the widget, each choice is rendered once for each change of the story. Raises `Malformed`, `NotFound`.
    """
    here, slug, query = parts(request), request.path_params["slug"], request.query_params
    for name in ("topic", "author"):
        if len(query.get(name, "")) > LONGEST:
            raise Malformed.parameter(name, f"must have at most {LONGEST} characters")
    view, spoken = read_view(query), one_of(query, "lang", TAGS)
    asked = count(query, "limit", MOST_ASKED) or FEW
    limit = next((limit for limit in LIMITS if limit >= asked), MOST)
    before, after = query.get("before"), query.get("after")
    headers, site = of_page(policy(request)), here.settings.base_url
    show = partial(_show, here, site, view, limit, spoken)
    stories = here.store.stories
    if before is not None or after is not None:
        if before is not None:
            page = await stories.older(slug, before, limit, view)
        else:
            page = await stories.newer(slug, str(after), limit, view)
        return _of_request(request, show(page)[1])
    feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
    here.embed_hosts.included(slug, request.scope["headers"], request.scope["query_string"])

    async def render() -> tuple[Position, str]:
        return show(await stories.page(slug, limit, view))

    kind = f"{TEMPLATE} {view} {limit} {spoken}"
    rendered = await here.widgets.get(kind, feed, render, headers)
    if not site:
        return _of_request(request, rendered.plain.decode())
    return CachedPage(await chosen(rendered, request.scope["headers"]))


def _show(
    here: Parts, site: str, view: View, limit: int, spoken: str | None, page: Page
) -> tuple[Position, str]:
    context = page_context(page, view) | {"limit": limit, "asked": spoken}
    html = here.templates.story_page_in(spoken, TEMPLATE, page.story, **context)
    if site:
        html = with_whole_addresses(html, f"{site}/stories/{page.story.slug}")
    return Position(page.story.epoch, page.story.head), html


def _of_request(request: Request, html: str) -> Response:
    """A fragment that is not cached here."""
    headers = of_addresses(request, of_page(policy(request)))
    html = with_whole_addresses(html, f"{base_url(request)}{request.scope['path']}")
    return HTMLResponse(html, headers=headers)
