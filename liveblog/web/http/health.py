"""Whether the process lives, and whether it has what it needs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from liveblog import metrics
from liveblog.errors import LiveblogError
from liveblog.web.context import parts


async def livez(_: Request) -> Response:
    """200 while the process answers, without asking anything else."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def metrics_page(_: Request) -> Response:
    text, content_type = metrics.exposition()
    return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """200 while the database answers, else 503. Without Redis the server still delivers, later, and where nothing
    can be stored it still serves readers: both are `"degraded": true`, and 200."""
    room = parts(request).room
    database, writable = "up", False
    try:
        await room.store.stories.recent(limit=1)
        writable = await room.store.database.writable()
    except LiveblogError:
        database = "down"
    files = room.files.writable()
    redis = "up" if parts(request).listener.hears else "down"
    state = {
        "database": database,
        "redis": redis,
        "writable": writable and files,
        "degraded": "down" in {database, redis} or not writable or not files,
    }
    return JSONResponse(
        state, 200 if database == "up" else 503, headers={"Cache-Control": "no-store"}
    )
