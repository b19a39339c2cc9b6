"""The policy of an address: framing, content sources, caching, the form of errors, limits, and compression.

Each wing has a default. The route table (web/routes.py) changes it for single addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from liveblog.web.http.body_limits import DESK_FORM_BYTES

# Keys in the scope of a request: its policy, the parameters in its path, and the value of `frame-ancestors` if it
# depends on the story.
KEY = "liveblog.policy"
ASKED = "liveblog.asked"
ANCESTORS = "liveblog.ancestors"

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'self'; frame-src {frames}"
)
# A page that shows pages of this site in frames, and no others.
WITH_OUR_FRAMES = PAGE.format(frames="'self'")
# A file loads content of this site only. Opened as a page, it has an origin of its own.
FILE = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; sandbox"


@dataclass(frozen=True)
class Policy:
    """The rules for an address.

    - `ancestors`: the origins that may frame the page; None means all. `*` would exclude files and pages of apps,
      because it covers only http(s) and network schemes (CSP 3, 6.7.2.8).
    - `listed`: where a story has a list of sites that may embed it, only these get an answer by script or in a frame
      (web/http/embedding.py).
    - `feed`: the answer is a feed, which names its own address and the WebSub hubs that are told of its changes.
    - `loads`: the rest of the Content-Security-Policy.
    - `private`: no cache may store the answer, and it shows no provider's frame.
    - `embedded`: other sites may load the answer (Cross-Origin-Resource-Policy).
    - `embeddable`: other sites find out by oEmbed how to embed the page (web/public/oembed.py).
    - `isolated`: a page that demands isolation of what it embeds may frame the page (Cross-Origin-Embedder-Policy;
      HTML 7.1.4.2). Whatever the page itself loads is fetched without credentials of other sites.
    - `problems`: errors are problem+json, whatever the request accepts.
    - `desk`: error pages link back to the desk.
    - `referrer`: the Referrer-Policy. `no-referrer` for a page whose own address lets somebody in.
    - `page`: people open it as a page. On the desk's own host they are redirected to the host of readers
      (web/http/hosts.py).
    - `polled`: the answer depends on the position in the query, and is sent before routing, too.
    - `template`, `media_type`, `vary`, `cache_control`: the page and its headers. A cached page with a template is
      sent before routing (web/public/cached_pages.py).
    - `max_body`: the limit of the body in bytes. `file` allows a media file on top of it.
    - `compressed`: the desk's compression, for pages without secrets (web/desk/compression.py).
    - `query`: the known parameters, and whether each may be repeated; None accepts all.
    """

    ancestors: str | None = "'self'"
    listed: bool = False
    feed: bool = False
    loads: str = PAGE
    private: bool = False
    embedded: bool = False
    embeddable: bool = False
    isolated: bool = False
    problems: bool = False
    desk: bool = False
    referrer: str = "strict-origin-when-cross-origin"
    page: bool = False
    polled: bool = False
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
API = Policy(ancestors="'none'", private=True, problems=True, cache_control="no-store")
DESK = Policy(
    ancestors="'none'",
    private=True,
    desk=True,
    max_body=DESK_FORM_BYTES,
    cache_control="no-store",
)


def policy(connection: HTTPConnection | Scope) -> Policy:
    """The policy of a request's address."""
    return cast(Policy, connection[KEY])
