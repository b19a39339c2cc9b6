"""A server behind Debian's nginx with `deploy/nginx.conf`: pages from the cache, sockets, limits, takedowns in time."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from desk_client import PASSWORD, Editor, add_token, add_user
from metrics import metric
from nginx import CLIENT, Nginx, nginx
from processes import NO_TLS, PATIENCE, Server, free_port, until
from uploads import uploaded
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.anyio
HERD = 300
CODINGS = {
    "gzip, deflate, br, zstd": "br",
    "br": "br",
    "gzip": "gzip",
    "gzip;q=0.8, br;q=0": "gzip",
    "gzip;q=0": None,
    "gzip; q=0.0, br;q=0.0": None,
    "identity": None,
}


class Site(NamedTuple):
    """A server, the nginx before it, and an editor whose calls go through it."""

    server: Server
    nginx: Nginx
    editor: Editor


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder, port = tmp_path_factory.mktemp("behind-nginx"), free_port()
    settings: dict[str, Any] = {
        "BASE_URL": f"https://127.0.0.1:{port}",
        "LIVEBLOG_MAX_READERS_PER_ADDRESS": "2",
    }
    with (
        Server(folder / "server", **settings) as server,
        nginx(folder / "nginx", server.port, port) as proxy,
    ):
        await proxy.ready()
        editor = Editor(proxy.url, add_token(server.env, "admin"))
        editor.http.close()
        editor.http = proxy.client(Authorization=editor.http.headers["Authorization"])
        yield Site(server, proxy, editor)
        editor.close()
        assert "Traceback" not in server.said()


async def herd(site: Site, path: str, of: int = HERD) -> list[httpx2.Response]:
    """Many readers who load a page at once."""
    limits = httpx2.Limits(max_connections=50)
    async with httpx2.AsyncClient(
        base_url=site.nginx.url, timeout=PATIENCE, verify=site.nginx.trust, limits=limits
    ) as client:  # fmt: skip
        return list(await asyncio.gather(*(client.get(path) for _ in range(of))))


async def next_second(later: int = 1) -> None:
    """Sleeps until the clock's next full second: what nginx keeps of the one before is not used again."""
    await asyncio.sleep(math.floor(time.time()) + later - time.time() + 0.01)


async def test_a_crowd_costs_one_request_and_one_rendering(site: Site) -> None:
    slug = site.editor.story()
    path = f"/stories/{slug}"
    site.editor.post(slug, "The news of the first minute.")
    await herd(site, path, 5)
    rendered = metric(site.server, "liveblog_pages_rendered_total")
    site.editor.post(slug, "The news of the second minute.")
    await next_second()
    begun = len(site.nginx.requests(path))
    answers = await herd(site, path)
    assert {answer.status_code for answer in answers} == {200}
    assert all("the second minute" in answer.text for answer in answers)
    await until(lambda: len(site.nginx.requests(path)) == begun + HERD)
    told = site.nginx.requests(path)[begun:]
    asked = Counter(one.second for one in told if one.asked)
    assert set(asked.values()) == {1}, "more than one request in a second"
    assert len(asked) <= len({one.second for one in told})
    assert metric(site.server, "liveblog_pages_rendered_total") == rendered + 1


async def test_a_purge_reaches_readers_within_two_seconds(site: Site) -> None:
    slug = site.editor.story()
    picture = uploaded(site.editor)
    entry = site.editor.post(slug, "A secret word: xyzzy.", media=[{"id": picture["id"]}])
    below = ("", "/embed", "/feed.atom", f"/entries/{entry['id']}")
    paths = [f"/stories/{slug}{more}" for more in below]
    file = picture["variants"][0]["url"]
    with site.nginx.client() as reader:
        assert all("xyzzy" in reader.get(path).text for path in paths)
        assert reader.get(file).status_code == 200
        site.editor.remove(slug, entry["id"], purge=True)
        await next_second(2)
        gone = [reader.get(path) for path in paths]
        assert reader.get(file).status_code == 404
    assert {answer.status_code for answer in gone} <= {200, 404, 410}
    assert [path for path, answer in zip(paths, gone, strict=True) if "xyzzy" in answer.text] == []


async def test_each_reader_gets_their_variant_of_a_page(site: Site) -> None:
    """Language, encoding, form and the site that includes a story, all within one second and after it."""
    slug = site.editor.story()
    path, corrections = f"/stories/{slug}", f"/stories/{slug}/corrections"
    site.editor.post(slug, "Here.")
    with site.nginx.client() as reader:
        for _ in range(3):
            for asked, coding in CODINGS.items():
                packed = reader.get(path, headers={"Accept-Encoding": asked})
                assert packed.headers.get("content-encoding") == coding, asked
                assert "Here." in packed.text
            for language in ("de", "uk"):
                front = reader.get("/", headers={"Accept-Language": language})
                assert f'<html lang="{language}"' in front.text
            page = reader.get(corrections, headers={"Accept": "text/html"})
            data = reader.get(corrections, headers={"Accept": "application/json"})
            kinds = [answer.headers["content-type"].partition(";")[0] for answer in (page, data)]
            assert kinds == ["text/html", "application/json"]
        known = {"If-None-Match": packed.headers["etag"], "Accept-Encoding": asked}
        again = reader.get(path, headers=known)
        assert again.status_code == 304
        site.editor.change_story(slug, embed_origins=["https://paper.example"])
        await next_second(2)
        for origin, status in (("https://paper.example", 200), ("https://other.example", 403)):
            answer = reader.get(path, headers={"Origin": origin})
            assert answer.status_code == status
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if status == 200 else None)


