"""The live page when its network fails, and when its tab is not looked at."""

from __future__ import annotations

from browser import LivePage, Visitor

# All that moved without the reader's doing, by the browser's own measure (CLS): `[value, names...]`. A box that begins above
# the screen counts for it, too, when two changes above move its beginning and nothing in sight; that is left out.
SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    const moved = sources.filter(({ previousRect: a, currentRect: b }) => JSON.stringify(a) !== JSON.stringify(b));
    if (moved.length) shifted.push([value, ...moved.map(({ node }) => node?.id || node?.className || node?.nodeName)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""

AWAY = (
    "WebSocket connection to .* failed",
    "ERR_CONNECTION_(REFUSED|RESET)",
    "ERR_EMPTY_RESPONSE",
    "ERR_SOCKET_NOT_CONNECTED",
)


async def hastened(reader: Visitor, url: str) -> LivePage:
    """A page whose clock runs as usual and can be made to run ahead."""
    page = await reader.context.new_page()
    await page.clock.install()
    await page.goto(url)
    return LivePage(page)


# A headless browser shows all of its tabs: what the page asks is answered in its place.
LOOK = """(away) => {
  Object.defineProperty(document, "hidden", { get: () => away, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
