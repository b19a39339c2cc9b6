"""Limits on the number of query parameters, cookies and form fields, checked before parsing.

Parsers take time for each of them, even for an empty one, and limit them too late or not at all.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveblog.errors import Malformed, Refused, TooLarge
from liveblog.web.http.body_limits import DESK_FORM_BYTES

MOST_PARAMETERS = 100
QUERY_BYTES = 16 * 1024
MOST_COOKIES = 300  # browsers keep 180 for each site
MOST_FIELDS = 1000  # Starlette has the same limit, but does not count empty fields
URLENCODED = "application/x-www-form-urlencoded"


def excess(scope: Scope) -> Refused | None:
    """The error if a query or the cookies are over the limits; otherwise None."""
    query: bytes = scope["query_string"]
    if len(query) > QUERY_BYTES or query.count(b"&") >= MOST_PARAMETERS:
        message = f"must have at most {MOST_PARAMETERS} parameters and {QUERY_BYTES} bytes"
        return Malformed(f"query: {message}", {"query": message})
    if sum(value.count(b";") + 1 for name, value in scope["headers"] if name == b"cookie") > (
        MOST_COOKIES
    ):
        return Malformed(f"Cookie: must have at most {MOST_COOKIES} cookies")
    return None


class CountsFields:
    """Limits urlencoded forms while they arrive.

    Refuses a form with too many fields, including empty ones, or with more `%` than its bytes allow.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD"}:
            kind = Headers(scope=scope).get("content-type", "")
            if kind.partition(";")[0].strip().lower() == URLENCODED:
                receive = _Counted(receive)
        await self.app(scope, receive, send)


class _Counted:
    """Counts the body of a form as it arrives."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = self._separators = self._escapes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        body: bytes = message.get("body", b"")
        self._bytes += len(body)
        self._separators += body.count(b"&")
        self._escapes += body.count(b"%")
        if self._separators >= MOST_FIELDS:
            raise Malformed(
                f"The form must have at most {MOST_FIELDS} fields, empty ones included."
            )
        if self._escapes * 3 > self._bytes + 2:  # the last escape may be incomplete
            raise Malformed("The form must have two digits after each %.")
        if self._bytes > DESK_FORM_BYTES:
            raise TooLarge(
                f"A form without files must have at most {DESK_FORM_BYTES // 2**20} MiB."
            )
        return message
