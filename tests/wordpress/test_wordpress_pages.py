"""Stories in a real WordPress: rendered on its server, and live in the browser."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elements import SOCKETS, Element, takes_three_changes
from playwright.async_api import expect
from processes import NO_TLS, PATIENCE, Server
from wordpress import THEMES, USERS, WordPress

pytestmark = pytest.mark.anyio

# The icon of WordPress's own, which browsers ask for.
FORGIVEN = r"favicon|ERR_ABORTED.*(load-scripts|load-styles)"


def block(slug: str, **attributes: Any) -> str:
    pairs = "".join(f',"{name}":{value}' for name, value in attributes.items())
    return f'<!-- wp:liveblog-embed/story {{"story":"{slug}"{pairs}}} /-->'


def get(address: str) -> httpx2.Response:
    return httpx2.get(
        address, trust_env=False, verify=NO_TLS, timeout=PATIENCE, follow_redirects=True
    )


def words(text: str) -> str:
    """The text of HTML, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def feed_of(text: str) -> str:
    """The updates in a page: from `role="feed"` on."""
    found = re.search(r'role="feed".*?</live-blog-embed>', text, re.DOTALL)
    assert found, text[-3000:]
    return found[0]


def articles_of(text: str) -> str:
    found = re.search(r"<article\b.*</article>", feed_of(text), re.DOTALL)
    assert found
    return found[0]


async def shown_in(reader: Visitor, address: str) -> Element:
    reader.forgive(FORGIVEN)
    await reader.context.add_init_script(SOCKETS)
    found = Element(await reader.open(address))
    await found.state("live")
    return found


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("way", ["block", "shortcode", "address"])
async def test_it_is_in_the_page_and_goes_live(
    way: str,
    user: str,
    wordpress: WordPress,
    addressed_server: Server,
    addressed: Editor,
    reader: Visitor,
) -> None:
    slug = addressed.story()
    known = addressed.post(slug, "Rendered on the **server**", headline="Known")["id"]
    content = {
        "block": block(slug, title='"What happens"'),
        "shortcode": f'[liveblog story="{slug}" title="What happens"]',
        "address": f"Before\n\n{addressed_server.url}/stories/{slug}?limit=20\n\nAfter",
    }[way]
    address = wordpress.post(content, user)
    answer = get(address)
    assert "Rendered on the <strong>server</strong>" in feed_of(answer.text)
    assert answer.headers["cache-control"] == "no-cache"
    shown = await shown_in(reader, address)
    assert await shown.ids() == [known]
    await expect(shown.page.locator("body")).not_to_contain_text("[liveblog")
    if way == "address":
        assert await shown.itself.get_attribute("limit") == "20"
    else:
        await expect(shown.page.get_by_role("region", name="What happens")).to_be_visible()
    await takes_three_changes(shown, addressed, slug)
    assert await shown.page.evaluate("sockets.size") == 1


@pytest.mark.parametrize("theme", THEMES)
async def test_the_words_are_those_of_the_newsroom(
    theme: str, wordpress: WordPress, addressed: Editor, reader: Visitor
) -> None:
    """WordPress changes quotation marks, dashes and smilies of texts, and its shortcodes run."""
    slug = addressed.story()
    body = (
        'He said: "it\'s 9x9" -- [gallery] [liveblog story=x] :) ;-) 8-) :mrgreen: in Wordpress... '
        '`a[0] -- "b"` (tm) https://example.org/x?a=1&b=2\n\n[link](https://example.org/?q=[b]) \'tis Київ مرحبا 😀'
    )
    addressed.post(slug, body, headline='"Quoted" -- [caption]')
    wordpress.run(
        "update_option( 'template', $args['theme'] ); update_option( 'stylesheet', $args['theme'] );",
        theme=theme,
    )
    wanted = addressed.http.get(f"/stories/{slug}/element").text
    for content in (block(slug), f"[liveblog story={slug}]"):
        address = wordpress.post(f'Above: :) "quoted"\n\n{content}\n\n[liveblog story={slug}]')
        text = get(address).text
        assert "&#8220;quoted" in text, "WordPress does that elsewhere"
        assert words(articles_of(text)) == words(articles_of(wanted))
        shown = await shown_in(reader, address)
        ours = await shown.part("article").inner_text()
        await shown.page.evaluate(
            "document.querySelector('live-blog-embed').setAttribute('limit', '20')"
        )
        await shown.state("live")
        assert await shown.part("article").inner_text() == ours, "as the server gives it"


