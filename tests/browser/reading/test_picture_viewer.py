"""Pictures that are swiped, and the viewer: keys, focus, both directions, what is taken down meanwhile, no scripts."""

from __future__ import annotations

from typing import Any

import pytest
from axe import AXE, RUN
from browser import Visitor
from desk_client import Editor
from elsewhere import elsewhere
from photos import jpeg, photo
from playwright.async_api import Browser, Page
from processes import Server

pytestmark = pytest.mark.anyio

PHONE = {"width": 360, "height": 740}
SIZES = [(900, 600), (600, 900), (1600, 900), (300, 200), (640, 640), (160, 120), (1080, 6000)]
# What is seen of each picture: its box, its own size, and whether any of it is cut off by a box around it.
SHAPES = """[...document.querySelectorAll('.gallery .medium')].map((medium) => {
  const image = medium.querySelector('picture > img'), box = image.getBoundingClientRect();
  const frame = medium.querySelector('.frame').getBoundingClientRect();
  return { wide: box.width, high: box.height, ratio: box.width / box.height,
    cut: box.width > frame.width + 1 || box.height > frame.height + 1, shape: medium.dataset.shape ?? '',
    counted: medium.querySelector('.count').textContent };
})"""
SHOWN = """() => {
  const strip = document.querySelector('dialog.viewer .strip')?.getBoundingClientRect();
  if (!strip) return null;
  const at = [...document.querySelectorAll('dialog.viewer figure')].findIndex((one) =>
    Math.abs(one.getBoundingClientRect().left - strip.left) < 2);
  const image = document.querySelectorAll('dialog.viewer img')[at];
  return at < 0 || !image.complete || !image.naturalWidth ? null :
    { at, wide: image.clientWidth, high: image.clientHeight, own: [image.naturalWidth, image.naturalHeight], alt: image.alt };
}"""


def upload(editor: Editor, width: int, height: int, seed: int) -> dict[str, str]:
    file = ("a.jpg", jpeg(photo(width, height, seed)), "image/jpeg")
    answer = editor.http.post("/api/media", files={"file": file}, data={"alt": f"Tram {seed}"})
    return {"id": answer.json()["id"], "caption": f"Seen {seed}", "credit": "Photo: Ann / AP"}


def gallery(editor: Editor, **story: Any) -> tuple[str, str]:
    slug = editor.story(**story)
    media = [upload(editor, *size, seed) for seed, size in enumerate(SIZES)]
    return slug, editor.post(slug, "Seven.", media=media)["id"]


