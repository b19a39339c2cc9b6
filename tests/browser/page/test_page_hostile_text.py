"""Whatever is written into an entry, nothing in it runs, loads or breaks out, in any page that shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import PASSWORD, Editor
from hostile import ADDRESSES, MARKDOWN, MARKUP, UNICODE, naughty_strings
from playwright.async_api import Dialog, Page
from processes import Server
from served_html import check_harmless
from vectors import BROKEN, HANDLERS, by_technique, of_dompurify, on_a_line

from liveblog.content.markup.markdown import to_html
from liveblog.store import Cursor

pytestmark = pytest.mark.anyio

NESTED = ["[" * 10_000 + "alert(1)" + "]" * 10_000, "*" * 10_000 + "alert(1)" + "_" * 10_000]

# Everything in a page that could run, or bring in something that does.
# The widget's script cuts a long update, the story's bar makes room for the counter; nothing else has a style of its own.
DANGERS = """() => {
  const dangers = [];
  const cut = /^(max-block-size: [0-9.]+px;|--pill: [0-9.]+px;)?$/;
  const written = ":is(article, #story, .brief, .card, .row)";
  const kinds = "script, style, iframe, object, embed, img, video, audio, link, meta, base, template";
  for (const node of document.querySelectorAll(`${written} :is(${kinds})`)) dangers.push(node.outerHTML);
  for (const node of document.querySelectorAll("script:not([src]), style, iframe")) dangers.push(node.outerHTML);
  for (const node of document.querySelectorAll("*"))
    for (const { name, value } of node.attributes)
      if (name.startsWith("on") || (name === "style" && !cut.test(value)) || name === "srcdoc") dangers.push(`${name}=${value}`);
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

    async def open(self, path: str) -> Page:
        """A page that may be one of errors."""
        page = await self.visitor.context.new_page()
        await page.goto(self.server.url + path)
        return page

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
async def victim(reader: Visitor, shared_server: Server) -> Victim:  # Playwright wants a loop
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
    assert await page.part(".points li").count() == 7
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


def packed(texts: list[str], limit: int, between: str = " ") -> list[str]:
    """The texts, as many as fit put together, in pieces of at most `limit` characters."""
    pieces = [""]
    for text in texts:
        if len(pieces[-1]) + len(between) + len(text) > limit:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]}{between}{text}"[:limit]
    return [piece.strip() for piece in pieces if piece.strip()]


def slices(texts: list[str], size: int) -> list[list[str]]:
    return [texts[n : n + size] for n in range(0, len(texts), size)]


def test_the_sanitiser_leaves_nothing_of_any_vector() -> None:
    for text in by_technique() + of_dompurify() + naughty_strings():
        check_harmless(to_html(text))
        check_harmless(to_html(f"> - {text}\n\n| {text} |\n|-|\n| {text} |"))


async def test_no_vector_harms_a_page_through_any_field(
    editor: Editor, editor_email: str, victim: Victim
) -> None:
    """All of them in the fields that are long or many; in those of one line, what is not a variation."""
    vectors = by_technique() + of_dompurify() + naughty_strings()
    few = [on_a_line(text) for text in (*HANDLERS, *BROKEN, *ADDRESSES)]
    lines = [line for line in map(on_a_line, vectors) if line]
    each: dict[str, list[Any]] = {
        "body": ["\n\n".join(some) for some in slices(vectors, 25)],
        "headline": packed(few, 300),
        "dateline": packed(few, 200),
        "labels": [list(some) for some in slices(list(dict.fromkeys(t[:32] for t in few)), 10)],
        "credits": [
            [{"role": "text", "name": t[:200], "handle": t[:100]} for t in some]
            for some in slices(lines, 40)
        ],
        "sources": [
            [{"kind": "witness", "name": t[:300], "quote": t} for t in some]
            for some in slices(lines, 40)
        ],
        "verification": [
            {"status": "disputed", "note": note} for note in packed(vectors, 2000, "\n")
        ],
    }  # fmt: skip
    slug = editor.story(topics=["hostile"])
    page = LivePage(await victim.visit(f"/stories/{slug}"))
    await page.state("live")
    count = max(map(len, each.values()))
    posted = []
    for number in range(count):
        given = {name: values[number] for name, values in each.items() if number < len(values)}
        given.setdefault("body", "No more.")
        posted.append(editor.post(slug, key=True, topics=["hostile"], **given)["id"])
    notes = packed([*few, *of_dompurify()], 2000, "\n")
    for entry, note, words in zip(posted, notes, packed(few, 200), strict=False):
        editor.edit(slug, entry, headline=words, body=f"Better: {words}.", correction=note)
    titles, names = packed(few, 300), packed(few, 100)
    for title, name in zip(titles[:6], names, strict=False):
        sponsors = [{"name": name, "text": title, "url": "https://example.org/"}]
        story = {"title": title, "place": title[:200], "category": name, "sponsors": sponsors}
        editor.change_story(slug, summary="\n".join(vectors)[:5000], **story)
    head = editor.head(slug)
    await page.level(head)
    await victim.unharmed(page.page)
    await page.page.close()

    own = f"/stories/{slug}/entries/{posted[0]}"
    await sign_in(await victim.visit("/desk/login"), editor_email)
    for path in (
        "/", f"/?{urlencode({'category': name})}", "/topics/hostile", f"/stories/{slug}", own,
        f"/stories/{slug}/embed", f"/stories/{slug}/corrections",
        f"/stories/{slug}/entries?before={posted[-1]}",
        "/desk", f"/desk/stories/{slug}?edit={posted[0]}", f"/desk/stories/{slug}?correct={posted[1]}",
    ):  # fmt: skip
        await (await victim.visit(path)).close()
    victim.visitor.forgive("status of 4")
    for text in slices(few, 12):
        odd = quote(" ".join(text), safe="")
        for path in (f"/topics/{odd}", f"/?category={odd}", f"/stories/{slug}?topic={odd}&author={odd}",
                     f"/stories/{slug}?show={odd}", f"/{odd}", f"/desk/login?next={odd}"):  # fmt: skip
            answer = editor.http.get(path, headers={"Accept": "text/html"})
            assert answer.status_code < 500
            if answer.headers["content-type"].startswith("text/html"):
                check_harmless(answer.text)
    for path in (f"/topics/{odd}", f"/stories/{slug}?show={odd}", f"/{odd}"):
        await victim.unharmed(await victim.open(path))


async def test_an_override_of_direction_ends_with_the_name_that_holds_it(
    editor: Editor, victim: Victim
) -> None:
    slug = editor.story()
    entry = editor.post(slug, sources=[{"kind": "social", "name": "Fin\u202egpj.exe"}])
    page = LivePage(await victim.visit(f"/stories/{slug}"))
    source = page.entry(entry["id"]).locator(".sources")
    name, kind = [await source.locator(part).bounding_box() for part in ("bdi", ".kind")]
    assert name is not None
    assert kind is not None
    assert name["x"] + name["width"] <= kind["x"]
