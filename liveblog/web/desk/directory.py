"""The book: the contributors and sources that credits name. Editors maintain it."""

from __future__ import annotations

from typing import Any, get_args

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.content import pictures
from liveblog.errors import Invalid, Refused, Unsupported
from liveblog.models.content import Contributor, CreditRole, SourceKind
from liveblog.models.members import User
from liveblog.newsroom.forms import ContributorForm, KnownSourceForm, UploadForm
from liveblog.newsroom.media import retire
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.validation import parse
from liveblog.web.auth.sign_in import signed_in
from liveblog.web.context import parts
from liveblog.web.desk.forms import field_messages
from liveblog.web.http.multipart import read_form
from liveblog.web.media import keep

SHOWN = 200
NO_PICTURE = "is not a picture (JPEG, PNG, WebP, GIF)"
PROTECTED = "is of somebody with a protection (Users); a portrait would show who that is"


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
    """Add a line, change the line `id`, or delete it."""
    require(user, Right.PUBLISH)
    newsroom = parts(request).newsroom
    values: dict[str, str] = {}
    row = None
    try:
        sent = await read_form(request)
        values = {name: str(sent.get(name, "")) for name in names}
        given = str(sent.get("id", ""))
        row = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
        if kind == "contributor":
            await _change_contributor(request, user, sent, values, row)
        elif row is not None and sent.get("strike") == "1":
            await newsroom.store.directory.strike_source(row)
        else:
            source = parse(KnownSourceForm, values).model_dump()
            await newsroom.store.directory.put_source(source, newsroom.clock(), row)
    except Refused as error:
        errors = field_messages(error.fields) or {"name": error.detail}
        wrong = {"kind": kind, "id": row, "values": values, "errors": errors}
        return await _page(request, user, wrong, error.status)
    return RedirectResponse("/desk/book?saved=1", 303)


async def _change_contributor(
    request: Request, user: User, sent: FormData, values: dict[str, str], row: int | None
) -> None:
    """Add, change or delete a contributor, with the portrait. Raises `Refused`."""
    newsroom = parts(request).newsroom
    book = newsroom.store.directory
    changed: dict[str, str | None] = {}
    if row is not None and sent.get("strike") == "1":
        gone = await book.strike_contributor(row)
    else:
        line = parse(ContributorForm, values)
        file = sent.get("file")
        if isinstance(file, UploadFile) and file.size:
            await book.require_free(line.name, line.handle, row)  # before the picture is decoded
            changed = {"portrait": await _uploaded(request, user, file, line)}
        elif sent.get("without") == "1":
            changed = {"portrait": None}
        gone = await book.put_contributor(line.model_dump() | changed, newsroom.clock(), row)
    if gone or changed:
        await parts(request).portraits.tell()
    if gone:
        await retire(newsroom, gone)


async def _uploaded(request: Request, user: User, file: UploadFile, line: ContributorForm) -> str:
    """The id of the portrait that a form brings. Raises `Refused`, also if the person is protected."""
    if not await parts(request).newsroom.store.directory.may_be_shown(line.name, line.handle):
        raise Invalid({"file": PROTECTED})
    head = await file.read(64)
    if why := pictures.refused(head):
        raise Unsupported({"file": why})
    if pictures.sniffed(head) is None:
        raise Unsupported({"file": NO_PICTURE})
    await file.seek(0)
    return (await keep(request, user, file, UploadForm(), spare=True)).id


async def _page(
    request: Request, user: User, wrong: dict[str, Any] | None = None, status: int = 200
) -> Response:
    newsroom = parts(request).newsroom
    text = request.query_params.get("q", "").replace("\0", "").strip()[:100]
    contributors = await newsroom.store.directory.contributors(text, SHOWN)
    page = newsroom.templates.page(
        "desk/directory.html",
        user=user,
        text=text,
        contributors=contributors,
        portraits=await _portraits(request, contributors),
        sources=await newsroom.store.directory.sources(text, SHOWN),
        role_options=[(role, role.capitalize()) for role in get_args(CreditRole)],
        kind_options=[(kind, kind.capitalize()) for kind in get_args(SourceKind)],
        wrong=wrong,
        saved="saved" in request.query_params,
    )
    return HTMLResponse(page, status)


async def _portraits(request: Request, contributors: list[Contributor]) -> dict[str, Any]:
    """The pictures, by the id of the upload."""
    ids = [one.portrait for one in contributors if one.portrait]
    return {
        name: one.medium for name, one in (await parts(request).store.media.stored(ids)).items()
    }
