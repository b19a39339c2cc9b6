"""`<live-blog-embed>` in hosts that forbid much, or include it on their server."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from browser import Visitor
from desk_client import Editor
from elements import element, opened, takes_three_changes
from elsewhere import Site, elsewhere
from paths import ROOT
from playwright.async_api import Route, expect
from processes import Server

pytestmark = pytest.mark.anyio

ELEMENT_BYTES = 10 * 1024


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


def strict(server: Server, trusted: str) -> str:
    """What docs/element.md tells such a host to allow, and nothing else."""
    ours, socket = server.url, server.ws
    return (
        f"default-src 'none'; script-src {ours}; connect-src {ours} {socket}; img-src {ours} data:; media-src {ours}; "
        f"require-trusted-types-for 'script'; trusted-types {trusted}"
    )


async def test_in_a_host_with_a_strict_policy_and_trusted_types(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Known")
    page = site.put(
        element(shared_server, slug), Content_Security_Policy=strict(shared_server, "liveblog")
    )
    shown = await opened(reader, page)
    await takes_three_changes(shown, editor, slug)
    # Its stylesheet is one that the script makes: the host allows no style of others.
    assert await shown.part(".entry").evaluate("(e) => getComputedStyle(e).display") == "grid"


async def test_a_host_that_does_not_allow_the_policy_has_a_link(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("Trusted ?Type", "TrustedHTML", "trusted-types")
    slug = editor.story()
    page = await reader.open(
        site.put(
            element(shared_server, slug), Content_Security_Policy=strict(shared_server, "'none'")
        )
    )
    link = page.locator("live-blog-embed a")
    await expect(link).to_have_attribute("href", f"{shared_server.url}/stories/{slug}")


async def test_a_host_without_an_origin(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = site.put(element(shared_server, slug), Content_Security_Policy="sandbox allow-scripts")
    shown = await opened(reader, page)
    assert await shown.page.evaluate("self.origin") == "null"
    await takes_three_changes(shown, editor, slug)


async def test_a_page_that_is_a_file(
    shared_server: Server, editor: Editor, reader: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    file = tmp_path / "a.html"
    file.write_text(f"<!doctype html>{element(shared_server, slug)}")
    await takes_three_changes(await opened(reader, file.as_uri()), editor, slug)


async def test_what_a_host_includes_on_its_server_is_there_at_once_and_goes_live(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(12)][::-1]
    answer = httpx2.get(f"{shared_server.url}/stories/{slug}/element", trust_env=False)
    assert "Number 11" in answer.text
    without = await reader.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    page = await without.new_page()
    await page.goto(site.put(answer.text))
    await expect(page.get_by_text("Number 11")).to_be_visible()
    assert (
        await page.locator(".entry").first.evaluate("(e) => getComputedStyle(e).display") == "grid"
    )
    await without.close()

    editor.edit(slug, ids[0], body="Edited since")  # the copy is older
    asked: list[str] = []
    reader.context.on("request", lambda request: asked.append(request.url))
    shown = await opened(reader, site.url)
    await shown.level(13)
    await expect(shown.entry(ids[0]).locator(".body")).to_have_text("Edited since")
    assert await shown.ids() == ids[:8]
    assert not [url for url in asked if url.endswith("/element")]
    await takes_three_changes(shown, editor, slug)


async def test_a_copy_that_is_too_old_is_replaced(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Known")["id"]
    answer = httpx2.get(f"{shared_server.url}/stories/{slug}/element", trust_env=False)
    old = answer.text.replace('data-epoch="', 'data-epoch="another')
    editor.remove(slug, entry)
    shown = await opened(reader, site.put(old))
    await shown.level(2)
    await shown.until("blog.querySelectorAll('article').length === 0")
    await takes_three_changes(shown, editor, slug)


async def test_without_a_bundle_its_modules_find_each_other(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    """`/element.js` leads there where npm made no bundle."""
    slug = editor.story()

    async def unbundled(route: Route) -> None:
        source = (ROOT / "static/embed/element.js").read_text()
        headers = {"Access-Control-Allow-Origin": "*"}
        await route.fulfill(body=source, content_type="text/javascript", headers=headers)

    await reader.context.route("**/embed/element.js", unbundled)
    module = f"{shared_server.url}/static/0/embed/element.js"
    page = site.put(
        f'<live-blog-embed src="{slug}"></live-blog-embed><script type="module" src="{module}"></script>'
    )
    await takes_three_changes(await opened(reader, page), editor, slug)


def test_the_element_is_at_most_10_kb_as_transferred(shared_server: Server) -> None:
    answer = httpx2.get(
        f"{shared_server.url}/element.js", headers={"Accept-Encoding": "gzip"}, trust_env=False
    )
    assert answer.status_code == 200, "npm made no bundle"
    assert int(answer.headers["content-length"]) <= ELEMENT_BYTES
    built = (ROOT / "static/embed/element.min.js").read_bytes()
    assert len(gzip.compress(built, 9)) <= ELEMENT_BYTES
