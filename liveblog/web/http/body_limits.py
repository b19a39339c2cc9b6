"""How large a form of the desk may be; one that is larger is answered by a page, in words."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from liveblog.errors import TooLarge

DESK_FORM_BYTES = 4 * 1024 * 1024  # without files
# Of who is not signed in: an address and a password, or a link, a name and a password.
STRANGERS_FORM_BYTES = 64 * 1024
# What a session that has ended was sending: the longest text that an entry may have is 192 KiB of a form.
KEPT_FORM_BYTES = 256 * 1024


class DeclaredSize:
    """Refuses what says itself that it is too large; Starlette's own answer to that is no page."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if int(Headers(scope=scope).get("content-length", "0")) > self._most:
            raise TooLarge(
                f"The form has more than {_told(self._most)}. "
                "Nothing was stored; go back, and what you typed is there."
            )
        await self.app(scope, receive, send)


def _told(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 2**10} KiB"


def limited(most: int) -> list[Middleware]:
    """For a route whose body has at most so many bytes, declared or not."""
    return [
        Middleware(DeclaredSize, most=most),
        Middleware(RequestBodyLimitMiddleware, max_body_size=most),
    ]
