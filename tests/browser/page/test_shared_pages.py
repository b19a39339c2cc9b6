"""What other programs take from a page: structured data that no browser executes, and what oEmbed puts into other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elsewhere import Site, elsewhere
from playwright.async_api import Frame, Page
from processes import Server

pytestmark = pytest.mark.anyio

BROKEN = """window.broken = [];
addEventListener("securitypolicyviolation", (event) => broken.push(`${event.violatedDirective} ${event.blockedURI}`), true);"""
TOLD = "window.told = []; addEventListener('message', ({ data }) => told.push(data));"


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


def as_wordpress_keeps(html: str) -> str:
    """`wp_filter_oembed_result()` of WordPress: three elements, few attributes, a sandbox and a secret."""
    kept = re.sub(r' (?!src|width|height|title|frameborder|href)[\w-]+="[^"]*"', "", html)
    found = re.search(r"(<blockquote>.*?</blockquote>)?.*(<iframe.*?></iframe>)", kept, re.DOTALL)
    assert found is not None
    frame = found[2].replace("<iframe", '<iframe sandbox="allow-scripts" security="restricted"')
    return found[1] + re.sub(
        r' src="([^"]*)"', r' src="\1#?secret=abcdefghij" data-secret="abcdefghij"', frame
    )


def oembed(editor: Editor, url: str) -> str:
    answer = editor.http.get("/oembed", params={"url": url, "maxwidth": "500"})
    assert answer.status_code == 200, answer.text
    html: str = answer.json()["html"]
    return html


async def framed(page: Page) -> Frame:
    frame = await page.locator("iframe").element_handle()
    inside = await frame.content_frame()
    assert inside is not None
    return inside


async def test_structured_data_breaks_no_policy_and_runs_nothing(
    addressed: Editor, addressed_server: Server, reader: Visitor
) -> None:
    """Errors on the console fail the reader."""
    evil = "</script><script>document.title = 'broken'</script>"
    slug = addressed.story(title=evil)
    entry = addressed.post(slug, f"`{evil}`", headline=evil)["id"]
    await reader.context.add_init_script(BROKEN)
    for path, kinds in (
        (f"/stories/{slug}", ["LiveBlogPosting"]),
        (f"/stories/{slug}/entries/{entry}", ["BlogPosting", "BreadcrumbList"]),
    ):
        page = await reader.open(addressed_server.url + path)
        data = "[...document.querySelectorAll('script[type=\"application/ld+json\"]')].map(({ textContent }) => JSON.parse(textContent))"
        assert [one["@type"] for one in await page.evaluate(data)] == kinds
        assert await page.evaluate("broken") == []
        assert await page.title() != "broken"
        assert await page.locator("main").is_visible()


@pytest.mark.parametrize("wordpress", [False, True])
async def test_a_story_by_oembed_is_live(
    addressed: Editor, addressed_server: Server, site: Site, reader: Visitor, wordpress: bool
) -> None:
    slug = addressed.story()
    addressed.post(slug, "Not key.")
    key = addressed.post(slug, "Key.", key=True)["id"]
    html = oembed(addressed, f"{addressed_server.url}/stories/{slug}?show=key")
    page = await reader.open(site.put(as_wordpress_keeps(html) if wordpress else html))
    inside = LivePage(await framed(page))
    await inside.state("live")
    assert await inside.frame.evaluate("self.origin") == (
        "null" if wordpress else addressed_server.url
    )
    assert await inside.ids() == [key]
    newer = addressed.post(slug, "Another.", key=True)["id"]
    await inside.level(3)
    assert await inside.ids() == [newer, key]
    assert await reader.context.cookies() == []


@pytest.mark.parametrize("wordpress", [False, True])
async def test_an_entry_by_oembed_stands_alone(
    addressed: Editor, addressed_server: Server, site: Site, reader: Visitor, wordpress: bool
) -> None:
    slug = addressed.story(title="The whole of it")
    addressed.post(slug, "Before.")
    entry = addressed.post(slug, "Alone. " * 200, verification="unverified")
    addressed.post(slug, "After.")
    html = oembed(addressed, f"{addressed_server.url}/stories/{slug}#{entry['id']}")
    page = await reader.open(
        site.put(f"<script>{TOLD}</script>{as_wordpress_keeps(html) if wordpress else html}")
    )
    assert await page.locator("blockquote a").get_attribute("href") == entry["url"]
    assert (await page.locator("blockquote a").inner_text()).startswith("Unverified: Alone.")
    inside = await framed(page)
    await inside.wait_for_selector(f'article[id="{entry["id"]}"]')
    assert await inside.locator("article").count() == 1
    link = inside.locator(".more-on a")
    assert await link.get_attribute("href") == f"{addressed_server.url}/stories/{slug}"
    height = await inside.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
    assert height > 400
    wanted = (
        {"message": "height", "value": min(1000, height), "secret": "abcdefghij"}
        if wordpress
        else {"type": "liveblog:height", "height": height}
    )
    await page.wait_for_function(
        "(wanted) => told.some((data) => JSON.stringify(data) === JSON.stringify(wanted))",
        arg=wanted,
    )
    assert await reader.context.cookies() == []


@pytest.mark.parametrize("wordpress", [False, True])
async def test_an_entry_in_a_frame_is_live_until_it_is_taken_down(
    addressed: Editor, site: Site, reader: Visitor, wordpress: bool
) -> None:
    reader.forgive("status of 410")
    slug = addressed.story()
    entry = addressed.post(slug, "First words.", verification="unverified")
    html = oembed(addressed, entry["url"])
    page = await reader.open(site.put(as_wordpress_keeps(html) if wordpress else html))
    inside = await framed(page)
    article = inside.locator("article")
    await article.evaluate("(article) => (window.loaded = article)")
    addressed.post(slug, "Another, which is none of its business.")
    addressed.edit(slug, entry["id"], body="Second words.", verification="retracted")
    await inside.wait_for_selector('article [data-sure="retracted"]')
    assert "Second words." in await article.inner_text()
    assert await article.count() == 1
    assert await article.evaluate("(article) => article === window.loaded")
    addressed.remove(slug, entry["id"], purge=True)
    await inside.wait_for_selector("text=This update was taken down.")
    assert await article.count() == 0


async def test_an_entry_in_a_frame_takes_the_theme_of_its_host(
    addressed: Editor, addressed_server: Server, site: Site, reader: Visitor
) -> None:
    slug = addressed.story()
    entry = addressed.post(slug)["id"]
    url = f"{addressed_server.url}/stories/{slug}?theme=dark#{entry}"
    page = await reader.open(site.put(oembed(addressed, url)))
    inside = await framed(page)
    await inside.wait_for_selector('html[data-theme="dark"]')
    dark = await inside.evaluate("getComputedStyle(document.body).backgroundColor")
    page = await reader.open(site.put(oembed(addressed, url.replace("dark", "light"))))
    inside = await framed(page)
    await inside.wait_for_selector('html[data-theme="light"]')
    assert await inside.evaluate("getComputedStyle(document.body).backgroundColor") != dark
