"""Who may embed a story: any site, or those of a list, for frames, sockets, JSON and fragments."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor, add_token, add_user
from desk_forms import Desk
from processes import NO_TLS, PATIENCE, Server
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

pytestmark = pytest.mark.anyio

GOOD, BAD = "https://news.example.org", "https://elsewhere.example.com"
ONLY_GOOD = f"frame-ancestors 'self' {GOOD}"
JSON = {"Accept": "application/json"}
AT_ONCE = 2.0


def get(server: Server, path: str, origin: str | None = None, **headers: str) -> httpx2.Response:
    more = {"Origin": origin} if origin is not None else {}
    return httpx2.get(
        server.url + path,
        headers=headers | more,
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    )


def ancestors(answer: httpx2.Response) -> str | None:
    found = re.search(r"frame-ancestors[^;]*", answer.headers["content-security-policy"])
    return found[0] if found else None


def framed_by(server: Server, slug: str, wanted: str | None) -> bool:
    return ancestors(get(server, f"/stories/{slug}/embed")) == wanted


async def until(holds: Callable[[], bool], within: float = AT_ONCE) -> None:
    end = time.monotonic() + within
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < end, f"not within {within} s"
        await asyncio.sleep(0.05)


def by_script(slug: str, first: str) -> list[str]:
    """What scripts of a widget ask for."""
    return [
        f"/stories/{slug}",
        f"/stories/{slug}/embed",
        f"/stories/{slug}/events?after=0",
        f"/stories/{slug}/entries?before={first}",
        f"/stories/{slug}/entries/{first}",
        f"/stories/{slug}/corrections",
        *(f"/stories/{slug}/feed.{form}" for form in ("atom", "rss", "json")),
        f"/stories/{slug}/feed.json?limit=3",
        f"/stories/{slug}/corrections.atom",
    ]


def of_many(topic: str) -> list[str]:
    """Answers that tell of several stories."""
    found = [
        f"{path}/feed.{form}" for path in ("", f"/topics/{topic}") for form in ("atom", "json")
    ]
    return [*found, f"/topics/{topic}/feed.rss?limit=3", f"/topics/{topic}", "/"]


async def handshake(server: Server, slug: str, origin: str | None, query: str = "") -> int:
    """The status of the answer to a socket."""
    try:
        async with connect(
            f"{server.ws}/stories/{slug}/live{query}",
            origin=Origin(origin) if origin is not None else None,
            proxy=None,
        ):
            return 101
    except InvalidStatus as refused:
        if refused.response.status_code == 403:
            kind = refused.response.headers["content-type"]
            assert kind == "application/problem+json", kind
        return refused.response.status_code


async def test_without_a_list_everybody_may(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    first = editor.post(slug)["id"]
    for path in by_script(slug, first):
        for origin in (None, BAD, "null"):
            answer = get(live_server, path, origin, **JSON)
            assert answer.status_code == 200, path
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "origin" not in answer.headers.get("vary", "").lower()
    assert ancestors(get(live_server, f"/stories/{slug}/embed")) is None
    for origin in (None, BAD, "null"):
        assert await handshake(live_server, slug, origin) == 101


async def test_with_a_list_only_its_sites_may(live_server: Server, editor: Editor) -> None:
    slug = editor.story(embed_origins=[f"{GOOD}/some/page"])
    first = editor.post(slug)["id"]
    ours = live_server.url
    for again in range(2):  # the second time from the cache
        for path in by_script(slug, first):
            for origin in (GOOD, ours):
                answer = get(live_server, path, origin, **JSON)
                assert answer.status_code == 200, (path, again)
                assert answer.headers.get_list("access-control-allow-origin") == [origin]
                assert "Origin" in answer.headers["vary"]
            plain = get(live_server, path, **JSON)
            assert plain.status_code == 200
            assert "access-control-allow-origin" not in plain.headers
            assert "Origin" in plain.headers["vary"]
            for origin in (BAD, "null", "", f"{GOOD}.evil.org", f"{GOOD}:8443", f"{GOOD}, {BAD}"):
                answer = get(live_server, path, origin, **JSON)
                assert answer.status_code == 403, (path, origin)
                assert answer.headers["content-type"] == "application/problem+json"
                assert "Origin" in answer.headers["vary"]
                assert "access-control-allow-origin" not in answer.headers
                assert "Something happened" not in answer.text
        page = get(live_server, f"/stories/{slug}/embed")
        assert ancestors(page) == ONLY_GOOD
        assert page.headers["content-security-policy"].count("frame-ancestors") == 1
        assert ancestors(get(live_server, f"/stories/{slug}")) == "frame-ancestors 'self'"
    for query in ("", "?after=0", "?x=1"):  # the last one goes through the application
        assert await handshake(live_server, slug, GOOD, query) == 101
        assert await handshake(live_server, slug, ours, query) == 101
        assert await handshake(live_server, slug, None, query) == 101
        for origin in (BAD, "null", f"{GOOD}.evil.org"):
            assert await handshake(live_server, slug, origin, query) == 403


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_no_other_site_reads_a_listed_story_among_others(tmp_path: Path, accept: str) -> None:
    asked = {"Accept": accept}
    with Server(tmp_path, BASE_URL="https://live.example.org") as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story(topics=["floods"])
        for one in (slug, editor.story()):
            editor.post(one, "Something happened.", topics=["floods"])
        kept = {}
        for path in of_many("floods"):
            answer = get(server, path, BAD, **asked)
            assert answer.headers["access-control-allow-origin"] == "*", path
            kept[path] = {"If-None-Match": answer.headers.get("etag", '"none"')}
        editor.change_story(slug, embed_origins=[GOOD])

        def closed(path: str, origin: str | None) -> bool:
            answer = get(server, path, origin, **asked, **kept[path])
            shut = "access-control-allow-origin" not in answer.headers
            assert not shut or answer.status_code == 200, "a cache would keep the header"
            return shut

        for path in of_many("floods"):
            for origin in (BAD, "null", GOOD, None):
                await until(partial(closed, path, origin))
        editor.change_story(slug, embed_origins=[])
        for path in of_many("floods"):
            await until(lambda path=path: not closed(path, BAD))  # type: ignore[misc]
        editor.close()
    with Server(tmp_path, LIVEBLOG_EMBED_ORIGINS=GOOD) as server:
        for path in of_many("floods"):
            answer = get(server, path, BAD, **asked)
            assert answer.status_code == 200
            assert "access-control-allow-origin" not in answer.headers, path


def test_a_widget_at_an_entry_that_was_taken_down_stays_a_frame(
    live_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    at = f"/stories/{slug}/embed?at={entry}&theme=dark"
    assert get(live_server, at).status_code == 200
    editor.remove(slug, entry)
    answer = get(live_server, at)
    assert answer.status_code == 307
    assert (
        answer.headers["location"] == f"/stories/{slug}/entries/{entry}/embed?at={entry}&theme=dark"
    )
    shown = get(live_server, answer.headers["location"], Accept="text/html")
    assert shown.status_code == 410
    assert "This update was taken down" in shown.text
    assert ancestors(shown) is None, "other sites may show it"


def test_two_origins_in_one_request_are_refused(live_server: Server, editor: Editor) -> None:
    slug = editor.story(embed_origins=[GOOD])
    get(live_server, f"/stories/{slug}")  # opens the feed
    headers = [("Origin", GOOD), ("Origin", BAD)]
    url = f"{live_server.url}/stories/{slug}/events?after=0"
    answer = httpx2.get(url, headers=headers, trust_env=False, verify=NO_TLS)
    assert answer.status_code == 403


async def test_a_changed_list_holds_on_all_processes_at_once(
    pair: tuple[Server, Server],
) -> None:
    editor = Editor(pair[0].url, add_token(pair[0].env))
    slug = editor.story()
    editor.post(slug)
    sockets: list[ClientConnection] = []
    for server in pair:
        page = get(server, f"/stories/{slug}/embed")
        assert ancestors(page) is None
        sockets.append(
            await connect(f"{server.ws}/stories/{slug}/live", origin=Origin(BAD), proxy=None)
        )
    editor.change_story(slug, embed_origins=[GOOD])
    for server in pair:
        await until(partial(framed_by, server, slug, ONLY_GOOD))
        kept = {"If-None-Match": page.headers["etag"]}
        assert get(server, f"/stories/{slug}/embed", **kept).status_code == 200, "with its headers"
        assert await handshake(server, slug, BAD) == 403
        assert await handshake(server, slug, GOOD) == 101
        assert get(server, f"/stories/{slug}/events?after=0", BAD).status_code == 403
        listed = get(server, f"/stories/{slug}/embed")
        kept = {"If-None-Match": listed.headers["etag"]}
        assert get(server, f"/stories/{slug}/embed", **kept).status_code == 304
    for socket in sockets:  # those that were open connect again, and are refused
        with suppress(ConnectionClosed):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await socket.recv()
        assert socket.close_code == 1012
    editor.change_story(slug, embed_origins=[])
    for server in pair:
        await until(partial(framed_by, server, slug, None))
        assert get(server, f"/stories/{slug}/embed", **kept).status_code == 200
        assert await handshake(server, slug, BAD) == 101
    editor.close()


async def test_the_sites_list_holds_for_stories_without_one(tmp_path: Path) -> None:
    site = "https://site.example.org"
    with Server(tmp_path, LIVEBLOG_EMBED_ORIGINS=f"{site}/, https://two.example.org") as server:
        editor = Editor(server.url, add_token(server.env))
        plain, own = editor.story(), editor.story(embed_origins=[GOOD])
        page = get(server, f"/stories/{plain}/embed")
        assert ancestors(page) == f"frame-ancestors 'self' {site} https://two.example.org"
        assert ancestors(get(server, f"/stories/{own}/embed")) == ONLY_GOOD
        assert await handshake(server, plain, site) == 101
        assert await handshake(server, plain, "null") == 403
        assert await handshake(server, own, site) == 403
        editor.close()
    with Server(tmp_path) as server:  # without the list: a browser's copy has its old headers
        kept = {"If-None-Match": page.headers["etag"]}
        again = get(server, f"/stories/{plain}/embed", **kept)
        assert (again.status_code, ancestors(again)) == (200, None)
        kept = {"If-None-Match": again.headers["etag"]}
    with Server(tmp_path, LIVEBLOG_EMBED_ORIGINS=site) as server:
        again = get(server, f"/stories/{plain}/embed", **kept)
        assert (again.status_code, ancestors(again)) == (200, f"frame-ancestors 'self' {site}")


@pytest.mark.parametrize(
    "wrong", [["*"], ["null", "https://a b"], [7], "https://x.org", ["'self'"]]
)
def test_what_is_no_site_is_refused(editor: Editor, wrong: Any) -> None:
    slug = editor.story(embed_origins=[GOOD])
    answer = editor.http.patch(f"/api/stories/{slug}", json={"embed_origins": wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("embed_origins")
    assert editor.http.get(f"/api/stories/{slug}").json()["embed_origins"] == [GOOD]


def test_the_list_is_not_told_to_readers(shared_server: Server, editor: Editor) -> None:
    slug = editor.story(embed_origins=[GOOD])
    editor.post(slug)
    editor.change_story(slug, embed_origins=[GOOD, BAD])
    events = get(shared_server, f"/stories/{slug}/events?after=0")
    assert "example" not in events.text


def test_the_desk_changes_the_list_and_shows_where_it_is_embedded(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        add_user(server.env, "editor@example.org", "editor")
        desk = Desk(server.url)
        desk.sign_in("editor@example.org")
        slug = editor.story()
        entry = editor.post(slug)["id"]
        form = desk.open(f"/desk/stories/{slug}").form(f"/desk/stories/{slug}")
        desk.send(form, embed_origins=f"{GOOD}/\r\nanother.example.org/page")
        told = editor.http.get(f"/api/stories/{slug}").json()
        assert told["embed_origins"] == [GOOD, "https://another.example.org"]
        wrong = desk.send(form, embed_origins="javascript:alert(1)")
        assert "Embed origins: line 1: must be the address of a site" in wrong.alerts
        form = desk.open(f"/desk/stories/{slug}").form(f"/desk/stories/{slug}")
        desk.send(form, embed_origins="")
        assert editor.http.get(f"/api/stories/{slug}").json()["embed_origins"] == []

        for referer in ("https://news.example.org/secret/page", "http://localhost/x"):
            seen = {"Referer": referer, "Sec-Fetch-Dest": "iframe"}
            for _ in range(2):  # the second time from the cache
                for path in ("embed", f"entries/{entry}/embed"):
                    assert get(server, f"/stories/{slug}/{path}", **seen).status_code == 200
        assert get(server, "/stories/nowhere/embed", **seen).status_code == 404
        assert "news.example" not in get(server, "/metrics").text
        editor.close()
        desk.close()
        assert server.stop() == 0  # saves what was counted
    with Server(tmp_path) as server:
        desk = Desk(server.url)
        desk.sign_in("editor@example.org")
        shown = desk.open(f"/desk/stories/{slug}").one(".embedded").text()
        assert re.search(r"news\.example\.org\s*4\s*20\d\d-\d\d-\d\d", shown), shown
        assert "secret" not in shown
        assert "localhost" not in shown
        desk.close()
