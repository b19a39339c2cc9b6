"""Somebody else's web site: plain pages on another origin, for widgets to be put into."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(ThreadingHTTPServer):
    """`put()` gives it a page. Browsers know it as another site than the server's 127.0.0.1."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server_address[1]}"
        self.pages: dict[str, str] = {}
        self.policies: dict[str, str] = {}

    def put(self, body: str, path: str = "/", policy: str = "") -> str:
        """The address of a page that holds this, with a Content-Security-Policy of its own."""
        self.policies[path] = policy
        head = '<!doctype html><meta charset="utf-8"><title>Elsewhere</title>'
        head += '<link rel="icon" href="data:,">'
        self.pages[path] = f"{head}<body>{body}</body>"
        return self.url + path


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self.send_response(HTTPStatus.NOT_FOUND if page is None else HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if policy := self.server.policies.get(self.path):
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Says nothing."""


@contextmanager
def elsewhere() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