async def test_static_files_are_kept_and_cookies_of_other_sites_change_nothing(site: Site) -> None:
    slug = site.editor.story()
    with site.nginx.client(Cookie="_ga=1; theme=dark") as reader:
        page = reader.get(f"/stories/{slug}").text
        style = next(part for part in page.split('"') if part.endswith("liveblog.css"))
        for _ in range(3):
            assert reader.get(style).headers["cache-control"].endswith("immutable")
    await until(lambda: len(site.nginx.requests(style)) == 3)
    assert [one.cache for one in site.nginx.requests(style)] == ["MISS", "HIT", "HIT"]


async def test_no_address_takes_the_place_of_another_in_the_cache(site: Site) -> None:
    """nginx finds `/x/../media/y` to be `/media/y`; to the server these are two, and there is no such thing at the first."""
    slug = site.editor.story()
    picture = uploaded(site.editor)
    site.editor.post(slug, "A picture.", media=[{"id": picture["id"]}])
    with site.nginx.client() as reader:
        page = reader.get(f"/stories/{slug}").text
        script = next(part for part in page.split('"') if part.endswith(".js"))
        for path in (picture["variants"][0]["url"].removeprefix(site.nginx.url), script):
            for other in (f"/x/..{path}", f"/{path}"):
                asked = HTTPSConnection("127.0.0.1", site.nginx.port, context=site.nginx.trust)
                with closing(asked):
                    asked.request("GET", other)
                    assert asked.getresponse().status == 404, other
                assert reader.get(path).status_code == 200, other


async def test_a_request_without_tls_is_led_to_our_host_whatever_it_names(site: Site) -> None:
    plain = f"http://127.0.0.1:{site.nginx.plain_port}/stories/x?y"
    for host in ("127.0.0.1", "evil.example"):
        answer = httpx2.get(plain, headers={"Host": host}, verify=NO_TLS, trust_env=False)
        assert answer.status_code == 301
        assert answer.headers["location"] == "https://127.0.0.1/stories/x?y"


async def test_the_desk_and_the_api_are_kept_nowhere(site: Site) -> None:
    email = "behind@example.org"
    add_user(site.server.env, email, "editor")
    with site.nginx.client(Origin=site.nginx.url) as browser:
        said = {"email": email, "password": PASSWORD}
        signed_in = browser.post("/desk/login", data=said)
        assert signed_in.status_code == 303
        assert signed_in.headers["set-cookie"].startswith("__Host-")
        for _ in range(2):
            desk = browser.get("/desk")
            assert desk.status_code == 200
            assert email in browser.get("/desk/account").text
            assert "content-encoding" not in browser.get("/desk/account").headers
            ours = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip, deflate, br, zstd"}
            packed = browser.get("/desk/account", headers=ours)
            assert packed.headers["content-encoding"] == "gzip"  # as the server does it
    with site.nginx.client() as stranger:
        assert stranger.get("/desk").status_code == 303
    await until(lambda: len(site.nginx.requests("/desk")) >= 3)
    for path in ("/desk", "/desk/account", "/desk/login", "/api/stories"):
        told = [one for one in site.nginx.requests(path) if one.status != 429]  # of other tests
        assert all(one.asked and not one.cache for one in told), path


async def test_a_recording_is_read_in_ranges_and_a_form_is_bounded(site: Site) -> None:
    with site.nginx.client() as stranger:
        assert stranger.post("/oembed", content=b"x" * 70_000).status_code == 413
        assert stranger.get("/media/none/recording.mp4").status_code == 404
    await until(lambda: len(site.nginx.requests("/media/none/recording.mp4")) == 1)
    assert site.nginx.requests("/media/none/recording.mp4")[0].cache == ""


async def test_sockets_pass_and_each_reader_has_their_own_address(site: Site) -> None:
    """The address that a reader claims is not believed: the third from one address is refused."""
    slug = site.editor.story()
    url = f"{site.nginx.ws}/stories/{slug}/live"

    def reader(address: str, n: int) -> connect:
        claimed = {CLIENT: address, "X-Forwarded-For": f"198.51.100.{n}"}
        return connect(url, ssl=site.nginx.trust, additional_headers=claimed, proxy=None)

    async with reader("203.0.113.7", 1) as first, reader("203.0.113.7", 2):
        assert json.loads(await first.recv())["type"] == "hello"
        with pytest.raises(InvalidStatus) as refused:
            await reader("203.0.113.7", 3).__aenter__()
        assert refused.value.response.status_code == 503
        async with reader("203.0.113.8", 4):
            made = site.editor.post(slug, "Through nginx.")
            event = json.loads(await asyncio.wait_for(first.recv(), PATIENCE))
            while event["type"] != "event":
                event = json.loads(await asyncio.wait_for(first.recv(), PATIENCE))
            assert event["seq"] == made["seq"]


async def test_who_guesses_passwords_is_slowed_and_others_are_not(site: Site) -> None:
    with site.nginx.client(**{CLIENT: "203.0.113.20"}) as stranger:
        codes = [stranger.get("/desk/login").status_code for _ in range(200)]
    assert {200, 429} == set(codes)
    with site.nginx.client(**{CLIENT: "203.0.113.21"}) as other:
        assert other.get("/desk/login").status_code == 200


async def test_metrics_are_for_this_machine(site: Site) -> None:
    with site.nginx.client(**{CLIENT: "203.0.113.30"}) as stranger:
        assert stranger.get("/metrics").status_code == 403
    with site.nginx.client() as here:
        assert "liveblog_readers" in here.get("/metrics").text


async def test_while_the_server_is_away_a_page_says_so(tmp_path: Path) -> None:
    with nginx(tmp_path, free_port()) as proxy:
        await proxy.ready()
        with proxy.client() as reader:
            answer = reader.get("/stories/any")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["cache-control"] == "no-store"
    assert "comes back" in answer.text
