"""Readers that stay connected and take nothing: nobody waits for them, and they are let go."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_client import new_story
from posters import Poster, token_at
from processes import Server, until
from readers import all_have, audience

pytestmark = pytest.mark.anyio

ENTRIES = 100  # of 60 KB: more than the kernel holds for a connection


@contextmanager
def stalled(server: Server, slug: str) -> Iterator[int]:
    """A reader that shakes hands and then reads no more; gives its port."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(
            f"GET /stories/{slug}/live?after=0 HTTP/1.1\r\nHost: test\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b" 101 " in client.recv(16)
        yield client.getsockname()[1]


def unsent(server: Server, port: int) -> int | None:
    """How many bytes wait in the kernel for the reader at a port; None where the server has let go."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_, inode = line.split()[:10]
        if (int(local[-4:], 16), int(remote[-4:], 16)) == (server.port, port):
            return int(queues.partition(":")[0], 16) if inode != "0" else None
    return None


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
