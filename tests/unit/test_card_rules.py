"""Which links become cards, of whom, and what a card may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_answers import (
    ANSWERS,
    HOSTILE,
    MASTODON,
    NO_CARDS,
    NOW,
    PROVIDERS,
    SPELLINGS,
    THERE,
    UNASKED,
    YOUTUBE,
    X,
)

from liveblog.content.cards import card, told
from liveblog.content.history import compared
from liveblog.content.markup.markdown import rendered, to_html
from liveblog.content.providers import Providers
from liveblog.errors import SettingsError
from liveblog.models.content import Embed
from liveblog.settings import Settings


def graph(image: str) -> bytes:
    return f'<head><meta property="og:image" content="{image}"></head>'.encode()


@pytest.mark.parametrize(
    ("url", "said", "expected"),
    [
        (YOUTUBE, {"thumbnail_url": "https://i.ytimg.com/a.jpg"}, ["https://i.ytimg.com/a.jpg"]),
        (YOUTUBE, {"thumbnail_url": "https://i.ytimg.com.evil.example/a.jpg"}, []),
        (YOUTUBE, {"thumbnail_url": "https://i.ytimg.com@evil.example/a.jpg"}, []),
        (YOUTUBE, {"thumbnail_url": "https://[::1/"}, []),
        (YOUTUBE, {"thumbnail_url": ["https://i.ytimg.com/a.jpg"]}, []),
        ("https://vimeo.com/1", {"url": THERE, "thumbnail_url": f"{THERE}?small"}, [f"{THERE}?small"]),
        (
            "https://vimeo.com/1",
            {"type": "photo", "url": THERE, "thumbnail_url": f"{THERE}?small"},
            [THERE, f"{THERE}?small"],
        ),
        (
            "https://www.tiktok.com/@a/video/1",
            {"thumbnail_url": "https://p16-sign.tiktokcdn-us.com/a"},
            ["https://p16-sign.tiktokcdn-us.com/a"],
        ),
        ("https://www.tiktok.com/@a/video/1", {"thumbnail_url": "https://eviltiktokcdn.com/a"}, []),
        ("https://t.me/a/1", graph("https://cdn4.telesco.pe/file/a"), ["https://cdn4.telesco.pe/file/a"]),
        ("https://t.me/a/1", graph("https://telegram.org/img/t_logo_2x.png"), []),
        (
            "https://mastodon.social/@fin/1",
            graph("https://files.mastodon.social/a&amp;b.png"),
            ["https://files.mastodon.social/a&b.png"],
        ),
        ("https://mastodon.social/@fin/1", graph("https://files.example.org/a.png"), []),
        (
            "https://datawrapper.dwcdn.net/Ab3dE/7/", {},
            ["https://datawrapper.dwcdn.net/Ab3dE/plain-s.png"],
        ),
        (
            "https://public.flourish.studio/story/12/", {},
            ["https://public.flourish.studio/story/12/thumbnail"],
        ),
    ],
)  # fmt: skip
def test_a_picture_is_looked_for_at_the_providers_own_hosts(
    url: str, said: dict[str, Any] | bytes, expected: list[str]
) -> None:
    link = PROVIDERS.link(url)
    assert link is not None
    answers = {"page": said} if isinstance(said, bytes) else {"oembed": json.dumps(said).encode()}
    found = told(link, NOW, **answers)
    assert found.pictures == expected
    assert all(one not in found.card.model_dump_json() for one in expected)


def test_a_card_of_before_there_were_pictures_is_valid_and_tells_no_change() -> None:
    old = {"url": YOUTUBE, "provider": "YouTube", "kind": "video", "title": "A title"}
    new = Embed.model_validate(old).model_dump(mode="json")
    assert "picture" in new
    assert compared({"embeds": [old]}, {"embeds": [new]}).others == ()
    assert compared({"embeds": [old]}, {"embeds": [new | {"title": "B"}]}).others == ("embeds",)


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
