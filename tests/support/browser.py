"""Real Chromium: one browser for each worker, and for each test a visitor with nothing kept from before.

A visitor notes everything that goes wrong in any of its pages: errors on the console (a policy that
was broken is one), uncaught exceptions, requests that failed. What a test did not expect fails it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chromium import FLAGS, HEADLESS, program
from desk_forms import Desk
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Request,
    WebError,
    async_playwright,
    expect,
)
from processes import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)

# A number that no reload keeps; what the page says of each event, and how long after its commit.
LISTEN = """
window.loaded = Math.random();
window.heard = [];
document.addEventListener("liveblog:event", ({ detail: { seq, at } }) =>
  heard.push({ seq, after: (Date.now() - Date.parse(at)) / 1000 }));
"""

# A live page as its reader has it, without the words that depend on the hour and on what was opened.
SNAPSHOT = """() => {
  const clean = (node) => {
    const copy = node.cloneNode(true);
    copy.classList.remove("fresh");
    for (const time of copy.querySelectorAll("time")) {
      time.textContent = "";
      delete time.dataset.otherDay; // midnight may be between two looks
    }
    for (const ticking of copy.querySelectorAll("[data-ticking]")) delete ticking.dataset.ticking;
    for (const details of copy.querySelectorAll("details")) details.open = false;
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      one.removeAttribute("data-left"); // what is new for a reader is not the story's
      for (const { name, value } of [...one.attributes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        one.removeAttribute(name); // their order says nothing
        one.setAttribute(name, value);
      }
    }
    return copy.outerHTML;
  };
  const blog = document.querySelector("live-blog");
  const all = (selector) => [...blog.querySelectorAll(selector)];
  return {
    title: document.title,
    position: `${blog.getAttribute("epoch")} ${blog.getAttribute("seq")}`,
    state: blog.querySelector(".connection").textContent,
    header: clean(blog.querySelector("#story")),
    brief: clean(blog.querySelector(".brief")),
    briefShown: blog.querySelector(".brief").checkVisibility(),
    pinned: all(".pinned > *").map(clean),
    held: blog.querySelector(".new-updates").checkVisibility(),
    emptyShown: blog.querySelector(".empty").checkVisibility(),
    entries: all("[role=feed] > *").map(clean),
    onward: all("[data-end]").map((link) => link.getAttribute("href")),
  };
}"""


@asynccontextmanager
async def chromium(*without: str, name: str = HEADLESS) -> AsyncIterator[Browser]:
    """A running browser, without some of the options that Playwright gives it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program(name), args=FLAGS, ignore_default_args=list(without)
        )
        try:
            yield browser
        finally:
            await browser.close()


class LivePage:
    """A story in a page, or in a frame of a page of somebody else's."""

    def __init__(self, frame: Page | Frame) -> None:
        self.frame = frame

    @property
    def page(self) -> Page:
        return self.frame.page if isinstance(self.frame, Frame) else self.frame

    def entry(self, entry_id: str) -> Locator:
        return self.frame.locator(f'[role=feed] > article[id="{entry_id}"]')

    def part(self, selector: str) -> Locator:
        return self.frame.locator(f"live-blog {selector}")

    async def state(self, name: str) -> None:
        """Waits until the page is `live`, `connecting`, `polling`, `offline` or `ended`."""
        await self.frame.wait_for_selector(f"live-blog[data-state={name}]")

    async def level(self, seq: int) -> None:
        """Waits until the page has come to this event."""
        await self.frame.wait_for_selector(f'live-blog[seq="{seq}"]')

    async def ids(self) -> list[str]:
        script = "[...document.querySelectorAll('[role=feed] > article')].map((entry) => entry.id)"
        ids: list[str] = await self.frame.evaluate(script)
        return ids

    async def heard(self) -> list[int]:
        """The events in the order in which the page took them in; those it was loaded with are none."""
        seqs: list[int] = await self.frame.evaluate("heard.map(({ seq }) => seq)")
        return seqs

    async def delays(self) -> list[float]:
        """How many seconds after its commit each event was there."""
        delays: list[float] = await self.frame.evaluate("heard.map(({ after }) => after)")
        return delays

    async def snapshot(self) -> dict[str, Any]:
        content: dict[str, Any] = await self.frame.evaluate(SNAPSHOT)
        return content

    async def document(self) -> float:
        """Another number after each load: the same one shows that nothing was reloaded."""
        return float(await self.frame.evaluate("loaded"))

    async def top(self, entry_id: str) -> float:
        """Where on the screen an entry begins."""
        return float(await self.entry(entry_id).evaluate("(e) => e.getBoundingClientRect().top"))

    async def scroll(self, selector: str) -> None:
        await self.frame.locator(selector).evaluate("(e) => e.scrollIntoView()")

    async def load_all(self) -> None:
        """Follows the links to more entries until there is none, as with the mouse."""
        for end in ("top", "bottom"):
            follow = f"""() => {{
                const link = document.querySelector('live-blog .updates > [data-end={end}]');
                link?.click();
                return link?.getAttribute("href");
            }}"""
            # In one step: a link that has come into view follows itself.
            while link := await self.frame.evaluate(follow):
                await self.frame.wait_for_selector(f'[data-end][href="{link}"]', state="detached")


