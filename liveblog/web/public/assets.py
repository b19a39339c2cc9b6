"""Static files. Their address holds the version of their contents, so they can be cached for a year."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from liveblog.content.assets import Asset
from liveblog.web.context import parts
from liveblog.web.http.policy import policy


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
    return answer(request, found, lasting)


async def loader(request: Request) -> Response:
    """The widget's loader. Its address has no version, because other sites keep it for years."""
    found = parts(request).templates.assets.files["embed/embed.js"]
    return answer(request, found, policy(request).cache_control)


async def favicon(request: Request) -> Response:
    """For browsers and programs that ignore a page's `<link rel="icon">`."""
    found = parts(request).templates.assets.files["icon.svg"]
    return answer(request, found, policy(request).cache_control)


async def indexnow_key(request: Request) -> Response:
    """The key of IndexNow, which proves that the site is ours."""
    headers = {"Cache-Control": policy(request).cache_control}
    return PlainTextResponse(parts(request).settings.indexnow_key, headers=headers)


def answer(request: Request, asset: Asset, lasting: str) -> Response:
    """The response with a file, compressed if the request accepts gzip. `lasting` is its Cache-Control."""
    headers = {
        "Cache-Control": lasting,
        # The widget's frame may be sandboxed and have no origin, so its modules need CORS.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    content = asset.content
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = asset.gzipped
    return Response(content, headers=headers, media_type=asset.media_type)
