"""Pictures on the page: with them nothing moves, and without them none is asked for."""

from __future__ import annotations

import pytest
from browser import Visitor
from desk_client import Editor
from photos import jpeg, photo
from playwright.async_api import Browser, Page, Request
from processes import Server
from provider_answers import YOUTUBE

pytestmark = pytest.mark.anyio

SHIFTS = """window.shifted = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted.push(value);
}).observe({ type: "layout-shift", buffered: true });"""
SAVING = 'Object.defineProperty(navigator, "connection", { value: { saveData: true } })'


def pictures(editor: Editor, number: int) -> list[dict[str, str]]:
    made = []
    for seed in range(number):
        file = ("a.jpg", jpeg(photo(900, 600, seed)), "image/jpeg")
        answer = editor.http.post("/api/media", files={"file": file}, data={"alt": f"Tram {seed}"})
        made.append({"id": answer.json()["id"], "caption": "Seen today", "credit": "Ann"})
    return made


def asked_for(page: Page) -> list[str]:
    """The addresses of media that a page asks for."""
    found: list[str] = []

    def note(request: Request) -> None:
        if "/media/" in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


async def seen(page: Page, number: int) -> None:
    """Waits until that many pictures are there to be looked at."""
    await page.wait_for_function(
        "(number) => [...document.querySelectorAll('picture img')]"
        ".filter((image) => image.complete && image.naturalWidth && image.checkVisibility()).length === number",
        arg=number,
    )


async def test_low_data_mode_asks_for_no_picture(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """By the data saver, then by the reader's choice, which is kept; one picture by one. Not that of a card
    either."""
    slug, (first, second, third) = editor.story(), pictures(editor, 3)
    editor.post(slug, YOUTUBE)
    editor.post(slug, "Two", media=[first, second])
    url = f"{shared_server.url}/stories/{slug}"
    await reader.context.add_init_script(SAVING + ";" + SHIFTS)
    live = await reader.read(url)
    page = live.page
    asked = asked_for(page)
    await page.reload()
    await page.wait_for_selector("live-blog[data-state=live]")
    editor.post(slug, "One more", media=[third])
    await page.wait_for_selector("article:has-text('One more')")
    await page.wait_for_load_state("networkidle")
    assert asked == []
    entry = page.locator("article", has_text="Two")
    for words in ("Tram 0", "Tram 1", "Seen today", "Photo: Ann"):
        assert await entry.get_by_text(words).first.is_visible()
    assert await page.get_by_text("Picture that YouTube shows for this link").is_visible()
    await entry.get_by_text("Load picture").first.click()
    await seen(page, 1)
    assert len(asked) == 1
    await page.locator("[data-choose]").click()
    await seen(page, 4)
    await page.reload()  # kept on the device, and stronger than the data saver
    await seen(page, 4)
    assert await page.evaluate("shifted.reduce((sum, one) => sum + one, 0)") < 0.0005
    asked.clear()
    await page.locator("[data-choose]").click()
    other = editor.story()  # what this page showed is in the browser's memory
    editor.post(other, media=pictures(editor, 1))
    await page.goto(f"{shared_server.url}/stories/{other}")
    await page.wait_for_load_state("networkidle")
    assert asked == []


async def test_without_scripts_there_are_pictures_and_a_page_without(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug, (first, second) = editor.story(), pictures(editor, 2)
    editor.post(slug, f"Two\n\n{YOUTUBE}", media=[first, second])
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    asked = asked_for(page)
    await page.goto(f"{shared_server.url}/stories/{slug}")
    await page.wait_for_load_state("networkidle")
    assert len(asked) == 3
    asked.clear()
    await page.locator("[data-choose]").click()
    await page.wait_for_load_state("networkidle")
    assert page.url.endswith("?pictures=0")
    assert asked == []
    assert await page.get_by_text("Load picture").count() == 3
    assert "pictures=0" in str(await page.locator(".order").get_attribute("href"))
    await page.locator("[data-choose]").click()
    await page.wait_for_load_state("networkidle")
    assert len(asked) == 3
    await context.close()


async def test_a_picture_is_never_wider_than_it_came(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """Alone, side by side, on the page and in the embed; of a long one the top is seen, at its full width."""
    sizes = [(160, 120), (40, 40), (500, 60), (1080, 6000)]
    made = []
    for width, height in sizes:
        file = ("a.png", jpeg(photo(width, height)), "image/png")
        made.append(editor.http.post("/api/media", files={"file": file}).json()["id"])
    slug = editor.story()
    for medium in made:
        editor.post(slug, media=[medium])
    editor.post(slug, media=made)
    for path in (f"/stories/{slug}", f"/stories/{slug}/embed"):
        page = await reader.context.new_page()
        await page.goto(shared_server.url + path)
        shown = await page.evaluate(
            "[...document.querySelectorAll('.media picture > img')]"
            ".filter((image) => image.checkVisibility()).map((image) =>"
            " [image.clientWidth, image.clientHeight,"
            " Number(image.getAttribute('width')), Number(image.getAttribute('height'))])"
        )
        assert len(shown) == 2 * len(sizes) or (path.endswith("/embed") and len(shown) >= 4)
        for wide, high, width, height in shown:
            assert wide <= width
            assert high <= height
            assert wide >= min(width, 250)
