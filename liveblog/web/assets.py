"""Static files, under the version of their contents: cached for ever, replaced at once."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from liveblog.resources import folder
from liveblog.web.state import Parts


class VersionedFiles(StaticFiles):
    """`/static/{version}/{file}`. A page of an older release still gets the file, but not for ever."""

    def __init__(self) -> None:
        super().__init__(directory=folder("static"))

    async def get_response(self, path: str, scope: Scope) -> Response:
        version, _, name = path.replace("\\", "/").partition("/")
        if not name:
            raise HTTPException(404)
        response = await super().get_response(name, scope)
        here: Parts = scope["state"]["parts"]
        current = version == here.room.templates.assets.version
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if current else "public, max-age=60"
        )
        # The widget's frame may have no origin of its own (sandbox): its modules come by CORS.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