async def shown(page: Page, at: int) -> dict[str, Any]:
    """The picture in the viewer, once that is the one at this place."""
    await page.wait_for_function(f"(at) => ({SHOWN})()?.at === at", arg=at)
    found: dict[str, Any] = await page.evaluate(SHOWN)
    return found


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_several_pictures_are_one_row_that_is_swiped_and_none_is_cut_or_enlarged(
    shared_server: Server, editor: Editor, reader: Visitor, language: str
) -> None:
    slug, entry = gallery(editor, language=language)
    page = await reader.context.new_page()
    for path in (f"/stories/{slug}", f"/stories/{slug}/entries/{entry}", f"/stories/{slug}/embed"):
        for size in (PHONE, {"width": 1280, "height": 800}):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await page.goto(shared_server.url + path)
            seen = await page.evaluate(SHAPES)
            assert len(seen) == len(SIZES)
            for one, (width, height) in zip(seen, SIZES, strict=True):
                assert one["wide"] <= width + 1
                assert one["high"] <= min(height, 320) + 1
                assert not one["cut"]
                if one["shape"] != "long":  # a screenshot of a page; all of it is in the viewer
                    assert one["ratio"] == pytest.approx(width / height, rel=0.03)
            if language == "en":
                assert [one["counted"] for one in seen] == [f"{n} of 7" for n in range(1, 8)]
            row = page.locator(".gallery")
            box = await row.bounding_box()
            assert box
            assert box["height"] < 480, "one row, not seven stacked"
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(f"{shared_server.url}/stories/{slug}")
    await page.locator(".gallery").focus()
    await page.keyboard.press("ArrowLeft" if language == "ar" else "ArrowRight")
    await page.wait_for_function(
        "() => Math.abs(document.querySelector('.gallery').scrollLeft) > 20"
    )


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_viewer_is_moved_by_keys_and_gives_the_focus_back(
    shared_server: Server, editor: Editor, reader: Visitor, language: str
) -> None:
    slug, _ = gallery(editor, language=language)
    onward, back = ("ArrowLeft", "ArrowRight") if language == "ar" else ("ArrowRight", "ArrowLeft")
    live = await reader.read(f"{shared_server.url}/stories/{slug}")
    page = live.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    links = page.locator(".gallery a.frame")
    assert not [url for url in asked if "viewer.js" in url], "loaded at the first press"
    await links.nth(1).focus()
    await page.keyboard.press("Enter")
    one = await shown(page, 1)
    assert [url for url in asked if "viewer.js" in url]
    assert one["own"] == [600, 900]
    assert one["wide"] / one["high"] == pytest.approx(600 / 900, rel=0.02)
    assert one["alt"] == "Tram 1"
    caption = page.locator("dialog.viewer figure").nth(1).locator("figcaption")
    assert "Ann / AP" in await caption.inner_text()
    await page.keyboard.press(onward)
    await shown(page, 2)
    await page.keyboard.press(onward)
    small = await shown(page, 3)
    assert (small["wide"], small["high"]) == (300, 200), "never larger than it came"
    await page.keyboard.press(back)
    await shown(page, 2)
    await page.keyboard.press("End")
    long = await shown(page, 6)
    assert long["high"] > 3000, "all of a long one, to be scrolled"
    assert await page.locator("dialog.viewer .on").is_disabled()
    await page.keyboard.press("Home")
    await shown(page, 0)
    await page.locator("dialog.viewer .on").click()
    await shown(page, 1)
    assert "2" in await page.locator("dialog.viewer [role=status]").inner_text()
    await page.keyboard.press("Escape")
    await page.wait_for_selector("dialog.viewer", state="detached")
    assert await links.nth(1).evaluate("(link) => link === document.activeElement")


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ar")])
async def test_the_open_viewer_and_legend_have_no_fault(
    shared_server: Server, editor: Editor, reader: Visitor, scheme: str, language: str
) -> None:
    slug, _ = gallery(editor, language=language)
    live = await reader.read(f"{shared_server.url}/stories/{slug}")
    page = live.page
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    await page.locator(".legend summary").click()
    await page.evaluate(AXE.read_text())
    assert await page.evaluate(RUN) == []
    await page.locator(".gallery a.frame").first.click()
    await shown(page, 0)
    assert await page.evaluate(RUN) == []


async def test_the_viewer_closes_when_its_entry_is_taken_down(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug, entry = gallery(editor)
    live = await reader.read(f"{shared_server.url}/stories/{slug}")
    await live.page.locator(".gallery a.frame").first.click()
    await shown(live.page, 0)
    editor.post(slug, "Another.")
    await live.page.wait_for_selector("article:has-text('Another.')", state="attached")
    assert await live.page.locator("dialog.viewer").is_visible()
    editor.remove(slug, entry)
    await live.page.wait_for_selector("dialog.viewer", state="detached")


async def test_without_scripts_a_picture_is_a_link_to_its_file(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug, _ = gallery(editor)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{shared_server.url}/stories/{slug}")
    await page.locator(".gallery a.frame").first.click()
    await page.wait_for_url("**/media/**.jpg")
    await context.close()


async def test_a_picture_of_a_widget_opens_beside_the_page_of_the_host(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("Applying inline style")  # by the browser, to its own page for a picture
    slug = editor.story()
    editor.post(slug, "One.", media=[upload(editor, 600, 400, 1)])
    frame = f"{shared_server.url}/stories/{slug}/embed"
    with elsewhere() as site:
        address = site.put(f'<iframe src="{frame}" title="Live" width="400" height="700"></iframe>')
        host = await reader.open(address)
        link = host.frame_locator("iframe").locator("a.frame").first
        async with reader.context.expect_page() as opened:
            await link.click()
        page = await opened.value
        await page.wait_for_url("**/media/**")
        assert host.url == address
