"""Links that stand alone become cards: whose, of what, when, and how they go again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_client import Editor
from outside import Outside, page
from outside_server import Elsewhere, OutsideServer
from processes import until
from provider_answers import (
    ANSWERS,
    HOSTILE,
    MASTODON,
    MASTODON_ANSWER,
    MASTODON_PAGE,
    NO_CARDS,
    SPELLINGS,
    UNASKED,
    YOUTUBE,
    Answer,
    X,
)
from sqlalchemy import select

from liveblog.content.cards import card
from liveblog.content.markup.markdown import rendered, to_html
from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.errors import SettingsError
from liveblog.models.content import Embed, Medium
from liveblog.models.members import Role
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.edit import publish, revise
from liveblog.newsroom.entries.undo import undo
from liveblog.newsroom.forms import EntryChange, NewEntry, NewStory, Undo
from liveblog.newsroom.link_cards import CardFetcher, cards_of
from liveblog.newsroom.stories import open_story
from liveblog.newsroom.validation import parse
from liveblog.settings import Settings
from liveblog.store import Folder, Store
from liveblog.store.media.link_cards import want
from liveblog.store.tables import embeds

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PROVIDERS = Providers(["mastodon.social"])


@pytest.mark.parametrize("url", NO_CARDS)
def test_links_of_others_become_no_cards(url: str) -> None:
    assert PROVIDERS.link(url) is None
    assert Providers(on=False).link(YOUTUBE) is None


@pytest.mark.parametrize("url", UNASKED)
def test_of_some_the_link_alone_tells(url: str) -> None:
    link = PROVIDERS.link(url)
    assert link is not None
    assert not link.asked
    made = card(link, None)
    assert made.frame == UNASKED[url]
    assert made.retrieved_at is None
    titles = {"OpenStreetMap": "49.9935, 36.2304", "Google Maps": "Freedom Square"}
    assert made.title in {None, titles.get(made.provider)}


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_link_has_one_spelling(url: str) -> None:
    link = PROVIDERS.link(url)
    assert link is not None
    assert (link.url, link.frame()) == SPELLINGS[url]
    assert PROVIDERS.link(link.url) == link
    if link.short:
        assert not link.asked
        assert card(link, None).url == link.url
    place = "49.99,36.23" if "q=49.99" in url else 'Freedom Square, "a&b' if "?q=" in url else None
    assert place is None or card(link, None).title == place


def test_hosts_that_are_asked_are_those_before() -> None:
    """Other spellings are no other hosts: what is asked, and framed, is the one spelling."""
    links = filter(None, map(PROVIDERS.link, [*SPELLINGS, MASTODON, *(a.url for a in ANSWERS)]))
    hosts = {host for link in links if link.asked for host in link.provider.hosts}
    assert hosts == {answer.host for answer in ANSWERS} | {"mastodon.social", "bsky.app"}


def test_frames_are_of_the_list_alone() -> None:
    origins = PROVIDERS.frames
    assert "https://www.youtube-nocookie.com" in origins
    assert "https://mastodon.social" in origins
    assert all(origin.startswith("https://") and "*" not in origin for origin in origins)
    assert Providers(on=False).frames == ()


@pytest.mark.parametrize(
    "said",
    [
        {"title": HOSTILE, "author_name": HOSTILE, "author_url": "javascript:alert(1)", "html": HOSTILE},
        {"author_name": "x" * 100_000, "title": "y" * 100_000, "html": f"<p>{'z' * 100_000}</p>"},
        {"title": "a\u202eb\0c\x07\n\nd", "author_url": "https://a.example/\" onclick=alert(1)"},
        {"title": ["a"], "author_name": {"b": 1}, "html": None, "author_url": 7},
        {"html": "<p>" * 5000, "author_name": "\u200b"},
    ],
)  # fmt: skip
def test_what_a_provider_says_is_text_of_bounded_length(said: dict[str, Any]) -> None:
    for url in (YOUTUBE, X):
        link = PROVIDERS.link(url)
        assert link is not None
        made = card(link, NOW, json.dumps(said).encode())
        assert len(made.title or "") <= 300
        assert len(made.author or "") <= 330
        assert len(made.text or "") <= 5000
        assert made.author_url is None
        assert not {"\0", "\x07", "\u202e"} & set(f"{made.title}{made.author}{made.text}")
        assert made.frame == link.frame()
        json.dumps(made.model_dump(mode="json")).encode()


def test_markup_as_deep_as_none_is_is_not_even_read() -> None:
    """A megabyte of it would take a core for minutes."""
    link = PROVIDERS.link(X)
    assert link is not None
    for depth, text in ((100, "Words."), (3000, None)):
        said = {"author_name": "Ann", "html": "<p>Words.</p>" + "<div>" * depth}
        made = card(link, NOW, json.dumps(said).encode())
        assert (made.author, made.text) == ("Ann", text)


@pytest.mark.parametrize(
    "answer", [b"[]", b"null", b"<html>", b"\xff", b"{", b"[" * 100_000, b'{"title": "\\ud83d"}']
)
def test_what_is_no_oembed_makes_no_card(answer: bytes) -> None:
    link = PROVIDERS.link(YOUTUBE)
    assert link is not None
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        card(link, NOW, answer)


def test_which_links_stand_alone() -> None:
    text = f"Words {X}\n\n{YOUTUBE}\n<{X}>\n\n[{X}]({X})\n\n[words]({X})\n\n# {X}\n\n> {X}\n\n- {X}"
    assert rendered(text).links == (YOUTUBE, X)
    html = to_html(f"{YOUTUBE}&a=1\n{X}")
    assert html.count("<a href=") == 2
    assert f">{X}</a>" in html


def test_settings_name_hosts() -> None:
    assert (
        Settings.read({"LIVEBLOG_MASTODON_HOSTS": " a.test, b.test"}).mastodon_hosts
        == "a.test,b.test"
    )
    for wrong in ("https://a.test", "a.test/x", "*", "127.0.0.1", "a.test:80", "{host}.test"):
        with pytest.raises(SettingsError, match="LIVEBLOG_MASTODON_HOSTS"):
            Settings.read({"LIVEBLOG_MASTODON_HOSTS": wrong})


async def test_a_card_is_fetched_by_one_and_tried_again(either_store: Store) -> None:
    store = either_store
    link = PROVIDERS.link(YOUTUBE)
    assert link is not None
    made = card(link, NOW, b'{"title": "A title"}')
    later = NOW + timedelta(seconds=60)
    await store.link_cards.put(made, NOW)
    assert await store.link_cards.get(YOUTUBE, NOW + timedelta(hours=23)) == made
    assert await store.link_cards.get(YOUTUBE, NOW + timedelta(hours=25)) is None
    assert await store.link_cards.due(NOW, 8) == [YOUTUBE]
    takers = await asyncio.gather(*(store.link_cards.take(YOUTUBE, NOW, later) for _ in range(5)))
    assert [taken for taken in takers if taken] == [(made, 1)]
    assert await store.link_cards.due(NOW, 8) == []
    assert await store.link_cards.take(YOUTUBE, later, later) == (made, 2)
    await store.link_cards.put_off(YOUTUBE, None)
    assert await store.link_cards.due(later, 8) == []
    async with store.database.write() as connection:  # as an entry does that has the link
        await want(connection, "e1", [], [YOUTUBE], NOW)
    assert await store.link_cards.due(NOW, 8) == [YOUTUBE]
    assert await store.link_cards.without(YOUTUBE) == []
    other = card(link, NOW).model_copy(update={"url": "https://www.youtube.com/watch?v=another"})
    await store.link_cards.keep(other, NOW)  # purged meanwhile
    assert await store.link_cards.get(other.url, NOW) is None
    picture = Medium(id="m1", kind="picture", width=1, height=1)
    for medium_id in ("m1", "m2"):
        await store.media.begin(medium_id, "picture", None, NOW, spare=True)
        await store.media.finish(picture.model_copy(update={"id": medium_id}), [])
    await store.link_cards.put(
        other.model_copy(update={"picture": picture}), NOW + timedelta(hours=25)
    )
    await store.media.give_up_spare(later)
    assert (await store.media.stored(["m1", "m2"])).keys() == {"m1"}
    assert await store.media.leftovers(later) == ["m2"]
    async with store.database.read() as connection:
        assert list((await connection.execute(select(embeds.c.url))).scalars()) == [other.url]


# --- with a server, and the providers as one server here


HOSTS = {answer.host for answer in ANSWERS} | {"mastodon.social"}


@pytest.fixture
def editor(server: OutsideServer, token: str) -> Iterator[Editor]:
    client = Editor(server.url, token)
    yield client
    client.close()


def say(outside: Outside, answer: Answer) -> None:
    said = answer.said
    content = page(said, kind="text/html") if isinstance(said, str) else page(json.dumps(said))
    outside.says[answer.host, answer.path] = content


def test_the_composer_asks_and_the_card_is_there_at_once(outside: Outside, editor: Editor) -> None:
    slug = editor.story()
    for answer in ANSWERS:
        say(outside, answer)
        got = editor.http.post("/api/embeds", json={"url": answer.url})
        assert got.status_code == 200, got.text
        made = got.json()
        assert {name: made[name] for name in answer.card} == answer.card, answer.url
        assert made["retrieved_at"]
        (asked,) = [one for one in outside.asked if one.host == answer.host]
        assert "cookie" not in asked.headers
        posted = editor.post(slug, f"Look.\n\n{answer.url}")
        assert posted["embeds"] == [made]
        assert posted["rev"] == 1
    assert len(outside.asked) == len(ANSWERS)
    outside.tells("mastodon.social", "/api/oembed", MASTODON_ANSWER)
    outside.says["mastodon.social", "/@fin/110000000000000000"] = page(
        MASTODON_PAGE, kind="text/html"
    )
    made = editor.http.post("/api/embeds", json={"url": MASTODON}).json()
    assert (made["author"], made["text"]) == ("Fin (@fin@mastodon.social)", "Lights are out.")
    assert (made["dated"], made["frame"]) == ("2022-02-25T00:00:00Z", f"{MASTODON}/embed")


def test_what_cannot_be_had_is_said(outside: Outside, editor: Editor) -> None:
    vimeo = "https://vimeo.com/404"
    refused = editor.http.post("/api/embeds", json={"url": "https://example.org/"})
    assert refused.status_code == 422
    assert "YouTube" in refused.json()["errors"][0]["message"]
    assert editor.http.post("/api/embeds", json={"url": "x"}).status_code == 422
    assert not outside.asked
    for said in (
        page(status=404),
        page("no JSON"),
        page("{}"),
        page("{}", kind="text/javascript"),
        page(status=302, location="https://169.254.169.254/"),
        page(status=302, location="https://www.youtube.com/oembed"),
    ):
        outside.says["vimeo.com", "/api/oembed.json"] = said
        failed = editor.http.post("/api/embeds", json={"url": vimeo})
        assert failed.status_code == 502
        assert "can be published as it is" in failed.json()["detail"]
    assert {one.host for one in outside.asked} == {"vimeo.com"}
    unasked = editor.http.post("/api/embeds", json={"url": next(iter(UNASKED))}).json()
    assert (unasked["provider"], unasked["retrieved_at"]) == ("Instagram", None)
    anonymous = editor.http.post(
        "/api/embeds", json={"url": vimeo}, headers={"Authorization": "Bearer x"}
    )
    assert anonymous.status_code == 401


async def test_an_entry_is_published_at_once_and_its_card_is_no_edit(
    elsewhere: Elsewhere, outside: Outside, editor: Editor
) -> None:
    """The provider hangs until the entry has been published, seen and looked at."""
    link = "https://vimeo.com/1234"
    said = page(json.dumps({"version": "1.0", "type": "video", "title": "At last"}))
    reached, let_go = elsewhere.held("vimeo.com", "/api/oembed.json", said)
    slug = editor.story()
    entry = editor.post(slug, f"Published.\n\n{link}?share=1")
    assert entry["embeds"] == []
    assert f'href="{link}?share=1"' in entry["html"]
    other = editor.post(slug, link, status="draft")
    await asyncio.to_thread(reached.wait, 20)
    assert editor.http.get(f"/stories/{slug}").status_code == 200
    let_go()
    events = await wait_for(editor, slug, 2)
    (update,) = [event for event in events if event["kind"] == "entry.updated"]
    assert update["id"] == entry["id"]
    assert "At last" in update["html"]
    now = editor.http.get(f"/api/stories/{slug}/entries/{entry['id']}").json()
    assert (now["rev"], now["edited_at"], now["corrections"]) == (2, None, [])
    assert now["embeds"][0]["url"] == link
    there = f"/api/stories/{slug}/entries/{other['id']}"
    await until(lambda: bool(editor.http.get(there).json()["embeds"]))
    assert len([one for one in outside.asked if one.host == "vimeo.com"]) == 1

    # Who began to edit before the card came is no slower than anybody.
    path = f"/api/stories/{slug}/entries/{entry['id']}"
    edited = editor.http.patch(
        path, json={"body": f"Edited.\n\n{link}"}, headers={"If-Match": '"1"'}
    )
    assert edited.status_code == 200
    assert edited.json()["embeds"] == now["embeds"]
    late = editor.http.patch(path, json={"body": "Late."}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    shown = editor.http.get(
        f"/stories/{slug}/entries?before={entry['id']}", headers={"Accept": "application/json"}
    )
    assert shown.status_code == 200
    history = editor.http.get(f"/stories/{slug}/entries/{entry['id']}").text
    assert "Card added" in history
    assert "cards of links" in history


async def test_taking_an_edit_back_takes_no_card_away(elsewhere: Elsewhere, editor: Editor) -> None:
    """The card comes after one entry's headline was edited, and while the other has its link back."""
    link = "https://vimeo.com/4321"
    said = page(json.dumps({"version": "1.0", "type": "video", "title": "In the end"}))
    reached, let_go = elsewhere.held("vimeo.com", "/api/oembed.json", said)
    slug = editor.story()
    named, linked = (editor.post(slug, f"Look.\n\n{link}")["id"] for _ in range(2))
    await asyncio.to_thread(reached.wait, 20)
    editor.edit(slug, named, headline="A headline too many")
    editor.edit(slug, linked, body="No link.")
    undo = f"/api/stories/{slug}/entries/{{}}/undo"
    assert editor.http.post(undo.format(linked), json={"rev": 2}).json()["embeds"] == []
    let_go()
    both = [f"/api/stories/{slug}/entries/{entry}" for entry in (named, linked)]
    await until(lambda: all(editor.http.get(there).json()["embeds"] for there in both))
    undone = editor.http.post(undo.format(named), json={"rev": 2}).json()
    assert undone["headline"] is None
    assert [card["title"] for card in undone["embeds"]] == ["In the end"]


