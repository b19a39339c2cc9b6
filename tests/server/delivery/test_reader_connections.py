"""The lifecycle of readers: room, answers, good-byes."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from desk_client import Editor, add_token
from metrics import metric
from processes import PATIENCE, Server, until
from readers import Reader, audience
from stalled_readers import stalled, unsent
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.anyio

FREED_WITHIN = 35.0  # the bound of the promise: a reader that does not answer is gone


async def test_there_is_no_room_for_more_readers_than_the_limit(tmp_path: Path) -> None:
    with Server(tmp_path, LIVEBLOG_MAX_READERS="2") as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        async with audience(server.ws, slug, 2) as readers:
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{server.ws}/stories/{slug}/live", proxy=None)
            answer = refused.value.response
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert json.loads(answer.body or b"")["status"] == 503
            editor.post(slug)
            for reader in readers:
                await reader.until(1)
        await until(lambda: metric(server, "liveblog_readers") == 0)
        async with Reader(server.ws, slug, after=0) as again:
            await again.until(1)
        assert metric(server, "liveblog_readers_refused_total") == 1
        editor.close()


async def test_an_address_has_a_limit_of_its_own(tmp_path: Path) -> None:
    with Server(tmp_path, LIVEBLOG_MAX_READERS_PER_ADDRESS="1") as server:
        editor = Editor(server.url, add_token(server.env))
        url = f"{server.ws}/stories/{editor.story()}/live"
        one, other = ({"X-Forwarded-For": f"198.51.100.{n}"} for n in (1, 2))
        async with (
            connect(url, proxy=None, additional_headers=one),
            connect(url, proxy=None, additional_headers=other),
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, proxy=None, additional_headers=one)
            assert refused.value.response.status_code == 503
        editor.close()


async def test_several_lines_of_forwarded_addresses_are_read(
    shared_server: Server, editor: Editor
) -> None:
    url = f"{shared_server.ws}/stories/{editor.story()}/live"
    lines = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "198.51.100.2")]
    async with connect(url, proxy=None, additional_headers=lines) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"


async def test_heartbeats_come_and_who_does_not_answer_is_freed(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug)
    async with Reader(shared_server.ws, slug, after=0) as answering:
        with stalled(shared_server, slug) as port:
            begun = time.monotonic()
            await until(lambda: unsent(shared_server, port) is None, FREED_WITHIN)
            assert time.monotonic() - begun < FREED_WITHIN
        head = await answering.until_frame("head")
        assert head["head"] == 1
        assert head["readers"] >= 1
        assert [frame["type"] for frame in answering.frames].count("hello") == 1


async def test_a_stopping_server_says_good_bye_to_all(tmp_path: Path) -> None:
    with Server(tmp_path, LIVEBLOG_DRAIN_SECONDS="1") as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        editor.close()
        sockets = [await connect(f"{server.ws}/stories/{slug}/live", proxy=None) for _ in range(50)]
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        for socket in sockets:
            async with asyncio.timeout(PATIENCE):
                await socket.wait_closed()
            assert socket.close_code == 1012
        assert await stopping == 0


async def test_a_burst_is_joined_into_fewer_writes(pair: tuple[Server, Server]) -> None:
    a, b = pair
    editor = Editor(a.url, add_token(a.env))
    slug = editor.story()
    async with audience(b.ws, slug, 50) as readers:
        b.pause()
        try:
            for _ in range(40):
                await asyncio.to_thread(editor.post, slug)
        finally:
            b.resume()
            editor.close()
        for reader in readers:
            await reader.until(40)
            assert reader.log == list(range(1, 41))
    assert metric(b, "liveblog_socket_frames_total") == 50 * 40
    assert metric(b, "liveblog_socket_writes_total") <= 50 * 20
    assert metric(b, "liveblog_publish_to_socket_seconds_count") == 40
