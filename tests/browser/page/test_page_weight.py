"""What a reader's pages cost: their size, whom they ask, what they keep, and how much they move."""

from __future__ import annotations

import random
import re
from urllib.parse import urlsplit

import pytest
from browser import LivePage, Visitor, visitor
from copies import multiply, number_of_entries
from desk_client import Editor
from live_page import SHIFTS
from playwright.async_api import Browser, Request, Response
from processes import Server
from public_pages import ENGLISH, HTML, full_story, pages

from liveblog.resources import folder

pytestmark = pytest.mark.anyio

SCRIPT_BYTES = {
    "": 12 * 1024,
    "/embed": 13.75 * 1024,
}  # the widget also talks to its host, and stays small
LATER = "/reader/later/kept.js"  # follows after the page, for the service worker
PAGE_BYTES = 30 * 1024
FRAME = 0.016  # seconds; of the processor's time, which others on the machine do not lengthen
SENTENCE = "The line is holding, and those on the ground say that they could have gone further."

RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
# After `:has(…)` a universal selector or the name of a frequent tag makes the browser look at all such elements.
WIDE = re.compile(r":has\([^{}]*\)[^,{}]*[\s>+~](?:\*|a|p|li|span|div|article|:not\([^)]*\))$")


@pytest.mark.parametrize("part", SCRIPT_BYTES)
async def test_scripts_are_ours_alone_and_at_most_12_kb_as_transferred(
    shared_server: Server, editor: Editor, browser: Browser, part: str
) -> None:
    slug = full_story(editor, ENGLISH).slug
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    # The service worker has a bound of its own; what passes through it has no size.
    async with visitor(browser) as reader:
        reader.context.on("requestfinished", note)
        page = await reader.read(f"{shared_server.url}/stories/{slug}{part}")
        await page.page.wait_for_load_state("networkidle")
        scripts = [one for one in asked if one.resource_type == "script" and LATER not in one.url]
        assert len(scripts) >= 2
        for script in scripts:
            answer = await script.response()
            assert answer is not None
            assert answer.headers["content-encoding"] == "br", script.url
            assert "immutable" in answer.headers["cache-control"], script.url
        sizes = [(await script.sizes())["responseBodySize"] for script in scripts]
        assert min(sizes) > 0, "a script came from the cache and was not measured"
        packed = [editor.http.get(one.url, headers={"Accept-Encoding": "gzip"}) for one in scripts]
        in_gzip = sum(int(answer.headers["content-length"]) for answer in packed)
        assert sum(sizes) < in_gzip <= SCRIPT_BYTES[part]


