"""Media: uploads of the newsroom, and their files for readers and for the desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from liveblog.errors import Invalid, NotFound
from liveblog.models.content import Embed, Medium
from liveblog.models.members import User
from liveblog.newsroom import media
from liveblog.newsroom.forms import UploadForm
from liveblog.newsroom.validation import parse
from liveblog.store import File
from liveblog.web.auth.sessions import actor
from liveblog.web.context import base_url, parts
from liveblog.web.http.problems import answer

# A browser keeps a file for an hour, a shared cache for 1 s. After that a purge takes effect there.
LASTING = "public, max-age=3600, s-maxage=1"
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
GONE = ("Not found", "there is no such file, or it was removed")


async def upload(request: Request) -> Response:
    """`POST /api/media`: multipart `file`, `alt`, `credit`. 201 with the medium."""
    user = await actor(request)
    async with request.form(max_files=1, max_fields=8) as form:
        given = {name: str(form[name]) for name in ("alt", "credit") if name in form}
        medium = await receive(request, user, form, parse(UploadForm, given))
    return JSONResponse(medium_json(request, medium), 201)


async def receive(request: Request, user: User, form: FormData, said: UploadForm) -> Medium:
    """Store the upload in the field `file`. Raises `Invalid` if there is none, and the errors of `media.upload`."""
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Invalid({"file": "is missing; must be a file in multipart/form-data"})
    return await keep(request, user, file, said)


async def keep(
    request: Request, user: User, file: UploadFile, said: UploadForm, *, spare: bool = False
) -> Medium:
    """Store an uploaded file with its alternative text and credit.

    A `spare` one is deleted if nothing uses it within the hour. Raises the errors of `media.upload`.
    """
    content: BinaryIO = file.file
    here = parts(request)
    most = here.settings.media_mb
    return await media.upload(here.newsroom, user, content, said, most_mb=most, spare=spare)


async def read(request: Request) -> Response:
    """`GET /api/media/{id}`."""
    found = await media.find(
        parts(request).newsroom, await actor(request), request.path_params["id"]
    )
    return JSONResponse(medium_json(request, found.medium))


async def public_file(request: Request) -> Response:
    """`GET /media/{id}/{name}`: for everybody while a published entry shows the medium.

    A request with a cookie or a token is redirected to the private address, which checks the user. Readers have no
    cookies.
    """
    medium_id, name = request.path_params["id"], request.path_params["name"]
    found = await parts(request).media_cache.public(medium_id)
    if found is not None and name in found.files:
        return await _file(request, medium_id, found.files[name], {"Cache-Control": LASTING})
    if "cookie" in request.headers or "authorization" in request.headers:
        place = f"/api/media/{medium_id}/{name}"
        return RedirectResponse(place, 307, headers={"Cache-Control": "no-store"})
    return answer(request, 404, *GONE, headers={"Cache-Control": "no-store"})


async def private_file(request: Request) -> Response:
    """`GET /api/media/{id}/{name}`: for the newsroom, even if no published entry shows the medium."""
    medium_id, name = request.path_params["id"], request.path_params["name"]
    found = await media.find(parts(request).newsroom, await actor(request), medium_id)
    if name not in found.files:
        raise NotFound("there is no such file")
    return await _file(request, medium_id, found.files[name], {})


def medium_json(connection: HTTPConnection, medium: Medium) -> dict[str, Any]:
    """The JSON values of a medium for programs, with absolute addresses."""
    return medium_as_public(base_url(connection), medium)


def medium_as_public(site: str, medium: Medium) -> dict[str, Any]:
    """`medium_json()` without a request. `site` is the server's address for readers."""
    values = medium.model_dump(mode="json")
    variants = [variant | {"url": site + variant["url"]} for variant in values.pop("variants")]
    return {"id": medium.id, "url": site + medium.url} | values | {"variants": variants}


def card_as_public(site: str, card: Embed) -> dict[str, Any]:
    """The JSON values of a link card, with absolute addresses of its picture."""
    picture = medium_as_public(site, card.picture) if card.picture else None
    return card.model_dump(mode="json") | {"picture": picture}


async def _file(
    request: Request, medium_id: str, file: File, headers: Mapping[str, str]
) -> Response:
    """The response with a file or one range of it (RFC 9110, 14). For several ranges it is the whole file, as
    allowed.
    """
    tag = f'"{medium_id}"'
    headers = dict(headers) | {"ETag": tag, "Accept-Ranges": "bytes", "Content-Type": file.type}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    wanted = _range(request, tag, file.size)
    if wanted is not None and wanted[0] >= wanted[1]:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.size}"})
    start, end = wanted or (0, file.size)
    headers["Content-Length"] = str(end - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    content = parts(request).files.read(f"{medium_id}/{file.name}", start, end)
    try:
        first = await anext(content, b"")
    except FileNotFoundError:
        raise NotFound(GONE[1]) from None
    return StreamingResponse(_after(first, content), status, headers=headers)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _range(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    """The start and the end (exclusive) of the range. The range is empty if it cannot be satisfied; None means the
    whole.
    """
    match = RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or match[0] == "bytes=-" or request.headers.get("if-range", tag) != tag:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size
