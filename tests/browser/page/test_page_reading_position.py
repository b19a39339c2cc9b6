"""A reader who is in the middle of something: an update that changes under their eyes takes nothing out of
their hands, and links keep what else the address says."""

from __future__ import annotations

import pytest
from browser import Visitor, same_as_fresh
from copies import multiply
from desk_client import Editor
from processes import Server

pytestmark = pytest.mark.anyio

BODY = """First paragraph, which stays.

Second, with [a link](https://example.org/a) and words that are marked.

| a | b |
|---|---|
| {wide} | 2 |

Last."""
MARK = """(article) => {
  const text = article.querySelectorAll(".body p")[1].lastChild;
  const start = text.data.indexOf("words"), range = document.createRange();
  range.setStart(text, start);
  range.setEnd(text, start + 14);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  for (const link of article.querySelectorAll(".body a")) link.focus();
  article.querySelector("details").open = true;
  window.kept = [article, article.querySelector("table"), article.querySelector(".body a")];
}"""
STANDS = """(article) => ({
  selected: String(getSelection()),
  focus: document.activeElement.href,
  open: article.querySelector("details").open,
  same: kept.every((one) => one.isConnected && (one === article || article.contains(one))),
})"""


async def test_what_a_reader_holds_survives_every_change_of_an_update(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    body = BODY.format(wide="w" * 40)
    source = {"kind": "witness", "name": "Fin", "quote": "It was so."}
    entry = editor.post(slug, body, headline="Before", sources=[source])["id"]
    editor.post(slug, "Another")
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    article = page.entry(entry)
    await article.evaluate(MARK)
    held = {
        "selected": "words that are",
        "focus": "https://example.org/a",
        "open": True,
        "same": True,
    }
    assert await article.evaluate(STANDS) == held
    seq = 2
    for change in (
        {"headline": "After", "labels": ["breaking"]},
        {"body": "New above.\n\n" + body.replace("Last.", "Longer at the end.\n\nAnd more.")},
        {"body": "New above.\n\n" + body.replace("Second,", "The second one,")},
        {
            "body": body.replace("First paragraph, which stays.\n\n", "").replace(
                "Second,", "The second one,"
            )
        },
        {"key": True, "verification": "confirmed", "credits": [{"role": "text", "name": "Fin"}]},
        {"pinned": True},
        {"chapter": "The waiting"},
    ):
        editor.edit(slug, entry, **change)
        seq += 1
        await page.level(seq)
        assert await article.evaluate(STANDS) == held, change
    await same_as_fresh(reader, page)


async def test_links_keep_what_else_the_address_says(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Plain")
    editor.post(slug, "Key", key=True)
    multiply(shared_server, slug, 60)
    found = editor.http.get(f"/api/stories/{slug}/entries?limit=200").json()["entries"]
    first = [entry["id"] for entry in found if entry["key"]][-1]
    plain = [entry["id"] for entry in found if not entry["key"]][-1]
    here = f"{shared_server.url}/stories/{slug}"
    page = await reader.read(f"{here}?show=key&lang=uk&utm_source=mail#{first}")
    await page.frame.wait_for_url(f"**at={first}*")
    assert page.frame.url == f"{here}?show=key&lang=uk&utm_source=mail&at={first}#{first}"
    await page.state("live")
    assert await page.entry(first).is_visible()
    assert await page.part("[role=feed] > article:not([data-key])").count() == 0
    # Another choice keeps what is none, and the place around which one was goes.
    await page.part(".tools .order").click()
    await page.frame.wait_for_url("**order=oldest*")
    assert "lang=uk" in page.frame.url
    assert "utm_source=mail" in page.frame.url
    assert "at=" not in page.frame.url
    await page.state("live")
    # Also to what is not among those that were chosen.
    page = await reader.read(f"{here}?show=key&lang=uk#{plain}")
    await page.entry(plain).wait_for()
    assert page.frame.url == f"{here}?show=key&lang=uk&at={plain}#{plain}"
