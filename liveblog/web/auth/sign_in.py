"""Signing in and out at the desk, and the check before its pages. A form that meets an ended session is kept."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Conflict, Forbidden, Refused, TooLarge, Unauthorized, Unavailable
from liveblog.models.members import User
from liveblog.web.auth.sessions import (
    authenticate,
    begin_session,
    by_session,
    end_session,
    had_session,
    require_same_site,
    require_story_of,
    set_session,
)
from liveblog.web.context import parts
from liveblog.web.http.body_limits import DESK_FORM_BYTES, KEPT_FORM_BYTES
from liveblog.web.http.multipart import close_form
from liveblog.web.http.policy import DESK
from liveblog.web.http.problems import for_programs, refused, retry_after

KEPT_CHARACTERS = 1024 * 1024
WRONG = "The address or the password is not right."
# The fields of the sign-in that is added to a kept form.
EMAIL, PASSWORD = "sign_in_email", "sign_in_password"
LOCAL = re.compile(r"(?P<path>(/[A-Za-z0-9_-]+)+)(\?[A-Za-z0-9_.=&%+-]*)?")

Handler = Callable[[Request, User], Awaitable[Response]]


def signed_in(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Ask for the password first if nobody is signed in.

    Programs get `Unauthorized`. A form is kept in the sign-in page.
    """

    @functools.wraps(handler)
    async def guarded(request: Request) -> Response:
        require_same_site(request)
        session = await by_session(request)
        if session is not None:
            await require_story_of(request, session.user)
            try:
                return await handler(request, session.user)
            finally:
                await close_form(request)
        if for_programs(request):
            raise Unauthorized("you are signed out; sign in, then send this again")
        if request.method in {"GET", "HEAD"}:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/desk/login?{urlencode({'next': here})}", 303)
        return await _resume(request, handler)

    return guarded


class Resumed(Request):
    """A request whose form is already read, without the password that was sent with it."""

    def __init__(self, request: Request, form: FormData) -> None:
        super().__init__(request.scope, request.receive)
        self._form = form


async def login(request: Request) -> Response:
    """The sign-in page. While there is no account, it says how to make the first one."""
    nobody = False
    with suppress(Unavailable):
        nobody = not await parts(request).newsroom.store.first_run.is_over()
    return _login_page(request, target=request.query_params.get("next", ""), nobody=nobody)


async def log_in(request: Request) -> Response:
    """Sign in. A browser is redirected to the page that it asked for; a script that accepts JSON gets 204."""
    require_same_site(request)
    form = await request.form(max_files=0)
    email, target = str(form.get("email", "")), str(form.get("next", ""))
    try:
        _, secret = await _sign_in(request, email, str(form.get("password", "")))
    except Refused as error:
        if for_programs(request):
            raise
        return _login_page(request, error, email=email, target=target)
    response: Response = RedirectResponse(local(request, target), 303)
    if for_programs(request):
        response = Response(status_code=204)
    set_session(request, response, secret)
    return response


async def log_out(request: Request) -> Response:
    """Sign out, and show the sign-in page."""
    require_same_site(request)
    response = RedirectResponse("/desk/login", 303)
    await end_session(request, response)
    return response


def local(request: Request, target: str) -> str:
    """The address to show after signing in: `target` if it is a page of the desk, otherwise the desk itself."""
    found = LOCAL.fullmatch(target)
    if found is None or parts(request).table.default(found["path"]) is not DESK:
        return "/desk"
    return target.partition("/entries")[0]


async def _sign_in(request: Request, email: str, password: str) -> tuple[User, str]:
    """The user, and the secret of a new session.

    Raises `TooMany`, and `Forbidden`, also if the password was changed during the check: a change of the password
    ends all other sessions.
    """
    account = await authenticate(request, email, password)
    if account is None:
        raise Forbidden(WRONG)
    try:
        return account.user, await begin_session(request, account.user, by=account.password_hash)
    except Conflict:
        raise Forbidden(WRONG) from None


async def _resume(request: Request, handler: Handler) -> Response:
    """The session has ended: show a sign-in page that keeps the form, and handle the form when it comes back with
    the password.

    Files are not accepted, because an unknown user's files would be written to the disk first. A browser that never
    had a session here may send no more than a long text.
    """
    unsaid = "transfer-encoding" in request.headers
    most = DESK_FORM_BYTES if had_session(request) else KEPT_FORM_BYTES
    if unsaid or int(request.headers.get("content-length", "0")) > most:
        raise TooLarge(
            "You are signed out, and your form is too large to be kept here. "
            "Sign in in another tab, then go back here and send it again: your text is still there."
        )
    async with request.form() as form:
        return await _resumed(request, form, handler)


async def _resumed(request: Request, form: FormData, handler: Handler) -> Response:
    ours = FormData([(name, v) for name, v in form.multi_items() if name not in {EMAIL, PASSWORD}])
    if PASSWORD not in form:
        ended = Forbidden("You are signed out. What you typed is kept: sign in, and it is sent.")
        return _kept_page(request, ours, ended)
    email = str(form.get(EMAIL, ""))
    try:
        user, secret = await _sign_in(request, email, str(form[PASSWORD]))
    except Refused as error:
        return _kept_page(request, ours, error, email)
    resumed = Resumed(request, ours)
    try:
        await require_story_of(request, user)
        response = await handler(resumed, user)
    except Refused as error:
        response = await refused(resumed, error)
    set_session(request, response, secret)
    return response


def _kept_page(request: Request, form: FormData, error: Refused, email: str = "") -> Response:
    kept = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    whole = len(kept) == len(form.multi_items())
    if not whole or sum(len(name) + len(value) for name, value in kept) > KEPT_CHARACTERS:
        lost = (
            "You are signed out. Sign in, go back twice, and send again: your text is still there."
        )
        return _login_page(request, Forbidden(lost), target=request.url.path)
    return _login_page(request, error, email=email, action=request.url.path, kept=kept)


def _login_page(
    request: Request,
    error: Refused | None = None,
    *,
    email: str = "",
    target: str = "",
    action: str = "/desk/login",
    kept: list[tuple[str, str]] | None = None,
    nobody: bool = False,
) -> Response:
    page = parts(request).newsroom.templates.page(
        "desk/login.html",
        error=error.detail if error else None,
        email=email,
        next=target,
        action=action,
        kept=kept,
        nobody=nobody,
        fields=(EMAIL, PASSWORD) if kept is not None else ("email", "password"),
        sign_on=parts(request).settings.signs_on,
    )
    return HTMLResponse(page, error.status if error else 200, retry_after(error) if error else None)