async def test_what_is_chosen_is_shown(
    wordpress: WordPress, addressed: Editor, reader: Visitor
) -> None:
    slug = addressed.story()
    key = addressed.post(slug, "A key event", key=True)["id"]
    later = addressed.post(slug, "Another", key=True)["id"]
    addressed.post(slug, "PLAIN")
    options = "limit=3 height=300 order=oldest show=key lang=de-AT theme=dark compact"
    wordpress.run("wp_set_current_user( 1 );")
    address = wordpress.post(f"[liveblog story={slug} {options}]")
    text = get(address).text
    assert "PLAIN" not in text
    assert "Weitere" in text or "Mehr" in text, "German"
    shown = await shown_in(reader, address)
    assert await shown.ids() == [key, later]
    assert await shown.itself.evaluate("(e) => [...e.attributes].map(({ name }) => name).sort()") == [
        "compact", "height", "lang", "limit", "order", "show", "src", "theme",
    ]  # fmt: skip
    assert await shown.itself.get_attribute("limit") == "3"
    typed = block(slug, limit=3, height=300, order='"oldest"', show='"key"', compact="true")
    again = get(wordpress.post(typed)).text
    opening = re.search(r"<live-blog-embed[^>]*>", again)
    assert opening is not None
    assert set(opening[0][1:-1].split()) == {
        "live-blog-embed", f'src="{slug}"', 'limit="3"', 'height="300"', 'order="oldest"', 'show="key"', "compact",
    }  # fmt: skip


async def test_wrong_values_are_left_out_and_authors_are_told(
    wordpress: WordPress, addressed: Editor
) -> None:
    slug = addressed.story()
    addressed.post(slug, "Shown")
    code = """
        wp_set_current_user( $args['user'] );
        return do_shortcode( $args['text'] );"""
    text = f'[liveblog story="{slug}" limit="900" show="nothing" theme="pink" topic="{"x" * 101}"]'
    told = wordpress.run(code, text=text, user=1)
    for name, accepted in (
        ("limit", "1 to 50"), ("show", "key, confirmed"), ("theme", "light, dark, host, auto"),
        ("topic", "at most 100 characters"),
    ):  # fmt: skip
        assert f"{name} is left out; accepted: {accepted}." in told
    silent = wordpress.run(code, text=text, user=0)
    assert "left out" not in silent
    assert "Shown" in silent
    assert "has no story" in wordpress.run(code, text="[liveblog story=nowhere]", user=1)
    assert wordpress.run(code, text="[liveblog story=nowhere]", user=0) == ""
    for wrong in (
        "https://elsewhere.example.org/stories/x",
        "../x",
        "Ä",
        "a/b",
        "x" * 81,
        "",
        "//evil.example/stories/x",
    ):
        text = f'[liveblog story="{wrong}"]'
        assert "live-blog-embed" not in wordpress.run(code, text=text, user=1)
        assert wordpress.run(code, text=text, user=0) == ""


HOSTILE = [
    '"><script>alert(1)</script>', "' onmouseover='alert(1)", '"onfocus="alert(1)" autofocus="', "javascript:alert(1)",
    "</live-blog-embed><img src=x onerror=alert(1)>", "&quot;><svg onload=alert(1)>", "<!--", "]]>", "%22%3E%3Cscript%3E",
    "\\u0022\\u003e\\u003cscript\\u003ealert(1)", "[gallery]",
]  # fmt: skip


async def test_hostile_values_are_harmless(
    wordpress: WordPress, addressed: Editor, reader: Visitor
) -> None:
    reader.forgive(FORGIVEN)
    slug = addressed.story()
    addressed.post(slug, "Shown")
    called: list[str] = []
    reader.context.on("dialog", lambda dialog: called.append(dialog.message))
    code = """
        $made = array();
        foreach ( $args['values'] as $value ) {
            foreach ( array( 'story', 'topic', 'author', 'title', 'lang', 'theme', 'limit', 'height', 'show', 'order' ) as $name ) {
                $given  = array( 'story' => $args['slug'], $name => $value );
                $made[] = render_block( array( 'blockName' => 'liveblog-embed/story', 'attrs' => $given,
                    'innerBlocks' => array(), 'innerHTML' => '', 'innerContent' => array() ) );
                $made[] = LiveblogEmbed\\Output::shortcode( $given );
            }
        }
        return implode( "\\n", $made );"""
    made = wordpress.run(code, values=HOSTILE, slug=slug)
    assert made.count("<live-blog-embed ") > 60
    page = wordpress.site / "hostile.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><title>Hostile</title>{made}')
    opened = await reader.open(f"{wordpress.url}/hostile.html")
    odd = await opened.evaluate(
        """[...document.querySelectorAll("*")].filter((e) =>
             /^(script|img|svg)$/i.test(e.tagName) || [...e.attributes].some(({ name }) => name.startsWith("on") || name === "autofocus")
           ).map((e) => e.outerHTML)"""
    )
    assert odd == []
    assert called == []
    for value in HOSTILE:
        address = wordpress.post(
            f"[liveblog story=\"{slug}\" title='{value}' topic='{value}']", "author"
        )
        text = get(address).text
        assert "<script>alert" not in text
        await (await reader.open(address)).close()
    assert called == []


