"""Checks of a request before any handler: NUL characters, the encoding of forms, and the number of parts.

No address here contains NUL, and PostgreSQL accepts it in no text. A form in another encoding than UTF-8 can
contain characters that no database accepts.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from liveblog.errors import Malformed, NotFound, Refused
from liveblog.web.http.field_limits import excess
from liveblog.web.http.problems import problem, refused

UTF_8 = re.compile(r'charset="?utf-?8"?(?![^;\s])')


class RefusesNul:
    """Answers 404 to NUL in a path; 400 to NUL in a query, to a form in another encoding, and to too many parts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = _refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if error is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            # The cookies are not parsed for the error page: they may be too many.
            headers = [header for header in scope["headers"] if header[0] != b"cookie"]
            answer = await refused(Request({**scope, "headers": headers}, receive), error)
            await answer(scope, receive, send)
        else:
            denial = problem(error.status, error.title, error.detail, error.fields)
            await WebSocket(scope, receive, send).send_denial_response(denial)


def _refusal(scope: Scope) -> Refused | None:
    if "\0" in scope["path"]:
        return NotFound("there is nothing at this address")
    if (error := excess(scope)) is not None:
        return error
    if b"%00" in scope["query_string"]:
        for name, value in QueryParams(scope["query_string"]).multi_items():
            if "\0" in name + value:
                shown, message = name.replace("\0", "\ufffd"), "must not hold NUL (%00)"
                return Malformed(f"{shown}: {message}", {shown: message})
    if scope.get("method") == "POST":
        kind = Headers(scope=scope).get("content-type", "").lower()
        if "multipart" in kind and "charset" in UTF_8.sub("", kind):
            return Malformed("Content-Type: the form must be in UTF-8")
    return None
