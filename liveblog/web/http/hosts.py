"""The desk on a host name of its own (`LIVEBLOG_DESK_HOST`)."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from liveblog.web.http.policy import DESK
from liveblog.web.http.table import Table

NOWHERE = "/-"  # an address that does not exist


def split(app: ASGIApp, table: Table, desk_host: str, base_url: str) -> ASGIApp:
    """The application with the desk on `desk_host` alone; on every host if that is empty."""
    return SplitsHosts(app, table, desk_host, base_url) if desk_host else app


class SplitsHosts:
    """On `desk_host`, readers' pages are redirected to `base_url`. On other hosts the desk does not exist.

    `desk_host` is a host name, with its port if that is not the usual one. No cache keeps a redirect.
    """

    def __init__(self, app: ASGIApp, table: Table, desk_host: str, base_url: str) -> None:
        self.app = app
        self._table = table
        self._desk_host = desk_host
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        at_desk = headers.get("host", "").lower() == self._desk_host
        if not at_desk and self._table.default(scope["path"]) is DESK:
            nowhere = {"path": NOWHERE, "raw_path": NOWHERE.encode(), "query_string": b""}
            await self.app({**scope, **nowhere}, receive, send)
        elif at_desk and self._is_page(scope, headers):
            await self._redirected(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_page(self, scope: Scope, headers: Headers) -> bool:
        """Whether a person opens a page; a script that reads one stays on its host."""
        if scope["type"] != "http" or headers.get("sec-fetch-mode", "navigate") != "navigate":
            return False
        read = scope["method"] in {"GET", "HEAD"}
        return read and self._table.line("GET", scope["path"]).policy.page

    def _redirected(self, scope: Scope) -> RedirectResponse:
        if scope["path"] == "/":
            place = "/desk"
        else:
            query = f"?{given}" if (given := scope["query_string"].decode("latin-1")) else ""
            place = f"{self._base_url}{quote(scope['path'])}{query}"
        return RedirectResponse(place, 307, headers={"Cache-Control": "no-store"})
