"""Holds requests for a story to its list of sites that may embed it."""

from __future__ import annotations

from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveblog.errors import LiveblogError
from liveblog.web.context import Parts
from liveblog.web.http.policy import ANCESTORS, ASKED, KEY, Policy
from liveblog.web.http.problems import problem, try_again

REFUSED = "this story is not for this site: ask its newsroom to add the site to its list"


def refused() -> Response:
    """The answer to a script of a site that may not embed the story."""
    headers = {"Vary": "Origin", "Cache-Control": "no-store"}
    return problem(403, "Forbidden", REFUSED, headers=headers)


class ChecksOrigin:
    """If a story has a list of sites, refuses the scripts of others, and says so in the headers of the answer.

    An answer names the one origin that may read it, and varies by it (Fetch Standard, CORS protocol and HTTP caches).
    The widget's page names the sites that may frame it. Its ETag depends on them, because browsers keep the
    Content-Security-Policy of a page that is revalidated.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        policy: Policy | None = scope.get(KEY)
        slug = scope.get(ASKED, {}).get("slug")
        if policy is None or not policy.listed or slug is None:
            await self.app(scope, receive, send)
            return
        here: Parts = scope["state"]["parts"]
        try:
            listed = await here.embedding.of(slug)
        except LiveblogError:
            await try_again()(scope, receive, send)
            return
        if not listed:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if not here.embedding.admits(listed, origins, headers.get("host", "")):
            await refused()(scope, receive, send)
            return
        origin = origins[0] if origins else None
        mark = b""
        if policy.ancestors is None:
            scope[ANCESTORS] = " ".join(("'self'", *listed))
            mark = b"." + sha256(scope[ANCESTORS].encode()).hexdigest()[:8].encode() + b'"'
            scope["headers"] = [*_unmarked(scope, mark)]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _limit(message, origin, mark)
            await send(message)

        await self.app(scope, receive, with_headers)


def _unmarked(scope: Scope, mark: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a request with the ETags of answers for this list only, as the page itself knows them."""
    found = []
    for name, value in scope["headers"]:
        if name != b"if-none-match":
            found.append((name, value))
        elif mark in value:
            found.append((name, value.replace(mark, b'"')))
    return found


def _limit(message: Message, origin: str | None, mark: bytes) -> None:
    headers = MutableHeaders(raw=list(message["headers"]))
    headers.add_vary_header("Origin")
    del headers["access-control-allow-origin"]
    if origin is not None:
        headers["access-control-allow-origin"] = origin
    if mark and (tag := headers.get("etag")):
        headers["etag"] = tag.removesuffix('"') + mark.decode()
    message["headers"] = headers.raw
