"""The page of the widget, for a frame in somebody else's page: a few updates, as its address asks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from liveblog.content.language import TAGS
from liveblog.store import EVERYTHING, Position, Show, View
from liveblog.store.stories.hashtag import folded
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen, kind
from liveblog.web.public.pages import page_context, render_now, with_pictures

TEMPLATE = "embed.html"
FEW = 8  # updates, where the address names no number
MOST = 50
LONGEST = 100  # characters of a topic or an author
ORDERS = ("newest", "oldest")
# What each parameter accepts, in words for the publisher (static/embed/embed-frame.js).
ACCEPTED = {
    "limit": f"1 to {MOST}",
    "order": ", ".join(ORDERS),
    "show": ", ".join(show.value for show in Show),
    "topic": f"at most {LONGEST} characters",
    "author": f"at most {LONGEST} characters",
    "lang": ", ".join(TAGS),
    "compact": "0, 1",
}


class Options(NamedTuple):
    """What the address asks for. `language` is the interface's; None means the story's. `compact` is a ticker of
    headlines."""

    view: View = EVERYTHING
    limit: int = FEW
    language: str | None = None
    compact: bool = False


def read_options(query: QueryParams) -> tuple[Options, dict[str, str]]:
    """The options, and what was taken of each given parameter; empty where the default is used instead.

    A wrong value never breaks the page of a publisher.
    """
    taken = {name: query[name] for name in ACCEPTED if name in query and _fits(name, query[name])}
    show = taken.get("show")
    view = View(
        Show(show) if show else None,
        folded(taken.get("topic", "")) or None,
        taken.get("author", "").casefold() or None,
        taken.get("order") == "oldest",
    )
    options = Options(
        view,
        int(taken.get("limit", FEW)),
        taken.get("lang"),
        taken.get("compact") == "1",
    )
    return options, taken


def _fits(name: str, value: str) -> bool:
    if name == "limit":
        return re.fullmatch(r"[1-9][0-9]?", value) is not None and int(value) <= MOST
    if name in {"topic", "author"}:
        return 0 < len(value) <= LONGEST
    accepted: Mapping[str, tuple[str, ...]] = {
        "order": ORDERS,
        "show": tuple(show.value for show in Show),
        "lang": TAGS,
        "compact": ("0", "1"),
    }
    return value in accepted[name]


async def widget(request: Request) -> Response:
    """`GET /stories/{slug}/embed`. Parameters: those of `ACCEPTED`, and `at` and `pictures` as on a story's page.

    Each choice of options is rendered once for each change of the story. Choices other than the default have a cache
    of their own, so that nobody can push readers' pages out of theirs.
    """
    here, slug, query = parts(request), request.path_params["slug"], request.query_params
    options, taken = read_options(query)
    around, pictures = query.get("at"), with_pictures(query)
    feed = here.hub.feeds.get(slug) or await here.hub.open(slug)
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
        made = await render_now(slug, around, render, headers)
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
    here.embed_hosts.seen(slug, request.scope["headers"], request.scope["query_string"])
    return CachedPage(chosen(rendered, request.scope["headers"]))
