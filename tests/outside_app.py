"""The application with another outside: `uvicorn --factory outside_app:make`, for servers of tests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from outside import PUBLIC, Here, trusting
from starlette.types import ASGIApp

from liveblog import logs
from liveblog.app import create_app
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.settings import Settings


async def resolve(host: str) -> Sequence[str]:
    del host
    return [PUBLIC]


def make() -> ASGIApp:
    settings = Settings.read().prepare()
    logs.set_up(settings.log_level)
    network = Here(int(os.environ["OUTSIDE_PORT"]))
    fetcher = SafeFetcher(resolve, network, trusting(Path(os.environ["OUTSIDE_CERTIFICATE"])))
    return create_app(settings, fetcher)
