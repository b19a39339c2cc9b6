"""Whoever asks for feeds again and again slows nobody: neither readers nor editors."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from desk_client import Editor
from honest import Honest
from metrics import metric
from processes import NO_TLS, PATIENCE, Server

pytestmark = pytest.mark.anyio

LONG = "**word** [a](https://a.example) and more. " * 100
PAGES = ("liveblog_pages_rendered_total", "liveblog_overviews_rendered_total")


def same(port: int, slug: str) -> Iterator[None]:
    """The feeds that programs ask for, 200 requests in turn."""
    places = [f"/stories/{slug}/feed", "/feed"]
    with client(port) as http:
        while True:
            for number in range(200):
                name = ("atom", "rss", "json")[number % 3]
                assert http.get(f"{places[number % 2]}.{name}").status_code == 200
                yield


def other(port: int, slug: str) -> Iterator[None]:
    """Another limit and another host with each request, so that nothing is cached."""
    with client(port) as http:
        number = 0
        while True:
            number += 1
            address = f"/stories/{slug}/feed.atom?limit={1 + number % 100}"
            http.get(address, headers={"Host": f"h{number}.example"})
            yield


def client(port: int) -> httpx2.Client:
    return httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=NO_TLS, timeout=PATIENCE
    )


def long_story(server: Server, token: str) -> str:
    editor = Editor(server.url, token)
    slug = editor.story()
    for _ in range(60):
        editor.post(slug, LONG)
    editor.close()
    return slug


@pytest.mark.parametrize("attack", [same, other], ids=["the same", "always another"])
async def test_feed_requests_slow_nobody(
    shared_server: Server, shared_token: str, attack: object
) -> None:
    slug = long_story(shared_server, shared_token)
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(attack, shared_server.port, slug)  # type: ignore[arg-type]


def test_two_hundred_requests_render_each_feed_once(
    shared_server: Server, shared_token: str
) -> None:
    slug = long_story(shared_server, shared_token)
    names = [f"/stories/{slug}/feed.{name}" for name in ("atom", "rss", "json")]
    with client(shared_server.port) as http:
        before = metric(shared_server, PAGES[0])
        for _ in range(67):
            for name in names:
                assert http.get(name).status_code == 200
    assert metric(shared_server, PAGES[0]) == before + len(names)
