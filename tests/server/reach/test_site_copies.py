"""Sites that include a story on their server: the report on a removal names them, as copies that cannot be reached."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from desk_client import Editor
from hub_parts import Desk
from posters import token_at
from processes import PATIENCE, Server

from liveblog.live.embed_hosts import EmbedHosts
from liveblog.live.site_copies import MOST_SITES, MOST_STORIES, SECONDS, SiteCopies
from liveblog.store import Store

WORDS = "copies, at most 30 seconds old, at sites that include the story on their server: "


def asks(editor: Editor, slug: str, query: str) -> str:
    answer = editor.http.get(f"/stories/{slug}/element?{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.anyio
async def test_the_report_names_the_sites_that_asked_any_process(
    pair: tuple[Server, Server],
) -> None:
    here = Editor(pair[0].url, await token_at(pair[0]))
    there = Editor(pair[1].url, await token_at(pair[1]))
    slug, other = here.story(), here.story()
    known: list[str] = []
    async with asyncio.timeout(PATIENCE):  # until the processes have heard of each other
        while len(known) < 2:
            first = here.post(other)["id"]
            known = (await asyncio.to_thread(here.remove, other, first))["report"]["processes"]
    entry = here.post(slug, "SENSITIVE words")["id"]
    for _ in range(2):
        assert "SENSITIVE" in asks(here, slug, "limit=8&site=News.Example.org")
    asks(there, slug, "site=blog.example.com&lang=de")
    asks(there, slug, "host=frame.example.com")
    asks(there, other, "site=elsewhere.example.com")
    for name in ("127.0.0.1", "localhost", "cms.corp", "%3Cb%3E.example.org", "", "wiki"):
        asks(here, slug, f"site={name}")
    report = (await asyncio.to_thread(here.remove, slug, entry, purge=True))["report"]
    assert report["silent"] == []
    assert WORDS + "news.example.org, blog.example.com" in report["beyond"]
    for editor in (here, there):
        assert "SENSITIVE" not in asks(editor, slug, "site=news.example.org")
    kept = here.http.get(f"/api/stories/{slug}/entries/{entry}/history").json()["revisions"]
    assert kept[-1]["report"] == report
    bare = here.story()
    entry = here.post(bare)["id"]
    beyond = (await asyncio.to_thread(here.remove, bare, entry))["report"]["beyond"]
    assert not any(WORDS in line for line in beyond), "nobody asked for that one"
    here.close()
    there.close()


def test_the_report_names_twenty_and_counts_the_others(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    for number in range(23):
        asks(editor, slug, f"site=s{number:02}.example.org")
    beyond = editor.remove(slug, entry)["report"]["beyond"]
    (line,) = [line for line in beyond if line.startswith(WORDS)]
    names = ", ".join(f"s{number:02}.example.org" for number in range(20))
    assert line == f"{WORDS}{names} and 3 more"


@pytest.mark.anyio
async def test_such_sites_are_counted_as_places_where_it_is_embedded(store: Store) -> None:
    await Desk(store).open()
    hosts = EmbedHosts(store.embed_hosts, "live.example.net")
    reader = [(b"host", b"127.0.0.1:8000"), (b"sec-fetch-dest", b"document")]
    reader.append((b"referer", b"https://search.example.com/"))
    for query in (b"site=news.example.org", b"site=live.example.net", b"site=%00", b"a=1"):
        hosts.included("story", reader, query)
    await hosts.save()
    found = await store.embed_hosts.of(await store.stories.get("story"))
    assert [(one.host, one.loads) for one in found] == [("news.example.org", 1)]
    assert hosts.copies.of("story") == {"news.example.org": 1}


def test_a_site_that_asks_no_more_is_forgotten() -> None:
    now = [1000.0]
    copies = SiteCopies(lambda: now[0])
    copies.note("story", "a.org")
    now[0] += SECONDS - 1
    copies.note("story", "b.org")
    assert copies.of("story") == {"a.org": 1, "b.org": 1}
    now[0] += 1
    copies.note("story", "b.org")
    assert copies.of("story") == {"b.org": 2}
    now[0] += SECONDS
    copies.note("story", "b.org")
    assert copies.of("story") == {"b.org": 1}, "counted anew"


def test_names_that_somebody_makes_up_are_bounded_and_drive_out_no_regular_site() -> None:
    ticks = count()
    copies = SiteCopies(lambda: next(ticks) / 1e6)
    for _ in range(2):
        copies.note("story", "news.example.org")
    for number in range(3 * MOST_SITES):
        copies.note("story", f"junk-{number}.example.com")
    found = copies.of("story")
    assert len(found) == MOST_SITES
    assert found["news.example.org"] == 2
    for number in range(MOST_STORIES + 9):
        copies.note(f"story-{number}", "a.org")
    assert (
        sum(bool(copies.of(f"story-{number}")) for number in range(MOST_STORIES + 9)) < MOST_STORIES
    )
