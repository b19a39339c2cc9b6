"""Takes the screenshots of README and docs: every state of the pages, in real Chromium, of a server of its own."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from chromium import FLAGS, WHOLE, program
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from screenshot_stories import (  # fmt: skip
    EDITOR,
    SUBMITTED,
    Newsroom,
    running,
    tell,
    tell_in_arabic,
    tell_of_others,
)

SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=360, height=740)
SIZES = {"": DESKTOP, "-phone": PHONE}
QUALITY = 82  # of WebP
STORY = "/stories/kharkiv"
LIVE = "live-blog[data-state=live]"
READING = 3_000  # milliseconds in sight, after which an update is read
WRITING = "The metro runs again between the first three stations, a spokesman says."

Scheme = Literal["light", "dark"]


class Studio:
    """Takes pictures of a newsroom's pages."""

    def __init__(self, browser: Browser, newsroom: Newsroom) -> None:
        self._browser, self._newsroom = browser, newsroom

    @contextmanager
    def visitor(
        self, size: ViewportSize = DESKTOP, scheme: Scheme = "light"
    ) -> Iterator[BrowserContext]:
        context = self._browser.new_context(
            viewport=size,
            color_scheme=scheme,
            base_url=self._newsroom.url,
            timezone_id="Europe/Kyiv",
            locale="en-GB",
            reduced_motion="reduce",
        )
        yield context
        context.close()

    def take(self, name: str, page: Page) -> None:
        """One picture of what is on the screen, when its pictures have come."""
        page.evaluate(
            "Promise.all([...document.images].filter((one) => one.checkVisibility() && one.loading !== 'lazy')"
            ".map((one) => one.decode().catch(() => {})))"
        )
        page.wait_for_load_state("networkidle")
        shot = Image.open(io.BytesIO(page.screenshot()))
        shot.save(SHOTS / f"{name}.webp", quality=QUALITY, method=6)

    def pages(self) -> None:
        """What a link leads to, in both sizes and schemes."""
        for name, path, schemes in (
            ("live-page", STORY, ("light", "dark")),
            ("live-page-arabic", "/stories/kharkiv-ar", ("light", "dark")),
            ("front", "/", ("light", "dark")),
            ("upcoming", "/stories/talks", ("light",)),
            ("paused", "/stories/metro", ("light",)),
            ("ended", "/stories/vote", ("light",)),
        ):
            for suffix, size in SIZES.items():
                for scheme in schemes:
                    with self.visitor(size, scheme) as visitor:  # type: ignore[arg-type]
                        page = visitor.new_page()
                        page.goto(path)
                        if path not in {"/", "/stories/talks", "/stories/vote"}:
                            page.wait_for_selector(LIVE)
                        self.take(f"{name}{suffix}{'-dark' * (scheme == 'dark')}", page)

    def reading(self, entries: list[str]) -> None:
        """What a reader does on the page: further down, the time line, a picture, an update of its own."""
        for suffix, size in SIZES.items():
            with self.visitor(size) as visitor:
                page = visitor.new_page()
                page.goto(f"{STORY}/entries/{entries[7]}")
                self.take(f"entry{suffix}", page)
                page.goto(STORY)
                page.wait_for_selector(LIVE)
                page.locator(".pin > summary").click()
                page.locator(f"[id='{entries[9]}']").scroll_into_view_if_needed()
                page.locator("live-blog[data-bar]").wait_for()
                self.take(f"story-bar{suffix}", page)
                page.locator(".story-bar .at").click()
                page.locator(".course [data-until]").first.wait_for()
                self.take(f"time-line{suffix}", page)
                page.keyboard.press("Escape")
                page.locator(".gallery a.frame").first.click()
                page.locator("dialog.viewer[open] img").first.wait_for()
                self.take(f"viewer{suffix}", page)

    def coming_back(self, entries: list[str]) -> None:
        """Somebody reads, goes, and comes back after a retraction, a correction, a takedown and news."""
        with self.visitor(PHONE) as visitor:
            page = visitor.new_page()
            page.clock.install()
            page.goto(STORY)
            page.wait_for_selector(LIVE)
            read = (entries[15], entries[14], entries[12], entries[11])
            for entry in read:
                page.locator(f"[id='{entry}']").evaluate("(one) => one.scrollIntoView()")
                page.clock.run_for(READING)
            page.close()
            page = visitor.new_page()
            newsroom, slug = self._newsroom, "kharkiv"
            newsroom.edit(slug, read[1], verification={"status": "retracted", "note": "It was not so."})  # fmt: skip
            newsroom.edit(slug, read[2], body="Those who can leave do.", correction="They are fewer than we had said.")  # fmt: skip
            newsroom.remove(slug, read[3], "It named somebody.")
            for headline in ("The bridge is open again", "Water is back in Saltivka"):
                newsroom.post(slug, headline=headline, body="Two residents tell us so.", key=True, verification="confirmed")  # fmt: skip
            page.goto(STORY)
            page.locator(".since:not([hidden])").wait_for()
            self.take("since-you-left-phone", page)
            page.set_viewport_size(DESKTOP)
            self.take("since-you-left", page)

    def offline(self) -> None:
        with self.visitor(PHONE) as visitor:
            page = visitor.new_page()
            page.goto(STORY)
            page.wait_for_selector(LIVE)
            page.wait_for_function("navigator.serviceWorker.controller !== null")
            visitor.set_offline(True)
            page.wait_for_selector("live-blog[data-state=offline]")
            self.take("offline-phone", page)

    def elsewhere(self) -> None:
        """The widget in a page of somebody else's."""
        with self.visitor() as visitor:
            page = visitor.new_page()
            page.set_content(
                "<!doctype html><title>Another site</title><style>body { font: 18px/1.5 Georgia, serif; max-width: 44rem;"
                " margin: 2rem auto; padding: 0 1rem }</style><h1>The war in Ukraine</h1><p>Our correspondents report"
                f' from Kharkiv.</p><div data-liveblog="kharkiv"></div><script src="{self._newsroom.url}/embed.js"></script>'
            )
            frame = page.frame_locator("iframe")
            frame.locator(LIVE).wait_for()
            self.take("widget", page)

    def desk(self) -> None:
        with self.visitor() as visitor:
            page = visitor.new_page()
            page.goto("/desk/login?next=/desk/stories/kharkiv")
            self.take("desk-login", page)
            page.fill("[name=email]", EDITOR)
            page.fill("[name=password]", self._newsroom.password)
            page.click("form.login button")
            page.wait_for_selector(
                "text=Two lorries with water"
            )  # what the correspondent submitted
            page.locator("form.composer [contenteditable]").first.click()
            page.keyboard.type(WRITING)
            page.wait_for_selector("text=/Saved/")
            self.take("desk", page)
            page.set_viewport_size(PHONE)
            self.take("desk-phone", page)
            page.set_viewport_size(DESKTOP)
            page.goto("/desk/stories/kharkiv/embed")
            page.frame_locator("iframe").first.locator("live-blog").wait_for()
            self.take("desk-embed", page)


def main() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in (*SHOTS.glob("*.png"), *SHOTS.glob("*.webp")):
        old.unlink()
    with tempfile.TemporaryDirectory() as data, running(Path(data)) as newsroom:
        tell_of_others(newsroom)
        tell_in_arabic(newsroom)
        entries = tell(newsroom)
        for fields in SUBMITTED:
            newsroom.submit("kharkiv", **fields)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(WHOLE), args=FLAGS)
            studio = Studio(browser, newsroom)
            studio.pages()
            studio.reading(entries)
            studio.offline()
            studio.elsewhere()
            studio.desk()
            studio.coming_back(entries)
            browser.close()


if __name__ == "__main__":
    main()
