"""What somebody waits for is heard of at every page of the desk, whichever story it was done to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from browser import visitor
from desk_client import PASSWORD, Editor, add_token, add_user
from desk_forms import Desk
from members import member
from playwright.async_api import Browser
from processes import PATIENCE, Server
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def page_of(server: Server, desk: Desk, path: str) -> AsyncIterator[ClientConnection]:
    """A socket of the desk, as a page opens it, which has been greeted."""
    cookie = "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())
    async with connect(
        server.ws + path,
        additional_headers={"Cookie": cookie},
        origin=Origin(server.url),
        proxy=None,
    ) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        yield socket


async def heard(socket: ClientConnection, last: str) -> list[dict[str, Any]]:
    """What a page is told of other stories, up to what was done to an entry last."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while not told or told[-1]["changed"][-1]["id"] != last:
            frame = json.loads(await socket.recv())
            if frame["type"] == "elsewhere":
                told.append(frame)
    return told


def brief(told: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        (one["title"], change["action"], change["id"]) for one in told for change in one["changed"]
    ]


async def test_editors_and_contributors_hear_of_other_stories_what_they_wait_for(
    shared_server: Server, editor: Editor
) -> None:
    bridge, other = editor.story(title="The bridge"), editor.story(title="The river")
    (_, desk), (_, sender), (_, outsider) = [
        await asyncio.to_thread(member, shared_server, *who)
        for who in (("editor",), ("contributor",), ("contributor", (other,)))
    ]
    places = [(desk, f"/desk/stories/{other}/live"), (desk, "/desk/live"), (sender, "/desk/live")]
    places += [(outsider, "/desk/live"), (desk, f"/desk/stories/{bridge}/live")]
    async with AsyncExitStack() as pages:
        at_the_river, editors, senders, outsiders, at_the_bridge = [
            await pages.enter_async_context(page_of(shared_server, who, path))
            for who, path in places
        ]
        editor.post(bridge, "A draft.", status="draft")
        editor.post(bridge, "Published by its writer.")
        [sent] = sender.http.post(
            f"/api/stories/{bridge}/entries", json={"body": "Private so far.", "status": "submitted"}
        ).json()["id"],  # fmt: skip
        editor.edit(bridge, sent, headline="Edited, and told to nobody else")
        desk.http.post(f"/desk/stories/{bridge}/entries/{sent}/return", data={"note": "Who?"})
        sender.http.post(f"/desk/stories/{bridge}/entries/{sent}/submit")
        editor.edit(bridge, sent, status="published")
        breaking = editor.post(bridge, "It fell.", labels=["Breaking"])["id"]
        last = editor.post(other, "The end.", labels=["breaking"])["id"]

        done = [("submitted", sent), ("returned", sent), ("submitted", sent), ("published", sent)]
        bridges = [("The bridge", *one) for one in [*done, ("published", breaking)]]
        rivers = [("The river", "published", last)]
        told = await heard(at_the_river, breaking)
        assert brief(told) == bridges
        assert brief(await heard(editors, last)) == bridges + rivers
        assert brief(await heard(senders, last)) == bridges + rivers
        # Who is held to one story hears of no other, and nobody twice of the one they are at.
        assert brief(await heard(outsiders, last)) == rivers
        assert brief(await heard(at_the_bridge, last)) == rivers
        assert set(told[0]) == {"type", "story", "title", "changed"}
        assert "Private" not in json.dumps(told)
        names = {"id", "rev", "status", "action", "by", "own", "breaking"}
        assert all(set(change) == names for one in told for change in one["changed"])
    for one in (desk, sender, outsider):
        one.close()


