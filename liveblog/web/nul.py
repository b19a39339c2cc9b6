"""NUL, which no address of ours holds and PostgreSQL takes in no text: refused before anything is asked."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from liveblog.errors import Malformed, NotFound, Refused
from liveblog.web.problems import problem, refused


class RefusesNul:
    """Answers 404 where it stands in a path, 400 where it stands in a query."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = _refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if error is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            answer = await refused(Request(scope, receive), error)
            await answer(scope, receive, send)
        else:
            denial = problem(error.status, error.title, error.detail, error.fields)
            await WebSocket(scope, receive, send).send_denial_response(denial)


def _refusal(scope: Scope) -> Refused | None:
    if "\0" in scope["path"]:
        return NotFound("there is nothing at this address")
    if b"%00" in scope["query_string"]:
        for name, value in QueryParams(scope["query_string"]).multi_items():
            if "\0" in name + value:
                shown, message = name.replace("\0", "\ufffd"), "must not hold NUL (%00)"
                return Malformed(f"{shown}: {message}", {shown: message})
    return None
