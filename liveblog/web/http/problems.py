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
from liveblog.web.http import request_ids
from liveblog.web.http.cookies import SESSION, cookie_name
from liveblog.web.http.headers import CORS, PRIVATE
from liveblog.web.http.methods import methods_at, without_slash
from liveblog.web.http.policy import policy

log = structlog.get_logger()

SAID = {
    404: (for_readers("Not found"), for_readers("There is nothing at this address.")),
    405: (
        for_readers("Method not allowed"),
        for_readers("This address does not accept that method."),
    ),
}
BUSY = for_readers("The server cannot do this right now. Nothing was saved. Try again in a moment.")
# For the newsroom alone: readers store nothing.
UNWRITABLE = (
    "Nothing can be stored: the server's disk is full or read-only. Readers are still served, and no stored data "
    "is lost. Keep a copy of your text, tell the person who runs the server, and try again."
)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
FAILED = (
    for_readers("Something went wrong"),
    for_readers("The error is on our side. It has been logged."),
)


def try_again() -> JSONResponse:
    """The answer to a request that may be sent again in a moment."""
    return problem(503, "Unavailable", "try again in a moment", headers={"Retry-After": "2"})


def problem(
    status: int,
    title: str,
    detail: str,
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem+json response (RFC 9457). `fields` becomes `errors`, a list of `{"field", "message"}`."""
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
    """An error response: problem+json for programs, otherwise a page in the reader's language.

    A client on another site reads the errors of public pages too: 410 tells it to load the story anew.
    """
    if not policy(request).private:
        headers = (headers or {}) | CORS
    if for_programs(request):
        return problem(status, title, detail, fields, headers)
    title, detail = SAID.get(status, (title, detail))  # a page does not show names and keys
    spoken = language(of_browser(request.headers.get("accept-language", "")))
    page = parts(request).templates.page(
        "error.html",
        spoken.tag,
        status=status,
        title=spoken.translated(title),
        detail=spoken.translated(detail),
        # After a wrong query or a removed entry, the page links to the story, which may still exist.
        story=request.path_params.get("slug") if status in {400, 410} else None,
        # Only the cookie is checked, because the database may be down. The desk asks for a password if needed.
        desk=policy(request).desk and cookie_name(request, SESSION) in request.cookies,
    )
    return HTMLResponse(page, status, headers=(headers or {}) | {"Vary": "Accept-Language"})


def for_programs(request: Request) -> bool:
    """Whether the error is answered with problem+json."""
    if policy(request).problems:
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


async def refused(request: Request, error: Exception) -> Response:
    """The response to `Refused`."""
    if not isinstance(error, Refused):
        raise error
    headers = {"WWW-Authenticate": 'Bearer realm="liveblog"'} if error.status == 401 else None
    headers = (headers or {}) | retry_after(error)
    return answer(request, error.status, error.title, error.detail, error.fields, headers)


def retry_after(error: Refused) -> dict[str, str]:
    """The header Retry-After (RFC 9110, 10.2.3); none if the time is not known."""
    return {"Retry-After": str(error.wait)} if isinstance(error, TooMany) else {}


async def unavailable(request: Request, error: Exception) -> Response:
    """The response to `Unavailable`: 503, without the reason."""
    log.warning("service unavailable", path=request.url.path, reason=str(error))
    # The reason may name hosts, so only the log has it.
    if isinstance(error, Unwritable):
        return answer(request, 503, Unavailable.title, UNWRITABLE, headers={"Retry-After": "10"})
    return answer(request, 503, Unavailable.title, BUSY, headers={"Retry-After": "2"})


async def no_room(request: Request, error: Exception) -> Response:
    """The response when there is no space for an upload in the folder of temporary files."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return await unavailable(request, Unwritable(str(error)))
    raise error


async def http_error(request: Request, error: Exception) -> Response:
    """The response to an error of Starlette. An address with a trailing slash is redirected to the one without."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 413:
        return await refused(request, TooLarge("the request is over the limit"))
    if error.status_code == 404 and (meant := without_slash(request)) is not None:
        return Response(status_code=307, headers={"Location": meant})
    title, detail = SAID.get(error.status_code, (error.detail, error.detail))
    headers = dict(error.headers) if error.headers else None
    if error.status_code == 405:  # Starlette lists the methods of one route only
        headers = {"Allow": ", ".join(sorted(methods_at(request)))}
    return answer(request, error.status_code, title, detail, headers=headers)


async def failed(request: Request, error: Exception) -> Response:
    """The response to an unexpected exception: 500. The exception is logged."""
    log.error("request failed", path=request.url.path, exc_info=error)
    response = answer(request, 500, *FAILED)
    response.raw_headers.extend(
        [*PRIVATE, *request_ids.header(request.scope)]
    )  # Starlette sends a 500 outside of our middleware
    return response


async def broken_off(request: Request, _: Exception) -> Response:
    """The response to a client that disconnects while it sends a form. Without it, the log would show a fault of
    ours.
    """
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
