"""Whether the process lives, and whether it has what it needs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from liveblog import metrics
from liveblog.errors import LiveblogError
from liveblog.web.state import parts


async def livez(_: Request) -> Response:
    """200 while the process answers, without asking anything else."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def metrics_page(_: Request) -> Response:
    text, content_type = metrics.exposition()
    return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """200 while the database answers, else 503. Without Redis the server still delivers, later:
    that is `"redis": "down"` with `"degraded": true`, and 200."""
    try:
        await parts(request).room.store.stories.recent(limit=1)
        database = "up"
    except LiveblogError:
        database = "down"
    redis = "up" if parts(request).listener.hears else "down"
    state = {"database": database, "redis": redis, "degraded": "down" in {database, redis}}
    return JSONResponse(
        state, 200 if database == "up" else 503, headers={"Cache-Control": "no-store"}
    )
