"""The publisher's links above and below every page for readers: on a phone, in both directions, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser import Visitor
from desk_client import Editor, add_token
from processes import Server

pytestmark = pytest.mark.anyio

HOSTILE = '"><script>alert(1)</script>'
LINKS = [
    ("News", "https://example.org/news?a=1&b=2"),
    (HOSTILE, "/topics/war"),
    *((f"A section with a long name {n}", f"https://example.org/{n}") for n in range(8)),
]
LONG_NAME = "The Courier and Evening Advertiser of the Whole County"
TEXT = f"© The Courier {HOSTILE} desk@example.org"


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("publisher")
    listed = " | ".join(f"{label}={url}" for label, url in LINKS)
    with Server(
        folder,
        LIVEBLOG_SITE_NAME=LONG_NAME,
        LIVEBLOG_MASTHEAD_LINKS=listed,
        LIVEBLOG_FOOTER_LINKS=listed,
        LIVEBLOG_FOOTER_TEXT=TEXT,
    ) as server:
        yield server


SHOWN = """(place) => [...document.querySelectorAll(`${place} li a`)]
  .map((link) => [link.textContent, link.getAttribute("href")])"""


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_links_stand_on_every_page_for_readers(
    publisher: Server, reader: Visitor, language: str
) -> None:
    editor = Editor(publisher.url, add_token(publisher.env))
    slug = editor.story(language=language, topics=["war"])
    entry = editor.post(slug, topics=["war"])["id"]
    editor.close()
    reader.forgive("404")
    await reader.context.set_extra_http_headers({"Accept-Language": language})
    page = await reader.context.new_page()
    expected = [list(link) for link in LINKS]
    for path in (
        "/",
        "/topics/war",
        f"/stories/{slug}",
        f"/stories/{slug}/entries/{entry}",
        f"/stories/{slug}/corrections",
        "/nowhere",
    ):
        for width in (360, 1440):
            await page.set_viewport_size({"width": width, "height": 740})
            await page.goto(publisher.url + path)
            for place in (".masthead nav", ".colophon"):
                assert await page.evaluate(SHOWN, place) == expected, path
            assert await page.locator(".colophon p").inner_text() == TEXT
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            tall = await page.locator(".masthead").bounding_box()
            assert tall is not None
            assert tall["height"] <= (60 if width > 1000 else 110), "one line under the name"
            last = page.locator(".masthead nav a").last
            await last.focus()
            box = await last.bounding_box()
            assert box is not None
            assert box["x"] >= -1
            assert box["x"] + box["width"] <= width + 1, "the focus moves the line"
        assert await violations(page, ("desktop", "light"), ("phone", "dark")) == []
    for path in (f"/stories/{slug}/embed", f"/stories/{slug}/entries/{entry}/embed", "/desk/login"):
        await page.goto(publisher.url + path)
        assert await page.locator(".masthead nav, .colophon").count() == 0
