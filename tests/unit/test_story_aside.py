"""What stands beside a story: others, and a sponsor, whose words are harmless."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hostile import MARKUP, UNICODE
from selectolax.lexbor import LexborHTMLParser
from served_html import check_harmless, check_isolated
from stories import SPONSOR, new_story

from liveblog.content.templates import Templates
from liveblog.models.content import Sponsor, Story
from liveblog.store import Store

pytestmark = pytest.mark.anyio


def beside(story: Story, related: list[Story], top: list[Story]) -> LexborHTMLParser:
    templates = Templates({"name": "The Newsroom", "base_url": ""})
    html = templates.story_page("_aside.html", story, related=related, top=top)
    tree = check_harmless(html)
    check_isolated(tree)
    return tree


async def test_beside_a_story(store: Store) -> None:
    other = await new_story(store, "b", status="paused", title="شرق", language="ar")
    await new_story(store, "c", status="ended")
    read = await new_story(store, "d", related=["c", "gone", "b"])
    await store.audience.add(datetime.now(UTC).date(), {"d": 5, "b": 3, "c": 4})

    related = await store.stories.related(read)
    assert [story.slug for story in related] == ["c", "b"], "what is gone is left out"
    tree = beside(read, related, await store.stories.top())
    links = tree.css(".related a")
    assert [link.attributes["href"] for link in links] == ["/stories/c", "/stories/b"]
    assert [badge.text() for badge in tree.css(".related .badge")] == ["Ended", "Paused"]
    title = links[1].css_first(".title")
    assert title is not None
    assert (title.attributes["lang"], title.text()) == ("ar", other.title)
    assert [link.attributes["href"] for link in tree.css(".most-read a")] == [
        "/stories/c",
        "/stories/b",
    ]
    assert not tree.css(".sponsor")
    alone = await new_story(store, "alone")
    assert not beside(alone, await store.stories.related(alone), []).css("section")


async def test_a_sponsor_is_marked_and_brings_nothing_along(store: Store) -> None:
    sponsor = Sponsor.model_validate(SPONSOR)
    tree = beside(await new_story(store, "a", sponsors=(sponsor, sponsor)), [], [])
    assert [node.text() for node in tree.css(".sponsor .sponsored")] == ["Sponsored"] * 2
    for link in tree.css(".sponsor a"):
        assert (link.text(), link.attributes["href"]) == (sponsor.name, sponsor.url)
        assert set((link.attributes["rel"] or "").split()) == {"sponsored", "noopener", "nofollow"}
    assert not tree.css("script, img, iframe, [src], [style]")


@pytest.mark.parametrize("text", [*MARKUP, *UNICODE])
async def test_hostile_words_beside_a_story_are_harmless(store: Store, text: str) -> None:
    line = text.replace("\0", "")[:100]
    other = await new_story(store, "b", title=line)
    sponsor = Sponsor(name=line, text=line, url="https://a.example/'onclick=alert(1)")
    story = await new_story(store, "a", sponsors=(sponsor,))
    tree = beside(story, [other], [other])
    assert len(tree.css("section")) == 3
