"""Cards in real Chromium: nobody else is asked before the press, and what was loaded plays on."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Visitor
from desk_client import Editor, add_token
from outside import page as answer
from outside_server import outside_server
from playwright.async_api import Dialog, Request, Route
from provider_answers import HOSTILE, YOUTUBE

pytestmark = pytest.mark.anyio

FRAME = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"
PLAYER = "<!doctype html><title>Player</title><script>try { parent.document.title = 'Broken out' } catch {} </script>"


async def test_a_card_is_calm_until_it_is_pressed_and_then_plays_on(  # noqa: PLR0915 - one walk
    tmp_path: Path, reader: Visitor
) -> None:
    with outside_server(tmp_path, "www.youtube.com", "publish.x.com") as elsewhere:
        reached, let_go = elsewhere.held(
            "www.youtube.com",
            "/oembed",
            answer(json.dumps({"version": "1.0", "title": HOSTILE, "author_name": HOSTILE})),
        )
        with elsewhere.server() as server:
            editor = Editor(server.url, add_token(server.env))
            slug = editor.story()
            others: list[str] = []
            alerts: list[str] = []

            def note(request: Request) -> None:
                if request.url.startswith("http") and not request.url.startswith(server.url):
                    others.append(request.url)

            async def dismiss(dialog: Dialog) -> None:
                alerts.append(dialog.message)
                await dialog.dismiss()

            async def play(route: Route) -> None:
                await route.fulfill(content_type="text/html", body=PLAYER)

            reader.context.on("request", note)
            reader.context.on("dialog", dismiss)
            await reader.context.route(f"{FRAME}*", play)
            reader.forgive("Blocked a frame with origin", "SecurityError")
            page = await reader.read(f"{server.url}/stories/{slug}")
            begun = time.monotonic()
            entry = editor.post(slug, f"Look.\n\n{YOUTUBE}")["id"]
            second = editor.post(slug, "Another.")["id"]
            assert time.monotonic() - begun < 5, "publishing waited for the provider"
            await page.level(2)
            shown = page.entry(entry)
            assert await shown.locator(f'a[href="{YOUTUBE}"]').count() == 1
            assert await shown.locator(".evidence").count() == 0
            assert reached.wait(20)

            let_go()
            await page.level(3)
            card = shown.locator(".evidence")
            assert await card.locator(".title").inner_text() == HOSTILE
            assert await card.locator("a").first.get_attribute("href") == YOUTUBE
            assert "Updated" not in await shown.inner_text()
            assert others == []
            assert await page.frame.locator("iframe").count() == 0

            await card.locator(".load").focus()
            await page.page.keyboard.press("Enter")
            frame = page.page.frame(url=FRAME) or await page.page.wait_for_event("framenavigated")
            await frame.wait_for_load_state()
            assert {urlsplit(url).netloc for url in others} == {"www.youtube-nocookie.com"}
            assert await frame.title() == "Player"
            assert await page.page.title() != "Broken out"
            loaded = await frame.evaluate("loaded")
            assert await card.locator("iframe").get_attribute("referrerpolicy") == "strict-origin"

            # Edited, pinned, and around it others come: the frame is the one that it was.
            editor.edit(slug, entry, body=f"Longer, and better.\n\n{YOUTUBE}")
            editor.edit(slug, entry, pinned=True)
            editor.post(slug, "A third.")
            await page.level(6)
            assert await page.part(f'.pinned [data-entry="{entry}"]').is_visible()
            assert "Longer, and better." in await shown.inner_text()
            assert await page.frame.locator("iframe").count() == 1
            assert await shown.locator(".load").count() == 0
            assert await frame.evaluate("loaded") == loaded
            editor.edit(slug, entry, body="Without the link.")
            await page.level(7)
            assert await page.frame.locator("iframe").count() == 0
            assert second in await page.ids()

            # Where the entry stands alone, and in the widget, it is loaded in the same way.
            entry = editor.post(slug, YOUTUBE)["id"]
            for part in (f"/entries/{entry}", "/embed"):
                others.clear()
                alone = await reader.open(f"{server.url}/stories/{slug}{part}")
                assert others == []
                await alone.locator(".load").click()
                await alone.frame_locator("iframe").locator("body").wait_for(state="attached")
                assert {urlsplit(url).netloc for url in others} == {"www.youtube-nocookie.com"}
            assert alerts == []
            editor.close()


def test_the_card_has_its_link_and_the_page_names_whose_frames_it_may_show(editor: Editor) -> None:
    slug = editor.story()
    posted = editor.post(slug, "https://www.instagram.com/p/CabcDEF12_-/")
    html = posted["html"]
    assert 'href="https://www.instagram.com/p/CabcDEF12_-"' in html
    assert "Load from Instagram" in html
    policy = editor.http.get(f"/stories/{slug}").headers["content-security-policy"]
    frames = policy.partition("frame-src ")[2].partition(";")[0].split()
    assert "https://www.instagram.com" in frames
    assert all(urlsplit(frame).scheme == "https" for frame in frames)
    assert "frame-src 'none'" in editor.http.get("/api/stories").headers["content-security-policy"]
