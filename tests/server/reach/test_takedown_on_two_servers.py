"""A takedown is told to hubs and search engines at once, and what they fetch then, from any server, is without it."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Redis, Server, free_port
from websub_hub import Hub

SECRET = "the name that must not be named"
BOUND = 2.0  # seconds from the request to purge; its answer comes later still
KEY = "a-key-of-ours-1"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


@pytest.fixture
def engine() -> Iterator[Hub]:
    with Hub() as running:
        yield running


@pytest.fixture
def pair(tmp_path: Path, redis: Redis, hub: Hub, engine: Hub) -> Iterator[tuple[Server, Server]]:
    """Two servers on one Redis and one database, which tell a hub and a search engine."""
    port = free_port()
    settings: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}",
        "REDIS_URL": redis.url,
        "SECRET_KEY": secrets.token_hex(16),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "LIVEBLOG_WEBSUB_HUBS": hub.url,
        "LIVEBLOG_INDEXNOW_KEY": KEY,
        "LIVEBLOG_INDEXNOW_ENDPOINT": engine.url,
    }
    with ExitStack() as stack:
        a = stack.enter_context(Server(tmp_path / "a", port=port, **settings))
        b = stack.enter_context(Server(tmp_path / "b", **settings))
        yield a, b


def paths(slug: str) -> list[str]:
    within = (f"/stories/{slug}", "", "/topics/fire")
    found = [f"{path}/feed.{form}" for path in within for form in ("atom", "rss", "json")]
    return [*found, f"/stories/{slug}/corrections.atom"]


def read(servers: tuple[Server, Server], slug: str) -> str:
    """All that crawlers get of both servers: feeds, and pages of many stories."""
    overviews = ("/", "/topics/fire", "/topics/fire/more", "/sitemap-news.xml")
    with httpx2.Client(trust_env=False, verify=NO_TLS, timeout=PATIENCE) as http:
        return "".join(
            http.get(f"{server.url}{path}").text
            for server in servers
            for path in (*paths(slug), *overviews)
        )


def begin(servers: tuple[Server, Server], hub: Hub, engine: Hub) -> tuple[Editor, str, str]:
    editor = Editor(servers[1].url, add_token(servers[1].env))
    slug = editor.story(topics=["fire"])
    entry = editor.post(slug, f"It was {SECRET}.", headline=SECRET, topics=["fire"], key=True)["id"]
    told = {f"{servers[0].url}{path}" for path in paths(slug)[:9]}
    hub.until(lambda: told <= set(hub.held))
    engine.until(lambda: bool(engine.pings))
    hub.servers = tuple(server.url for server in servers)
    hub.forget()
    engine.forget()
    assert SECRET in read(servers, slug)  # so both have it, as new as can be
    return editor, slug, entry


def test_a_takedown_is_told_at_once_and_no_server_has_the_text_then(
    pair: tuple[Server, Server], hub: Hub, engine: Hub
) -> None:
    editor, slug, entry = begin(pair, hub, engine)
    busy = editor.story()
    editor.post(busy, "Other news, of which the hub is not told yet.")
    read(pair, slug)
    hub.forget()  # a slow machine may have told it of the other news by now
    began = time.monotonic()
    report = editor.remove(slug, entry, purge=True)["report"]
    answered = time.monotonic()
    after = read(pair, slug)
    assert SECRET not in after
    wanted = {f"{pair[0].url}{path}" for path in paths(slug)}
    assert wanted <= set(hub.first), "told before the answer"
    assert max(hub.at[url] for url in wanted) - began < BOUND
    assert SECRET not in str(hub.first), "fetched at once, from either server"
    assert engine.at[""] - began < BOUND
    assert answered - began < BOUND + 1
    assert sum(line.endswith("it has been told") for line in report["beyond"]) == 2
    assert report["silent"] == []
    hub.until(lambda: min(Counter(hub.told)[url] for url in wanted) == 2)  # and in its turn
    assert SECRET not in str(hub.last)
    editor.close()


def test_without_redis_a_hub_is_told_again_when_every_server_has_forgotten_the_text(
    pair: tuple[Server, Server], hub: Hub, engine: Hub, redis: Redis
) -> None:
    editor, slug, entry = begin(pair, hub, engine)
    redis.kill()
    read(pair, slug)
    editor.remove(slug, entry, purge=True)
    wanted = {f"{pair[0].url}{path}" for path in paths(slug)}
    hub.until(lambda: min(Counter(hub.told)[url] for url in wanted) >= 2)
    assert SECRET not in str(hub.last)
    assert SECRET not in read(pair, slug)
    assert engine.pings
    editor.close()
