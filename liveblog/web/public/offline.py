"""Stories on a reader's device: the service worker, and what it must know after a time without a network."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from liveblog.content.templates import iso
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public import assets
from liveblog.web.public.cached_pages import CachedPage, chosen

WORKER = "reader/later/service-worker.js"
# A device keeps a story for seven days; its clock may be wrong.
REACH = timedelta(days=8)


async def worker(request: Request) -> Response:
    """`GET /service-worker.js`. Browsers ask for it again at each visit, so its address has no version."""
    found = parts(request).templates.assets.files[WORKER]
    return await assets.answer(request, found, policy(request).cache_control)


async def removals(request: Request) -> Response:
    """`GET /removals.json`: `{"stories": {slug: time}}`, when an update of each story was last taken down, in the last
    eight days: removed, or its publication taken back. A device renews the copies that are older."""
    here = parts(request)

    async def read() -> tuple[tuple[str, datetime], ...]:
        return await here.store.removals.since(here.newsroom.clock() - REACH)

    async def render(found: tuple[tuple[str, datetime], ...]) -> str:
        return json.dumps({"stories": {slug: iso(at) for slug, at in found}})

    rendered = await here.overviews.get("removals", "", read, render, of_page(policy(request)))
    return CachedPage(await chosen(rendered, request.scope["headers"]))
