"""The picture of a card: from where it may come, what is left of it, who gets it, and when it goes."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from copies import database
from desk_client import Editor, add_token
from outside import Outside, page
from outside_server import OutsideServer
from paper import Paper
from photos import SECRET, encoded, exiftool, jpeg, photo, telling_jpeg
from processes import NO_TLS, PATIENCE
from provider_answers import NOW, PROVIDERS, THERE
from sqlalchemy import update
from uploads import HARMLESS, REFUSED

from liveblog.content.cards import told
from liveblog.errors import NotFetched, Unsafe
from liveblog.newsroom.link_cards import PICTURE_BYTES, CardFetcher
from liveblog.newsroom.media import clear_away, keep_for_card
from liveblog.store import Store
from liveblog.store.tables import media

# --- with a server, and the providers as one server here


HOSTS = ("vimeo.com", "i.vimeocdn.com", "evil.example")


@pytest.fixture
def editor(server: OutsideServer, token: str) -> Iterator[Editor]:
    client = Editor(server.url, token)
    yield client
    client.close()


def link_to(outside: Outside, picture: bytes, **said: str) -> str:
    """A link whose provider says that there is a picture, which is answered by `picture`."""
    card = {"version": "1.0", "type": "video", "title": "A tram", "thumbnail_url": THERE} | said
    outside.tells("vimeo.com", "/api/oembed.json", card)
    outside.says["i.vimeocdn.com", "/video/1.jpg"] = picture
    return f"https://vimeo.com/{secrets.randbelow(10**9)}"


def asked_card(editor: Editor, url: str) -> dict[str, Any]:
    answer = editor.http.post("/api/embeds", json={"url": url})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def status(url: str, client: Editor | None = None) -> int:
    if client:
        return client.http.get(url, follow_redirects=True).status_code
    return httpx2.get(url, timeout=PATIENCE, trust_env=False, verify=NO_TLS).status_code


def test_a_card_shows_a_picture_of_which_nothing_but_the_pixels_is_left(
    server: OutsideServer, outside: Outside, editor: Editor, tmp_path: Path
) -> None:
    """To nobody outside before it is published, and without asking anybody else."""
    before = len(server.said())
    url = link_to(outside, page(telling_jpeg(tmp_path), kind="image/jpeg"))
    picture = asked_card(editor, url)["picture"]
    assert [one.host for one in outside.asked] == ["vimeo.com", "i.vimeocdn.com"]
    assert not {"cookie", "authorization"} & outside.asked[1].headers.keys()
    assert (picture["width"], picture["height"]) == (960, 1280)  # the file lies on its side
    assert [(one["type"], one["width"]) for one in picture["variants"]] == [
        ("image/webp", 480), ("image/jpeg", 480), ("image/webp", 960), ("image/jpeg", 960),
    ]  # fmt: skip
    contributor = Editor(server.url, add_token(server.env, "contributor"))
    assert (status(picture["url"]), status(picture["url"], contributor)) == (404, 200)
    contributor.close()
    slug = editor.story()
    entry = editor.post(slug, url, status="draft")
    assert entry["embeds"][0]["picture"] == picture
    assert status(picture["url"]) == 404
    editor.edit(slug, entry["id"], status="published")
    served = tmp_path / "served"
    served.mkdir()
    for number, variant in enumerate(picture["variants"]):
        answer = httpx2.get(variant["url"], timeout=PATIENCE, trust_env=False, verify=NO_TLS)
        assert answer.headers["content-type"] == variant["type"]
        assert SECRET.encode() not in answer.content
        (served / f"{number}.{variant['url'].rpartition('.')[2]}").write_bytes(answer.content)
    for about in json.loads(exiftool("-j", "-G", "-a", "-u", "-U", "-ee", str(served))):
        told = {name for name in about if not name.startswith("File:")} - HARMLESS
        assert not told, {name: about[name] for name in told}
    medium = f"/media/{picture['id']}/"
    for part in ("", "/embed", f"/entries/{entry['id']}"):
        shown = editor.http.get(f"/stories/{slug}{part}", headers={"Accept": "text/html"}).text
        markup = shown.partition('class="evidence"')[2].partition("</figure>")[0]
        assert f"{medium}480.webp 480w, {medium}960.webp 960w" in markup
        for said in (
            'loading="lazy"', 'width="288" height="384"',
            'alt="Picture that Vimeo shows for this link"',
        ):  # fmt: skip
            assert said in markup, part
        assert "vimeocdn" not in shown
    assert medium not in editor.http.get(f"/stories/{slug}?pictures=0").text.replace(
        f'href="{medium}', ""
    )
    assert "vimeocdn" not in database(server).read_bytes().decode("latin-1")
    assert "vimeocdn" not in server.said()[before:]


def test_whatever_is_wrong_with_a_picture_its_card_is_there(
    outside: Outside, editor: Editor
) -> None:
    elsewhere = "https://evil.example/a.jpg"
    outside.says["evil.example", "/a.jpg"] = page(jpeg(), kind="image/jpeg")
    link = PROVIDERS.link("https://vimeo.com/1")
    assert link is not None
    assert told(link, NOW, b'{"title": "x"}').pictures == []
    wrong = {
        "elsewhere": (page(status=302, location=elsewhere), {}),
        "private": (page(status=302, location="https://169.254.169.254/latest/meta-data/"), {}),
        "not_listed": (page(), {"thumbnail_url": elsewhere}),
        "plain_http": (page(), {"thumbnail_url": THERE.replace("https", "http")}),
        "gone": (page(status=404), {}),
        "too_large": (page(kind="image/jpeg", content_length=str(PICTURE_BYTES + 1)), {}),
        "page": (page("<!doctype html>", kind="text/html"), {}),
        "svg": (page(REFUSED["svg"][0], kind="image/svg+xml"), {}),
    } | {
        name: (page(REFUSED[name][0], kind="image/png"), {})
        for name in ("bomb", "svg_as_png", "cut_png", "with_archive", "empty")
    }
    for name, (answer, said) in wrong.items():
        made = asked_card(editor, link_to(outside, answer, **said))
        assert (made["title"], made["picture"]) == ("A tram", None), name
    assert {one.host for one in outside.asked} == {"vimeo.com", "i.vimeocdn.com"}
    found = asked_card(editor, link_to(outside, page(encoded(photo(), "PNG"), kind="image/png")))
    assert found["picture"]["width"] == 640


async def test_a_picture_is_not_asked_for_at_a_private_address(outside: Outside) -> None:
    cards = CardFetcher(PROVIDERS, outside.fetcher())
    link = PROVIDERS.link("https://vimeo.com/1")
    assert link is not None
    outside.leads["i.vimeocdn.com"] = [["10.0.0.1"]]
    with pytest.raises(Unsafe):
        await cards.fetch_picture(link, THERE)
    with pytest.raises(Unsafe):
        await cards.fetch_picture(link, "https://vimeo.com/video/1.jpg")
    outside.leads.clear()
    with pytest.raises(NotFetched, match="404"):
        await cards.fetch_picture(link, THERE)
    assert len(outside.asked) == 1


def test_a_purge_takes_the_pictures_of_cards_with_those_of_the_entry(
    server: OutsideServer, outside: Outside, editor: Editor
) -> None:
    """What another entry shows stays, until that is purged; what an earlier revision had goes too."""
    url, earlier = (
        link_to(outside, page(jpeg(photo(seed=seed)), kind="image/jpeg")) for seed in (1, 2)
    )
    shared, once = (asked_card(editor, one)["picture"] for one in (url, earlier))
    file = {"file": ("a.jpg", jpeg(), "image/jpeg")}
    own = editor.http.post("/api/media", files=file).json()
    slug = editor.story()
    first = editor.post(slug, f"{url}\n\n{earlier}", media=[own["id"]])["id"]
    second = editor.post(slug, url)["id"]
    editor.edit(slug, first, body=f"Only one.\n\n{url}")
    folder = server.folder / "data" / "media"
    kept = {path.name for path in folder.iterdir()}
    assert {shared["id"], once["id"], own["id"]} <= kept
    report = editor.remove(slug, first, purge=True)["report"]
    assert (report["scrubbed"]["cards"], report["scrubbed"]["media"]) == (1, 2)
    assert {path.name for path in folder.iterdir()} == kept - {once["id"], own["id"]}
    assert status(shared["url"]) == 200
    assert earlier not in cached(server)
    # Taking back brings no picture back that is gone, and does not fail for it.
    third = editor.post(slug, url)["id"]
    editor.edit(slug, third, body="Without.")
    editor.remove(slug, second, purge=True)
    assert not (folder / shared["id"]).exists()
    assert status(shared["url"], editor) == 404
    assert shared["id"] not in cached(server)
    undone = editor.http.post(f"/api/stories/{slug}/entries/{third}/undo", json={"rev": 2})
    assert undone.status_code == 200, undone.text
    assert [card["picture"] for card in undone.json()["embeds"]] == [None]


async def test_a_picture_that_no_entry_took_goes_with_its_card(
    server: OutsideServer, outside: Outside, editor: Editor
) -> None:
    urls = [link_to(outside, page(jpeg(photo(seed=n)), kind="image/jpeg")) for n in range(3)]
    taken, cached_only, forgotten = (asked_card(editor, url)["picture"]["id"] for url in urls)
    slug = editor.story()
    as_upload = {"body": "It is others' work.", "media": [forgotten]}
    refused = editor.http.post(f"/api/stories/{slug}/entries", json=as_upload)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["media.0"]
    entry = editor.post(slug, urls[0])["id"]
    editor.edit(slug, entry, body="Its history has the card.")
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        connection.executemany("DELETE FROM embeds WHERE url = ?", [urls[:1], urls[2:]])
    store = Store(f"sqlite:///{database(server)}")
    later = datetime.now(UTC) + timedelta(hours=2)
    try:
        await store.media.give_up_spare(later - timedelta(hours=3))
        assert forgotten in await store.media.stored([forgotten])
        await store.media.give_up_spare(later)
        assert (await store.media.stored([taken, cached_only, forgotten])).keys() == {
            taken,
            cached_only,
        }
        assert forgotten in await store.media.leftovers(later)
    finally:
        await store.close()


async def test_the_sweep_leaves_what_is_shown_and_goes_on_after_what_fails(
    store: Store, tmp_path: Path
) -> None:
    """Also where an entry has the picture of a card among its own, as it could once."""
    paper = Paper(store, tmp_path)
    await paper.open()
    shown, given_up = [
        await keep_for_card(paper.newsroom, BytesIO(jpeg(photo(40, 30)))) for _ in range(2)
    ]
    entry = await paper.submit()
    async with store.log.transaction("s") as tx:
        await tx.entries.update(entry.model_copy(update={"media": (shown, given_up)}))
    broken = [f"m{number:032x}" for number in range(2)]
    for medium_id in broken:
        await store.media.begin(medium_id, "picture", paper.author.id, paper.now, spare=False)
    (tmp_path / broken[0]).write_text("no folder: it cannot be deleted as one")
    (tmp_path / broken[1]).mkdir()
    async with store.database.write() as connection:
        await connection.execute(update(media).where(media.c.id == given_up.id).values(ready=False))
    later = paper.now + timedelta(days=2)
    await store.media.give_up_spare(later)
    assert await store.media.leftovers(later) == broken
    await clear_away(paper.newsroom, broken)
    assert await store.media.leftovers(later) == broken[:1]
    assert not (tmp_path / broken[1]).exists()
    assert (await store.media.stored([shown.id])).keys() == {shown.id}


def cached(server: OutsideServer) -> str:
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection:
        return str(connection.execute("SELECT url, card FROM embeds").fetchall())
