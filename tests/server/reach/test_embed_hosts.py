"""Where a story is embedded: host names only, at most 500 of a story, and the rarest give way."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hub_parts import Desk
from sqlalchemy import text

from liveblog.errors import LiveblogError
from liveblog.live.embed_hosts import EmbedHosts
from liveblog.store import Store
from liveblog.store.stories.embed_hosts import MOST_HOSTS

pytestmark = pytest.mark.anyio

FRAME = (b"sec-fetch-dest", b"iframe")
OURS = (b"host", b"live.example.net:8000")


async def counted(store: Store, hosts: EmbedHosts, slug: str = "story") -> dict[str, int]:
    await hosts.save()
    found = await store.embed_hosts.of(await store.stories.get(slug))
    return {one.host: one.loads for one in found}


def frame(referer: str) -> list[tuple[bytes, bytes]]:
    return [OURS, FRAME, (b"referer", referer.encode("latin-1"))]


async def test_only_public_names_of_hosts_are_counted(either_store: Store) -> None:
    await Desk(either_store).open()
    hosts = EmbedHosts(either_store.embed_hosts, "www.example.net")
    for referer in (
        "https://News.Example.org:8443/a/secret/page?token=1",
        "http://news.example.org./",
        "https://127.0.0.1/",
        "https://[2001:db8::1]/",
        "https://2130706433/",
        "http://localhost:3000/",
        "http://wiki/",
        "http://cms.corp/",
        "http://printer.local/",
        "https://10.0.0.1.in-addr.arpa/",
        "https://live.example.net:8000/desk/stories/story",
        "https://www.example.net/",
        "https://[broken/",
        "about:blank",
        "<script>alert(1)</script>",
        "https://exa\xe4mple.org/",
        "",
    ):
        hosts.seen("story", frame(referer))
    top = [OURS, (b"sec-fetch-dest", b"document"), (b"referer", b"https://link.example.org/")]
    hosts.seen("story", top)
    hosts.seen("story", [(b"referer", b"https://old.example.org/")])
    hosts.seen("story", [FRAME])
    hosts.seen("story", frame("https://news.example.org/"))
    hosts.seen("nowhere", frame("https://news.example.org/"))
    assert await counted(either_store, hosts) == {
        "news.example.org": 3,
        "old.example.org": 1,
    }
    hosts.seen("story", frame("https://news.example.org/"))
    assert (await counted(either_store, hosts))["news.example.org"] == 4
    assert (await counted(either_store, hosts))["news.example.org"] == 4, "told once"
    last = await either_store.embed_hosts.of(await either_store.stories.get("story"))
    assert {one.last_day for one in last} == {datetime.now(UTC).date()}


async def test_junk_does_not_drive_out_sites_that_load_often(store: Store) -> None:
    await Desk(store).open()
    hosts = EmbedHosts(store.embed_hosts)
    for _ in range(3):
        hosts.seen("story", frame("https://news.example.org/"))
    for number in range(3 * MOST_HOSTS):
        hosts.seen("story", frame(f"https://junk-{number}.example.com/"))
        if number % 400 == 0:
            await hosts.save()
    found = await counted(store, hosts)
    assert len(found) == MOST_HOSTS
    assert found["news.example.org"] == 3
    assert max(found.values()) == 3


async def test_counts_of_several_days_and_processes_are_added_up(either_store: Store) -> None:
    await Desk(either_store).open()
    store = either_store.embed_hosts
    await store.add(date(2026, 11, 29), {"story": {"a.org": 2, "b.org": 1}, "other": {"a.org": 1}})
    await store.add(date(2026, 11, 30), {"story": {"b.org": 5}})
    found = await store.of(await either_store.stories.get("story"))
    assert found == [("b.org", 6, date(2026, 11, 30)), ("a.org", 2, date(2026, 11, 29))]


async def test_counts_stay_when_the_store_fails(store: Store) -> None:
    await Desk(store).open()
    hosts = EmbedHosts(store.embed_hosts)
    hosts.seen("story", frame("https://news.example.org/"))
    async with store.database.write() as connection:
        await connection.execute(text("ALTER TABLE embed_hosts RENAME TO elsewhere"))
    with pytest.raises(LiveblogError):
        await hosts.save()
    async with store.database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO embed_hosts"))
    assert await counted(store, hosts) == {"news.example.org": 1}
