"""The addresses that a table of routes answers."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute


def addresses(given: list[BaseRoute], under: str = "") -> set[tuple[str, str]]:
    """Methods and paths of all routes."""
    found: set[tuple[str, str]] = set()
    for route in given:
        if isinstance(route, Mount):
            found |= addresses(route.routes, under + route.path)
        elif isinstance(route, WebSocketRoute):
            found.add(("WS", under + route.path))
        elif isinstance(route, Route):
            methods = (route.methods or set()) - {"HEAD"}
            path = under + route.path.replace(":path}", "}")
            found |= {(method, path) for method in methods}
    return found
