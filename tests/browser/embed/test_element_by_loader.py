"""`<live-blog-embed>` in pages that have the loader alone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from browser import Visitor
from desk_client import Editor
from elements import Element, takes_three_changes
from elsewhere import Site, elsewhere
from processes import Server

pytestmark = pytest.mark.anyio

LOADER_BYTES = 3 * 1024


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


async def test_the_loader_brings_the_element_where_a_page_has_one_and_only_there(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    asked: list[str] = []
    reader.context.on("request", lambda request: asked.append(request.url))
    page = await reader.open(
        site.put(f'<main></main><script src="{shared_server.url}/embed.js"></script>')
    )
    assert not [url for url in asked if "element" in url]
    await page.evaluate(
        "(slug) => (document.querySelector('main').innerHTML = `<live-blog-embed src=${slug}></live-blog-embed>`)",
        slug,
    )
    shown = Element(page)
    await shown.state("live")
    await takes_three_changes(shown, editor, slug)


def test_the_loader_is_at_most_3_kb_as_transferred(editor: Editor) -> None:
    loader = editor.http.get("/embed.js", headers={"Accept-Encoding": "identity"})
    assert len(gzip.compress(loader.content, 9)) <= LOADER_BYTES
