"""How large a form of the desk may be; one that is larger is answered by a page, in words."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from liveblog.errors import TooLarge

DESK_FORM_BYTES = 4 * 1024 * 1024  # without files


class DeclaredSize:
    """Refuses what says itself that it is too large; Starlette's own answer to that is no page."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if int(Headers(scope=scope).get("content-length", "0")) > self._most:
            raise TooLarge(
                f"The form has more than {self._most // 2**20} MiB. "
                "Nothing was stored; go back, and what you typed is there."
            )
        await self.app(scope, receive, send)


def limited(most: int) -> list[Middleware]:
    """For a route whose body has at most so many bytes, declared or not."""
    return [
        Middleware(DeclaredSize, most=most),
        Middleware(RequestBodyLimitMiddleware, max_body_size=most),
    ]
