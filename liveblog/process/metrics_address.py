"""Serves `/metrics` on an address of its own (`LIVEBLOG_METRICS_ADDRESS`), beside the server.

Prometheus' own server (`prometheus_client.start_http_server`) would answer every path, and never end a connection that says nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from liveblog import metrics
from liveblog.errors import SettingsError

SECONDS = 5.0  # without a byte of a request, after which its connection ends


class _Metrics(BaseHTTPRequestHandler):
    timeout = SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        text, content_type = metrics.exposition()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(text)

    def version_string(self) -> str:
        return "liveblog"

    def log_message(self, *_: Any) -> None:
        """Requests are not logged, as by the server itself."""


class _Server(ThreadingHTTPServer):
    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Metrics)

    def handle_error(self, *_: Any) -> None:
        """A client that goes away early is no fault of ours."""


@contextmanager
def metrics_served(address: str) -> Iterator[None]:
    """Serve the metrics of this server and its workers on `HOST:PORT` during the block; if it is empty, do nothing.

    Raises `SettingsError` if the address cannot be used.
    """
    if not address:
        yield
        return
    place = urlsplit(f"//{address}")
    try:
        server = _Server(place.hostname or "", place.port or 0)
    except OSError as error:
        raise SettingsError(
            f"LIVEBLOG_METRICS_ADDRESS: cannot listen on {address} ({error.strerror}); "
            "accepted: an address of this machine with a port that is free"
        ) from None
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)
