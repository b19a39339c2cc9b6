"""From the key that publishes to the entry on another browser's screen: two real Chromium, one desk and one page."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.load import quantile
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun, on_all_cores
from benchmarks.servers import PASSWORD, SLUG, Ours, ours

# When the key went down, by the clock; and when the frame with the entry was shown.
PRESSED = """addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.pressed = Date.now() - (performance.now() - event.timeStamp);
}, true)"""
AT_REST = "() => new Promise((resolve) => setTimeout(() => requestIdleCallback(resolve), 500))"
SHOWN = """(text) => new Promise((resolve) => {
  const look = () => {
    const there = [...document.querySelectorAll("article .body")].some((body) => body.textContent.trim() === text);
    if (!there) return false;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
    return true;
  };
  const observer = new MutationObserver(look);
  if (!look()) observer.observe(document.body, { childList: true, subtree: true });
})"""


def measure(plan: Plan, folder: Path) -> Figures:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise CannotRun("chromium is needed")
    # Two browsers, which are two people's: they share the machine with the server as it comes.
    with ours(folder) as server, on_all_cores(), sync_playwright() as playwright:
        browsers = [
            playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for _ in range(2)
        ]
        try:
            desk, page = _desk(browsers[0], server), _page(browsers[1], server)
            taken = [_once(desk, page, f"Update {number}") for number in range(plan.presses + 5)]
        finally:
            for browser in browsers:
                browser.close()
    taken = taken[5:]  # the first ones compile
    return {
        "keypress.p50": quantile(taken, 0.5),
        "keypress.p99": quantile(taken, 0.99),
        "keypress.max": max(taken),
    }


def _desk(browser: Browser, server: Ours) -> Page:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/desk/login?next=/desk/stories/{SLUG}")
    page.fill("[name=email]", "editor@example.org")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".ProseMirror, #composer [data-scripted]:not([hidden])")
    page.evaluate(PRESSED)
    return page


def _page(browser: Browser, server: Ours) -> Page:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/stories/{SLUG}")
    page.wait_for_selector("live-blog[data-state=live]")
    return page


def _once(desk: Page, page: Page, text: str) -> float:
    """Seconds. It begins when the desk is at rest: nobody types the next update while the last one arrives."""
    desk.evaluate(AT_REST)
    desk.fill("#f-body", text)
    shown = page.evaluate_handle(f"({{ done: ({SHOWN})({text!r}) }})")
    desk.focus(".ProseMirror, #f-body")
    desk.keyboard.press("Control+Enter")
    at: float = shown.evaluate("({ done }) => done")
    pressed: float = desk.evaluate("pressed")
    return (at - pressed) / 1000
