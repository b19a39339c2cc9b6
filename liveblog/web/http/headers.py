"""The headers that follow from a policy: cache headers of a public page, and security headers of every page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from liveblog.web.http.policy import DESK, Policy

RawHeaders = list[tuple[bytes, bytes]]
# A widget in a sandboxed frame has no origin, so it needs CORS to read public pages, without cookies.
CORS = {"Access-Control-Allow-Origin": "*"}
REVALIDATE = {"Cache-Control": "public, no-cache"} | CORS


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI takes them."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


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
        "referrer-policy": "strict-origin-when-cross-origin",
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


PRIVATE = security(DESK)