class Visitor:
    """Somebody's browser. `troubles` is what went wrong, `forgive()` what may."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.troubles: list[str] = []
        self._forgiven: list[str] = []
        context.on("console", self._on_console)
        context.on("weberror", self._on_exception)
        context.on("requestfailed", self._on_failure)

    async def become(self, desk: Desk) -> None:
        """Has the session of somebody who is signed in at the desk without a browser, and the cookie of their
        device where they typed a password."""
        url = str(desk.http.base_url)
        jar = [(one.name, str(one.value)) for one in desk.http.cookies.jar]
        await self.context.add_cookies([{"name": n, "value": v, "url": url} for n, v in jar])

    def forgive(self, *patterns: str) -> None:
        self._forgiven += patterns

    async def read(self, url: str, state: str = "live") -> LivePage:
        """Opens a story's page."""
        page = LivePage(await self.open(url))
        await page.state(state)
        return page

    async def open(self, url: str) -> Page:
        page = await self.context.new_page()
        await page.goto(url)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if "closed before the connection is established" in message.text:
            return  # The page was left while its socket connected.
        if message.type in {"error", "warning"}:
            self._note(f"console: {message.text} ({message.location['url']})")

    def _on_exception(self, error: WebError) -> None:
        self._note(f"exception: {error.error.stack or error.error}")

    def _on_failure(self, request: Request) -> None:
        left = request.failure == "net::ERR_ABORTED"
        page = request.is_navigation_request()
        if left and (
            page
            or re.search(
                r"/(desk$|desk/stories/|media/|static/)|/(events|changes)\?|/timeline$", request.url
            )
        ):
            # The page was left while it loaded a picture or a script, looked its lists up, or asked what had
            # changed; or a socket greeted it while it polled; or its time line changed while it loaded.
            return
        self._note(f"failed: {request.method} {request.url}: {request.failure}")

    def _note(self, trouble: str) -> None:
        if not any(re.search(pattern, trouble) for pattern in self._forgiven):
            self.troubles.append(trouble)


@asynccontextmanager
async def visitor(browser: Browser, **options: Any) -> AsyncIterator[Visitor]:
    """A new visitor; at its end nothing may have gone wrong that was not forgiven.

    Service workers are blocked, as in a private window: `service_workers="allow"` lets them in. A new visitor's would fetch
    everything a second time.
    """
    usual = {"viewport": {"width": 1100, "height": 800}, "service_workers": "block"}
    context = await browser.new_context(**usual | options)
    context.set_default_timeout(PATIENCE * 1000)
    await context.add_init_script(LISTEN)
    somebody = Visitor(context)
    somebody.forgive("registration blocked")
    try:
        yield somebody
        troubles = list(somebody.troubles)  # closing aborts what is under way: that is none
    finally:
        await context.close()
    assert not troubles, "\n".join(troubles)


async def same_as_fresh(visitor: Visitor, *pages: LivePage, state: str = "live") -> dict[str, Any]:
    """Asserts that a page opened now shows the same as these, down to the oldest entry."""
    fresh = await visitor.read(pages[0].frame.url, state)
    await fresh.load_all()
    expected = await fresh.snapshot()
    await fresh.page.close()
    for page in pages:
        await page.load_all()
        for name, shown in (await page.snapshot()).items():
            assert shown == expected[name], f"{name}: {shown!r}\nfresh: {expected[name]!r}"
    return expected
