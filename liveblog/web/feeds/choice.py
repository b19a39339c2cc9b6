"""What a request for a feed asks for: which entries, and how many."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from liveblog.errors import Malformed
from liveblog.store import Show, View
from liveblog.web.http.parameters import count, whole_number

USUAL = 50
MOST = 100
MOST_SITEMAPS = 999_999


class Choice(NamedTuple):
    """`show` limits a feed to key events, `limit` to that many entries."""

    show: Show | None = None
    limit: int = USUAL

    @property
    def view(self) -> View:
        return View(self.show)

    @property
    def usual(self) -> bool:
        """Whether many ask for the same."""
        return self.limit == USUAL

    @property
    def query(self) -> str:
        """The choice as a query, with `?`; empty if nothing was chosen."""
        given = {"show": str(self.show)} if self.show else {}
        given |= {"limit": str(self.limit)} if self.limit != USUAL else {}
        return f"?{urlencode(given)}" if given else ""


def read(query: QueryParams, *, shows: bool = True) -> Choice:
    """The choice in a query. Other parameters are ignored. Raises `Malformed`."""
    show = query.get("show") or None if shows else None
    if show is not None and show != Show.KEY:
        raise Malformed.parameter("show", f"must be {Show.KEY}, or be left out")
    limit = count(query, "limit", MOST)
    return Choice(Show(show) if show else None, USUAL if limit is None else limit)


def page(query: QueryParams) -> int | None:
    """The number of a sitemap, from 1; None if the request does not name one. Raises `Malformed`."""
    given = query.get("page")
    if given is None:
        return None
    number = whole_number(given, MOST_SITEMAPS)
    if number is None:
        raise Malformed.parameter("page", "must be the number of a sitemap, from 1")
    return number
