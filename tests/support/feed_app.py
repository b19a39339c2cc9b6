"""The application with one more line in its route table: `uvicorn --factory feed_app:make`, for servers of tests."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp

from liveblog.app import from_environment
from liveblog.web import routes
from liveblog.web.http.table import Address
from liveblog.web.public import pages

FEED = Address(
    "/stories/{slug}/feed",
    pages.live,
    template="_older.html",
    media_type="application/atom+xml; charset=utf-8",
)


def make() -> ASGIApp:
    readers = routes.readers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "readers", lambda: [*readers, FEED])
        return from_environment()
