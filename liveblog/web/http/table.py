"""Finds the policy of a request by its address: the routes, grouped in wings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from starlette.middleware import Middleware
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveblog.store.database import for_a_reader
from liveblog.web.http import request_ids
from liveblog.web.http.headers import RawHeaders, discovery, framed_by, security
from liveblog.web.http.policy import ANCESTORS, ASKED, KEY, Policy


class Address:
    """A line of the table. `changes` are the fields of `Policy` in which it differs from its wing."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        method: str = "GET",
        middleware: Sequence[Middleware] = (),
        **changes: Any,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.method = method
        self.middleware = middleware
        self.changes = changes


class Wing:
    """The addresses below a prefix, and their default policy. Unknown addresses below the prefix have it too.

    If `mounted`, Starlette looks for the addresses only below the prefix.
    """

    def __init__(
        self,
        prefix: str,
        policy: Policy,
        addresses: Iterable[Address],
        *,
        mounted: bool = False,
    ) -> None:
        self.prefix = prefix
        self.policy = policy
        self.mounted = mounted
        self.addresses = [(one, replace(policy, **one.changes)) for one in addresses]


class Line(NamedTuple):
    """An address as the table finds it. `security` are its security headers (web/http/headers.py)."""

    path: re.Pattern[str]
    method: str
    policy: Policy
    security: RawHeaders


class Table:
    """Finds the policy of a request. `frames` are the origins that a page may show in frames.

    `hubs` are the WebSub hubs that feeds name, and `base_url` is the site's address if it is set.
    """

    def __init__(
        self,
        wings: Iterable[Wing],
        frames: Sequence[str] = (),
        hubs: Sequence[str] = (),
        base_url: str = "",
    ) -> None:
        self.hubs = hubs
        self.base_url = base_url
        self._lines: dict[str, list[Line]] = {}
        self._unknown: dict[str, Line] = {}
        self._paths: dict[Callable[..., Any], str] = {}
        for wing in wings:
            name = wing.prefix.removeprefix("/")
            self._unknown[name] = _line(wing.prefix, "", wing.policy, frames)
            self._lines[name] = [
                _line(wing.prefix + one.path, one.method, policy, frames)
                for one, policy in wing.addresses
            ]
            self._paths |= {one.endpoint: wing.prefix + one.path for one, _ in wing.addresses}

    def line(self, method: str, path: str) -> Line:
        """The line of a request.

        For another method it is a line of the address, for an unknown address that of the wing.
        """
        return self.find(method, path)[0]

    def find(self, method: str, path: str) -> tuple[Line, re.Match[str] | None]:
        """The same as `line()`, and the match of the path with its parameters; None for an unknown address."""
        name = self._wing(path)
        method = "GET" if method == "HEAD" else method
        found: tuple[Line, re.Match[str] | None] = self._unknown[name], None
        for line in self._lines[name]:
            match = line.path.match(path)
            if match is not None:
                if line.method == method:
                    return line, match
                if found[1] is None:
                    found = line, match
        return found

    def default(self, path: str) -> Policy:
        """The default policy of the wing that a path belongs to."""
        return self._unknown[self._wing(path)].policy

    def path(self, endpoint: Callable[..., Any]) -> str:
        """The address that an endpoint answers."""
        return self._paths[endpoint]

    def _wing(self, path: str) -> str:
        name = path[1:].partition("/")[0]
        return name if name in self._lines else ""


def _line(path: str, method: str, policy: Policy, frames: Sequence[str]) -> Line:
    return Line(compile_path(path)[0], method, policy, security(policy, frames))


class AppliesPolicy:
    """Puts the policy into the scope of each request, and sets the security headers on every answer.

    The headers forbid inline scripts and styles, and limit framing.
    """

    def __init__(self, app: ASGIApp, table: Table) -> None:
        self.app = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            request_ids.begin(scope)
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        table = self._table
        line, asked = table.find(scope["method"], scope["path"])
        scope[KEY] = line.policy
        for_a_reader.set(not line.policy.private)
        scope[ASKED] = asked.groupdict() if asked else {}

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                security = line.security
                if ancestors := scope.get(ANCESTORS):
                    security = framed_by(ancestors, security)
                if line.policy.feed:
                    security = [*security, discovery(scope, table.hubs, table.base_url)]
                # Others would get the id of the request for which a cache has kept the answer.
                kept = not line.policy.private and message["status"] < 400
                own = [] if kept else request_ids.header(scope)
                message["headers"] = [*message["headers"], *security, *own]
            await send(message)

        await self.app(scope, receive, with_headers)
