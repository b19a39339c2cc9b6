"""Several workers: each holds its part of the connections, also after one of them was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from desk_client import new_story
from metrics import metric
from posters import Poster, token_at
from processes import Server, until
from readers import all_have, audience

from liveblog.errors import SettingsError
from liveblog.process.listeners import divide, for_workers, listen, weights

pytestmark = pytest.mark.anyio

WORKERS = 3
READERS = 240


def sockets_of(process: int) -> int:
    """How many sockets it has open."""
    return sum(
        str(entry.readlink()).startswith("socket:")
        for entry in Path(f"/proc/{process}/fd").iterdir()
    )


def taken(listening: list[socket.socket], number: int) -> Counter[int]:
    """Connects `number` times; how many of the connections came to which socket."""
    counted: Counter[int] = Counter()
    for _ in range(number):
        with socket.create_connection(listening[0].getsockname()):
            ready: list[int] = []
            while not ready:
                for place, one in enumerate(listening):
                    try:
                        one.accept()[0].close()
                    except BlockingIOError:
                        continue
                    ready.append(place)
            counted.update(ready)
    return counted


def test_the_kernel_divides_connections_as_told() -> None:
    with ExitStack() as opened:
        listening = for_workers(listen("127.0.0.1", 0), 3)
        for one in listening:
            opened.enter_context(one)
            one.setblocking(False)
        assert all(taken(listening, 300)[place] > 50 for place in range(3))
        assert divide(listening, [1, 0, 3])
        unequal = taken(listening, 300)
        assert unequal[1] == 0
        assert unequal[2] > unequal[0] > 30
        with pytest.raises(SettingsError, match="in use"):
            listen("127.0.0.1", listening[0].getsockname()[1])


def test_a_division_where_there_is_nothing_to_divide() -> None:
    with closing(listen("127.0.0.1", 0)) as alone:
        assert for_workers(alone, 1) == [alone]
        assert not divide([alone, alone], [1, 1])


def test_a_worker_with_few_connections_gets_more_new_ones() -> None:
    assert len(set(weights([0, 0, 0]))) == 1
    assert len(set(weights([5000, 5000]))) == 1
    few, many, gone = weights([0, 9000, None])
    assert few > many > gone == 0
    assert few <= 3 * weights([9000, 9000])[0]
    assert few <= 3 * many
    assert weights([None, None]) == [1, 1]


async def test_each_worker_has_its_part_of_the_readers(tmp_path: Path) -> None:
    with Server(tmp_path, WEB_CONCURRENCY=str(WORKERS), LIVEBLOG_DRAIN_SECONDS="1") as server:
        await until(lambda: server.said().count("startup complete") == WORKERS)
        token = await token_at(server)
        slug = new_story(server.url, token)
        before = {worker: sockets_of(worker) for worker in server.workers()}
        async with (
            audience(server.ws, slug, READERS) as readers,
            Poster(token, slug, server.url) as poster,
        ):
            held = {worker: sockets_of(worker) - before[worker] for worker in before}
            assert all(count > READERS / WORKERS / 2 for count in held.values()), held

            killed = max(held, key=lambda worker: held[worker])
            os.kill(killed, signal.SIGKILL)
            pouring = asyncio.create_task(poster.pour(40, pace=20))
            # Nobody waits for the worker that is not there, but who connected just before it ended.
            await until(lambda: killed not in server.workers() and len(server.workers()) == WORKERS)
            await pouring
            await all_have(readers, 40)
            await until(lambda: metric(server, "liveblog_readers") == READERS)
