"""The HTML of the documentation, pasted into a page of another site as a publisher pastes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elements import Element
from elsewhere import elsewhere
from paths import ROOT
from processes import Server

pytestmark = pytest.mark.anyio

DOCS = ("README.md", "docs/embedding.md", "docs/element.md")
BLOCK = re.compile(r"```html\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(<(?:iframe|script)[^`]*>)`")
HERE = "https://live.example.org"


def snippets() -> Iterator[tuple[str, str]]:
    """Each with the name of its file. A short form with an ellipsis is none."""
    for name in DOCS:
        text = (ROOT / name).read_text()
        for found in (*BLOCK.findall(text), *INLINE.findall(text)):
            if "…" not in found:
                yield name, found


def test_the_documentation_has_them() -> None:
    found = [text for _, text in snippets()]
    assert {name for name, _ in snippets()} == set(DOCS)
    for needed in ("data-liveblog", "<iframe", "<amp-iframe", "<live-blog-embed"):
        assert any(needed in text for text in found), needed


@pytest.mark.parametrize(("name", "text"), dict.fromkeys(snippets()))
async def test_it_is_live(
    name: str, text: str, shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    known = editor.post(slug, "Known")["id"]
    given = re.sub(r"SLUG-OR-URL|SLUG|my-story|kharkiv", slug, text)
    pasted = given.replace(HERE, shared_server.url)
    assert slug in pasted, name
    # AMP's own scripts are not here: what it makes of its element is a frame with these attributes.
    pasted = re.sub(r"<script[^>]*ampproject[^>]*></script>\n?", "", pasted)
    pasted = pasted.replace("<amp-iframe", "<iframe").replace("</amp-iframe>", "</iframe>")
    if "<live-blog-embed" in pasted and "<script" not in pasted:
        pasted += f'<script type="module" src="{shared_server.url}/element.js"></script>'
    if "sandbox=" in pasted:
        reader.forgive("sandbox")
    with elsewhere() as site:
        page = await reader.open(site.put(f"<main><h1>Elsewhere</h1>{pasted}</main>"))
        if "<live-blog-embed" in pasted:
            shown = Element(page)
            await shown.state("live")
            new = editor.post(slug, "New")["id"]
            await shown.level(2)
            assert await shown.ids() == [new, known]
        else:
            handle = await page.wait_for_selector("iframe")
            frame = await handle.content_frame() if handle else None
            assert frame is not None
            inside = LivePage(frame)
            await inside.state("live")
            new = editor.post(slug, "New")["id"]
            await inside.level(2)
            assert await inside.ids() == [new, known]
