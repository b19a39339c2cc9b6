"""The methods that an address takes, and whether it is one without its last slash."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope


def without_slash(request: Request) -> str | None:
    """The address of ours that is meant by one with slashes at its end, as a path: whatever scheme and host the
    request came by, it stays on the site."""
    path: str = request.scope["path"]
    meant = path.rstrip("/")
    if meant == path or not meant or meant.startswith("//") or not methods_at(request, meant):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(meant, safe="/:@!$&'()*+,;=-._~") + (f"?{query}" if query else "")


def methods_at(request: Request, path: str | None = None) -> set[str]:
    """All methods that an address takes, whichever route takes them (RFC 9110, section 10.2.1): that of the
    request, or another path."""

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
