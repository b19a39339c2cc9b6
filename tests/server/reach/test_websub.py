"""WebSub and IndexNow: hubs and search engines are told of each public change, also of a takedown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from commands import run
from desk_client import Editor, add_token
from processes import Server, free_port
from websub_hub import Hub

from liveblog.errors import SettingsError
from liveblog.settings import Settings

KEY = "a-key-of-ours-1"
AT_ONCE = 2.0  # seconds from the request; its answer comes later


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


def settings_for(*hubs: Hub, indexnow: Hub | None = None) -> dict[str, Any]:
    port = free_port()
    found: dict[str, Any] = {
        "port": port,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "LIVEBLOG_WEBSUB_HUBS": ", ".join(hub.url for hub in hubs),
    }
    if indexnow is not None:
        found["LIVEBLOG_INDEXNOW_KEY"] = KEY
        found["LIVEBLOG_INDEXNOW_ENDPOINT"] = indexnow.url
    return found


def feeds(base: str, slug: str, *topics: str, corrections: bool = False) -> set[str]:
    within = [f"/stories/{slug}", "", *(f"/topics/{quote(topic)}" for topic in topics)]
    found = {f"{base}{path}/feed.{form}" for path in within for form in ("atom", "rss", "json")}
    return found | ({f"{base}/stories/{slug}/corrections.atom"} if corrections else set())


def test_a_hub_is_told_of_each_feed_that_changed_and_of_no_other(tmp_path: Path, hub: Hub) -> None:
    with Server(tmp_path, **settings_for(hub)) as server:
        editor = Editor(server.url, add_token(server.env))
        slug, other = editor.story(), editor.story()
        editor.post(slug, "Not public.", status="draft", topics=["secret"])
        entry = editor.post(slug, "News.", topics=["Kharkiv", "ärger"])
        wanted = feeds(server.url, slug, "kharkiv", "ärger")
        hub.until(lambda: set(hub.told) >= wanted)
        assert set(hub.told) == wanted, "neither of the draft nor of the other story"
        for url in wanted:
            fetched = hub.held[url]
            assert fetched.status == 200, url
            assert "News." in fetched.text, f"{url} was told before it had the change"
            assert fetched.link == f'<{hub.url}>; rel="hub", <{url}>; rel="self"'
            plain = editor.http.get(f"{url}?limit=1").headers["link"]
            assert plain == f'<{url}?limit=1>; rel="self"', "hubs are not told of it"
        written = editor.http.get("/topics/Kharkiv/feed.atom").headers["link"]
        assert f'<{server.url}/topics/kharkiv/feed.atom>; rel="self"' in written
        assert "link" not in editor.http.get("/sitemap.xml").headers

        hub.forget()
        editor.edit(slug, entry["id"], topics=["ärger", "New"])
        wanted = feeds(server.url, slug, "kharkiv", "ärger", "new", corrections=True)
        hub.until(lambda: set(hub.told) >= wanted)
        assert set(hub.told) == wanted, "also of the topic that it lost"

        hub.forget()
        editor.change_story(other, title="Another title")
        wanted = feeds(server.url, other)
        hub.until(lambda: set(hub.told) >= wanted)
        assert set(hub.told) == wanted
        assert hub.others == []
        listed = run("webhook", "list", env=server.env).stdout
        assert hub.url not in listed, "a setting names it, so no command changes it"
        editor.close()


def test_changes_while_a_hub_fails_are_told_together_later(tmp_path: Path, hub: Hub) -> None:
    with Hub() as well, Server(tmp_path, **settings_for(hub, well)) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        hub.answer = lambda _: 503
        editor.post(slug, "First.", topics=["one"])
        hub.until(lambda: len(hub.told) >= 9)
        for number in range(10):
            editor.post(slug, f"More {number}.", topics=["two"])
        last = feeds(server.url, slug, "two")
        well.until(lambda: set(well.told) >= last)  # one hub's failures delay no other
        hub.forget()
        hub.answer = lambda _: 204
        wanted = feeds(server.url, slug, "one", "two")
        hub.until(lambda: set(hub.held) >= wanted)
        assert max(Counter(hub.told).values()) == 1, "each feed once"
        editor.close()


def test_what_was_not_told_is_told_after_a_restart_and_a_new_hub_begins_now(
    tmp_path: Path, hub: Hub
) -> None:
    given = settings_for(hub)
    hub.down()
    with Server(tmp_path, **given) as server:
        editor = Editor(server.url, add_token(server.env))
        before, slug = editor.story(), editor.story()
        editor.post(before, "Before.")
        editor.close()
        server.kill()
    hub.up()
    with Hub() as late:
        given["LIVEBLOG_WEBSUB_HUBS"] += f",{late.url}"
        with Server(tmp_path, **given) as server:
            editor = Editor(server.url, add_token(server.env))
            hub.until(lambda: set(hub.told) >= feeds(server.url, before))
            editor.post(slug, "Now.")
            late.until(lambda: set(late.told) >= feeds(server.url, slug))
            assert not set(late.told) & feeds(server.url, before) - feeds(server.url, slug)
            editor.close()


def test_a_takedown_is_told_before_the_report_which_says_so(tmp_path: Path, hub: Hub) -> None:
    words = "The purged words."
    with (
        Hub() as engine,
        Hub() as deaf,
        Server(tmp_path, **settings_for(hub, deaf, indexnow=engine)) as server,
    ):
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        entry = editor.post(slug, words, topics=["onlyhere"])
        deaf.until(lambda: len(deaf.told) >= 9)
        engine.until(lambda: len(engine.pings) >= 1)
        ping = engine.pings[-1]
        assert ping["host"] == server.url.removeprefix("http://")
        assert (ping["key"], ping["keyLocation"]) == (KEY, f"{server.url}/{KEY}.txt")
        proof = editor.http.get(f"/{KEY}.txt")
        assert (proof.text, proof.headers["content-type"]) == (KEY, "text/plain; charset=utf-8")
        page = f"{server.url}/stories/{slug}"
        assert ping["urlList"] == [page, f"{page}/entries/{entry['id']}"]
        wanted = feeds(server.url, slug, "onlyhere")
        hub.until(lambda: set(hub.told) >= wanted)
        assert all(words in hub.held[url].text for url in wanted)

        for one in (hub, engine):
            one.forget()
        deaf.answer = lambda _: 500
        began = time.monotonic()
        report = editor.remove(slug, entry["id"], purge=True)["report"]
        wanted = feeds(server.url, slug, "onlyhere", corrections=True)
        assert set(hub.told) == wanted, "before the report"
        assert len(engine.pings) == 1
        assert max(*(hub.at[url] for url in wanted), engine.at[""]) - began < AT_ONCE
        assert engine.pings[0]["urlList"] == [page, f"{page}/entries/{entry['id']}"]
        assert words not in str(hub.held), "what the hub fetched when it was told"
        said = {line.split(": ")[0].split("WebSub hub ")[-1]: line for line in report["beyond"]}
        at = {one: f"127.0.0.1:{one.port}" for one in (hub, engine, deaf)}
        told = {one: next(line for line in said.values() if at[one] in line) for one in at}
        assert told[hub].endswith("it has been told")
        assert told[engine].endswith("(IndexNow): it has been told")
        assert told[deaf].endswith("it has not been told yet, and will be")
        editor.close()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("LIVEBLOG_WEBSUB_HUBS", "hub.example.org"),
        ("LIVEBLOG_WEBSUB_HUBS", "ftp://hub.example.org"),
        ("LIVEBLOG_WEBSUB_HUBS", "https://user@hub.example.org"),
        ("LIVEBLOG_WEBSUB_HUBS", 'https://hub.example.org/>; rel="x"'),
        ("LIVEBLOG_WEBSUB_HUBS", ",".join(f"https://h{n}.example.org" for n in range(11))),
        ("LIVEBLOG_INDEXNOW_KEY", "short"),
        ("LIVEBLOG_INDEXNOW_KEY", "a/../b-long-enough"),
        ("LIVEBLOG_INDEXNOW_ENDPOINT", "https://a.example.org,https://b.example.org"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.read({name: wrong})


def test_hubs_need_the_address_that_readers_use(tmp_path: Path) -> None:
    given = {"LIVEBLOG_DATA": str(tmp_path), "LIVEBLOG_WEBSUB_HUBS": "https://hub.example.org"}
    with pytest.raises(SettingsError, match="BASE_URL: nothing was given; needed for WebSub"):
        Settings.read(given).prepare()
