"""An editor at the desk in Chromium, and what is pasted there."""

from __future__ import annotations

from browser import Visitor
from desk_client import PASSWORD
from playwright.async_api import Page


async def sign_in(page: Page, email: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("form.who")


async def desk_of(somebody: Visitor, url: str, slug: str, email: str) -> Page:
    """A story's desk with the rich text editor, for who signs in first."""
    page = await somebody.open(f"{url}/desk/login?next=/desk/stories/{slug}")
    await sign_in(page, email)
    await page.wait_for_selector(".ProseMirror")
    return page


YOUTUBE_CODE = '<iframe width="560" src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="A" allowfullscreen></iframe>'


PASTE = """([kind, text]) => {
  const data = new DataTransfer();
  data.setData(kind, text);
  document.querySelector(".ProseMirror").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
