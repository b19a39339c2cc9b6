"""Readers as the page is one: they begin with a page, follow by events, and load the page anew when told."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, NamedTuple

import httpx2
from processes import NO_TLS, PATIENCE, Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser, LexborNode


class Anew(Exception):
    """The reader was told to begin anew."""


class Shown(NamedTuple):
    """What a page shows: the head of the story, the Brief, the entries."""

    header: str
    brief: str
    entries: list[str]


class Content:
    """A live page, followed as `entry-list.js` does, as far as it fits into one page."""

    def __init__(self, page: str) -> None:
        tree = LexborHTMLParser(page)
        blog = _only(tree, "live-blog")
        self.seq = int(blog.attributes["seq"] or 0)
        self.epoch = blog.attributes["epoch"] or ""
        self._header = _only(tree, "#story").html or ""
        self._entries = {node.id or "": node for node in tree.css("[role=feed] > article")}
        self._brief = _only(tree, ".brief")
        self._since = _since(self._brief)
        # As they came, so that a page whose order is wrong is not put right by reading it.
        self.loaded = Shown(self._header, self._said, _texts(self._entries))

    def apply(self, event: dict[str, Any]) -> None:
        self.seq = event["seq"]
        name = event["id"]
        if html := event.get("brief_html"):
            self._brief = _only(LexborHTMLParser(html), ".brief")
        self._since = event.get("brief_since", self._since)
        if event["kind"] == "story.updated":
            self._header = _only(LexborHTMLParser(event["html"]), "#story").html or ""
            return
        self._entries.pop(name, None)
        if event["kind"] != "entry.removed":
            self._entries[name] = _only(LexborHTMLParser(event["html"]), "article")

    @property
    def shown(self) -> Shown:
        entries = sorted(self._entries.values(), key=_time, reverse=True)
        return Shown(self._header, self._said, [e.html or "" for e in entries])

    @property
    def _said(self) -> str:
        """The Brief, without the words of the number of updates since, which scripts write."""
        rest = re.sub(r' hidden(="")?>[^<]*</a>|>[^<]*</a>', "></a>", self._brief.html or "")
        return f"{self._since if self._brief.css('.brief-since') else 0} {rest}"


class PageReader(Reader):
    """`content` is what the page of this reader shows; `after` where its newest life began."""

    content: Content

    def __init__(self, server: Server, slug: str) -> None:
        super().__init__(server.ws, slug)
        self.page = f"{server.url}/stories/{slug}"
        self.loads = 0

    async def until_loaded(self, times: int) -> None:
        """Waits until the page has been loaded that often."""
        async with asyncio.timeout(PATIENCE):
            while self.loads < times:
                self._moved.clear()
                await self._moved.wait()

    async def until(self, seq: int, within: float = PATIENCE) -> None:
        async with asyncio.timeout(within):
            while self.content.seq < seq:
                self._moved.clear()
                await self._moved.wait()

    async def _run(self) -> None:
        while True:
            self.content = Content(await fetched(self.page))
            self.after, self.epoch, self.log = self.content.seq, self.content.epoch, []
            self.loads += 1
            self._moved.set()
            with suppress(Anew):
                await super()._run()

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "event":
            self.content.apply(frame)
        super()._take(frame)
        if frame["type"] == "reset":
            self.cut()
            raise Anew


async def fetched(page: str) -> str:
    """A page, as soon as its server gives it."""
    async with httpx2.AsyncClient(trust_env=False, verify=NO_TLS, timeout=PATIENCE) as http:
        while True:
            with suppress(httpx2.TransportError):
                answer = await http.get(page)
                if answer.status_code != 503:
                    assert answer.is_success, f"{answer.status_code}: {answer.text}"
                    return answer.text
            await asyncio.sleep(0.05)


async def fresh(server: Server, slug: str) -> Content:
    return Content(await fetched(f"{server.url}/stories/{slug}"))


async def head_of(server: Server, slug: str) -> int:
    """The head of a story in the log."""
    answer = await fetched(f"{server.url}/stories/{slug}/events?after=0")
    head: int = json.loads(answer)["head"]
    return head


def _only(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    (node,) = tree.css(selector)
    return node


def _texts(nodes: dict[str, LexborNode]) -> list[str]:
    return [node.html or "" for node in nodes.values()]


def _since(brief: LexborNode) -> int:
    """The number of updates since the Brief, in English."""
    link = brief.css_first(".brief-since")
    found = re.match(r"[0-9,]+", link.text() if link else "")
    return int(found[0].replace(",", "")) if found else 0


def _time(node: LexborNode) -> tuple[str, int]:
    return node.attributes["data-published-at"] or "", int(node.attributes["data-seq"] or 0)
