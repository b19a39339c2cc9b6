"""The id of a request: in the answer's header `X-Request-ID`, and in each line that the log has of the request.

A proxy may give it, so that its log and ours have the same. A client's own is not taken: it is believed where the client's address is
believed, which is the case for proxies in FORWARDED_ALLOW_IPS that name the address.
"""

from __future__ import annotations

import re
import secrets

import structlog
from starlette.types import Scope

from liveblog.live.http import PEER

KEY = "liveblog.request_id"  # in the scope
HEADER = b"x-request-id"
GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def begin(scope: Scope) -> str:
    """Gives a request its id, and returns it."""
    found = _given(scope) or secrets.token_hex(8)
    scope[KEY] = found
    structlog.contextvars.bind_contextvars(request=found)
    return found


def header(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The header of the answer; none if the request has no id."""
    found = scope.get(KEY)
    return [(HEADER, found.encode())] if found else []


def _given(scope: Scope) -> str | None:
    peer = scope.get("state", {}).get(PEER)
    if peer is None or peer == scope.get("client"):
        return None  # nobody who is believed stands between
    values = [value for name, value in scope["headers"] if name == HEADER]
    return values[0].decode() if len(values) == 1 and GIVEN.fullmatch(values[0]) else None
