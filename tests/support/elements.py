"""`<live-blog-embed>` in pages of other sites, as their readers see it."""

from __future__ import annotations

from typing import Any

from browser import Visitor
from desk_client import Editor
from playwright.async_api import Locator, Page, expect
from processes import PATIENCE, Server

# What is within a page's element: the ids of its entries, its position, and what its button says.
LOOK = """(element) => {
  const blog = element.shadowRoot?.querySelector(".blog");
  const waiting = blog?.querySelector(".new-updates");
  return blog && {
    ids: [...blog.querySelectorAll(".feed > article")].map(({ id }) => id),
    seq: Number(blog.dataset.seq),
    state: blog.dataset.state,
    waiting: waiting.hidden ? "" : waiting.textContent,
  };
}"""
# Sockets that the page has open.
SOCKETS = """window.sockets = new Set();
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    sockets.add(this);
    this.addEventListener("close", () => sockets.delete(this));
  }
};"""


def element(server: Server, story: str, attributes: str = "", content: str = "") -> str:
    return (
        f'<live-blog-embed src="{story}" {attributes}>{content}</live-blog-embed>{script(server)}'
    )


def script(server: Server) -> str:
    return f'<script type="module" src="{server.url}/element.js"></script>'


class Element:
    """An element of a page."""

    def __init__(self, page: Page, number: int = 0) -> None:
        self.page = page
        self.itself = page.locator("live-blog-embed").nth(number)
        self.number = number

    def part(self, selector: str) -> Locator:
        return self.itself.locator(selector)

    def entry(self, entry_id: str) -> Locator:
        return self.itself.locator(f'article[id="{entry_id}"]')

    async def look(self) -> dict[str, Any]:
        seen: dict[str, Any] = await self.itself.evaluate(LOOK)
        return seen

    async def ids(self) -> list[str]:
        ids: list[str] = (await self.look())["ids"]
        return ids

    async def until(self, condition: str, arg: object = None) -> None:
        """Waits until a condition of `blog`, the content, and of `arg` holds."""
        await self.page.wait_for_function(
            f"""([number, arg]) => {{
              const blog = document.querySelectorAll("live-blog-embed")[number]?.shadowRoot?.querySelector(".blog");
              return blog && ({condition});
            }}""",
            arg=[self.number, arg],
            timeout=PATIENCE * 1000,
        )

    async def state(self, name: str) -> None:
        await self.until("blog.dataset.state === arg", name)

    async def level(self, seq: int) -> None:
        await self.until("Number(blog.dataset.seq) >= arg", seq)


async def opened(reader: Visitor, address: str) -> Element:
    await reader.context.add_init_script(SOCKETS)
    found = Element(await reader.open(address))
    await found.state("live")
    return found


async def takes_three_changes(
    shown: Element, editor: Editor, slug: str, *, oldest: bool = False
) -> None:
    """An entry arrives, is changed in its place, and goes."""
    known, head = await shown.ids(), editor.head(slug)
    entry = editor.post(slug, "Into the **element**")["id"]
    await shown.level(head + 1)
    assert await shown.ids() == ([*known, entry] if oldest else [entry, *known])[:8]
    await expect(shown.entry(entry).locator("strong")).to_have_text("element")
    editor.edit(slug, entry, body="Changed in the element")
    await shown.level(head + 2)
    assert await shown.ids() == ([*known, entry] if oldest else [entry, *known])[:8]
    await expect(shown.entry(entry).locator(".body")).to_have_text("Changed in the element")
    editor.remove(slug, entry)
    await shown.level(head + 3)
    assert await shown.ids() == known[: 8 if len(known) < 8 else 7]
