"""The policy of an address: who may frame it, what it may load, how its pages are cached, how its errors are answered,
what a request may bring, and whether the answer is compressed.

Each wing has a default. The route table (web/routes.py) changes it where an address needs something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from liveblog.web.http.body_limits import DESK_FORM_BYTES

KEY = "liveblog.policy"  # in the scope of a request

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'self'; frame-src {frames}"
)
# A file loads nothing. Opened alone, it has an origin of its own.
FILE = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; sandbox"


@dataclass(frozen=True)
class Policy:
    """What holds for an address.

    `ancestors` may put the page into a frame; None means everybody. `*` would exclude files and the pages of apps,
    for it means http(s) and the schemes of networks (CSP 3, 6.7.2.8).
    `loads` is the rest of its Content-Security-Policy.
    `private` answers are stored nowhere, and show no provider's frame.
    `embedded`: other sites may load the answer (Cross-Origin-Resource-Policy).
    `problems`: errors are problem+json, whatever the request accepts.
    `desk`: error pages lead back to the desk.
    `template`, `media_type`, `vary` and `cache_control` describe the page; a page with a template that is in the cache
    is sent before routing (web/public/cached_pages.py).
    `max_body` is the limit of a body in bytes, `file` allows a medium on top of it.
    `compressed`: the desk's compression, for pages without secrets (web/desk/compression.py).
    `query` holds the known parameters, and whether each may be repeated; None accepts all.
    """

    ancestors: str | None = "'self'"
    loads: str = PAGE
    private: bool = False
    embedded: bool = False
    problems: bool = False
    desk: bool = False
    template: str | None = None
    media_type: str = "text/html; charset=utf-8"
    vary: str = "Accept-Encoding"
    cache_control: str = "public, no-cache"
    max_body: int | None = None
    file: bool = False
    compressed: bool = False
    query: Mapping[str, bool] | None = None


READERS = Policy()
# A page in a sandboxed frame has no origin of its own, so any site may load a file.
FILES = Policy(ancestors=None, loads=FILE, embedded=True)
API = Policy(ancestors="'none'", private=True, problems=True)
DESK = Policy(ancestors="'none'", private=True, desk=True, max_body=DESK_FORM_BYTES)


def policy(connection: HTTPConnection | Scope) -> Policy:
    """The policy of the address that a request asks for."""
    return cast(Policy, connection[KEY])
