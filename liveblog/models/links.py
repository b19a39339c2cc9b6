"""The publisher's links in the masthead and the footer, as a setting lists them."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

MOST = 10
LONGEST_LABEL = 60
LONGEST_URL = 2048


class Link(NamedTuple):
    """A link. `url` is an http(s) address, or a path of this site."""

    label: str
    url: str


def links_of(text: str) -> tuple[Link, ...]:
    """The links of a text with one `Label=URL` on each line, or with ` | ` between them. Raises `ValueError`."""
    found = tuple(_link(part.strip()) for part in re.split(r"\n|\s\|\s", text) if part.strip())
    if len(found) > MOST:
        raise ValueError("too many links")
    return found


def _link(text: str) -> Link:
    label, equals, url = (part.strip() for part in text.partition("="))
    visible = any(unicodedata.category(letter)[0] in "LNPS" for letter in label)
    control = any(unicodedata.category(letter) == "Cc" for letter in label)
    if not equals or not visible or control or len(label) > LONGEST_LABEL:
        raise ValueError("not a label")
    if not _is_address(url):
        raise ValueError("not an address")
    return Link(label, url)


def _is_address(url: str) -> bool:
    """Whether browsers take it for an http(s) address or for a path of this site, and for nothing else."""
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-~]+", url) or re.search(r'[<>"\\]', url):
        return False
    if url.startswith("/"):
        return not url.startswith("//")
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
