"""axe-core finds nothing on any public page: in light and dark, from left to right and from right to
left, on a desktop and on a phone; nor in any state of the live page."""

from __future__ import annotations

from typing import Any

import pytest
from axe import OPEN, violations
from browser import LivePage, visitor
from desk_client import PASSWORD, Editor
from playwright.async_api import Browser
from processes import Server
from public_pages import ARABIC, ENGLISH, full_story, pages, public_routes

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["ltr", "rtl"])
async def test_no_public_page_has_a_fault(
    shared_server: Server, editor: Editor, browser: Browser, words: dict[str, str]
) -> None:
    story = full_story(editor, words)
    found: list[str] = []
    async with visitor(browser, locale=words["language"]) as somebody:
        somebody.forgive("status of 4(04|10)")
        page = await somebody.context.new_page()
        addresses = pages(editor, story)
        assert addresses.keys() & set(public_routes()) >= {"/", "/stories/{slug}"}
        for address in addresses.values():
            await page.goto(shared_server.url + address)
            expected = "rtl" if words is ARABIC else "ltr"
            assert await page.locator("html").get_attribute("dir") == expected, address
            found += await violations(page, ("desktop", "light"), ("phone", "dark"))
    assert not found, "\n\n".join(found)


async def test_no_state_of_the_live_page_has_a_fault(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story()
    looks = (("phone", "light"), ("desktop", "dark"))
    found: list[str] = []
    async with visitor(browser) as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        found += await violations(page.page, *looks)
        editor.post(slug)
        await page.part(".fresh").wait_for()
        await page.part(".pause").click()
        editor.post(slug)
        await page.part(".new-updates").wait_for()
        found += await violations(page.page, *looks)
        for status in ("upcoming", "paused", "ended"):
            editor.change_story(slug, status=status)
            await page.part(f"#story[data-status={status}]").wait_for()
            found += await violations(page.page, *looks)
        offline = await somebody.read(f"{shared_server.url}/stories/{editor.story()}")
        await somebody.context.set_offline(True)
        await offline.state("offline")
        found += await violations(offline.page, *looks)
    assert not found, "\n\n".join(found)


# What does not stay under the pointer when what it opens opens, or beside which a button does not.
MOVED = """() => {
  for (const details of document.querySelectorAll("main details")) details.open = false;
  return [...document.querySelectorAll("main summary")].filter((summary) => {
    const buttons = [summary, ...(summary.closest(".acts")?.querySelectorAll("a, button, summary") ?? [])];
    const seen = buttons.filter((button) => button.checkVisibility());
    const places = () => JSON.stringify(seen.map((button) => Object.values(button.getBoundingClientRect().toJSON())));
    const closed = places();
    summary.parentElement.open = true;
    const stays = places() === closed;
    summary.parentElement.open = false;
    return !stays;
  }).map((summary) => summary.textContent);
}"""


async def test_the_desk_has_no_fault_and_is_not_wider_than_a_phone(
    shared_server: Server,
    editor: Editor,
    contributor: Editor,
    editor_email: str,
    browser: Browser,
) -> None:
    slug, _, known, _ = full_story(editor, ARABIC)
    first, second = (contributor.post(slug, f"{n}", status="submitted")["id"] for n in "12")
    editor.http.post(f"/api/stories/{slug}/entries/{first}/return", json={"note": "Who says so?"})
    hour = "2120-02-25T14:32:00Z"
    editor.post(slug, "Later.", publish_at=hour, embargo_until=hour, labels=["breaking"])
    editor.remove(slug, editor.post(slug, "Gone.")["id"])
    here = f"{shared_server.url}/desk/stories/{slug}"
    found: list[str] = []
    async with visitor(browser) as somebody:
        page = await somebody.open(f"{shared_server.url}/desk/login")
        await page.fill("[name=email]", editor_email)
        await page.fill("[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("form.who")
        looks = (("desktop", "light"), ("phone", "dark"))
        notes = f"{here}/entries/{second}/notes"
        others = (f"{here}/../../book", f"{here}/../../account")
        for address in (here, f"{here}?status=removed&edit={known}", notes, *others):
            await page.goto(address)
            if "story-desk" in await page.content():
                await page.locator(".connection[data-state=live]").wait_for()
            found += await violations(page, *looks)
            await page.set_viewport_size({"width": 320, "height": 740})
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, address
            for width in (320, 1100):
                await page.set_viewport_size({"width": width, "height": 740})
                assert await page.evaluate(MOVED) == [], address
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["ltr", "rtl"])
async def test_nothing_is_wider_than_the_screen(
    shared_server: Server, editor: Editor, browser: Browser, words: dict[str, str]
) -> None:
    """At 320 px, which is a desktop at 400 %, and on a phone with text of twice the size."""
    addresses = pages(editor, full_story(editor, words))
    async with visitor(browser) as somebody:
        somebody.forgive("status of 4(04|10)")
        page = await somebody.context.new_page()
        for route, address in addresses.items():
            await page.goto(shared_server.url + address)
            await page.evaluate(OPEN)
            for width, text in ((320, "100%"), (360, "200%")):
                await page.set_viewport_size({"width": width, "height": 740})
                await page.evaluate(
                    "(size) => (document.documentElement.style.fontSize = size)", text
                )
                wide: int = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{route} at {width} px with text of {text}"


async def test_the_tree_for_screen_readers_names_everything(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """What Chromium gives to a screen reader, after an entry has come and one was changed."""
    slug, _, known, _ = full_story(editor, ENGLISH)
    async with visitor(browser) as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        seq = editor.head(slug)
        editor.post(slug, "It happens.", headline="Now")
        editor.edit(slug, known, headline="Known better")
        await page.level(seq + 2)
        tree = await Tree.of(page)

        assert tree.names("feed") == ["Updates"]
        articles = tree.under("feed", "article")
        shown = await page.ids()
        assert len(articles) == len(shown)
        assert articles[0].startswith("Now ")
        assert any(name.startswith("Known better ") for name in articles)
        times = await page.part("[role=feed] > article .when").all_inner_texts()
        for name, time in zip(articles, times, strict=True):
            assert name.endswith(" ".join(time.split())), (name, time)
        assert tree.all("article")[0]["description"]["value"] == "It happens."
        assert set(tree.names("status")) == {""}
        assert {"Pause updates"} <= set(tree.names("button"))
        assert {"The Brief"} <= set(tree.names("region"))
        assert len(tree.names("main")) == 1
        for role in ("link", "button", "article", "DisclosureTriangle", "list", "heading"):
            named = tree.names(role)
            assert named or role == "DisclosureTriangle", role
            assert role == "list" or all(named), f"{role}: {named}"

        for number, entry in enumerate(shown, start=1):
            for attribute, value in (("aria-posinset", number), ("aria-setsize", len(shown))):
                assert await page.entry(entry).get_attribute(attribute) == str(value)


class Tree:
    """Chromium's accessibility tree."""

    def __init__(self, nodes: list[dict[str, Any]]) -> None:
        self._nodes = {node["nodeId"]: node for node in nodes}

    @classmethod
    async def of(cls, page: LivePage) -> Tree:
        session = await page.page.context.new_cdp_session(page.page)
        return cls((await session.send("Accessibility.getFullAXTree"))["nodes"])

    def all(self, role: str) -> list[dict[str, Any]]:
        def is_it(node: dict[str, Any]) -> bool:
            found: str | None = node.get("role", {}).get("value")
            return found == role and not node["ignored"]

        return [node for node in self._nodes.values() if is_it(node)]

    def names(self, role: str) -> list[str]:
        return [_name(node) for node in self.all(role)]

    def under(self, outer: str, role: str) -> list[str]:
        """The names of what stands under the one node of a role, at any depth, in order."""
        (top,) = self.all(outer)
        wanted = {node["nodeId"] for node in self.all(role)}
        found, waiting = [], [top["nodeId"]]
        while waiting:
            node = waiting.pop()
            if node in wanted:
                found.append(_name(self._nodes[node]))
            waiting += reversed(self._nodes[node].get("childIds", []))
        return found


def _name(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("name", {}).get("value", "")).split())
