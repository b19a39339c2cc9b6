"""What axe-core finds on a page."""

from __future__ import annotations

from functools import cache

from paths import NODE_MODULES
from playwright.async_api import Page

AXE = NODE_MODULES / "axe-core/axe.min.js"


SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
TALLEST = 8000  # pixels


OPEN = "document.querySelectorAll('details').forEach((d) => (d.open = true))"


# All rules of WCAG 2.2 A and AA and the best practices; the size of targets is off unless asked for.
RUN = """async () => {
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\\n${html}\\n${failureSummary}`));
}"""


@cache
def axe() -> str:
    assert AXE.is_file(), "axe-core is needed: make test installs it"
    return AXE.read_text()


async def violations(page: Page, *looks: tuple[str, str]) -> list[str]:
    """In each look (size, colours), with everything opened that can be. A policy that forbids scripts
    does not hold for what a debugger evaluates."""
    found: list[str] = []
    await page.evaluate(OPEN)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(axe())
    for size, colours in looks:
        width, height = SIZES[size]
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        # As tall as the page: a bar that sticks to the screen covers something, which the user scrolls into sight.
        whole: int = await page.evaluate("document.documentElement.scrollHeight")
        await page.set_viewport_size({"width": width, "height": max(height, min(whole, TALLEST))})
        faults = await page.evaluate(RUN)
        found += [f"{page.url} ({size}, {colours}): {each}" for each in faults]
    return found
