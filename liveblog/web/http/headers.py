"""The headers that follow from a policy: cache headers of a public page, and security headers of every page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from starlette.datastructures import URL
from starlette.types import Scope

from liveblog.store.stories.hashtag import folded
from liveblog.web.http.policy import ASKED, DESK, Policy

QUERY = "!$&'()*+,;=:@/?%-._~"  # may stand in a query as they are (RFC 3986, 3.4)

RawHeaders = list[tuple[bytes, bytes]]
# A widget in a sandboxed frame has no origin, so it needs CORS to read public pages, without cookies.
CORS = {"Access-Control-Allow-Origin": "*"}
REVALIDATE = {"Cache-Control": "public, no-cache"} | CORS


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI takes them."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def lines_of(headers: RawHeaders) -> bytes:
    """Headers as HTTP/1.1 sends them: each name in small letters, on a line of its own."""
    return b"".join([b"%s: %s\r\n" % header for header in headers])


def of_page(policy: Policy) -> dict[str, str]:
    """The content type and cache headers of a public page."""
    vary = {"Vary": policy.vary} if policy.vary else {}
    kept = {"Cache-Control": policy.cache_control}
    return {"Content-Type": policy.media_type} | vary | kept | CORS


def security(policy: Policy, frames: Iterable[str] = ()) -> RawHeaders:
    """The security headers of a policy: which content a page may load, and which sites may frame it.

    They are made once and sent with every answer. `frames` are the origins that a page may show in frames.
    """
    shown = "" if policy.private else " ".join(frames)
    content = policy.loads.format(frames=shown or "'none'")
    if policy.ancestors:
        content += f"; frame-ancestors {policy.ancestors}"
    headers = {
        "content-security-policy": content,
        "x-content-type-options": "nosniff",
        "referrer-policy": policy.referrer,
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if policy.private:
        headers["cache-control"] = "no-store"
    if policy.embedded:
        headers["cross-origin-resource-policy"] = "cross-origin"
    if policy.isolated:
        headers["cross-origin-embedder-policy"] = "credentialless"
    return raw(headers)


def discovery(scope: Scope, hubs: Iterable[str], base_url: str) -> tuple[bytes, bytes]:
    """The header `Link` of a feed: its own address, and its hubs (WebSub, section 4).

    Hubs are told of a feed's plain address only, so an address with a query names none.
    """
    url, given = URL(scope=scope), scope["query_string"].decode("latin-1")
    query = f"?{quote(given, safe=QUERY)}" if given else ""
    path = scope["path"].split("/")
    if topic := scope.get(ASKED, {}).get("topic"):  # one address for all spellings of a hashtag
        path = [folded(part) if part == topic else part for part in path]
    here = "/".join(quote(part, safe="") for part in path)
    own = f"{base_url or f'{url.scheme}://{url.netloc}'}{here}{query}"
    links = [f'<{hub}>; rel="hub"' for hub in hubs if not query]
    return b"link", ", ".join([*links, f'<{own}>; rel="self"']).encode("latin-1", "replace")


def framed_by(ancestors: str, own: RawHeaders) -> RawHeaders:
    """The security headers `own`, which let any site frame a page, with these ancestors only."""
    name = b"content-security-policy"
    more = f"; frame-ancestors {ancestors}".encode()
    return [(key, value + more if key == name else value) for key, value in own]


PRIVATE = security(DESK)
