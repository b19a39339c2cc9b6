"""Whether an `Origin` is this server's own (RFC 6454)."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_ours(origin: str, host: str, base_url: str) -> bool:
    """Whether an `Origin` is that of the request's `Host` or of `BASE_URL`, by http or https.

    A proxy that ends TLS hides the scheme that readers use, so both schemes count as ours.
    """
    try:
        given = urlsplit(origin)
        ours = {host, urlsplit(base_url).netloc} - {""}
    except ValueError:
        return False
    return given.scheme in {"http", "https"} and given.netloc in ours
