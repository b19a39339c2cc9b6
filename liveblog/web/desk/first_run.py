"""The page behind the link of `liveblog setup`: the first admin, and what they choose for the site."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.content.language import TAGS
from liveblog.errors import Conflict, Invalid, NotFound, TooMany
from liveblog.newsroom import first_run, passwords
from liveblog.newsroom.first_run import FirstAdmin
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sessions import (
    begin_session,
    require_same_site,
    set_session,
    tries_counted,
)
from liveblog.web.context import parts
from liveblog.web.desk.forms import field_messages
from liveblog.web.http.problems import retry_after

# The fields that a setting may fix, by the names of `models.site.SiteChoices`.
FIELDS = {"name": "site_name", "timezone": "timezone", "language": "language", "signs": "signs"}


async def setup(request: Request) -> Response:
    """`GET`: the page. Opening it does not use the link up, because programs for messages open links too."""
    secret = request.query_params.get("token", "")
    try:
        await _require_link(request, secret)
    except NotFound as error:
        return await _gone(request, error)
    return _page(request, secret)


async def finish(request: Request) -> Response:
    """`POST`: use the link, and sign the first admin in."""
    require_same_site(request)
    form = await request.form(max_files=0)
    sent = {name: str(value) for name, value in form.items()}
    here, secret, password = parts(request), sent.get("token", ""), sent.get("password", "")
    try:
        await _require_link(request, secret)
    except NotFound as error:
        return await _gone(request, error)
    try:
        admin = _checked(sent, here.newsroom.site.given, password)
        user = await first_run.finish(here.newsroom, secret, admin, password)
    except NotFound as error:  # somebody was faster
        return await _gone(request, error)
    except (Invalid, Conflict, TooMany) as error:
        errors = field_messages(error.fields) or {"password": error.detail}
        answer = _page(request, secret, sent, errors, error.status)
        answer.headers.update(retry_after(error))
        return answer
    await here.chosen_site.tell()
    response = RedirectResponse("/desk", 303)
    set_session(request, response, await begin_session(request, user))
    return response


def _checked(sent: dict[str, str], given: dict[str, object], password: str) -> FirstAdmin:
    """The form, with what settings fix. Raises `Invalid`, which names every wrong field, the password too."""
    values: dict[str, Any] = {
        name: sent.get(name, "") for name in FirstAdmin.model_fields if name != "signs"
    }
    values["signs"] = sent.get("signs") == "yes"
    values |= {FIELDS[name]: value for name, value in given.items()}
    wrong: dict[str, str] = {}
    try:
        passwords.check(password, values["name"], values["email"])
    except Invalid as error:
        wrong |= error.fields
    try:
        admin = parse(FirstAdmin, values)
    except Invalid as error:
        raise Invalid(dict(error.fields) | wrong) from None
    if wrong:
        raise Invalid(wrong)
    return admin


async def _require_link(request: Request, secret: str) -> None:
    """Raises `NotFound` if the link does not work, and `TooMany` after too many such tries."""
    async with tries_counted(request, "setup"):
        await first_run.require_link(parts(request).newsroom, secret)


async def _gone(request: Request, error: NotFound) -> Response:
    newsroom = parts(request).newsroom
    over = await newsroom.store.first_run.is_over()
    page = newsroom.templates.page("desk/setup.html", gone=error.detail, over=over)
    return HTMLResponse(page, error.status)


def _page(
    request: Request,
    secret: str,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    newsroom = parts(request).newsroom
    page = newsroom.templates.page(
        "desk/setup.html",
        gone=None,
        secret=secret,
        typed=_at_first(newsroom.site.timezone, newsroom.site.language) | (typed or {}),
        errors=errors or {},
        given=newsroom.site.given,
        zones=_zones(),
        languages=TAGS,
    )
    return HTMLResponse(page, status)


def _at_first(timezone: str, language: str) -> dict[str, str]:
    """What stands in the form before anybody has typed."""
    empty = dict.fromkeys(("email", "name", "site_name"), "")
    return empty | {"timezone": timezone, "language": language, "signs": "no"}


@cache
def _zones() -> tuple[str, ...]:
    """The time zones that have the name of a place, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return ("UTC", *sorted(places))