async def test_feeds_mails_and_programs_get_no_copy(
    wordpress: WordPress, addressed: Editor
) -> None:
    """They keep what they get longer than 30 seconds."""
    slug = addressed.story()
    addressed.post(slug, "WORDS of the update")
    address = wordpress.post(f"[liveblog story={slug}]")
    number = address.partition("?p=")[2]
    assert "WORDS" in get(address).text
    feed = get(f"{wordpress.url}/?feed=rss2").text
    assert "WORDS" not in feed
    assert f'<a href="{addressed.http.base_url}/stories/{slug}">Live coverage</a>' in feed
    rendered = get(f"{wordpress.url}/?rest_route=/wp/v2/posts/{number}").json()["content"][
        "rendered"
    ]
    assert "WORDS" not in rendered
    assert f'<live-blog-embed src="{slug}">' in rendered
    mailed = wordpress.run(
        "return do_shortcode( $args['text'] );",
        before="define( 'DOING_CRON', true );",
        text=f"[liveblog story={slug}]",
    )
    assert mailed == f'<p><a href="{addressed.http.base_url}/stories/{slug}">Live coverage</a></p>'


async def test_without_the_plugin_a_pasted_address_is_a_live_card_as_tall_as_its_content(
    wordpress: WordPress, addressed_server: Server, addressed: Editor, reader: Visitor
) -> None:
    """By discovery of oEmbed, in the sandbox of WordPress."""
    reader.forgive(FORGIVEN, r"sandbox", r"/embed.*ERR_ABORTED")
    slug = addressed.story()
    known = addressed.post(slug, "Known")["id"]
    try:
        wordpress.run(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php'; update_option( 'test_oembed', 1 );"
            " deactivate_plugins( 'liveblog-embed/liveblog-embed.php' );"
        )
        address = wordpress.post(f"{addressed_server.url}/stories/{slug}", "author")
        page = await reader.open(address)
        frame = page.locator("iframe.wp-embedded-content")
        await expect(frame).to_have_attribute("sandbox", "allow-scripts")
        found = await (await frame.element_handle()).content_frame()
        assert found is not None
        card = LivePage(found)
        await card.state("live")
        assert await card.ids() == [known]
        await expect(page.locator("blockquote.wp-embedded-content")).to_be_hidden()
        entry = addressed.post(slug, "Into the card. " * 60)["id"]
        await card.entry(entry).wait_for()
        inner = "Math.ceil(document.body.getBoundingClientRect().height)"

        async def fits() -> bool:
            wanted = min(1000, max(200, await found.evaluate(inner)))
            return bool(abs(await frame.evaluate("(e) => e.clientHeight") - wanted) <= 1)

        await eventually(fits)
        addressed.edit(slug, entry, body="Changed")
        await expect(card.entry(entry).locator(".body")).to_have_text("Changed")
        addressed.remove(slug, entry)
        await card.entry(entry).wait_for(state="detached")
        await eventually(fits)
    finally:
        wordpress.run("delete_option( 'test_oembed' );")
        wordpress.activate()


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - browsers tell nobody
            await asyncio.sleep(0.05)


async def test_an_update_that_is_pasted_stays_with_oembed(
    wordpress: WordPress, addressed_server: Server, addressed: Editor, reader: Visitor
) -> None:
    reader.forgive(FORGIVEN, r"sandbox", r"/embed.*ERR_ABORTED")
    slug = addressed.story()
    entry = addressed.post(slug, "Pasted", headline="One")["id"]
    try:
        wordpress.run("update_option( 'test_oembed', 1 );")
        for pasted in (f"/entries/{entry}", f"?at={entry}"):
            address = wordpress.post(f"{addressed_server.url}/stories/{slug}{pasted}")
            page = await reader.open(address)
            found = page.frame_locator("iframe.wp-embedded-content")
            await expect(found.locator(f'article[id="{entry}"]')).to_contain_text("Pasted")
            await page.close()
    finally:
        wordpress.run("delete_option( 'test_oembed' );")