async def test_no_page_asks_anybody_else_keeps_anything_or_breaks_its_policy(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """Errors on the console, as a broken policy is one, fail the reader."""
    async with visitor(browser, service_workers="allow") as reader:
        await _every_page_is_well_behaved(shared_server, editor, reader)


async def _every_page_is_well_behaved(server: Server, editor: Editor, reader: Visitor) -> None:
    reader.forgive("status of 4(04|10)")
    hosts: set[str] = set()
    answers: list[Response] = []
    reader.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    def note(answer: Response) -> None:
        answers.append(answer)

    reader.context.on("response", note)
    reader.context.on(
        "page", lambda page: page.on("websocket", lambda s: hosts.add(urlsplit(s.url).netloc))
    )
    await reader.context.add_init_script(
        """window.broken = [];
        addEventListener("securitypolicyviolation", (event) =>
          broken.push(`${event.violatedDirective} ${event.blockedURI}`), true);"""
    )
    for route, address in pages(editor, full_story(editor, ENGLISH)).items():
        answers.clear()
        page = await reader.open(server.url + address)
        if await page.locator("live-blog").count():
            await LivePage(page).state("live")
        assert await page.evaluate("broken") == [], route
        assert await page.evaluate("document.cookie") == "", route
        assert "document" in {answer.request.resource_type for answer in answers}, route
        for answer in answers:
            headers = answer.headers  # `all_headers` never comes where the service worker asked
            assert "set-cookie" not in headers, answer.url
            policy = headers["content-security-policy"]
            assert "script-src 'self';" in policy, answer.url
            assert "style-src 'self';" in policy, answer.url
            assert "unsafe" not in policy, answer.url
        await page.close()
    assert hosts == {urlsplit(server.url).netloc}
    assert await reader.context.cookies() == []


def told(number: int) -> str:
    """Four sentences that compress no better than a correspondent's."""
    chance = random.Random(number)
    syllables = [a + b for a in "bdfghklmnprstvz" for b in "aeiou"]
    return ". ".join(
        " ".join("".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(14))
        for _ in range(4)
    )


def test_the_first_page_of_5000_entries_is_under_30_kb(
    addressed_server: Server, addressed: Editor
) -> None:
    """Of entries with all that entries of a long day have; one in fifty is a key event."""
    slug = addressed.story(title=ENGLISH["title"], summary=SENTENCE * 3, topics=["kharkiv"])
    for number in range(50):
        addressed.post(
            slug,
            f"Number {number}. {told(number)}",
            headline=f"Update {number}: {SENTENCE}" if number % 5 == 0 else None,
            key=number == 0,
            credits=[{"role": "text", "name": "Fin", "handle": "@finlookedintoit"}],
            sources=[{"kind": "witness", "name": "Hotel staff", "quote": SENTENCE}],
            verification="unverified",
            dateline="Kharkiv",
            topics=["kharkiv"],
        )
    multiply(addressed_server, slug, 99)
    answer = addressed.http.get(f"/stories/{slug}", headers=HTML | {"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.count("<article") == 50
    assert "LiveBlogPosting" in answer.text
    assert f"Number 49. {told(49)}" in answer.text
    assert int(answer.headers["content-length"]) < PAGE_BYTES
    assert number_of_entries(addressed_server, slug) == 5000


async def test_nothing_moves_under_a_reader_while_50_entries_arrive(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. {SENTENCE * 4}")["id"] for n in range(30)][::-1]
    await reader.context.add_init_script(SHIFTS)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    session = await reader.context.new_cdp_session(page.page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def worked() -> float:
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    await page.scroll(f'[id="{ids[15]}"]')
    await page.page.wait_for_timeout(600)  # what follows on the scrolling is the reader's doing
    await page.frame.evaluate("shifted.length = 0")
    before, place = await worked(), await page.top(ids[15])
    for number in range(50):
        editor.post(slug, f"New {number}. {SENTENCE * 4}", key=number % 5 == 0)
        if number % 10 == 0:
            editor.edit(slug, ids[2], body=f"Longer. {SENTENCE * number}")
    await page.level(85)
    spent = await worked() - before
    assert await page.part(".new-updates").inner_text() == "50 new updates"
    assert await page.top(ids[15]) == pytest.approx(place, abs=1)
    # The counter grows by a digit; nothing else moves, and the browser's figure is 0.000.
    shifts = await page.frame.evaluate("shifted")
    assert {name for _, *names in shifts for name in names} <= {"new-updates"}
    assert sum(value for value, *_ in shifts) < 0.0005
    assert spent / 55 < FRAME, f"{spent / 55 * 1000:.1f} ms for each event"


async def test_nothing_moves_while_a_page_loads(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    await reader.context.add_init_script(SHIFTS)
    slug = full_story(editor, ENGLISH, entries=5).slug
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.wait_for_timeout(300)
    shifts = await page.frame.evaluate("shifted")
    assert sum(value for value, *_ in shifts) < 0.0005, shifts


def selectors(css: str) -> list[str]:
    """All selectors of a sheet, one by one; a comma in parentheses divides none."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = []
    for rule in RULE.findall(css):
        depth, part = 0, ""
        for sign in rule:
            depth += (sign == "(") - (sign == ")")
            if sign == "," and not depth:
                found.append(part.strip())
                part = ""
            else:
                part += sign
        found.append(part.strip())
    return found


def test_no_rule_makes_the_browser_look_at_every_element_for_each_update() -> None:
    sheet = (folder("static") / "liveblog.css").read_text()
    found = selectors(sheet)
    assert len([one for one in found if ":has(" in one]) > 30
    assert [one for one in found if WIDE.search(one)] == []


@pytest.mark.parametrize(
    "wide",
    [".story:has(> .story-cover) > :not(.story-cover)", ".masthead:has(nav) > a", ".x:has(.y) *"],
)
def test_such_rules_are_found(wide: str) -> None:
    assert [one for one in selectors(f"{wide}, .b {{ color: red }}") if WIDE.search(one)] == [wide]
