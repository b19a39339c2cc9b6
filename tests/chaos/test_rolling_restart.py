"""SIGHUP: the workers are restarted one after another, and nobody who reads or writes misses anything."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest
from desk_client import Editor, new_story
from metrics import metric
from posters import Poster, token_at, whole_log
from processes import PATIENCE, Server, until
from readers import all_have, audience

pytestmark = pytest.mark.anyio

WORKERS = 2
READERS = 50
AFTERWARDS = 7.0  # seconds; what a dead worker last said of its readers would count for 10


async def until_all_are_new(server: Server, old: set[int]) -> None:
    """Waits until none of the old workers is left; asserts that they go one at a time, each only when
    another has come."""

    def done() -> bool:
        workers = set(server.workers())
        assert WORKERS <= len(workers) <= WORKERS + 1
        return not workers & old and len(workers) == WORKERS

    await until(done, 90)


def readers_of(editor: Editor, slug: str) -> int:
    counted: int = json.loads(editor.http.get(f"/api/stories/{slug}").text)["readers"]
    return counted


async def test_workers_restarted_while_entries_pour_in(tmp_path: Path) -> None:
    with Server(tmp_path, WEB_CONCURRENCY=str(WORKERS), LIVEBLOG_DRAIN_SECONDS="1") as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            audience(server.ws, slug, READERS) as readers,
            Poster(token, slug, server.url) as poster,
        ):
            pouring = asyncio.create_task(poster.pour(200, pace=20))
            await poster.until(20)
            written = metric(server, "liveblog_socket_frames_total")
            old = set(server.workers())
            os.kill(server.pid, signal.SIGHUP)
            await until_all_are_new(server, old)
            await asyncio.gather(pouring, poster.pour(20, pace=20))

            await all_have(readers, 220)
            log = await whole_log(server.url, slug)
            assert {event["seq"]: event["id"] for event in log} == poster.ids
            assert all(set(reader.closes) == {1012} for reader in readers)

            editor = Editor(server.url, token)
            await until(lambda: metric(server, "liveblog_readers") == READERS)
            await until(lambda: readers_of(editor, slug) == READERS, AFTERWARDS)
            assert metric(server, "liveblog_socket_frames_total") > written > 0
            editor.close()
        assert "Traceback" not in server.said()


async def test_where_no_new_worker_starts_the_old_ones_stay(tmp_path: Path) -> None:
    with Server(tmp_path, WEB_CONCURRENCY="2") as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            audience(server.ws, slug, 4) as readers,
            Poster(token, slug, server.url) as poster,
        ):
            await until(lambda: server.said().count("startup complete") == 2)
            workers = server.workers()
            data = (tmp_path / "data").rename(tmp_path / "away")
            (tmp_path / "data").touch()  # where no folder can be made
            os.kill(server.pid, signal.SIGHUP)
            await until(lambda: "worker failed to start" in server.said())
            (tmp_path / "data").unlink()
            data.rename(tmp_path / "data")
            await poster.pour(5, pace=10)
            await all_have(readers, 5)
            assert server.workers() == workers
            assert not any(reader.closes for reader in readers)


async def test_a_server_told_to_stop_in_the_middle_of_a_restart_stops(tmp_path: Path) -> None:
    with Server(tmp_path, WEB_CONCURRENCY="3") as server:
        await until(lambda: server.said().count("startup complete") == 3)
        os.kill(server.pid, signal.SIGHUP)
        await until(lambda: len(server.workers()) == 4)
        assert await asyncio.to_thread(server.stop) == 0
        assert server.said().count("startup complete") == 4  # one was replaced, and no other


async def test_the_only_worker_stops_in_order(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        slug = new_story(server.url, await token_at(server))
        async with audience(server.ws, slug, 5) as readers:
            os.kill(server.pid, signal.SIGHUP)
            codes = await asyncio.gather(*(reader.until_closed() for reader in readers))
            assert set(codes) == {1012}
            assert await asyncio.to_thread(server.child.wait, PATIENCE) == 0


async def test_under_nohup_the_only_worker_goes_on(tmp_path: Path) -> None:
    class Unhung(Server):
        def program(self, command: str, *args: str) -> list[str]:
            return ["nohup", *super().program(command, *args)]

    with Unhung(tmp_path) as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            audience(server.ws, slug, 1) as readers,
            Poster(token, slug, server.url) as poster,
        ):
            os.kill(server.pid, signal.SIGHUP)
            await poster.pour(5, pace=10)
            await all_have(readers, 5)
            assert not readers[0].closes
