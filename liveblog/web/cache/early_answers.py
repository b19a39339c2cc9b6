"""Answers to HTTP requests that are ready when the request arrives: its application is not called, and no task is made.

The same bytes are the same request. A request that was answered so is kept, without a secret or an address in it, and is not parsed
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from liveblog.live.http import PEER, Ready

MOST = 1_000  # requests that are kept
LONGEST = 2_000  # bytes of one
# A request with one of these is not kept: it is somebody's own, or more bytes belong to it.
NOT_KEPT = frozenset(
    b"authorization cookie forwarded proxy-authorization x-forwarded-for x-real-ip"
    b" content-length expect trailer transfer-encoding upgrade".split()
)
NEEDED = ("type", "method", "path", "query_string", "headers")

log = structlog.get_logger()


class EarlyAnswers:
    """Finds answers. `find` gets the ASGI scope of a request; it returns None if the application must answer."""

    def __init__(self, find: Callable[[Any], Ready | None]) -> None:
        self._find = find
        self._known: dict[bytes, dict[str, Any]] = {}

    def of(self, scope: Mapping[str, Any]) -> Ready | None:
        """The answer to a request, if it is ready."""
        try:
            return self._find(scope)
        except Exception:  # the application meets the same fault, and answers 500
            log.exception("early answer failed")
            return None

    def to(self, data: bytes) -> Ready | None:
        """The answer to a request that was kept, if it is ready."""
        scope = self._known.get(data)
        return None if scope is None else self.of(scope)

    def keep(self, data: bytes, scope: Mapping[str, Any]) -> None:
        """Keep a whole request: the bytes that had this scope, and asked for a connection that stays open."""
        if len(data) > LONGEST or any(name in NOT_KEPT for name, _ in scope["headers"]):
            return
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        state = {name: value for name, value in scope["state"].items() if name != PEER}
        self._known[data] = {name: scope[name] for name in NEEDED} | {"state": state}
