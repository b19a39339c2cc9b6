"""Messages that are pasted from a chat: their words, times and neutral sources, and no name. In real Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from browser import Visitor, visitor
from composer_desk import PASTE, desk_of
from desk_client import Editor
from playwright.async_api import Browser, Page, expect
from processes import Server

pytestmark = pytest.mark.anyio

NOW = "2026-11-30T12:00"
ONE = ["witness | A witness"]
TWO = ["witness | Witness 1", "witness | Witness 2"]
CONTROLS = "‎You blocked this contact."

# What is pasted; the Markdown, the time, the sources; and what else is told.
READ: list[tuple[str, str, str, list[str], dict[str, Any]]] = [
    # programs and languages
    ("[25/02/2022, 14:32:07] Oksana: *has not been hit*", "**has not been hit**", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - Oksana: has _not_ been ~hit~", "has *not* been ~~hit~~", "2022-02-25T14:32", ONE, {}),
    ("[14:32, 25/2/2022] Oksana K.: Quiet", "Quiet", "2022-02-25T14:32", ONE, {}),
    ("2/25/22, 2:32\u202fPM - Oksana: Quiet", "Quiet", "2022-02-25T14:32", ONE, {}),
    ("[2/25/22, 12:05:00 AM] Oksana: Quiet", "Quiet", "2022-02-25T00:05", ONE, {}),
    ("25.02.22, 14:32 - Oksana: Ruhig", "Ruhig", "2022-02-25T14:32", ONE, {}),
    ("[25.02.22, 14:32:07] Oksana: Ruhig", "Ruhig", "2022-02-25T14:32", ONE, {}),
    ("[2022-02-25, 14:32:07] Oksana: Quiet", "Quiet", "2022-02-25T14:32", ONE, {}),
    ("25/2/2022, 2:32 p.\u00a0m. - Oksana: Tranquilo", "Tranquilo", "2022-02-25T14:32", ONE, {}),
    ("\u200f٢٥\u200f/٢\u200f/٢٠٢٢، ٢:٣٢ م - أوكسانا: هادئ", "هادئ", "2022-02-25T14:32", ONE, {}),  # noqa: RUF001
    ("2022/2/25 下午2:32 - 奥克萨娜: 安静", "安静", "2022-02-25T14:32", ONE, {}),
    ("Oksana, [25.02.2022 14:32]\nas *typed*", "as \\*typed\\*", "2022-02-25T14:32", ONE, {}),
    ("[25/02/2022, 14:32:07] ~\u202fOksana: Quiet", "Quiet", "2022-02-25T14:32", ONE, {}),
    ("[25/02/2022, 14:32:07] +380 44 000 00 00: Quiet", "Quiet", "2022-02-25T14:32", ONE, {}),
    # texts
    ("25/02/2022, 14:32 - O: First\nsecond line\n\nthird", "First\n\nsecond line\n\nthird", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - O: Seen:\n- smoke\n- fire\n> who\n1. one\n2. two", "Seen:\n\n- smoke\n- fire\n\n> who\n\n1. one\n2. two", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - O: ```a *b*``` and `c`", "`a *b*`\n\nand `c`", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - O: # 2*3*4 snake_case [x](y) &amp; <b>", "\\# 2\\*3\\*4 snake_case \\[x\\](y) \\&amp; \\<b>", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - O: see https://example.org/a_b_c now", "see https://example.org/a_b_c now", "2022-02-25T14:32", ONE, {}),
    ("25/02/2022, 14:32 - O: Two <This message was edited>", "Two", "2022-02-25T14:32", ONE, {}),
    # several
    ("25/02/2022, 14:32 - O: One\n25/02/2022, 14:33 - O: Two", "One\n\nTwo", "2022-02-25T14:32", ONE, {"messages": 2}),
    ("[25/02/2022, 14:32:07] Oksana: *One*\n[25/02/2022, 14:33:00] +380 44: Two\nthree\n[25/02/2022, 14:34:00] Oksana: Four",
     "Witness 1:\n\n> **One**\n\nWitness 2:\n\n> Two\n>\n> three\n\nWitness 1:\n\n> Four", "2022-02-25T14:32", TWO, {"messages": 3}),
    ("25/02/2022, 14:32 - Oksana: One\n25/02/2022, 14:33 - Taras: Oksana is right", "Witness 1:\n\n> One\n\nWitness 2:\n\n> Oksana is right", "2022-02-25T14:32", TWO, {"messages": 2, "named": True}),
    # what the app wrote
    ("25/02/2022, 14:30 - Messages and calls are end-to-end encrypted.\n25/02/2022, 14:31 - Taras added you\n25/02/2022, 14:32 - O: One", "One", "2022-02-25T14:32", ONE, {"left": 2}),
    (f"[25/02/2022, 14:30:00] Group: {CONTROLS}\n\u200e[25/02/2022, 14:31:00] O: \u200eimage omitted\n[25/02/2022, 14:32:00] O: One", "One", "2022-02-25T14:32", ONE, {"left": 2}),
    ("25/02/2022, 14:30 - O: <Media omitted>\n25/02/2022, 14:31 - O: IMG-20220225-WA0001.jpg (file attached)\n25/02/2022, 14:31 - O: This message was deleted\n25/02/2022, 14:32 - O: One", "One", "2022-02-25T14:32", ONE, {"left": 3}),
    ("[25/02/2022, 14:31:00] \u202a+380\u00a044\u00a000\u202c: \u200eBild weggelassen\n[25/02/2022, 14:32:00] \u202a+380\u00a044\u00a000\u202c: Ruhig \u200e<Diese Nachricht wurde bearbeitet.>", "Ruhig", "2022-02-25T14:32", ONE, {"left": 1}),
    # days and months
    ("03/02/2022, 14:32 - O: One", "One", "2022-02-03T14:32", ONE, {"before": True}),
    ("2/3/22, 2:32 PM - O: One", "One", "2022-02-03T14:32", ONE, {"before": False}),
    ("3/2/22, 14:32 - O: One\n3/14/22, 14:33 - O: Two", "One\n\nTwo", "2022-03-02T14:32", ONE, {"messages": 2}),
    ("11/12/2026, 14:32 - O: One", "One", "2026-11-12T14:32", ONE, {}),  # no other is past
    ("5/5/2022, 14:32 - O: One", "One", "2022-05-05T14:32", ONE, {}),
    ("25/02/2031, 14:32 - O: One", "One", "", ONE, {"future": True}),
]  # fmt: skip
NONE = [
    "Oksana: has not been hit",
    "At 14:32 [25/02/2022, 14:32:07] Oksana: hit",
    "[25/02/2022, 14:32:07] and nobody",
    "31/02/2022, 14:32 - O: no such day",
    "25/02/2022, 25:32 - O: no such hour",
    "25/02/2022, 14:32 - O: <Media omitted>",
    "25/02/2022, 14:30 - Taras added you",
    "- one\n- two",
    "",
]


@pytest.fixture
async def writer(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        yield somebody


async def chips(page: Page) -> list[str]:
    return await page.locator("[data-part=chosen] bdi").all_inner_texts()


async def test_what_is_pasted_from_a_chat_is_read(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    page = await desk_of(writer, shared_server.url, editor.story(), editor_email)
    given = [row[0] for row in READ] + NONE
    found = await page.evaluate(
        """async ([given, now]) => {
          const composer = document.querySelector("script[src*=composer]").src;
          const { read } = await import(new URL("transcript.js", composer));
          return given.map((text) => read(text, { now, locale: "en-GB" }));
        }""",
        [given, NOW],
    )
    for (pasted, markdown, at, sources, more), got in zip(READ, found, strict=False):
        usual = {"messages": 1, "left": 0, "before": None, "future": False, "named": False}
        assert got == {"markdown": markdown, "at": at, "sources": sources} | usual | more, pasted
    assert dict(zip(NONE, found[len(READ) :], strict=True)) == dict.fromkeys(NONE)


async def test_no_name_of_a_pasted_chat_goes_out_by_itself(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    exported = "[25/02/2022, 14:32:07] Oksana: *has not been hit*"
    notice = page.locator("#notices .notice").last
    await page.focus(".ProseMirror")
    await page.keyboard.type("They say: ")
    await page.evaluate(PASTE, ["text/plain", exported])
    assert await page.input_value("#f-body") == "They say: **has not been hit**"
    assert await page.input_value("#f-sources") == "witness | A witness"
    assert await page.input_value("#f-occurred_at") == "2022-02-25T14:32"
    shown = ["Witness: A witness", "Happened 25 February 2022, 14:32 (UTC+2)"]
    assert await chips(page) == shown
    await expect(notice.locator("span")).to_have_text(
        "A message from a chat was recognised. Its source is “A witness”: no name is published."
        " It happened at 25 February 2022, 14:32 (UTC+2): change it where the phone had another time."
    )

    # As it was typed, with nothing added, as long as nobody has written on; and then the words stay.
    await notice.get_by_role("button", name="Keep as typed").click()
    plain = "They say: \\[25/02/2022, 14:32:07\\] Oksana: \\*has not been hit\\*"
    assert await page.input_value("#f-body") == plain
    assert await chips(page) == []
    await page.keyboard.press("Control+a")
    await page.evaluate(PASTE, ["text/plain", exported])
    await page.keyboard.type("!")
    await notice.get_by_role("button", name="Keep as typed").click()
    await expect(notice).to_contain_text("The text has been changed and stays")
    assert await page.input_value("#f-body") == "**has not been hit!**"
    assert await chips(page) == []

    # Ctrl Shift V takes everything as it is.
    await page.focus(".ProseMirror")
    await page.keyboard.press("Control+a")
    await page.evaluate(
        """() => document.querySelector(".ProseMirror").dispatchEvent(
          new KeyboardEvent("keydown", { key: "V", ctrlKey: true, shiftKey: true, bubbles: true }))"""
    )
    await page.evaluate(PASTE, ["text/plain", exported])
    assert await page.input_value("#f-body") == plain.removeprefix("They say: ")
    assert await chips(page) == []


async def test_a_pasted_chat_in_the_markdown_field_leaves_the_time_that_stands_there(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    exported = "[25/02/2022, 14:32:07] Oksana: *has not been hit*"
    notice = page.locator("#notices .notice").last
    await page.click("[data-tool=markdown]")
    await page.fill("#f-body", "")
    await page.locator("details.further").evaluate("details => (details.open = true)")
    await page.fill("#f-occurred_at", "2022-02-24T05:00")
    paste = PASTE.replace(".ProseMirror", "#f-body")
    await page.focus("#f-body")
    await page.evaluate(paste, ["text/plain", exported])
    assert await page.input_value("#f-body") == "**has not been hit**"
    assert await page.input_value("#f-occurred_at") == "2022-02-24T05:00"
    await expect(notice).to_contain_text("The time when it happened was not changed.")
    await notice.get_by_role("button", name="Keep as typed").click()
    assert await page.input_value("#f-body") == exported
    await page.focus("#f-body")
    await page.keyboard.press("Control+a")
    await page.evaluate(paste, ["text/plain", exported])
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**?saved=published")
    [entry] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert entry["body"] == "**has not been hit**"
    assert [source["name"] for source in entry["sources"]] == ["A witness"]
    public = await (await page.request.get(f"{shared_server.url}/stories/{slug}")).text()
    assert re.search("Oksana|14:32:07", public) is None
    assert "A witness" in public
