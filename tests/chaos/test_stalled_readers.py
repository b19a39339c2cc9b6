"""Readers that stay connected and take nothing: nobody waits for them, and they are let go."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest
from desk_client import new_story
from posters import Poster, token_at
from processes import Server, until
from readers import all_have, audience
from stalled_readers import stalled, unsent

pytestmark = pytest.mark.anyio

ENTRIES = 100  # of 60 KB: more than the kernel holds for a connection


async def test_a_reader_that_takes_nothing_is_let_go_and_delays_nobody(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            Poster(token, slug, server.url) as poster,
            audience(server.ws, slug, 1) as readers,
        ):
            with stalled(server, slug) as port:
                full = asyncio.create_task(until(lambda: bool(unsent(server, port))))
                bodies = (secrets.token_hex(30_000) for _ in range(ENTRIES))
                await asyncio.gather(*(poster.post(body) for body in bodies))
                await all_have(readers, ENTRIES)
                await full
                await until(lambda: unsent(server, port) is None)
            with stalled(server, slug) as port:
                await until(lambda: (unsent(server, port) or 0) > 10_000)
                assert await asyncio.to_thread(server.stop) == 0
        assert "Traceback" not in server.said()
