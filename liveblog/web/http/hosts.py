"""The desk on a host name of its own (`LIVEBLOG_DESK_HOST`)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

DESK = re.compile(r"/desk(?:/.*)?")
# What people read. Files, widgets, sockets and the API answer on both hosts: the desk shows and calls them.
PAGES = re.compile(
    r"/(?:topics/[^/]+|stories/[^/]+(?:/(?:timeline|changes|corrections|entries(?:/[^/]+)?))?)?"
)
NOWHERE = "/-"  # an address that does not exist


def split(app: ASGIApp, desk_host: str, base_url: str) -> ASGIApp:
    """The application with the desk on `desk_host` alone; on every host if that is empty."""
    return SplitsHosts(app, desk_host, base_url) if desk_host else app


class SplitsHosts:
    """On other hosts than `desk_host` the desk does not exist; there, readers' pages are redirected to `base_url`.

    `desk_host` is a host name, with its port if that is not the usual one. An answer depends on the host alone, so
    that no cache can mix the two.
    """

    def __init__(self, app: ASGIApp, desk_host: str, base_url: str) -> None:
        self.app = app
        self._desk_host = desk_host
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)
        at_desk = headers.get("host", "").lower() == self._desk_host
        if not at_desk and DESK.fullmatch(path):
            nowhere = {"path": NOWHERE, "raw_path": NOWHERE.encode(), "query_string": b""}
            await self.app({**scope, **nowhere}, receive, send)
        elif at_desk and self._is_page(scope, headers):
            await self._redirected(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @staticmethod
    def _is_page(scope: Scope, headers: Headers) -> bool:
        """Whether a person opens a page; a script that reads one stays on its host."""
        opened = headers.get("sec-fetch-mode", "navigate") == "navigate"
        read = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        return read and opened and PAGES.fullmatch(scope["path"]) is not None

    def _redirected(self, scope: Scope) -> RedirectResponse:
        if scope["path"] == "/":
            place = "/desk"
        else:
            query = f"?{given}" if (given := scope["query_string"].decode("latin-1")) else ""
            place = f"{self._base_url}{scope['path']}{query}"
        return RedirectResponse(place, 307, headers={"Cache-Control": "no-store"})
