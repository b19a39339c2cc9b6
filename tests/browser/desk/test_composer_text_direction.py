"""In a browser: each block runs its own way, at the desk as for readers, and addresses are links in the editor too."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser import Visitor, visitor
from composer_desk import YOUTUBE_CODE, desk_of
from desk_client import Editor
from markdown_lines import AR
from playwright.async_api import Browser, expect
from processes import Server

pytestmark = pytest.mark.anyio

BODY = f"CNN: {AR}\n\nThe city is safe.\n\n- {AR} https://example.org/report\n\n> {AR}\n\n2:1\n\n| {AR} | b |\n|-|-|\n| {AR} | c |"
WAYS = """(root) => [...document.querySelectorAll(`${root} :is(p, li, blockquote, th, td)`)].map((block) => getComputedStyle(block).direction)"""


@pytest.fixture
async def writer(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        yield somebody


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_each_block_runs_its_own_way(
    shared_server: Server,
    editor: Editor,
    editor_email: str,
    reader: Visitor,
    writer: Visitor,
    language: str,
) -> None:
    story = "rtl" if language == "ar" else "ltr"
    slug = editor.story(title=f"CNN: {AR}", language=language)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    entry = editor.post(
        slug,
        BODY,
        headline=f"CNN: {AR}",
        sources=[{"kind": "outlet", "name": "CNN", "quote": f"CNN: {AR}"}],
    )
    article = page.page.locator(f"#{entry['id']}")
    await expect(article).to_be_visible()
    body = f"#b-{entry['id']}"
    wanted = ["rtl", "ltr", "rtl", "rtl", "rtl", story, "rtl", "ltr", "rtl", "ltr"]
    assert await page.page.evaluate(WAYS, body) == wanted
    for place in (f"#{entry['id']} h2", f"#{entry['id']} .sources blockquote", "h1"):
        assert (
            await page.page.locator(place).evaluate("(one) => getComputedStyle(one).direction")
            == "rtl"
        )
    pushed = await article.evaluate("(one) => one.querySelector('.body').outerHTML")
    if folder := os.environ.get("LIVEBLOG_LOOK"):
        await page.page.screenshot(path=Path(folder) / f"reader-{language}.png", full_page=True)
    await page.page.reload()
    assert await page.page.locator(body).evaluate("(one) => one.outerHTML") == pushed

    desk = await desk_of(writer, shared_server.url, slug, editor_email)
    await desk.focus(".ProseMirror")
    await desk.keyboard.type(f"CNN: {AR}")
    await desk.keyboard.press("Enter")
    await desk.keyboard.type("Safe, see https://example.org/a_b*c*d.")
    await desk.keyboard.press("Enter")
    await desk.keyboard.type("2:1")
    assert await desk.evaluate(WAYS, ".ProseMirror") == ["rtl", "ltr", story]
    await expect(desk.locator(".ProseMirror a")).to_have_text("https://example.org/a_b*c*d")
    text = f"CNN: {AR}\n\nSafe, see https://example.org/a_b\\*c\\*d.\n\n2:1"
    assert await desk.input_value("#f-body") == text
    if folder := os.environ.get("LIVEBLOG_LOOK"):
        await desk.screenshot(path=Path(folder) / f"desk-{language}.png", full_page=True)


async def test_an_embed_code_in_the_plain_field_becomes_its_address(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    desk = await desk_of(writer, shared_server.url, editor.story(), editor_email)
    writer.forgive("502")
    await desk.click("[data-tool=markdown]")
    await desk.fill("#f-body", "Smoke: ")
    await desk.focus("#f-body")
    await desk.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const field = document.querySelector("#f-body");
          const free = field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
          if (free) field.value += text;
        }""",
        YOUTUBE_CODE,
    )
    assert await desk.input_value("#f-body") == "Smoke: https://www.youtube.com/embed/dQw4w9WgXcQ"
    await desk.keyboard.press("Control+z")
    assert await desk.input_value("#f-body") == "Smoke: "
