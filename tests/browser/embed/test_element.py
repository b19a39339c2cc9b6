"""`<live-blog-embed>` on another origin: live, bounded, one socket for a story, and nothing moves under its reader."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser import Visitor
from desk_client import Editor, add_token
from elements import SOCKETS, Element, element, opened, script, takes_three_changes
from elsewhere import Site, elsewhere
from live_page import AWAY
from photos import jpeg, photo
from playwright.async_api import Route, expect
from processes import Server
from public_pages import ARABIC, ENGLISH, full_story

pytestmark = pytest.mark.anyio

LOOKS = (("desktop", "light"), ("phone", "dark"))


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


async def test_it_is_live_and_keeps_nothing(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(title="A story")
    editor.post(slug, "Known")
    shown = await opened(reader, site.put(element(shared_server, slug)))
    await takes_three_changes(shown, editor, slug)
    title = shown.part(".title a")
    assert await title.get_attribute("href") == f"{shared_server.url}/stories/{slug}"
    editor.change_story(slug, title="Another title")
    await shown.level(editor.head(slug))
    await expect(title).to_have_text("Another title")
    await expect(shown.part(".status .zone")).to_have_count(1)
    assert await reader.context.cookies() == []
    assert await shown.page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize(
    "given",
    ["{slug}", "{url}/stories/{slug}", "/stories/{slug}/embed", "https://evil.test/stories/{slug}"],
)
async def test_a_story_is_one_of_the_server_that_the_script_is_from(
    given: str, shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Ours")["id"]
    story = given.format(slug=slug, url=shared_server.url)
    shown = await opened(reader, site.put(element(shared_server, story)))
    assert await shown.ids() == [entry]


async def test_what_names_no_story_shows_what_the_host_put_in(
    shared_server: Server, site: Site, reader: Visitor
) -> None:
    reader.forgive("is no story of", "status of 404")
    page = await reader.open(site.put(element(shared_server, "//evil.test", "", "A text")))
    await page.wait_for_function("document.querySelector('live-blog-embed').shadowRoot")
    assert await page.get_by_text("A text").is_visible()
    page = await reader.open(site.put(element(shared_server, "no-such-story", "", "Another")))
    await page.wait_for_function(
        "document.querySelector('live-blog-embed').shadowRoot?.querySelector('slot')"
    )
    assert await page.get_by_text("Another").is_visible()


async def test_8_updates_and_more_by_a_press(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(20)][::-1]
    shown = await opened(reader, site.put(element(shared_server, slug)))
    assert await shown.ids() == ids[:8]
    new = editor.post(slug, "New")["id"]
    await shown.level(21)
    assert await shown.ids() == [new, *ids[:7]]
    for most in (15, 20):
        await shown.part(".older").click()
        await shown.until("blog.querySelectorAll('article').length > arg", most)
        assert await shown.ids() == [new, *ids[:most]]
    assert not await shown.part(".older").is_visible()
    await shown.itself.evaluate("(e) => e.setAttribute('limit', '3')")
    await shown.until(
        "blog.querySelectorAll('article').length === 3 && blog.dataset.state === 'live'"
    )
    assert await shown.ids() == [new, *ids[:2]]
    assert await shown.part(".older").is_visible()


async def test_filters_and_the_other_order(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    key = editor.post(slug, "Key", key=True)["id"]
    plain = editor.post(slug, "Plain")["id"]
    tagged = editor.post(slug, "Tagged", topics=["Kyiv"])["id"]
    page = "".join(
        element(shared_server, story, more)
        for story, more in (
            (f"{shared_server.url}/stories/{slug}?show=key", ""),
            (slug, 'topic="#kyiv"'),
            (slug, 'order="oldest"'),
        )
    )
    keys = await opened(reader, site.put(page))
    topic, oldest = Element(keys.page, 1), Element(keys.page, 2)
    await topic.state("live")
    await oldest.state("live")
    assert await keys.ids() == [key]
    assert await topic.ids() == [tagged]
    assert await oldest.ids() == [key, plain, tagged]
    new = editor.post(slug, "New", key=True)["id"]
    for each in (keys, topic, oldest):
        await each.level(4)
    assert await keys.ids() == [new, key]
    assert await topic.ids() == [tagged]
    assert await oldest.ids() == [key, plain, tagged, new]
    assert await keys.page.evaluate("sockets.size") == 1


async def test_other_attributes_show_other_updates(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug, other = editor.story(), editor.story()
    key = editor.post(slug, "Key", key=True)["id"]
    plain = editor.post(slug, "Plain")["id"]
    elsewhere = editor.post(other, "Elsewhere")["id"]
    shown = await opened(reader, site.put(element(shared_server, slug)))
    for name, value, ids in (
        ("show", "key", [key]),
        ("show", "", [plain, key]),
        ("order", "oldest", [key, plain]),
        ("src", other, [elsewhere]),
    ):
        await shown.itself.evaluate(
            "(e, [name, value]) => e.setAttribute(name, value)", [name, value]
        )
        await shown.until(
            "arg.join() === [...blog.querySelectorAll('article')].map(({ id }) => id).join()", ids
        )
    await shown.state("live")
    assert await shown.page.evaluate("sockets.size") == 1
    await takes_three_changes(shown, editor, other, oldest=True)


async def test_while_other_content_is_on_its_way_a_press_harms_nothing(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    key = editor.post(slug, "Key", key=True)["id"]
    editor.post(slug, "Plain")
    shown = await opened(reader, site.put(element(shared_server, slug)))
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def later(route: Route) -> None:
        asked.set()
        await goes_on.wait()
        await route.continue_()

    await shown.page.route("**/element?*", later)
    await shown.itself.evaluate("(e) => e.setAttribute('show', 'key')")
    await asked.wait()
    for part in (".pause", ".new-updates"):  # links lead on as links
        await shown.part(part).first.evaluate("(e) => e.click()")
    await shown.page.evaluate("dispatchEvent(new Event('scroll'))")
    goes_on.set()
    await shown.until("blog.querySelectorAll('article').length === 1")
    assert await shown.ids() == [key]


async def test_an_element_that_comes_later_with_an_older_copy_gets_what_it_missed(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(
        "declarative Shadow DOM is not being parsed"
    )  # by a host's script, so the template stays
    slug = editor.story()
    kept, gone = (editor.post(slug, text)["id"] for text in ("Kept", "Gone"))
    shown = await opened(reader, site.put(element(shared_server, slug)))
    copy = editor.http.get(f"/stories/{slug}/element").text.replace(
        ' data-seq="2"', ' data-seq="1"'
    )
    editor.edit(slug, gone, body="Gone, too")
    editor.remove(slug, gone)
    editor.edit(slug, kept, body="Edited")
    await shown.level(5)
    await shown.page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", copy)
    late = Element(shown.page, 1)
    await late.level(5)
    assert await late.ids() == [kept]
    await expect(late.entry(kept).locator(".body")).to_have_text("Edited")
    assert await shown.page.evaluate("sockets.size") == 1


async def test_new_entries_wait_and_nothing_moves_while_the_reader_is_further_down(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. " * 60)["id"] for n in range(8)][::-1]
    page = f"<p>Above</p>{element(shared_server, slug)}<div style='height: 3000px'></div>"
    shown = await opened(reader, site.put(page))
    await shown.entry(ids[4]).evaluate("(e) => e.scrollIntoView()")
    place = await shown.entry(ids[4]).evaluate("(e) => e.getBoundingClientRect().top")
    new = [editor.post(slug, f"New {n}")["id"] for n in range(2)][::-1]
    editor.edit(slug, ids[1], body="Much longer. " * 300)
    editor.remove(slug, ids[2])
    await shown.level(12)
    assert (await shown.look())["waiting"] == "2 new updates"
    assert await shown.ids() == [ids[0], ids[1], *ids[3:]]
    await shown.page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    now = await shown.entry(ids[4]).evaluate("(e) => e.getBoundingClientRect().top")
    assert now == pytest.approx(place, abs=1)
    await shown.part(".new-updates").click()
    assert (await shown.ids())[:2] == new
    assert (await shown.look())["waiting"] == ""
    assert await shown.itself.evaluate("(e) => e.getBoundingClientRect().top") == pytest.approx(
        0, abs=1
    )


async def test_back_at_the_top_what_waited_appears(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. " * 60)["id"] for n in range(4)][::-1]
    shown = await opened(reader, site.put(element(shared_server, slug, 'height="300"')))
    assert await shown.itself.evaluate("(e) => e.offsetHeight") == 300
    await shown.part(".blog").evaluate("(e) => (e.scrollTop = 200)")
    new = editor.post(slug, "New")["id"]
    await shown.level(5)
    assert await shown.ids() == ids
    await shown.part(".blog").evaluate("(e) => (e.scrollTop = 0)")
    await shown.until("blog.querySelectorAll('article').length === 5")
    assert await shown.ids() == [new, *ids]


async def test_ten_elements_of_a_story_share_a_socket(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug, other = editor.story(), editor.story()
    page = element(shared_server, slug) * 10 + element(shared_server, other)
    first = await opened(reader, site.put(page))
    all_ten = [Element(first.page, number) for number in range(10)]
    for shown in [*all_ten, Element(first.page, 10)]:
        await shown.state("live")
    assert await first.page.evaluate("sockets.size") == 2
    entry = editor.post(slug, "To all")["id"]
    for shown in all_ten:
        await shown.level(1)
        assert await shown.ids() == [entry]


async def test_a_host_that_adds_moves_and_removes_it(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Known")
    await reader.context.add_init_script(SOCKETS)
    page = await reader.open(site.put(f"<main></main><aside></aside>{script(shared_server)}"))
    await page.evaluate(
        """(slug) => {
          const element = document.createElement("live-blog-embed");
          element.setAttribute("src", slug);
          document.querySelector("main").append(element);
        }""",
        slug,
    )
    shown = Element(page)
    await shown.state("live")
    await takes_three_changes(shown, editor, slug)
    await page.evaluate(
        "document.querySelector('aside').append(document.querySelector('live-blog-embed'))"
    )
    await takes_three_changes(shown, editor, slug)
    assert await page.evaluate("sockets.size") == 1
    await page.evaluate("(window.kept = document.querySelector('live-blog-embed')).remove()")
    await page.wait_for_function("sockets.size === 0")
    missed = editor.post(slug, "Missed")["id"]
    await page.evaluate("document.querySelector('main').append(kept)")
    await shown.level(editor.head(slug))
    assert (await shown.ids())[0] == missed
    await takes_three_changes(shown, editor, slug)


async def test_it_goes_on_after_a_restart_of_the_server(
    tmp_path: Path, site: Site, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "net::ERR_")
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        known = editor.post(slug, "Known")["id"]
        shown = await opened(reader, site.put(element(server, slug)))
        await shown.itself.evaluate("(e) => (e.shadowRoot.querySelector('article').same = true)")
        server.stop()
    with Server(tmp_path, port=server.port):
        editor.post(slug, "After")
        await shown.level(2)
        await takes_three_changes(shown, editor, slug)
        assert await shown.entry(known).evaluate("(entry) => entry.same")
        editor.close()


async def test_an_ended_story_closes_its_socket(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    shown = await opened(reader, site.put(element(shared_server, slug)))
    editor.change_story(slug, status="ended")
    await shown.state("ended")
    await shown.page.wait_for_function("sockets.size === 0")
    await expect(shown.part(".connection")).to_have_text("Coverage has ended")


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["left to right", "right to left"])
async def test_axe_finds_nothing(
    words: dict[str, str], shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = full_story(editor, words).slug
    body = element(shared_server, slug, 'limit="20"')
    page = site.put(
        f"<main><h1>Elsewhere</h1>{body}{element(shared_server, slug, 'compact')}</main>"
    )
    shown = await opened(reader, page)
    await Element(shown.page, 1).state("live")
    assert await violations(shown.page, *LOOKS) == []
    width = await shown.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


async def test_the_words_are_in_the_language_that_is_asked_for(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    shown = await opened(reader, site.put(element(shared_server, slug, 'lang="de-AT"')))
    await expect(shown.part(".connection")).to_have_text("Verbunden")


async def test_pictures_and_links_lead_to_the_server(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    shown = await opened(reader, site.put(element(shared_server, slug)))
    files = {"file": ("a.jpg", jpeg(photo(600, 400)), "image/jpeg")}
    upload = editor.http.post("/api/media", files=files, data={"alt": "A photo"}).json()
    entry = editor.post(slug, "With a picture", topics=["kyiv"], media=[{"id": upload["id"]}])["id"]
    await shown.level(1)
    picture = shown.entry(entry).locator("picture img")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("(image) => image.naturalWidth") > 0
    links = (
        await shown.entry(entry).locator("a").evaluate_all("(all) => all.map(({ href }) => href)")
    )
    assert len(links) >= 4
    assert all(link.startswith(f"{shared_server.url}/") for link in links)
    assert not re.search(
        r'(?:href|src)="/', await shown.itself.evaluate("(e) => e.shadowRoot.innerHTML")
    )
