"""Static files. Their address holds the version of their contents, so they can be cached for a year."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from liveblog.content.assets import Asset
from liveblog.content.encodings import Coding, accepted
from liveblog.web.context import parts
from liveblog.web.http.headers import CORS
from liveblog.web.http.policy import policy

ELEMENT_SCRIPT = "embed/element.js"


async def versioned(request: Request) -> Response:
    """`/static/{version}/{file}`. A page of an older release still gets the file, cached for a minute only.

    Pages of 0.1 name the readers' scripts without the folder.
    """
    assets = parts(request).templates.assets
    current = request.path_params["version"] == assets.version
    lasting = "public, max-age=31536000, immutable" if current else "public, max-age=60"
    name = request.path_params["file"]
    found = next(
        (assets.files[p] for p in (name, f"reader/{name}", f"embed/{name}") if p in assets.files),
        None,
    )
    if found is None:
        raise HTTPException(404)
    return await answer(request, found, lasting)


async def loader(request: Request) -> Response:
    """The widget's loader. Its address has no version, because other sites keep it for years."""
    found = parts(request).templates.assets.files["embed/embed.js"]
    return await answer(request, found, policy(request).cache_control)


async def element(request: Request) -> Response:
    """The script of `<live-blog-embed>`. Where npm made no bundle it is the module, which finds those that it imports
    under its own address."""
    assets = parts(request).templates.assets
    kept = policy(request).cache_control
    if not assets.whole(ELEMENT_SCRIPT):
        headers = {"Cache-Control": kept, "Location": assets.url(ELEMENT_SCRIPT)} | CORS
        return Response(status_code=307, headers=headers)
    return await answer(request, assets.files[ELEMENT_SCRIPT], kept)


async def client(request: Request) -> Response:
    """The client of the live socket, for other programs (docs/client.md). It imports nothing."""
    found = parts(request).templates.assets.files["reader/client.js"]
    made = await answer(request, found, policy(request).cache_control)
    made.headers["X-TypeScript-Types"] = "/client.d.ts"  # as Deno asks
    return made


async def client_types(request: Request) -> Response:
    """The client's types. No registered media type is TypeScript's, and that of `.ts` is a video's."""
    found = parts(request).templates.assets.files["reader/client.d.ts"]
    return await answer(
        request,
        found._replace(media_type="text/plain; charset=utf-8"),
        policy(request).cache_control,
    )


async def favicon(request: Request) -> Response:
    """For browsers and programs that ignore a page's `<link rel="icon">`."""
    found = parts(request).templates.assets.files["icon.svg"]
    return await answer(request, found, policy(request).cache_control)


async def indexnow_key(request: Request) -> Response:
    """The key of IndexNow, which proves that the site is ours."""
    headers = {"Cache-Control": policy(request).cache_control}
    return PlainTextResponse(parts(request).settings.indexnow_key, headers=headers)


async def answer(request: Request, asset: Asset, lasting: str) -> Response:
    """The response with a file, compressed if the request accepts that. `lasting` is its Cache-Control."""
    headers = {
        "Cache-Control": lasting,
        # The widget's frame may be sandboxed and have no origin, so its modules need CORS.
        **CORS,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    content = asset.content
    if asset.encoded is not None:
        headers["Vary"] = "Accept-Encoding"
        coding = accepted(request.scope["headers"])
        if coding is not Coding.IDENTITY:
            headers["Content-Encoding"] = coding
        content = await asset.encoded.get(coding)
    return Response(content, headers=headers, media_type=asset.media_type)
