"""The headers of what is public, and those that keep a page to itself: what it may load, and who may put
it into a frame."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors {ancestors}"
)
# Public and without cookies: a widget in a sandboxed frame has no origin and reads it by CORS.
REVALIDATE = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}


def raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as they are sent."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def page(vary: str) -> list[tuple[bytes, bytes]]:
    """Those of a public page, to be sent with it as it is."""
    return raw({"Content-Type": "text/html; charset=utf-8", "Vary": vary} | REVALIDATE)


# A file is itself and loads nothing; opened alone it is in a place of its own.
OF_FILES = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; sandbox"


def _security(ancestors: str, *, private: bool, policy: str = POLICY) -> list[tuple[bytes, bytes]]:
    """Made once: they go out with every answer."""
    headers = {
        "content-security-policy": policy.format(ancestors=ancestors),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if private:
        headers["cache-control"] = "no-store"
    return raw(headers)


PUBLIC = _security("'self'", private=False)
EMBEDDABLE = _security("*", private=False)
FILES = [
    *_security("*", private=False, policy=OF_FILES),
    (
        b"cross-origin-resource-policy",
        b"cross-origin",
    ),  # a sandboxed frame has no origin of its own
]
PRIVATE = _security("'none'", private=True)


class SecurityHeaders:
    """Sets Content-Security-Policy (no inline script or style) and its companions on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        ours = PUBLIC
        if path.startswith(("/desk", "/api")):
            ours = PRIVATE
        elif path.startswith("/media/"):
            ours = FILES
        elif path.startswith("/stories/") and path.endswith("/embed"):
            ours = EMBEDDABLE

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self.app(scope, receive, with_headers)
