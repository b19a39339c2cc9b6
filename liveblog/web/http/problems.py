"""Errors as answers: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import errno
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from liveblog.content.language import language, of_browser
from liveblog.errors import (
    LiveblogError,
    Malformed,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    Unwritable,
    for_readers,
)
from liveblog.web.context import parts
from liveblog.web.http.cookies import SESSION, cookie_name
from liveblog.web.http.headers import PRIVATE
from liveblog.web.http.methods import methods_at, without_slash
from liveblog.web.http.policy import policy

log = structlog.get_logger()

SAID = {
    404: (for_readers("Not found"), for_readers("There is nothing at this address.")),
    405: (for_readers("Not possible"), for_readers("This address does not take that method.")),
}
BUSY = for_readers(
    "The server cannot do this right now. Nothing was stored; try again in a moment."
)
# For the newsroom alone: readers store nothing.
UNWRITABLE = (
    "Nothing can be stored: the server's disk is full or read-only. Readers are served on, and nothing that was "
    "stored is lost. Keep what you wrote, tell who runs the server, and try again."
)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
FAILED = (
    for_readers("Something went wrong"),
    for_readers("The fault is on our side. It was noted."),
)


def problem(
    status: int,
    title: str,
    detail: str,
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """`errors` lists `{"field", "message"}` where fields are to blame."""
    content: dict[str, Any] = {"title": title, "status": status, "detail": detail}
    if fields:
        content["errors"] = [
            {"field": field, "message": message} for field, message in fields.items()
        ]
    return JSONResponse(
        content | more, status, headers=headers, media_type="application/problem+json"
    )


def answer(
    request: Request,
    status: int,
    title: str,
    detail: str,
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    if for_programs(request):
        return problem(status, title, detail, fields, headers)
    title, detail = SAID.get(status, (title, detail))  # names and keys are for programs
    spoken = language(of_browser(request.headers.get("accept-language", "")))
    page = parts(request).templates.page(
        "error.html",
        spoken.tag,
        status=status,
        title=spoken.translated(title),
        detail=spoken.translated(detail),
        # A question about a story was wrong, or is about what is gone: the story may be there.
        story=request.path_params.get("slug") if status in {400, 410} else None,
        # By the cookie alone: the database may be what is away. Where it has ended, the desk asks for the password.
        desk=policy(request).desk and cookie_name(request, SESSION) in request.cookies,
    )
    return HTMLResponse(page, status, headers=(headers or {}) | {"Vary": "Accept-Language"})


def for_programs(request: Request) -> bool:
    if policy(request).problems:
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


async def refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    headers = {"WWW-Authenticate": 'Bearer realm="liveblog"'} if error.status == 401 else None
    headers = (headers or {}) | retry_after(error)
    return answer(request, error.status, error.title, error.detail, error.fields, headers)


def retry_after(error: Refused) -> dict[str, str]:
    """The header that says when to try again (RFC 9110, 10.2.3); none where that is not known."""
    return {"Retry-After": str(error.wait)} if isinstance(error, TooMany) else {}


async def unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", path=request.url.path, reason=str(error))
    # The reason may name hosts: it is for the log, not for the public.
    if isinstance(error, Unwritable):
        return answer(request, 503, Unavailable.title, UNWRITABLE, headers={"Retry-After": "10"})
    return answer(request, 503, Unavailable.title, BUSY, headers={"Retry-After": "2"})


async def no_room(request: Request, error: Exception) -> Response:
    """An upload that found no room in the folder for temporary files."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return await unavailable(request, Unwritable(str(error)))
    raise error


async def http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 413:
        return await refused(request, TooLarge("the request is over the limit"))
    if error.status_code == 404 and (meant := without_slash(request)) is not None:
        return Response(status_code=307, headers={"Location": meant})
    title, detail = SAID.get(error.status_code, (error.detail, error.detail))
    headers = dict(error.headers) if error.headers else None
    if error.status_code == 405:  # Starlette names those of one route alone
        headers = {"Allow": ", ".join(sorted(methods_at(request)))}
    return answer(request, error.status_code, title, detail, headers=headers)


async def failed(request: Request, error: Exception) -> Response:
    log.error("a request failed", path=request.url.path, exc_info=error)
    response = answer(request, 500, *FAILED)
    response.raw_headers.extend(PRIVATE)  # Starlette answers this one outside of our middleware
    return response


async def broken_off(request: Request, _: Exception) -> Response:
    """Nobody hears it; without it, whoever goes away in the middle of a form would be a fault of ours in the log."""
    return await refused(request, Malformed("the request ended before its body was whole"))


HANDLERS: dict[Any, Any] = {
    Refused: refused,
    ClientDisconnect: broken_off,
    Unavailable: unavailable,
    OSError: no_room,
    LiveblogError: unavailable,
    HTTPException: http_error,
    Exception: failed,
}
