"""Cached live pages, sent before routing and any other work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from liveblog.content.encodings import accepted
from liveblog.live.feed import Feed
from liveblog.store import EVERYTHING, View
from liveblog.web.cache.pages import Body, Rendered
from liveblog.web.context import Parts
from liveblog.web.http.headers import RawHeaders, lines_of
from liveblog.web.http.policy import Policy
from liveblog.web.http.table import Table

# Parameters that choose another page, and NUL, which is refused (web/http/input_checks.py). Others, such as campaign
# parameters, do not change the page.
CHOICE = re.compile(rb"(?:^|&)(?:show|topic|author|order|at|pictures|limit|lang|compact)=|%00")


# The position of a reader who polls, as our own scripts send it.
POSITION = re.compile(rb"after=([0-9]{1,10})(?:&epoch=([0-9A-Za-z_-]{1,64}))?")


def polled(after: int) -> str:
    """The key of an answer to readers who poll, beside the slug."""
    return f"events after {after}"


def kind(policy: Policy, view: View) -> str:
    """The key of a page in the cache, beside its slug."""
    return f"{policy.template} {policy.media_type} {view.show} {view.oldest_first}"


ANY = b"*"  # as If-None-Match: any answer that there is
STATUS_LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class Answer(NamedTuple):
    """The status of a response, and its body."""

    status: int
    body: Body


def at_once(rendered: Rendered, headers: Iterable[tuple[bytes, bytes]]) -> Answer | None:
    """The answer to a request with these headers: 304 if the client has the page (RFC 9110, 13.1.2). None if the page must be
    compressed first."""
    coding = accepted(headers)
    if tags := b",".join(value for name, value in headers if name == b"if-none-match"):
        empty = rendered.empty(coding)
        if empty.etag in tags or tags == ANY:
            return Answer(304, empty)
    body = rendered.made(coding)
    return None if body is None else Answer(200, body)


async def chosen(rendered: Rendered, headers: Iterable[tuple[bytes, bytes]]) -> Answer:
    """As `at_once()`, after compressing where that is needed."""
    return at_once(rendered, headers) or Answer(200, await rendered.body(accepted(headers)))


class CachedPage(Response):
    """The response with a cached page. Its headers were made with the page."""

    def __init__(self, answer: Answer, more: RawHeaders | None = None) -> None:
        self._answer = answer
        self._more = more or []

    def sent(self, first: RawHeaders) -> bytes:
        """The whole answer to a GET request of HTTP/1.1, with `first` before the other headers."""
        status, body = self._answer
        lines = [STATUS_LINES[status], lines_of(first), body.lines, lines_of(self._more), b"\r\n"]
        return b"".join([*lines, body.content])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive  # the request's body is not read
        status, body = self._answer
        headers = [*body.headers, *self._more]
        whole = status == 200 and scope["method"] != "HEAD"
        if status == 304:
            headers = [header for header in headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.content if whole else b""})


class CachedPages:
    """Wraps the application, and calls it only for pages that are not cached."""

    def __init__(self, app: ASGIApp, table: Table) -> None:
        self.app = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cached = self.find(scope) if scope["type"] == "http" else None
        if cached is not None:
            await cached(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def find(self, scope: Scope) -> CachedPage | None:
        """The answer to a request, if its page is cached."""
        if scope["method"] != "GET" or CHOICE.search(scope["query_string"]):
            return None
        here: Parts | None = scope.get("state", {}).get("parts")
        line, asked = self._table.find("GET", scope["path"])
        if here is None or asked is None or not (line.policy.template or line.policy.polled):
            return None
        feed = here.hub.feeds.get(asked["slug"])
        if feed is None:
            return None
        if line.policy.polled:
            rendered = self._polled(here, feed, scope["query_string"])
        else:
            rendered = here.pages.held(kind(line.policy, EVERYTHING), feed)
        if rendered is None:
            return None
        if line.policy.listed and here.embedding.listed(feed.embed_origins):
            return None  # its headers depend on the list (web/http/embedding.py)
        answer = at_once(rendered, scope["headers"])
        if answer is None:
            return None
        if line.policy.ancestors is None:
            here.embed_hosts.seen(feed.slug, scope["headers"])
        return CachedPage(answer, line.security)

    @staticmethod
    def _polled(here: Parts, feed: Feed, query: bytes) -> Rendered | None:
        position = POSITION.fullmatch(query)
        if position is None or position[2] not in (None, feed.epoch.encode()):
            return None
        feed.asked = True
        return here.polls.held(polled(int(position[1])), feed)