async def wait_for(editor: Editor, slug: str, head: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        while True:
            events = editor.http.get(f"/stories/{slug}/events?after=0").json()
            if events["head"] >= head:
                found: list[dict[str, Any]] = events["events"]
                return found
            await asyncio.sleep(0.05)


def test_a_card_goes_with_its_link_and_a_purge_forgets_it(
    server: OutsideServer, outside: Outside, editor: Editor
) -> None:
    mark = "Words that must go 8b1f"
    url = "https://vimeo.com/5678"
    outside.tells("vimeo.com", "/api/oembed.json", {"version": "1.0", "title": mark})
    editor.http.post("/api/embeds", json={"url": url})
    slug = editor.story()
    first, second = (editor.post(slug, f"One.\n\n{url}")["id"] for _ in range(2))
    assert editor.edit(slug, second, body=f"[By its name]({url})")["embeds"] == []
    assert editor.edit(slug, second, body=url)["embeds"][0]["title"] == mark
    editor.remove(slug, first, purge=True)
    assert mark in contents(server), "the second one has it still"
    editor.remove(slug, second, purge=True)
    assert mark not in contents(server)
    assert url not in contents(server)


def contents(server: OutsideServer) -> str:
    """All that the database holds, its dead pages too."""
    path = server.folder / "data" / "liveblog.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        live = "\n".join(database.iterdump())
    raw = path.read_bytes() + Path(f"{path}-wal").read_bytes()
    return live + raw.decode("latin-1")


def test_a_public_entry_carries_its_cards(outside: Outside, editor: Editor) -> None:
    slug = editor.story(topics=["cards"])
    posted = editor.post(slug, next(iter(UNASKED)), topics=["cards"])
    listed = editor.http.get("/topics/cards", headers={"Accept": "application/json"}).json()
    (entry,) = [one for one in listed["entries"] if one["id"] == posted["id"]]
    assert entry["embeds"] == posted["embeds"]
    assert entry["embeds"][0]["provider"] == "Instagram"
    assert not outside.asked


def test_a_list_that_is_empty_finds_no_links(outside: Outside) -> None:
    assert CardFetcher(Providers(on=False), outside.fetcher()).links(YOUTUBE) == []


async def test_a_card_outlives_its_provider_on_the_list(
    either_store: Store, outside: Outside, tmp_path: Path
) -> None:
    """It is evidence: it stays through edits and what is taken back, until its link goes."""
    url = "https://www.instagram.com/p/CabcDEF12_-"

    async def announce(*_: object) -> None:
        """Nobody reads."""

    def newsroom_with(*, on: bool) -> Newsroom:
        cards = CardFetcher(Providers(on=on), outside.fetcher())
        return Newsroom(either_store, Templates({}), announce, Folder(tmp_path), cards=cards)

    newsroom = newsroom_with(on=True)
    editor = await either_store.accounts.add("editor@example.org", "Ed", Role.EDITOR, "!")
    await open_story(newsroom, editor, parse(NewStory, {"slug": "s", "title": "S"}))
    posted = (
        await publish(newsroom, editor, "s", parse(NewEntry, {"body": f"Look.\n\n{url}"}))
    ).entry
    assert [card.url for card in posted.embeds] == [url]

    later = newsroom_with(on=False)

    async def change(**values: str | bool) -> tuple[Embed, ...]:
        form = parse(EntryChange, values)
        return (await revise(later, editor, "s", posted.id, form)).entry.embeds

    assert await change(body=f"Look again.\n\n{url}") == posted.embeds
    assert await change(pinned=True) == posted.embeds
    assert (await undo(later, editor, "s", posted.id, Undo(rev=3))).entry.embeds == posted.embeds
    assert await change(body="No link.") == ()
    assert (await undo(later, editor, "s", posted.id, Undo(rev=5))).entry.embeds == posted.embeds
    # A card from when the list spelt its link otherwise.
    before = (posted.embeds[0].model_copy(update={"url": url.replace("www.", "")}),)
    links = newsroom.cards.links([before[0].url])
    async with either_store.log.transaction("s") as tx:
        kept = await cards_of(newsroom.cards, tx, before[0].url, links, before, NOW)
    assert kept == before
