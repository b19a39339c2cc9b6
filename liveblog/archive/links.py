"""The links of an archive's pages: addresses within the site become relative, so that the files open from a disk."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from liveblog.web.entry_json import ADDRESSES, ATTRIBUTE, TAG

INDEX = "index.html"
CORRECTIONS = "corrections.html"
KEYS = "key-events"
# What needs a script: the button for a provider's player, and the player.
_PLAYER = re.compile(
    r'<button type="button" class="load".*?</button><template>.*?</template>\n?<p class="aware".*?</p>',
    re.DOTALL,
)
_PRINTED = re.compile(r'<p class="printed".*?</p>\n?', re.DOTALL)
_LAZY = re.compile(r' (?:loading="lazy"|decoding="async")')


class Links:
    """Where the pages of a story lie within its archive.

    `parts` names the file that holds each entry, by the entry's id; `files` those of media and styles, by their addresses
    within the site. `site` is the server's address for readers, empty if
    it is not known: then links to other pages of the site are dropped, and their words stay.
    """

    def __init__(
        self, slug: str, site: str, parts: Mapping[str, str], files: Mapping[str, str]
    ) -> None:
        self._story = f"/stories/{slug}"
        self._site = site
        self._parts = parts
        self._files = files

    def in_page(self, html: str, page: str) -> str:
        """The HTML of a page as it stands in the file `page`."""
        html = _LAZY.sub("", _PRINTED.sub("", _PLAYER.sub("", html)))

        def tag(found: re.Match[str]) -> str:
            jumps = "data-jump=" in found[0]

            def attribute(one: re.Match[str]) -> str:
                name, value = one[1], unescape(one[2] if one[2] is not None else one[3])
                if name not in ADDRESSES:
                    return one[0]
                if name == "srcset":
                    each = [part.strip().partition(" ") for part in value.split(",")]
                    value = ", ".join(f"{self._at(url, page)} {width}" for url, _, width in each)
                    return f'srcset="{escape(value)}"'
                there = self._at(value, page, jumps=jumps)
                return f'{name}="{escape(there)}"' if there is not None else ""

            return ATTRIBUTE.sub(attribute, found[0])

        return TAG.sub(tag, html)

    def _at(self, address: str, page: str, *, jumps: bool = False) -> str | None:
        """The address as `page` has it; None if it leads nowhere without a server."""
        if not address.startswith("/") or address.startswith("//"):
            return address
        parts = urlsplit(address)
        file, fragment = self._file(parts.path, parts.query, parts.fragment, jumps=jumps)
        if file is None:
            return f"{self._site}{address}" if self._site else None
        if file == page:
            return f"#{fragment}" if fragment else posixpath.basename(page)
        there = posixpath.relpath(file, posixpath.dirname(page) or ".")
        return f"{there}#{fragment}" if fragment else there

    def _file(self, path: str, query: str, fragment: str, *, jumps: bool) -> tuple[str | None, str]:
        """The file of an address within the site, and the place in it."""
        if path in self._files:
            return self._files[path], ""
        if path == self._story:
            if query == "show=key":
                return INDEX, KEYS
            return self._parts.get(fragment, INDEX), fragment if fragment in self._parts else ""
        if path == f"{self._story}/corrections":
            return CORRECTIONS, fragment
        if path.startswith(f"{self._story}/entries/"):
            entry = unquote(path.rpartition("/")[2])
            if entry in self._parts:
                return (self._parts[entry], entry) if jumps else (page_of(entry), fragment)
        return None, ""


def page_of(entry_id: str) -> str:
    """The file of an entry's own page."""
    return f"entries/{entry_id}.html"
