"""The methods that an address takes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope


def methods_at(request: Request) -> set[str]:
    """All methods that an address takes, whichever route takes them (RFC 9110, section 10.2.1)."""

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
    return found(request.app.routes, top)
