"""The usual live server in Python: Starlette under uvicorn, one Redis subscription, and a loop that sends to every
socket.

    broadcaster.py PORT REDIS_PORT
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

port, redis_port = map(int, sys.argv[1:])
redis = Redis(port=redis_port)
sockets: set[WebSocket] = set()


async def send_all() -> None:
    async with redis.pubsub() as subscribed:
        await subscribed.subscribe("story")
        async for message in subscribed.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                for socket in list(sockets):
                    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                        await socket.send_text(text)


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(send_all())
    yield
    task.cancel()


async def live(socket: WebSocket) -> None:
    await socket.accept()
    sockets.add(socket)
    try:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_text()
    finally:
        sockets.discard(socket)


async def post(request: Request) -> Response:
    await redis.publish("story", await request.body())
    return Response(status_code=201)


app = Starlette(
    routes=[Route("/post", post, methods=["POST"]), WebSocketRoute("/live", live)],
    lifespan=lifespan,
)
uvicorn.run(app, port=port, backlog=8192, log_level="warning")
