"""Somebody who is told by a webhook: a real server, which answers as a test says, goes away and comes back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from processes import PATIENCE, free_port

from liveblog.net.signatures import HEADER, signed


class Receiver:
    """`answer` gives the status for each event. What comes without a valid signature is a failure."""

    def __init__(self, secret: str = "") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/events"
        self.secret = secret
        self.came: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []
        self.unsigned = 0
        self.answer: Callable[[dict[str, Any]], int] = lambda _: 200
        self._changed = threading.Condition()
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.take(self.headers.get(HEADER, ""), body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the sender was killed meanwhile

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
                """Says nothing."""

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, header: str, body: bytes) -> int:
        event = json.loads(body)
        if not signed(self.secret, header, body, time.time()):
            self.unsigned += 1
            return 401
        with self._changed:
            self.came.append(event)
            self._changed.notify_all()
        status = self.answer(event)
        with self._changed:
            if status == 200:
                self.taken.append(event)
            self._changed.notify_all()
        return status

    def until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, PATIENCE), self.came

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
