"""The headers of what is public, and those that keep a page to itself: what it may load, and who may put
it into a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'self'; frame-src {frames}"
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


def security(
    ancestors: str | None,
    frames: Iterable[str] = (),
    *,
    private: bool = False,
    policy: str = POLICY,
) -> list[tuple[bytes, bytes]]:
    """Made once: they go out with every answer. `frames` are the origins that a page may show in frames.
    `ancestors` are who may put it into one; without them everybody, for `*` means only http(s) and the schemes of
    networks: not a file, nor the pages of an app (CSP 3, 6.7.2.8)."""
    content = policy.format(frames=" ".join(frames) or "'none'")
    headers = {
        "content-security-policy": content
        + (f"; frame-ancestors {ancestors}" if ancestors else ""),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if private:
        headers["cache-control"] = "no-store"
    return raw(headers)


# A sandboxed frame has no origin of its own.
FILES = [*security(None, policy=OF_FILES), (b"cross-origin-resource-policy", b"cross-origin")]
PRIVATE = security("'none'", private=True)


class SecurityHeaders:
    """Sets Content-Security-Policy (no inline script or style) and its companions on every answer."""

    def __init__(self, app: ASGIApp, frames: Sequence[str] = ()) -> None:
        self.app = app
        self._public = security("'self'", frames)
        self._embeddable = security(None, frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        ours = self._public
        if path.startswith(("/desk", "/api")):
            ours = PRIVATE
        elif path.startswith("/media/"):
            ours = FILES
        elif path.startswith("/stories/") and path.endswith("/embed"):
            ours = self._embeddable

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self.app(scope, receive, with_headers)
