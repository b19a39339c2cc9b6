"""Users, for admins: accounts, roles and protections, and the links for new accounts and passwords."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Invalid, NotFound, Refused, TooMany
from liveblog.models.members import COMMAND_LINE, Protection, User
from liveblog.newsroom import accounts
from liveblog.newsroom.accounts import Joining, NewInvitation, Part
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import ProtectionForm
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sessions import begin_session, require_same_site, set_session
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import desk_url, parts
from liveblog.web.desk.account import number
from liveblog.web.desk.forms import field_messages
from liveblog.web.http.problems import retry_after

SAID = {
    "changed": "Saved.",
    "protected": "Saved. It applies to everything written or published from now on.",
    "disabled": "The account is disabled. Its sessions and tokens have ended.",
    "enabled": "The account is enabled. It has no tokens any more.",
    "withdrawn": "The link is withdrawn.",
}

MINUTES = re.compile(r"-?[0-9]{1,9}")


class Wrong(NamedTuple):
    """A form of an account that was refused: its values and errors."""

    user_id: int
    form: str
    values: dict[str, str]
    errors: dict[str, str]


@signed_in
async def users(request: Request, user: User) -> Response:
    query = request.query_params
    return await _page(request, user, said=SAID.get(query.get("done", "")), text=query.get("q", ""))


@signed_in
async def invite(request: Request, user: User) -> Response:
    """Make an invitation. The response shows its link once; no e-mail is sent."""
    sent = _texts(await request.form())
    try:
        form = parse(NewInvitation, {"email": sent.get("email", "")} | _part(sent))
        secret = await accounts.invite(parts(request).newsroom, user, form)
    except Refused as error:
        if not error.fields:
            raise
        errors = field_messages(error.fields)
        return await _page(request, user, errors=errors, values=sent, status=error.status)
    return await _page(request, user, link=_link(request, secret), link_for=form.email)


@signed_in
async def reset(request: Request, user: User) -> Response:
    """Make a link for a new password. The response shows it once."""
    newsroom, user_id = parts(request).newsroom, number(request)
    secret = await accounts.reset(newsroom, user, user_id)
    account = await newsroom.store.accounts.by_id(user_id)
    whom = account.user.email if account else ""
    return await _page(request, user, link=_link(request, secret), link_for=whom)


@signed_in
async def withdraw(request: Request, user: User) -> Response:
    await accounts.withdraw(parts(request).newsroom, user, number(request))
    return _done("withdrawn")


@signed_in
async def change_user(request: Request, user: User) -> Response:
    return await _change(request, user, PART)


@signed_in
async def protect(request: Request, user: User) -> Response:
    return await _change(request, user, PROTECTION)


@signed_in
async def disable(request: Request, user: User) -> Response:
    await accounts.disable(parts(request).newsroom, user, number(request))
    return _done("disabled")


@signed_in
async def enable(request: Request, user: User) -> Response:
    await accounts.enable(parts(request).newsroom, user, number(request))
    return _done("enabled")


async def invitation(request: Request) -> Response:
    """The page of an invitation link. Opening it does not use it up, because mail programs open links too."""
    return await _invitation_page(request, request.query_params.get("token", ""))


async def accept(request: Request) -> Response:
    """Accept an invitation: make the account or set the password, and sign in."""
    require_same_site(request)
    sent, newsroom = _texts(await request.form(max_files=0)), parts(request).newsroom
    secret, password = sent.get("token", ""), sent.get("password", "")
    try:
        link = await accounts.invitation(newsroom, secret)
        given = sent.get("name", "") if link.user_id is None else "-"
        name = parse(Joining, {"name": given}).name
        user = await accounts.accept(newsroom, secret, name, password)
    except (Invalid, TooMany) as error:
        errors = field_messages(error.fields) or {"password": error.detail}
        answer = await _invitation_page(request, secret, errors, sent.get("name", ""), error.status)
        answer.headers.update(retry_after(error))
        return answer
    response = RedirectResponse("/desk", 303)
    set_session(request, response, await begin_session(request, user))
    return response


async def _invitation_page(
    request: Request,
    secret: str,
    errors: dict[str, str] | None = None,
    name: str = "",
    status: int = 200,
) -> Response:
    newsroom = parts(request).newsroom
    try:
        link = await accounts.invitation(newsroom, secret)
    except NotFound as error:
        page = newsroom.templates.page("desk/invitation.html", link=None, gone=error.detail)
        return HTMLResponse(page, error.status)
    page = newsroom.templates.page(
        "desk/invitation.html",
        link=link,
        secret=secret,
        errors=errors or {},
        typed_name=name,
        signs=newsroom.site.signs,
    )
    return HTMLResponse(page, status)


def _texts(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in form.items()}


def _part(sent: dict[str, str]) -> dict[str, Any]:
    """The fields of a `Part`. The stories are in one line, separated by commas."""
    slugs = [slug.strip() for slug in sent.get("stories", "").split(",")]
    return {
        "role": sent.get("role", ""),
        "all_stories": sent.get("all_stories") == "1",
        "stories": tuple(slug for slug in slugs if slug),
    }


def _protection(sent: dict[str, str]) -> dict[str, Any]:
    """The fields of a `ProtectionForm`. Minutes are numbers. No minutes for the place mean never."""
    empty = {"delay": 0, "place_delay": None}
    values: dict[str, Any] = {
        name: sent[name].strip() for name in ProtectionForm.model_fields if name in sent
    }
    for name in empty.keys() & values.keys():
        typed = values[name]
        values[name] = int(typed) if MINUTES.fullmatch(typed) else typed or empty[name]
    return values


class AccountForm(NamedTuple):
    """A form on the page of an account."""

    name: str
    parse: Callable[[dict[str, str]], Any]
    save: Callable[[Newsroom, User, int, Any], Awaitable[None]]
    said: str


PART = AccountForm("part", lambda sent: parse(Part, _part(sent)), accounts.change_part, "changed")
PROTECTION = AccountForm(
    "protection",
    lambda sent: parse(ProtectionForm, _protection(sent)),
    accounts.protect,
    "protected",
)


async def _change(request: Request, user: User, form: AccountForm) -> Response:
    """Saves a form of an account, or shows it again with its errors."""
    sent, user_id = _texts(await request.form()), number(request)
    try:
        await form.save(parts(request).newsroom, user, user_id, form.parse(sent))
    except Invalid as error:
        wrong = Wrong(user_id, form.name, sent, field_messages(error.fields))
        return await _page(request, user, wrong=wrong, status=error.status)
    return _done(form.said)


def _link(request: Request, secret: str) -> str:
    return f"{desk_url(request)}/desk/invitation?token={secret}"


def _done(what: str) -> Response:
    return RedirectResponse(f"/desk/users?done={what}", 303)


def _matches(user: User, protection: Protection | None, text: str) -> bool:
    """Whether each word of `text` occurs in the page's text about a user."""
    said = [user.name, user.email, user.role, protection.byline if protection else None]
    whole = " ".join(filter(None, said)).casefold()
    return all(word in whole for word in text.casefold().split())


async def _page(
    request: Request,
    user: User,
    *,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    wrong: Wrong | None = None,
    said: str | None = None,
    link: str | None = None,
    link_for: str = "",
    text: str = "",
    status: int = 200,
) -> Response:
    require(user, Right.MANAGE_USERS)
    newsroom = parts(request).newsroom
    members = [
        one for one in await newsroom.store.accounts.members() if one.user.email != COMMAND_LINE
    ]
    protections = await newsroom.store.protections.of([member.user.id for member in members])
    page = newsroom.templates.page(
        "desk/users.html",
        user=user,
        members=[
            one for one in members if _matches(one.user, protections.get(one.user.id), text.strip())
        ],
        all=len(members),
        text=text,
        protections=protections,
        unprotected=Protection(),
        invitations=await newsroom.store.invitations.waiting(newsroom.clock()),
        errors=errors or {},
        values=values or {},
        wrong=wrong,
        said=said,
        link=link,
        link_for=link_for,
    )
    return HTMLResponse(page, status)
