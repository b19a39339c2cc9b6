"""The cookies of the desk: their names, and how they are set."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from liveblog.web.context import parts

SESSION, DEVICE = "liveblog_session", "liveblog_device"


def cookie_name(connection: HTTPConnection, name: str) -> str:
    """`__Host-` where it can be: then no other host and no plain connection can set it."""
    return f"__Host-{name}" if _is_secure(connection) else name


def _is_secure(connection: HTTPConnection) -> bool:
    given = parts(connection).settings.base_url or str(connection.url)
    return urlsplit(given).scheme in {"https", "wss"}


def set_cookie(request: Request, response: Response, name: str, value: str, age: timedelta) -> None:
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=int(age.total_seconds()),
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(
        cookie_name(request, name),
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )
