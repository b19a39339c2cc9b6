"""However many come back at once, the database is read once for all of them, and a page is made once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import httpx2
import pytest
from desk_client import Editor
from metrics import metric
from processes import NO_TLS, PATIENCE, OrdinaryServer, Server
from readers import Reader, all_have
from websockets.asyncio.client import connect

pytestmark = pytest.mark.anyio

HEAD = 1_400
RING = 1_000  # events that a process holds
BLOCK, KEPT_SECONDS = 250, 2.0  # in which the log is read for those further back, and kept
CROWD = 200
REQUESTS = 200


def lengthen(server: Server, slug: str, head: int) -> None:
    """Repeats the first event of a story, under the following numbers, up to a head."""
    database = server.folder / "data" / "liveblog.sqlite3"
    with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection, connection:
        (story,) = connection.execute("SELECT id FROM stories WHERE slug = ?", [slug]).fetchone()
        columns = "story_id, seq, kind, entry_id, rev, at, payload"
        query = f"SELECT {columns} FROM events WHERE story_id = ?"
        *same, payload = connection.execute(query, [story]).fetchone()
        event = json.loads(payload)
        rows = [
            (story, seq, *same[2:], json.dumps(event | {"seq": seq})) for seq in range(2, head + 1)
        ]
        connection.executemany(f"INSERT INTO events ({columns}) VALUES (?,?,?,?,?,?,?)", rows)
        connection.execute("UPDATE stories SET head = ? WHERE id = ?", [head, story])


@pytest.fixture(params=[Server, OrdinaryServer])
def newcomer(request: pytest.FixtureRequest, shared_server: Server) -> Iterator[Server]:
    """A process that nobody has read anything at, beside the shared one."""
    with request.param(shared_server.folder) as server:
        yield server
        server.stop()  # in order: a killed one leaves its address to the commands of the folder


async def come_back(server: Server, slug: str, places: Sequence[int]) -> None:
    """Readers who all come at once, each at its place, and stay until all are there."""
    all_there = asyncio.Barrier(len(places))

    async def come(place: int) -> None:
        url = f"{server.ws}/stories/{slug}/live?after={place}"
        async with asyncio.timeout(PATIENCE):
            async with connect(url, compression=None, proxy=None, open_timeout=PATIENCE) as socket:
                assert json.loads(await socket.recv())["type"] == "hello"
                following = json.loads(await socket.recv())
                while following["type"] == "head":  # a heartbeat fell due
                    following = json.loads(await socket.recv())
                assert following["seq"] == place + 1
                await all_there.wait()
                socket.transport.abort()

    await asyncio.gather(*(come(place) for place in places))


async def test_readers_who_come_back_at_once_cost_one_read_of_the_log(
    shared_server: Server, newcomer: Server, editor: Editor
) -> None:
    slugs = [editor.story(), editor.story()]
    for slug in slugs:
        editor.post(slug)
        lengthen(shared_server, slug, HEAD)
    before = metric(newcomer, "liveblog_log_reads_total")
    begun = time.monotonic()
    in_ring = [HEAD - RING + n for n in range(CROWD // 2)]
    behind = [n * 4 % (HEAD - RING) for n in range(CROWD // 2)]
    await asyncio.gather(*(come_back(newcomer, slug, [*in_ring, *behind]) for slug in slugs))
    reads = metric(newcomer, "liveblog_log_reads_total") - before
    # A story is read when it is opened, and once more for what was published meanwhile (by us, and
    # when Redis confirms the subscription).
    blocks = len({place // BLOCK for place in behind})
    rounds = 1 + (time.monotonic() - begun) // KEPT_SECONDS
    assert len(slugs) * (1 + blocks) <= reads <= len(slugs) * (3 + blocks * rounds)

    async with Reader(newcomer.ws, slugs[0], after=0) as reader:
        await all_have([reader], HEAD)


async def test_readers_within_the_ring_cost_no_read_of_the_log(
    shared_server: Server, live_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug)
    lengthen(shared_server, slug, RING)
    async with Reader(live_server.ws, slug, after=None):
        before = metric(live_server, "liveblog_log_reads_total")
        places = range(0, RING, RING // CROWD)
        await come_back(live_server, slug, places)
        # Of a story that was just opened, what was published meanwhile may be read this late.
        reads = metric(live_server, "liveblog_log_reads_total") - before
        assert reads <= 2 < len({place // BLOCK for place in places})


async def test_a_page_is_made_once_a_change_and_not_once_a_request(
    live_server: Server, shared_token: str
) -> None:
    editor = Editor(live_server.url, shared_token)
    slug = editor.story()
    paths = (f"/stories/{slug}", f"/stories/{slug}/embed")
    async with httpx2.AsyncClient(
        base_url=live_server.url, trust_env=False, verify=NO_TLS, timeout=PATIENCE
    ) as http:

        async def ask_for_all(path: str, **headers: str) -> list[httpx2.Response]:
            asked = (http.get(path, headers=headers) for _ in range(REQUESTS // 4))
            return list(await asyncio.gather(*asked))

        for seq in range(1, 4):
            editor.post(slug)
            before = metric(live_server, "liveblog_pages_rendered_total")
            reads = metric(live_server, "liveblog_log_reads_total")
            given = await asyncio.gather(
                *(ask_for_all(path, **{"Accept-Encoding": encoding})
                  for path in paths for encoding in ("gzip", "identity"))
            )  # fmt: skip
            assert metric(live_server, "liveblog_pages_rendered_total") == before + len(paths)
            for answers in given:
                assert {answer.status_code for answer in answers} == {200}
                assert len({(answer.headers["ETag"], answer.text) for answer in answers}) == 1
                assert f'seq="{seq}"' in answers[0].text
            assert len({answers[0].headers["ETag"] for answers in given}) == len(given)

            # Who has the page gets nothing, and nothing is made or read for it.
            for path, answers in zip(paths, given[::2], strict=True):
                known = {"Accept-Encoding": "gzip", "If-None-Match": answers[0].headers["ETag"]}
                again = await ask_for_all(path, **known)
                assert {answer.status_code for answer in again} == {304}
                assert not any(answer.content for answer in again)
            assert metric(live_server, "liveblog_pages_rendered_total") == before + len(paths)
            # Twice where Redis is slow to take the announcement.
            assert metric(live_server, "liveblog_log_reads_total") - reads <= 4
    editor.close()
