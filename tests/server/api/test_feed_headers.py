"""A feed is one line of the route table: it has the headers of its wing."""

from __future__ import annotations

import sys
from typing import Any

import httpx2
from desk_client import Editor
from paths import SUPPORT
from processes import NO_TLS, PATIENCE, OrdinaryServer, Server


class FeedServer(OrdinaryServer):
    def program(self, command: str, *args: str) -> list[str]:
        del command
        feed = [sys.executable, "-m", "uvicorn", "--factory", "feed_app:make"]
        feed += ["--app-dir", str(SUPPORT), "--port", str(self.port), *args]
        return feed


def test_a_feed_is_one_line_of_the_table(
    shared_server: Server, shared_settings: dict[str, Any], editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug, "In the feed.")
    with (
        FeedServer(shared_server.folder, **shared_settings) as server,
        httpx2.Client(
            base_url=server.url,
            headers={"Accept-Encoding": "gzip"},
            timeout=PATIENCE,
            verify=NO_TLS,
            trust_env=False,
        ) as http,
    ):
        rendered = http.get(f"/stories/{slug}/feed")
        cached = http.get(f"/stories/{slug}/feed")  # before routing
        for answer in (rendered, cached):
            assert answer.status_code == 200
            assert "In the feed." in answer.text
            assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
            assert answer.headers["cache-control"] == "public, no-cache"
            assert answer.headers["content-encoding"] == "gzip"
        assert (
            rendered.headers.multi_items()[1:] == cached.headers.multi_items()[1:]
        )  # but for Date
        page = http.get(f"/stories/{slug}")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        counted = http.get("/metrics").text
        assert "liveblog_pages_rendered_total 2.0" in counted
