"""One's own account at the desk: where one is signed in, the password, API tokens."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import NotFound, Refused
from liveblog.models.members import User
from liveblog.newsroom import accounts, passwords
from liveblog.newsroom.accounts import NewToken
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sessions import by_session, failures_counted
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import field_messages
from liveblog.web.http.problems import retry_after

SAID = {
    "password": "Your password is changed. Everywhere else you are signed out.",
    "session": "That session has ended.",
    "sessions": "All other sessions have ended.",
    "token": "The token is revoked.",
}


@signed_in
async def account(request: Request, user: User) -> Response:
    return await _page(request, user, said=SAID.get(request.query_params.get("done", "")))


@signed_in
async def change_password(request: Request, user: User) -> Response:
    form = await request.form()
    session = await by_session(request)
    current, new = (str(form.get(name, "")) for name in ("current", "password"))
    try:
        passwords.check(new, user.name, user.email)  # no try at the account
        async with failures_counted(request, user.email):
            await accounts.change_password(
                parts(request).newsroom, user, current, new, keep=session.id if session else None
            )
    except Refused as error:
        errors = field_messages(error.fields) or {"current": error.detail}
        answer = await _page(request, user, errors=errors, status=error.status)
        answer.headers.update(retry_after(error))
        return answer
    return _done("password")


@signed_in
async def end_session(request: Request, user: User) -> Response:
    await accounts.end_session(parts(request).newsroom, user, request.path_params["id"])
    return _done("session")


@signed_in
async def end_other_sessions(request: Request, user: User) -> Response:
    session = await by_session(request)
    await accounts.end_other_sessions(parts(request).newsroom, user, session.id if session else "")
    return _done("sessions")


@signed_in
async def make_token(request: Request, user: User) -> Response:
    """Shown in the answer itself: it can be seen this once."""
    label = str((await request.form()).get("label", ""))
    try:
        form = parse(NewToken, {"label": label})
        token = await accounts.make_token(parts(request).newsroom, user, form)
    except Refused as error:
        errors = field_messages(error.fields) or {"label": error.detail}
        return await _page(request, user, errors=errors, label=label, status=error.status)
    return await _page(request, user, token=token, label=form.label)


@signed_in
async def revoke_token(request: Request, user: User) -> Response:
    await accounts.revoke_token(parts(request).newsroom, user, number(request))
    return _done("token")


def number(request: Request) -> int:
    """The number in the path. Raises `NotFound`."""
    given = str(request.path_params["id"])
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise NotFound("there is nothing at this address")
    return int(given)


def _done(what: str) -> Response:
    return RedirectResponse(f"/desk/account?done={what}", 303)


async def _page(
    request: Request,
    user: User,
    *,
    errors: dict[str, str] | None = None,
    said: str | None = None,
    token: str | None = None,
    label: str = "",
    status: int = 200,
) -> Response:
    newsroom, session = parts(request).newsroom, await by_session(request)
    found = await newsroom.store.accounts.by_id(user.id)
    page = newsroom.templates.page(
        "desk/account.html",
        user=user,
        here=session.id if session else None,
        sessions=await newsroom.store.sessions.of(user, newsroom.clock()),
        tokens=await newsroom.store.accounts.tokens(user.id),
        has_password=found is not None and found.password_hash.startswith("$"),
        errors=errors or {},
        said=said,
        token=token,
        label=label,
    )
    return HTMLResponse(page, status)
