"""The size limits of the desk's forms. A form over the limit gets an error page for people."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from liveblog.errors import TooLarge

DESK_FORM_BYTES = 4 * 1024 * 1024  # without files
# For people who are not signed in. They send an address and a password, or a link, a name and a password.
STRANGERS_FORM_BYTES = 64 * 1024
# For a form that is sent after its session has ended. The longest text of an entry takes 192 KiB in a form.
KEPT_FORM_BYTES = 256 * 1024


class DeclaredSize:
    """Refuses a request whose Content-Length is over the limit. Starlette's own answer to it would not be a page."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if int(Headers(scope=scope).get("content-length", "0")) > self._most:
            raise TooLarge(
                f"The form has more than {_in_units(self._most)}. "
                "Nothing was stored. Go back: your text is still there."
            )
        await self.app(scope, receive, send)


def _in_units(size: int) -> str:
    """A size in bytes as text, in MiB or KiB."""
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 2**10} KiB"


def limited(most: int) -> list[Middleware]:
    """The middleware for a route whose body has at most `most` bytes, with or without a Content-Length."""
    return [
        Middleware(DeclaredSize, most=most),
        Middleware(RequestBodyLimitMiddleware, max_body_size=most),
    ]