async def test_the_list_of_stories_says_at_once_what_waits_and_on_another_server(
    browser: Browser, pair: tuple[Server, Server]
) -> None:
    a, b = pair
    add_user(a.env, "cleo@example.org", "editor", "Cleo")
    editor = Editor(b.url, add_token(a.env))
    contributor = Editor(b.url, add_token(a.env, "contributor"))
    bridge, river = editor.story(title="The bridge"), editor.story(title="The river")
    async with visitor(browser) as her:
        page = await her.open(f"{a.url}/desk/login?next=/desk")
        await page.fill("[name=email]", "cleo@example.org")
        await page.fill("[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".connection[data-state=live]")
        stories, notices = page.locator(".stories"), page.locator("#notices")
        await stories.get_by_role("link", name="The river").focus()
        await page.evaluate("document.body.dataset.loaded = 'once'")

        sent = contributor.post(bridge, "From the street.", status="submitted")["id"]
        await notices.get_by_text("New contribution in “The bridge”").wait_for()
        await stories.get_by_role("link", name="1 contribution waits").wait_for()
        contributor.post(bridge, "And another.", status="submitted")
        await stories.get_by_role("link", name="2 contributions wait").wait_for()
        focused = "document.activeElement.textContent"
        assert await page.evaluate(focused) == "The river"  # in the new list, too
        assert await page.evaluate("document.body.dataset.loaded") == "once"

        # From the notice to what waits; there, of the other story.
        await notices.get_by_role("link", name="Look").first.click()
        await page.wait_for_selector(f"#queue #row-{sent}")
        await page.wait_for_selector(".connection[data-state=live]")
        contributor.post(river, "The water rises.", status="submitted")
        await notices.get_by_text("New contribution in “The river”").wait_for()
    editor.close()
    contributor.close()


async def test_a_page_at_no_story_says_that_its_session_has_ended(
    browser: Browser, shared_server: Server
) -> None:
    _, desk = await asyncio.to_thread(member, shared_server, "editor")
    async with visitor(browser) as her:
        await her.become(desk)
        her.forgive("HTTP Authentication failed", "ERR_")
        page = await her.open(f"{shared_server.url}/desk")
        await page.wait_for_selector(".connection[data-state=live]")
        await asyncio.to_thread(desk.http.post, "/desk/logout")
        gone = page.locator("#notices").get_by_text("You are signed out.")
        await gone.wait_for()
        await page.wait_for_selector(".connection[data-state=out]")
        async with her.context.expect_page() as other:
            await page.locator("#notices").get_by_role("link", name="Sign in").click()
        login = await other.value
        await login.wait_for_url(f"{shared_server.url}/desk/login?next=/desk")
        # Somebody who has signed in again in another tab is told so no longer.
        _, back = await asyncio.to_thread(member, shared_server, "editor")
        await her.become(back)
        await gone.wait_for(state="detached")
        await page.wait_for_selector(".connection[data-state=live]")
        back.close()
    desk.close()


async def test_many_changes_at_once_are_looked_up_together(
    browser: Browser, shared_server: Server, editor: Editor, contributor: Editor
) -> None:
    """And one's own are no news."""
    slug = editor.story(title="The bridge")
    _, desk = await asyncio.to_thread(member, shared_server, "editor")
    async with visitor(browser) as her:
        await her.become(desk)
        page = await her.open(f"{shared_server.url}/desk")
        await page.wait_for_selector(".connection[data-state=live]")
        looked: list[str] = []
        page.on("request", lambda request: looked.append(request.url))
        mine = {"body": "It fell.", "labels": ["Breaking"]}
        done = await asyncio.to_thread(desk.http.post, f"/api/stories/{slug}/entries", json=mine)
        assert done.status_code == 201
        began = asyncio.get_running_loop().time()
        for number in range(30):
            contributor.post(slug, f"Number {number}.", status="submitted")
        waits = page.locator(f'.waits[href="/desk/stories/{slug}#contributions"]')
        await waits.get_by_text("30 contributions wait").wait_for()
        seconds = asyncio.get_running_loop().time() - began
        assert len(looked) <= seconds + 2
        notices = page.locator("#notices")
        assert await notices.get_by_text("New contribution in “The bridge”").count() == 4  # no more
        assert await notices.get_by_text("Breaking").count() == 0
    desk.close()


LEAVES_AT_ONCE = """
window.WebSocket = new Proxy(WebSocket, {
  construct(kind, given) {
    queueMicrotask(() => dispatchEvent(new Event("pagehide")));
    return new kind(...given);
  },
});
"""


async def test_a_page_that_is_left_while_it_connects_leaves_no_error(
    browser: Browser, shared_server: Server
) -> None:
    _, desk = await asyncio.to_thread(member, shared_server, "editor")
    async with visitor(browser) as her:
        await her.become(desk)
        await her.context.add_init_script(LEAVES_AT_ONCE)
        page = await her.context.new_page()
        async with page.expect_websocket() as opened:
            await page.goto(f"{shared_server.url}/desk")
        socket = await opened.value
        if not socket.is_closed():
            await socket.wait_for_event("close")
    desk.close()
