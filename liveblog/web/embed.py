"""The widget's loader, at an address that pages may carry for years."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from liveblog.web.state import parts


async def loader(request: Request) -> Response:
    path = parts(request).room.templates.assets.root / "embed.js"
    headers = {
        "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    return FileResponse(path, media_type="text/javascript", headers=headers)
