"""The book: contributors and sources, as credits and sources name them. Editors keep it."""

from __future__ import annotations

from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Refused
from liveblog.models.content import CreditRole, SourceKind
from liveblog.models.members import User
from liveblog.newsroom.forms import ContributorForm, KnownSourceForm
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import field_messages

SHOWN = 200


@signed_in
async def directory(request: Request, user: User) -> Response:
    require(user, Right.PUBLISH)
    return await _page(request, user)


@signed_in
async def put_contributor(request: Request, user: User) -> Response:
    return await _put(request, user, "contributor", ("name", "handle", "role", "url", "note"))


@signed_in
async def put_source(request: Request, user: User) -> Response:
    return await _put(request, user, "source", ("kind", "name", "url", "note"))


async def _put(request: Request, user: User, kind: str, names: tuple[str, ...]) -> Response:
    """Adds a line, changes the line `id`, or strikes it out."""
    require(user, Right.PUBLISH)
    newsroom = parts(request).newsroom
    sent = await request.form()
    values = {name: str(sent.get(name, "")) for name in names}
    given = str(sent.get("id", ""))
    row = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
    directory = newsroom.store.directory
    try:
        if row is not None and sent.get("strike") == "1":
            await (
                directory.strike_contributor if kind == "contributor" else directory.strike_source
            )(row)
        elif kind == "contributor":
            contributor = parse(ContributorForm, values)
            await directory.put_contributor(contributor.model_dump(), newsroom.clock(), row)
        else:
            source = parse(KnownSourceForm, values)
            await directory.put_source(source.model_dump(), newsroom.clock(), row)
    except Refused as error:
        errors = field_messages(error.fields) or {"name": error.detail}
        wrong = {"kind": kind, "id": row, "values": values, "errors": errors}
        return await _page(request, user, wrong, error.status)
    return RedirectResponse("/desk/book?saved=1", 303)


async def _page(
    request: Request, user: User, wrong: dict[str, Any] | None = None, status: int = 200
) -> Response:
    newsroom = parts(request).newsroom
    text = request.query_params.get("q", "").replace("\0", "").strip()[:100]
    page = newsroom.templates.page(
        "desk/directory.html",
        user=user,
        text=text,
        contributors=await newsroom.store.directory.contributors(text, SHOWN),
        sources=await newsroom.store.directory.sources(text, SHOWN),
        role_options=[(role, role.capitalize()) for role in get_args(CreditRole)],
        kind_options=[(kind, kind.capitalize()) for kind in get_args(SourceKind)],
        wrong=wrong,
        saved="saved" in request.query_params,
    )
    return HTMLResponse(page, status)
