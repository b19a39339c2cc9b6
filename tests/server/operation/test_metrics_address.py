"""`/metrics` on an address of its own: all workers added up, and nothing of it at the public address."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from pathlib import Path

import httpx2
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server, free_port, liveblog, until


async def test_metrics_are_there_and_nowhere_else(tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    with (
        Server(tmp_path, "--workers", "2", LIVEBLOG_METRICS_ADDRESS=place) as server,
        httpx2.Client(verify=NO_TLS, trust_env=False, timeout=PATIENCE) as client,
    ):
        never_ends = asyncio.create_task(request_without_end(int(place.split(":")[1])))
        assert (await asyncio.to_thread(client.get, f"{server.url}/metrics")).status_code == 404
        assert (await asyncio.to_thread(client.get, f"http://{place}/desk")).status_code == 404
        assert not never_ends.done()
        never_ends.cancel()
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        before = published(client, place)
        for _ in range(4):
            editor.post(slug)
        editor.close()
        await until(lambda: published(client, place) == before + 4)


async def request_without_end(port: int) -> None:
    """Sends a byte each second, so that no timeout ends it."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        while True:
            writer.write(b"G")
            await writer.drain()
            await asyncio.sleep(1)


def published(client: httpx2.Client, place: str) -> float:
    answer = client.get(f"http://{place}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = re.search(r"^liveblog_published_total (\S+)$", answer.text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_an_address_that_is_taken_is_one_line(shared_server: Server, tmp_path: Path) -> None:
    taken = f"127.0.0.1:{shared_server.port}"
    data = str(tmp_path / "data")
    env = shared_server.env | {
        "LIVEBLOG_DATA": data, "PORT": "0", "LIVEBLOG_METRICS_ADDRESS": taken
    }  # fmt: skip
    done = liveblog("serve", env=env)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert f"LIVEBLOG_METRICS_ADDRESS: cannot listen on {taken}" in last
