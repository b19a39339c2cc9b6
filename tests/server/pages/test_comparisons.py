"""What two revisions differ in is compared once for all who read it, and forgotten with the text."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx2
from desk_client import Editor
from honest import Honest
from processes import NO_TLS, PATIENCE, Server

from liveblog.content.difference import Kind
from liveblog.live.feed import Feed
from liveblog.live.frames import Frame
from liveblog.process.pool import Pool
from liveblog.web.cache.comparisons import KEPT_CHARACTERS, Comparisons

WORDS = [f"word{n}" for n in range(500)]
LONG = (
    {"body_html": "<p>" + "one two " * 500 + "</p>"},
    {"body_html": "<p>" + "one 2 " * 500 + "</p>"},
)


def purge(feed: Feed, entry_id: str) -> None:
    text = f'{{"seq":{feed.applied + 1},"type":"entry_removed","id":"{entry_id}","purged":true}}'
    feed.offer(feed.epoch, [Frame(feed.applied + 1, entry_id, text, purged=True)])


async def test_it_is_made_once_for_all_who_ask() -> None:
    pool = Pool()
    here, feed = Comparisons(pool), Feed("s", "e", 0)
    asked = [here.all(feed, feed.texts, {"a:2": LONG}) for _ in range(20)]
    found = await asyncio.gather(*asked)
    first = found[0]["a:2"]
    assert all(one["a:2"] is first for one in found)
    assert (await here.all(feed, feed.texts, {"a:2": LONG}))["a:2"] is first
    assert Kind.STRUCK in {piece.kind for piece in first.body}


async def test_nothing_of_it_is_left_after_a_purge() -> None:
    here, feed = Comparisons(Pool()), Feed("s", "e", 0)
    other = Feed("other", "e", 0)
    before = (await here.all(feed, feed.texts, {"a:2": LONG}))["a:2"]
    kept = (await here.all(other, other.texts, {"b:2": LONG}))["b:2"]
    under_way = asyncio.create_task(here.all(feed, feed.texts, {"a:3": LONG}))
    await asyncio.sleep(0)
    purge(feed, "a")
    here.sweep([feed, other])
    await under_way  # asked for before the purge: answered, and not kept
    assert not [key for key in here._kept if key[0] == "s"]
    assert (await here.all(feed, feed.texts, {"a:2": LONG}))["a:2"] is not before
    assert (await here.all(other, other.texts, {"b:2": LONG}))["b:2"] is kept
    here.sweep([feed])  # nobody reads the other story here any more
    assert [key[0] for key in here._kept] == ["s"]


async def test_what_is_kept_has_a_bound() -> None:
    here, feed = Comparisons(Pool()), Feed("s", "e", 0)
    old, new = ({"body_html": f"<p>{letter * 500_000}</p>"} for letter in "ab")
    for number in range(KEPT_CHARACTERS // 1_000_000 + 4):
        await here.all(feed, feed.texts, {f"a:{number}": (old, new)})
    held = sum(kept.characters for kept in here._kept.values())
    assert 0 < held == here._characters <= KEPT_CHARACTERS


async def test_what_takes_too_long_is_struck_and_inserted_as_a_whole() -> None:
    class Busy(Pool):
        async def run(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise TimeoutError

    feed = Feed("s", "e", 0)
    states = (
        {"body_html": "<p>old</p>" * 500},
        {"body_html": "<p>new</p>" * 500, "dateline": "Kyiv"},
    )
    found = (await Comparisons(Busy()).all(feed, feed.texts, {"a:2": states}))["a:2"]
    assert [piece.kind for piece in found.body] == [Kind.STRUCK, Kind.INSERTED]
    assert found.body[0].text.split() == ["old"] * 500
    assert found.body[1].text.split() == ["new"] * 500
    assert found.others == ("dateline",)


def page_of_an_entry(url: str, path: str) -> Iterator[None]:
    """Twenty readers who load one page without end, each without a copy of it."""
    client = httpx2.Client(base_url=url, timeout=PATIENCE, trust_env=False, verify=NO_TLS)

    def load() -> None:
        assert client.get(path).status_code == 200

    def go_on() -> None:
        for _ in count():
            load()

    with ThreadPoolExecutor(20) as threads:
        load()
        for _ in range(19):
            threads.submit(go_on)
        while True:
            load()
            yield


async def test_the_page_of_an_entry_with_long_edits_holds_nobody_up(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    chance = random.Random(11)
    slug = editor.story()
    words = [chance.choice(WORDS) + ("." if n % 12 == 11 else "") for n in range(8_000)]
    entry = editor.post(slug, " ".join(words))["id"]
    for _ in range(12):
        for _ in range(400):
            words[chance.randrange(len(words))] = chance.choice(WORDS)
        editor.edit(slug, entry, body=" ".join(words))
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(
            page_of_an_entry, shared_server.url, f"/stories/{slug}/entries/{entry}"
        )
