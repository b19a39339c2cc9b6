"""Django Channels with channels_redis, as its tutorial has it: a group of all readers, and a view that sends to it.

daphne -p PORT channels_site:application     with REDIS_PORT in the environment
"""

from __future__ import annotations

import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

# The client's own limit of 100 connections turns readers away who come at the same time.
REDIS = {"address": f"redis://127.0.0.1:{os.environ['REDIS_PORT']}", "max_connections": 5_000}
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the benchmark",  # noqa: S106
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [REDIS]},
        }
    },
)
django.setup()


class Reader(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("story", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        await self.channel_layer.group_discard("story", self.channel_name)

    async def update(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


async def post(request: HttpRequest) -> HttpResponse:
    message = {"type": "update", "text": request.body.decode()}
    await get_channel_layer().group_send("story", message)
    return HttpResponse(status=201)


urlpatterns = [path("post", post)]
application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("live", Reader.as_asgi())]),
    }
)
