"""The methods of an address, and the address without a trailing slash."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope


def without_slash(request: Request) -> str | None:
    """The path without its trailing slashes and with its query, if it is an address here; otherwise None.

    It has no scheme or host, so a redirect to it stays on the site.
    """
    path: str = request.scope["path"]
    meant = path.rstrip("/")
    if meant == path or not meant or meant.startswith("//") or not methods_at(request, meant):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(meant, safe="/:@!$&'()*+,;=-._~") + (f"?{query}" if query else "")


def methods_at(request: Request, path: str | None = None) -> set[str]:
    """All methods of the request's path or of `path`, from all routes (RFC 9110, section 10.2.1)."""

    def found(within: list[BaseRoute], scope: Scope) -> set[str]:
        methods: set[str] = set()
        for route in within:
            match, below = route.matches(scope)
            if match is Match.NONE:
                continue
            if isinstance(route, Mount):
                methods |= found(route.routes, {**scope, **below})
            elif isinstance(route, Route):
                methods |= route.methods or set()
        return methods

    top = {**request.scope, "root_path": request.scope.get("app_root_path", "")}
    if path is not None:
        top["path"] = path
    return found(request.app.routes, top)
