"""wagtail-live 1.0's Starlette publisher: its application and its Redis bus, without a Wagtail that publishes.

Released in 2021, it does not run on Python 3.11 as it is. Two things are replaced, and nothing else: `aioredis`, which
is `redis.asyncio` now; and the broadcast, where `asyncio.wait` takes tasks and no coroutines any more. What it is
sent comes from a route of ours, with the message that its publisher sends.

    wagtail_live_site.py PORT REDIS_PORT
"""

from __future__ import annotations

import asyncio
import json
import sys

import redis.asyncio
import uvicorn
from django.conf import settings
from starlette.requests import Request
from starlette.responses import Response

port, redis_port = map(int, sys.argv[1:])
settings.configure(WAGTAIL_LIVE_REDIS_URL=f"redis://127.0.0.1:{redis_port}/1")
sys.modules["aioredis"] = redis.asyncio

from wagtail_live.publishers.redis import make_channel_group_name  # noqa: E402
from wagtail_live.publishers.starlette.app import BUS, app  # noqa: E402

publisher = redis.asyncio.from_url(settings.WAGTAIL_LIVE_REDIS_URL)


async def broadcast(message, connections):  # type: ignore[no-untyped-def]
    message = json.loads(message)
    await asyncio.wait([asyncio.create_task(ws.send_json(message)) for ws in connections])


async def post(request: Request) -> Response:
    content = (await request.json())["body"]
    message = {"renders": {"1": {"show": True, "content": content}}, "removals": []}
    await publisher.publish(make_channel_group_name("story"), json.dumps(message))
    return Response(status_code=201)


BUS.broadcast = broadcast
app.add_route("/post", post, methods=["POST"])
uvicorn.run(app, port=port, backlog=8192, log_level="warning")
