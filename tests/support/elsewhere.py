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
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}

    def put(self, body: str, path: str = "/", **headers: str) -> str:
        """The address of a page that holds this. Names of headers have underscores here."""
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Elsewhere</title>'
        head += '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"Content-Type": "text/html; charset=utf-8"}
        self.pages[path] = f"{head}<body>{body}</body>", kind | named
        return self.url + path

    def put_script(self, script: str, path: str) -> str:
        """The address of this script."""
        self.pages[path] = script, {"Content-Type": "text/javascript; charset=utf-8"}
        return self.url + path


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        found = self.server.pages.get(self.path.partition("?")[0])
        content, headers = found or ("", {})
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content.encode())

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
