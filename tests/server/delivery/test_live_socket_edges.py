"""The live socket and its polling twin at their edges: bad requests, chatter, places that are gone."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor
from posters import Poster, token_at
from processes import NO_TLS, PATIENCE, Server
from readers import Reader, all_have, audience
from rows import in_database
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

pytestmark = pytest.mark.anyio

RESET = 4001


def address(server: Server, slug: str, query: str) -> str:
    return f"{server.ws}/stories/{slug}/live?{query}"


async def talk(
    server: Server, slug: str, query: str, *said: str | bytes
) -> tuple[list[dict[str, Any]], int | None]:
    """Connects and says something; gives the frames, and the code with which the server ends it."""
    frames = []
    async with (
        asyncio.timeout(PATIENCE),
        connect(address(server, slug, query), compression=None, proxy=None) as socket,
    ):
        try:
            for words in said:
                await socket.send(words)
            while True:
                frames.append(json.loads(await socket.recv()))
        except ConnectionClosed:
            pass
    return frames, socket.close_code


def poll(server: Server, slug: str, query: str) -> httpx2.Response:
    address = f"{server.url}/stories/{slug}/events?{query}"
    return httpx2.get(address, trust_env=False, verify=NO_TLS, timeout=PATIENCE)


def is_problem(answer: httpx2.Response, status: int) -> bool:
    content = json.loads(answer.text)
    return (
        answer.status_code == content["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and bool(content["detail"])
    )


@pytest.mark.parametrize("place", ["after=2&epoch=another", "after=3", "after=0&epoch=another"])
async def test_a_place_that_cannot_be_resumed_is_reset(
    live_server: Server, editor: Editor, place: str
) -> None:
    slug = editor.story()
    for _ in range(2):
        editor.post(slug)
    frames, code = await talk(live_server, slug, place)
    assert [frame["type"] for frame in frames] == ["hello", "reset"]
    assert frames[0]["head"] == 2
    assert frames[1]["reason"]
    assert code == RESET
    assert is_problem(poll(live_server, slug, place), 410)


async def test_polling_gives_what_follows_a_place(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    for _ in range(3):
        editor.post(slug)
    async with Reader(live_server.ws, slug, after=0) as reader:
        await reader.until(3)
    answer = json.loads(poll(live_server, slug, f"after=1&epoch={reader.epoch}").text)
    assert answer == {
        "epoch": reader.epoch,
        "head": 3,
        "events": reader.events[1:],
        "more": False,
    }
    assert json.loads(poll(live_server, slug, "after=3").text)["events"] == []


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", "%201", "99999999999", "1e3", "%D9%A1"])
async def test_a_bad_place_is_refused(live_server: Server, editor: Editor, after: str) -> None:
    slug = editor.story()
    assert is_problem(poll(live_server, slug, f"after={after}"), 400)
    with pytest.raises(InvalidStatus) as refused:
        await connect(address(live_server, slug, f"after={after}"), proxy=None)
    assert refused.value.response.status_code == 400
    assert json.loads(refused.value.response.body or b"")["errors"][0]["field"] == "after"


async def test_polling_without_a_place_gives_the_present_one(
    live_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug)
    found = poll(live_server, slug, "").json()
    assert (found["head"], found["events"], found["more"]) == (1, [], False)


async def test_an_unknown_story_is_refused_before_the_upgrade(live_server: Server) -> None:
    assert is_problem(poll(live_server, "no-such-story", "after=0"), 404)
    with pytest.raises(InvalidStatus) as refused:
        await connect(address(live_server, "no-such-story", "after=0"), proxy=None)
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
async def test_pages_of_any_origin_may_read(
    live_server: Server, editor: Editor, origin: str | None
) -> None:
    slug = editor.story()
    async with connect(
        address(live_server, slug, "after=0"),
        proxy=None,
        origin=Origin(origin) if origin else None,
    ) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"


@pytest.mark.parametrize(
    ("said", "code"),
    [("hello", 1008), (b"\0", 1008), ("", 1008), ("x" * 4096, 1008), ("x" * 4097, 1009)],
    ids=["text", "bytes", "nothing", "4 KiB", "over 4 KiB"],
)
async def test_a_reader_that_talks_is_sent_away(
    live_server: Server, editor: Editor, said: str | bytes, code: int
) -> None:
    slug = editor.story()
    async with audience(live_server.ws, slug, 1) as quiet:
        assert (await talk(live_server, slug, "after=0", said))[1] == code
        editor.post(slug)
        await all_have(quiet, 1)  # and nobody else is harmed
        assert not quiet[0].closes


async def test_beyond_reach_a_reader_is_reset_and_within_it_is_served(tmp_path: Path) -> None:
    """Entries of 65 KB: memory holds under 130 of them, readers may have 140, the log has all 150."""
    with Server(tmp_path, LIVEBLOG_REACH="140") as server:
        token = await token_at(server)
        with closing(Editor(server.url, token)) as editor:
            slug = editor.story()
        async with Poster(token, slug, server.url) as poster:
            await asyncio.gather(*(poster.post(secrets.token_hex(32_500)) for _ in range(150)))
        frames, code = await talk(server, slug, "after=0")
        assert [frame["type"] for frame in frames] == ["hello", "reset"]
        assert code == RESET
        assert is_problem(poll(server, slug, "after=9"), 410)
        assert len(json.loads(poll(server, slug, "after=10").text)["events"]) == 140
        async with Reader(server.ws, slug, after=10) as reader:
            await all_have([reader], 150)


@pytest.mark.parametrize(
    ("epoch", "head"),
    [("restored", 5), ("restored", 3), (None, 3)],
    ids=["same", "older", "copied"],
)
async def test_a_database_put_back_resets_its_readers(
    live_server: Server, editor: Editor, epoch: str | None, head: int
) -> None:
    slug = editor.story()
    for _ in range(5):
        editor.post(slug)
    async with Reader(live_server.ws, slug, after=0) as reader:
        await reader.until(5)
        old = reader.epoch
        put_back(live_server, slug, epoch or str(old), head)
        assert (await reader.until_frame("reset"))["reason"]
        assert await reader.until_closed() == RESET
        assert reader.log == [1, 2, 3, 4, 5]

    for place in ("after=5&epoch=" + str(old), f"after={head + 1}"):
        frames, code = await talk(live_server, slug, place)
        assert [frame["type"] for frame in frames] == ["hello", "reset"]
        told = {name: frames[0][name] for name in ("type", "epoch", "head")}
        assert told == {"type": "hello", "epoch": epoch or old, "head": head}
        assert code == RESET
        assert is_problem(poll(live_server, slug, place), 410)
    async with (
        Reader(live_server.ws, slug, after=0) as anew,
        Reader(live_server.ws, slug, after=head, epoch=epoch or old) as level,
    ):
        editor.post(slug)
        await all_have([anew, level], head + 1)


def put_back(server: Server, slug: str, epoch: str, head: int) -> None:
    """What a restored backup does to a story: an earlier head, and another epoch."""

    async def work(connection: AsyncConnection) -> None:
        known = {"slug": slug, "head": head, "epoch": epoch}
        story = "(SELECT id FROM stories WHERE slug = :slug)"
        for statement in (
            f"DELETE FROM revisions WHERE entry_id IN (SELECT id FROM entries WHERE story_id = {story} AND seq > :head)",
            f"DELETE FROM events WHERE story_id = {story} AND seq > :head",
            f"DELETE FROM entries WHERE story_id = {story} AND seq > :head",
            "UPDATE stories SET epoch = :epoch, head = :head WHERE slug = :slug",
        ):
            await connection.execute(text(statement), known)

    in_database(server, work)
