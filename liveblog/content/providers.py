"""The sites whose links become cards: an allow-list, `providers.json`.

Its form is that of the list at https://oembed.com (endpoints and the schemes of their URLs), with these fields
added. Without `url` and `page` no request is sent.

- `aliases`: the other names of a host.
- `rewrite`: other spellings of an address, with its `*` as `{0}`, `{1}`.
- `short`: short links, whose target only a request could tell. The card is made from the link alone.
- `kind`: how a card looks.
- `id`: the pattern for the last `*` of a scheme.
- `page`: true if the page itself is read for its Open Graph data (https://ogp.me).
- `ask`: more parameters for the endpoint.
- `frame`: the address that a reader's click loads, made from parts of the link.
- `pictures`: the hosts that a card's picture may come from; `*.` stands for all subdomains.
- `picture`: the address of the picture if no answer holds one.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from liveblog.models.content import EmbedKind
from liveblog.resources import folder

LONGEST = 1000
MASTODON = "Mastodon"
ANY = r"[A-Za-z0-9._~%@:,+!-]+"
# Characters that end neither an attribute nor a quotation. All others are percent-encoded.
PLAIN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+")


class Provider(NamedTuple):
    """One site of the list.

    `oembed` is its endpoint. `hosts` may be asked for the text of a card. `pictures` are the hosts that may be
    asked for its picture; `*.` stands for all subdomains.
    """

    name: str
    kind: EmbedKind
    oembed: str | None
    ask: Mapping[str, str]
    page: bool
    frame: str | None
    schemes: tuple[re.Pattern[str], ...]
    short: tuple[re.Pattern[str], ...]
    parameters: frozenset[tuple[str, ...]]
    hosts: frozenset[str]
    pictures: tuple[str, ...]
    picture: str | None

    def has_pictures_at(self, host: str) -> bool:
        """Whether a host may be asked for the picture of a card."""
        return any(
            host.endswith(one[1:]) if one.startswith("*.") else host == one for one in self.pictures
        )


class Link(NamedTuple):
    """A link that becomes a card: its canonical URL, and the text for each `*` of the scheme.

    `short` is true for a short link, whose target is not known.
    """

    url: str
    provider: Provider
    wild: tuple[str, ...]
    short: bool = False

    @property
    def asked(self) -> bool:
        """Whether the provider is asked about the link."""
        return bool(self.provider.oembed or self.provider.page) and not self.short

    @property
    def question(self) -> str | None:
        """The URL of the oEmbed request (https://oembed.com, 2.2); None without an endpoint."""
        if self.provider.oembed is None:
            return None
        query = {"url": self.url, "format": "json", **self.provider.ask}
        return f"{self.provider.oembed}?{urlencode(query)}"

    def frame(self, did: str | None = None) -> str | None:
        """The address that a reader's click loads; None if there is none. `did` is the account of a Bluesky post."""
        wanted = self.provider.frame
        if wanted is None or self.short or ("{did}" in wanted and did is None):
            return None
        bounds = _bounds(self.wild) if "{bounds}" in wanted else ""
        if bounds is None:
            return None
        return wanted.format(did=did, bounds=bounds, **self._parts)

    @property
    def picture(self) -> str | None:
        """The address of the picture, made from the link alone; None if that is not possible."""
        wanted = self.provider.picture
        return wanted.format(**self._parts) if wanted and not self.short else None

    @property
    def _parts(self) -> dict[str, str]:
        path = urlsplit(self.url).path.split("/")
        return {
            "id": self.wild[-1],
            "name": self.wild[-1].partition("/")[0],
            "rest": self.wild[-1].partition("/")[2],
            "first": path[1] if len(path) > 1 else "",
            "before": path[-2] if len(path) > 1 else "",
            "quoted": quote(self.url, safe=""),
        }


class Providers:
    """The list, with the Mastodon servers that a newsroom trusts. With `on=False` it is empty."""

    def __init__(self, mastodon: Iterable[str] = (), *, on: bool = True) -> None:
        rows: list[dict[str, Any]] = []
        if on:
            rows = json.loads((folder("content") / "providers.json").read_text(encoding="utf-8"))
        self._all: list[Provider] = []
        self._hosts: dict[str, str] = {}
        self._rewrite: list[tuple[re.Pattern[str], str, str]] = []
        for row in rows:
            for host, others in row.get("aliases", {}).items():
                self._hosts |= dict.fromkeys(others, host)
            if row["provider_name"] != MASTODON:
                self._add(row)
                continue
            for host in mastodon:
                written = json.dumps(row).replace("{host}", host)
                self._add(json.loads(written))

    def _add(self, row: Mapping[str, Any]) -> None:
        self._all.append(_provider(row))
        for spelling, ours in row.get("rewrite", {}).items():
            name = spelling.partition("?")[2].partition("=")[0]
            self._rewrite.append((_pattern(spelling), name, ours))

    def link(self, url: str) -> Link | None:
        """The link for a URL; None if the URL does not become a card."""
        url = quote(url.strip(), safe="/?#[]@!$&()*+,;=%:~")
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            plain = not parts.port and "@" not in parts.netloc
        except ValueError:
            return None
        if parts.scheme not in {"http", "https"} or not plain or len(url) > LONGEST:
            return None
        if not PLAIN.fullmatch(url):
            return None
        base = f"https://{self._hosts.get(host, host)}{parts.path.rstrip('/')}"
        return self._short(base) or self._whole(
            self._rewritten(base, parts.query), parts.query, parts.fragment
        )

    def spelt(self, url: str) -> str:
        """The address of a link as its card has it; of a URL that becomes no card, the URL."""
        link = self.link(url)
        return link.url if link else url

    def _short(self, base: str) -> Link | None:
        for provider in self._all:
            for short in provider.short:
                if match := short.fullmatch(base):
                    return Link(base, provider, match.groups(), short=True)
        return None

    def _rewritten(self, base: str, query: str) -> str:
        given = parse_qs(query)
        for spelling, name, ours in self._rewrite:
            whole = f"{base}?{name}={given[name][0]}" if name in given else base
            if match := spelling.fullmatch(whole):
                return ours.format(*match.groups())
        return base

    def _whole(self, base: str, query: str, fragment: str) -> Link | None:
        for provider in self._all:
            for one in _spellings(base, query, fragment, provider):
                for scheme in provider.schemes:
                    if match := scheme.fullmatch(one):
                        return Link(one, provider, match.groups())
        return None

    @property
    def names(self) -> list[str]:
        """The names of the sites, each once."""
        return list(dict.fromkeys(provider.name for provider in self._all))

    @cached_property
    def frames(self) -> tuple[str, ...]:
        """The origins of all frames, sorted, for the pages' Content-Security-Policy (`frame-src`)."""
        origins = {f"https://{urlsplit(p.frame).netloc}" for p in self._all if p.frame}
        return tuple(sorted(origins))


def _provider(row: Mapping[str, Any]) -> Provider:
    (endpoint,) = row["endpoints"]
    schemes: list[str] = endpoint["schemes"]
    page = bool(row.get("page"))
    hosts = {urlsplit(scheme).netloc for scheme in schemes} if page else set()
    if endpoint.get("url"):
        hosts.add(urlsplit(endpoint["url"]).netloc)
    return Provider(
        row["provider_name"],
        row["kind"],
        endpoint.get("url"),
        endpoint.get("ask", {}),
        page,
        row.get("frame"),
        tuple(_pattern(scheme, row.get("id", ANY)) for scheme in schemes),
        tuple(_pattern(scheme) for scheme in row.get("short", ())),
        frozenset(tuple(parse_qs(urlsplit(s).query)) for s in schemes if urlsplit(s).query),
        frozenset(hosts),
        tuple(row.get("pictures", ())),
        row.get("picture"),
    )


def _pattern(scheme: str, last: str = ANY) -> re.Pattern[str]:
    *before, end = (re.escape(part) for part in scheme.split("*"))
    return re.compile(f"({ANY})".join(before) + (f"({last})" if before else "") + end)


def _spellings(base: str, query: str, fragment: str, provider: Provider) -> list[str]:
    """The spellings of a URL to compare with the schemes, without campaign parameters.

    Those with the provider's `parameters` come first, then those with the fragment, then the bare URL.
    """
    given = parse_qs(query)
    named = [
        f"{base}?" + "&".join(f"{name}={quote_plus(given[name][0], safe=',')}" for name in names)
        for names in provider.parameters
        if given.keys() >= set(names)
    ]
    return [*named, f"{base}/#{fragment}", base] if fragment else [*named, base]


def _bounds(wild: tuple[str, ...]) -> str | None:
    """The edges of a map as `west,south,east,north` in degrees, percent-encoded.

    `wild` is zoom, latitude and longitude. None if they are not numbers in range.
    """
    try:
        zoom, latitude, longitude = (float(part) for part in wild)
    except ValueError:
        return None
    if not (0 <= zoom <= 22 and abs(latitude) <= 85 and abs(longitude) <= 180):
        return None
    across = 360 / 2**zoom  # degrees of one tile; a frame shows about two tiles
    up = across * math.cos(math.radians(latitude)) / 2
    edges = (longitude - across, latitude - up, longitude + across, latitude + up)
    return "%2C".join(f"{edge:.6f}" for edge in edges)
