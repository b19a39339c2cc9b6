"""Origins of sites: scheme, host and port (RFC 6454), written as browsers send them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

LONGEST = 300  # characters
MOST = 50  # origins in a list
HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]{2,45}\]"
)
PORTS = {"http": 80, "https": 443}
ACCEPTED = "must be the address of a site, such as https://example.org"


def origin_of(address: str) -> str:
    """The origin of an address. Without a scheme, https is meant; a path is dropped.

    The result has no default port and a host in ASCII, so that it equals the header `Origin` of that site. Raises
    `ValueError`.
    """
    text = address.strip()
    if len(text) > LONGEST or re.search(r"[\s\x00-\x1f\x7f\"'<>\\;,]", text):
        raise ValueError(ACCEPTED)
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removesuffix(".")
        port = parts.port
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one
        raise ValueError(ACCEPTED) from None
    if parts.scheme not in PORTS or "@" in parts.netloc or port == 0 or not HOST.fullmatch(host):
        raise ValueError(ACCEPTED)
    return f"{parts.scheme}://{host}" + ("" if port in {None, PORTS[parts.scheme]} else f":{port}")


def origins_of(addresses: Iterable[str]) -> tuple[str, ...]:
    """The origins of addresses, each once. Blank addresses are left out. Raises `ValueError`."""
    found = tuple(dict.fromkeys(origin_of(one) for one in addresses if one.strip()))
    if len(found) > MOST:
        raise ValueError(f"must be at most {MOST} sites")
    return found
