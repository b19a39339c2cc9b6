"""A bare Starlette application under uvicorn, set up as ours is: it answers each path with fixed
bytes and headers.

    bare.py PORT FILE     FILE is JSON: {path: {"body": base64, "headers": [[name, value], ...]}}
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def route(path: str, answer: dict[str, Any]) -> Route:
    body = base64.b64decode(answer["body"])
    headers = dict(answer["headers"])

    async def endpoint(_: Request) -> Response:
        return Response(body, headers=headers)

    return Route(path, endpoint)


def main() -> None:
    answers = json.loads(Path(sys.argv[2]).read_text())
    uvicorn.run(
        Starlette(routes=[route(path, answer) for path, answer in answers.items()]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
    )


main()
