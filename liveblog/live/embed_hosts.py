"""Where this process's widgets are embedded, added to the store about once a minute.

Only public host names are counted. A host page tells its name by `Referer`; the loader's frame asks for it, whatever the
page's own policy is. A site that includes the element on its server says `?site=`.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from liveblog.errors import LiveblogError
from liveblog.live.site_copies import SiteCopies
from liveblog.net.safe_fetch import NAME
from liveblog.process.periodic import every
from liveblog.store.stories.embed_hosts import MOST_HOSTS
from liveblog.store.stories.embed_hosts import EmbedHosts as Hosts

SAVE_SECONDS = 60.0
LAST_SECONDS = 2.0
MOST_STORIES = 200  # with hosts that are not saved yet
# Sec-Fetch-Dest (W3C Fetch Metadata): a frame, a script of `<live-blog-embed>`, or a browser without the header.
SHOWN_IN = {b"iframe", b"frame", b"embed", b"object", b"empty", b""}
# Names that lead to no public host: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and what routers and firms use.
INTERNAL = re.compile(
    r"(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|localdomain|test|invalid|onion|alt|arpa)$"
)


class EmbedHosts:
    """Counts the loads of widgets for each story and host. `ours` are the host names of this server.

    `copies` are the sites that include stories on their server.
    """

    def __init__(self, store: Hosts, *ours: str) -> None:
        self.copies = SiteCopies()
        self._store = store
        self._ours = set(ours)
        self._counts: dict[str, Counter[str]] = {}

    async def run(self) -> None:
        """Run until cancelled, then save the last counts if the store answers within 2 s."""
        try:
            await every(SAVE_SECONDS, self.save)
        finally:
            with suppress(LiveblogError, TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self.save()

    def seen(self, slug: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Count a request for the widget of a story that exists.

        When a story has 500 hosts that are not saved yet, a new one takes the place of the rarest.
        """
        self._count(slug, self._host(headers))

    def included(self, slug: str, headers: Iterable[tuple[bytes, bytes]], query: bytes) -> None:
        """Count a request for the element of a story that exists, by the first of a page's entries.

        A site that includes it on its server names itself by `?site=`, and keeps a copy. Whatever else its request
        says is its reader's.
        """
        if b"site=" not in query:
            self.seen(slug, headers)
            return
        found = {name: value for name, value in headers if name == b"host"}
        if site := self._public(_parameter(query, "site"), found):
            self.copies.note(slug, site)
            self._count(slug, site)

    def _count(self, slug: str, host: str | None) -> None:
        counts = self._counts.get(slug)
        if host is None or (counts is None and len(self._counts) >= MOST_STORIES):
            return
        if counts is None:
            counts = self._counts[slug] = Counter()
        elif host not in counts and len(counts) >= MOST_HOSTS:
            del counts[min(counts, key=counts.__getitem__)]
        counts[host] += 1

    def _host(self, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """The public host name of the page that shows the widget; None if there is none."""
        found = {
            name: value
            for name, value in headers
            if name in {b"referer", b"sec-fetch-dest", b"host"}
        }
        if found.get(b"sec-fetch-dest", b"") not in SHOWN_IN:
            return None
        given = found.get(b"referer", b"").decode("latin-1")
        try:
            host = urlsplit(given).hostname if given else None
        except ValueError:
            return None
        return self._public(host, found)

    def _public(self, host: str | None, headers: Mapping[bytes, bytes]) -> str | None:
        """The name of a host in its usual form, None if it is not public or ours."""
        try:
            ours = urlsplit(f"//{headers.get(b'host', b'').decode('latin-1')}").hostname
        except ValueError:
            return None
        host = (host or "").lower().removesuffix(".")
        if host == ours or host in self._ours:
            return None
        return host if NAME.fullmatch(host) and not INTERNAL.search(host) else None

    async def save(self) -> None:
        """Save the counts. After a failure they stay for the next call. Raises `Unavailable`."""
        told = {slug: dict(counts) for slug, counts in self._counts.items()}
        if not told:
            return
        await self._store.add(datetime.now(UTC).date(), told)
        for slug, counts in told.items():
            left = self._counts[slug]
            left.subtract(counts)
            if rest := +left:
                self._counts[slug] = rest
            else:
                del self._counts[slug]


def _parameter(query: bytes, name: str) -> str | None:
    """The first value of a parameter, None if there is none."""
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=50).get(name, [None])[0]
    except ValueError:
        return None
