"""A WebSub hub, and a search engine that takes IndexNow: real servers, which fetch what they are told of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
from processes import NO_TLS, PATIENCE, free_port


class Fetched(NamedTuple):
    status: int
    text: str
    link: str


class Hub:
    """`told` lists the addresses in their order; `held` has what was behind each when it was told of it.

    `at` has the time at which each was told first since `forget()`. `answer` gives the status for each address, `others`
    what came in another form. With `servers`, each address is fetched from all of them; `first` has what they all
    answered when it was told first, `last` when it was told last.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hub"
        self.told: list[str] = []
        self.held: dict[str, Fetched] = {}
        self.at: dict[str, float] = {}
        self.pings: list[dict[str, Any]] = []
        self.others: list[str] = []
        self.servers: tuple[str, ...] = ()
        self.first: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.answer: Callable[[str], int] = lambda _: 204
        self._forgotten = 0  # times
        self._changed = threading.Condition()
        self._http = httpx2.Client(timeout=PATIENCE, trust_env=False, verify=NO_TLS)
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(outer.take(self.headers["Content-Type"], body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
                """Says nothing."""

        class Listening(ThreadingHTTPServer):
            allow_reuse_address = True
            request_queue_size = 64  # a connection more would wait for seconds

        self._server = Listening(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, kind: str, body: str) -> int:
        if kind.startswith("application/json"):
            with self._changed:
                self.pings.append(json.loads(body))
                self.at[""] = time.monotonic()
                self._changed.notify_all()
            return self.answer("")
        form = parse_qs(body)
        url = form.get("hub.url", [""])[0]
        if form != {"hub.mode": ["publish"], "hub.url": [url]} or not url:
            self.others.append(body)
            return 400
        forgotten = self._forgotten
        self.at.setdefault(url, time.monotonic())
        status = self.answer(url)
        if status < 300:
            answer = self._http.get(url)
            path = urlsplit(url).path
            texts = "".join(self._http.get(f"{server}{path}").text for server in self.servers)
            fetched = Fetched(answer.status_code, answer.text, answer.headers.get("link", ""))
        with self._changed:
            if status < 300:
                self.held[url] = fetched
            if forgotten == self._forgotten:  # what it was told before is of no interest
                self.told.append(url)
                if status < 300:
                    self.first.setdefault(url, texts)
                    self.last[url] = texts
            self._changed.notify_all()
        return status

    def forget(self) -> None:
        with self._changed:
            for since in (self.at, self.first, self.last):
                since.clear()
            self.told.clear()
            self.pings.clear()
            self._forgotten += 1

    def until(self, holds: Callable[[], bool], within: float = PATIENCE) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, within), (self.told, self.pings)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._http.close()
