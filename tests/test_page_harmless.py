"""Whatever is written into an entry, nothing in it runs, loads or breaks out, in any page that shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import PASSWORD, Editor
from hostile import MARKDOWN, MARKUP, UNICODE, naughty_strings
from playwright.async_api import Dialog, Page
from processes import Server

from liveblog.store import Cursor

pytestmark = pytest.mark.anyio

NESTED = ["[" * 10_000 + "alert(1)" + "]" * 10_000, "*" * 10_000 + "alert(1)" + "_" * 10_000]

# Everything in a page that could run, or bring in something that does.
DANGERS = """() => {
  const dangers = [];
  const written = ":is(article, #story, .key-events, .card, .row)";
  const kinds = "script, style, iframe, object, embed, img, video, audio, link, meta, base, template";
  for (const node of document.querySelectorAll(`${written} :is(${kinds})`)) dangers.push(node.outerHTML);
  for (const node of document.querySelectorAll("script:not([src]), style, iframe")) dangers.push(node.outerHTML);
  for (const node of document.querySelectorAll("*"))
    for (const { name, value } of node.attributes)
      if (name.startsWith("on") || name === "style" || name === "srcdoc") dangers.push(`${name}=${value}`);
  for (const link of document.links)
    if (!["http:", "https:", "mailto:"].includes(link.protocol)) dangers.push(link.outerHTML);
  return dangers;
}"""


class Victim:
    """Visits pages and asserts that none does anything (every script calls `alert`) or asks anybody else."""

    def __init__(self, visitor: Visitor, server: Server) -> None:
        self.visitor = visitor
        self.server = server
        self.alerts: list[str] = []
        self.asked: list[str] = []
        visitor.context.on("dialog", self._on_dialog)
        visitor.context.on("request", lambda request: self.asked.append(request.url))

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.alerts.append(dialog.message)
        await dialog.dismiss()

    async def unharmed(self, page: Page) -> None:
        assert await page.evaluate(DANGERS) == []
        assert self.alerts == []
        assert [url for url in self.asked if not url.startswith(self.server.url)] == []

    async def visit(self, path: str) -> Page:
        page = await self.visitor.context.new_page()
        answer = await page.goto(self.server.url + path)
        assert answer is not None
        assert answer.ok
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        await self.unharmed(page)
        return page


@pytest.fixture
def victim(reader: Visitor, shared_server: Server) -> Victim:
    return Victim(reader, shared_server)


def fields(text: str) -> dict[str, Any]:
    line = re.sub(r"\s", " ", text)[:150].strip() or None
    named = [{"role": "text", "name": line, "handle": line[:90]}] if line else []
    quoted = [{"kind": "witness", "name": line, "quote": text[:5000]}] if line else []
    return {
        "headline": line,
        "dateline": line,
        "labels": [line[:30]] if line else [],
        "key": True,
        "credits": named,
        "sources": quoted,
        "verification": {"status": "disputed", "note": text[:2000]},
    }


async def test_hostile_entries_harm_no_page(
    editor: Editor, editor_email: str, victim: Victim
) -> None:
    texts = MARKUP + MARKDOWN + NESTED + UNICODE
    slug = editor.story(title="Plain")
    page = LivePage(await victim.visit(f"/stories/{slug}"))
    await page.state("live")
    for text in texts:
        entry = editor.post(slug, f"{text}\n\nThe end.", **fields(text))
    markup = " ".join(MARKUP)
    editor.change_story(slug, title=markup[:300], summary=markup, place=markup[:200])
    await page.level(len(texts) + 1)
    assert len(await page.ids()) == len(texts)
    assert await page.part(".key-events li").count() == len(texts)
    await victim.unharmed(page.page)
    await same_as_fresh(victim.visitor, page)

    own = f"/stories/{slug}/entries/{entry['id']}"
    for path in ("", f"/stories/{slug}", f"/stories/{slug}/embed", own):
        await victim.visit(path)
    tomorrow = Cursor(datetime.now(UTC) + timedelta(days=1), "1")
    older = await victim.visit(f"/stories/{slug}/entries?before={tomorrow}")
    assert await older.locator("article").count() == 50
    await sign_in(await victim.visit("/desk/login"), editor_email)
    await victim.visit("/desk")
    desk = await victim.visit(f"/desk/stories/{slug}?edit={entry['id']}")
    assert await desk.input_value("#f-body") == entry["body"]


async def sign_in(page: Page, email: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form.login button")
    await page.wait_for_selector("form.who")


async def test_naughty_strings_harm_no_page(editor: Editor, victim: Victim) -> None:
    strings = naughty_strings()
    batches = [strings[n : n + 25] for n in range(0, len(strings), 25)]
    slug = editor.story()
    page = LivePage(await victim.visit(f"/stories/{slug}"))
    await page.state("live")
    for batch in batches:
        editor.post(slug, "\n\n".join(f"{n}. {text}" for n, text in enumerate(batch)))
        editor.post(slug, "\n\n".join(f"text\n\n{text}" for text in batch), **fields(batch[0]))
    await page.level(2 * len(batches))
    await victim.unharmed(page.page)
    await same_as_fresh(victim.visitor, page)


async def test_an_override_of_direction_ends_with_the_name_that_holds_it(
    editor: Editor, victim: Victim
) -> None:
    slug = editor.story()
    entry = editor.post(slug, sources=[{"kind": "social", "name": "Fin\u202egpj.exe"}])
    page = LivePage(await victim.visit(f"/stories/{slug}"))
    source = page.entry(entry["id"]).locator(".sources li")
    name, kind = [await source.locator(part).bounding_box() for part in ("bdi", ".kind")]
    assert name is not None
    assert kind is not None
    assert name["x"] + name["width"] <= kind["x"]
