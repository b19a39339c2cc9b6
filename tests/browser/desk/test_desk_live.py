"""The desk, live: editors on two servers see each other and each other's work; its socket lets in nobody else."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from typing import Any, NamedTuple

import pytest
from browser import LivePage, Visitor, chromium, visitor
from chromium import WHOLE
from desk_client import PASSWORD, Editor, add_token, add_user
from desk_forms import Desk
from members import member
from playwright.async_api import Browser, Page, Route
from processes import PATIENCE, Redis, Server
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from liveblog.bus.redis import RedisBus
from liveblog.presence.desks import channel
from liveblog.process import embedded_redis

pytestmark = pytest.mark.anyio

SIGNED_OUT = 4401
AWAY = ("status of 4", "ERR_")


async def sign_in(
    somebody: Visitor, server: Server, email: str, slug: str, query: str = ""
) -> Page:
    page = await somebody.open(f"{server.url}/desk/login?next=/desk/stories/{slug}")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".story-desk")
    if query:
        await page.goto(f"{server.url}/desk/stories/{slug}{query}")
    await page.wait_for_selector(".connection[data-state=live]")
    return page


class Newsroom(NamedTuple):
    """Cleo at one server, Dana at another, a reader with them, and a story with one entry."""

    editor: Editor
    contributor: Editor
    slug: str
    entry: str
    cleo: Page
    dana: Page
    dana_at: str
    cleo_at: str
    reader: Visitor


async def test_two_editors_on_two_servers(
    browser: Browser, pair: tuple[Server, Server], redis: Redis
) -> None:
    a, b = pair
    for name in ("Cleo", "Dana"):
        add_user(a.env, f"{name.lower()}@example.org", "editor", name)
    editor = Editor(b.url, add_token(a.env))
    contributor = Editor(b.url, add_token(a.env, "contributor"))
    slug = editor.story()
    entry = editor.post(slug, "As it was.", headline="The bridge")["id"]
    async with visitor(browser) as her, visitor(browser) as his:
        her.forgive(*AWAY)
        his.forgive(*AWAY)
        cleo = await sign_in(her, a, "cleo@example.org", slug)
        dana = await sign_in(his, b, "dana@example.org", slug, f"?edit={entry}")
        at = [f"{server.url}/desk/stories/{slug}" for server in (b, a)]
        newsroom = Newsroom(editor, contributor, slug, entry, cleo, dana, at[0], at[1], his)
        await see_each_other_and_take_over(newsroom)
        await cleo.goto(newsroom.cleo_at)
        await cleo.wait_for_selector(".connection[data-state=live]")
        await cleo.fill("#f-body", "Half a sent")
        await return_what_comes_in(newsroom)
        await take_back_a_removal(newsroom, await his.read(f"{b.url}/stories/{slug}"))
        await lose_redis(newsroom, redis)
        assert await cleo.input_value("#f-body") == "Half a sent"
    editor.close()
    contributor.close()


async def see_each_other_and_take_over(newsroom: Newsroom) -> None:
    """Who is taken over from keeps the text; whoever saves second sees both versions."""
    cleo, dana, entry = newsroom.cleo, newsroom.dana, newsroom.entry
    await cleo.locator("[data-who]").get_by_text("Dana").wait_for()
    await dana.locator("[data-who]").get_by_text("Cleo").wait_for()
    row = cleo.locator(f"#row-{entry}")
    await row.locator(".lock").get_by_text("Dana is editing").wait_for()
    await dana.fill("#f-body", "Dana's words.")
    await row.get_by_role("link", name="Take over").click()
    await cleo.wait_for_url("**&take=1*")
    await dana.locator(".work > .lock").get_by_text("Cleo has taken over").wait_for()
    assert await dana.input_value("#f-body") == "Dana's words."
    await cleo.fill("#f-body", "Cleo's words.")
    await cleo.press("#f-body", "Control+Enter")
    await dana.locator(f"#row-{entry} .text").get_by_text("Cleo's words.").wait_for()
    await dana.press("#f-body", "Control+Enter")
    await dana.locator(".theirs").get_by_text("Cleo's words.").wait_for()
    marked = await dana.locator(".versions mark").all_text_contents()
    assert marked == ["Cleo's", "Dana's"]
    assert await dana.input_value("#f-body") == "Dana's words."
    await dana.goto(newsroom.dana_at)


async def return_what_comes_in(newsroom: Newsroom) -> None:
    cleo = newsroom.cleo
    sent = newsroom.contributor.post(newsroom.slug, "From the street.", status="submitted")["id"]
    await cleo.locator("#notices").get_by_text("New contribution: From the street.").wait_for()
    card = cleo.locator(f"#queue #row-{sent}")
    await card.get_by_text("Return", exact=True).click()
    await card.get_by_label("What should change").fill("Who says so?")
    await card.get_by_role("button", name="Return to the author").click()
    await newsroom.dana.locator(f'#row-{sent}[data-status="draft"]').wait_for()
    # What was said of it is overtaken, and would name what may have been purged.
    await cleo.locator("#notices").get_by_text("From the street.").wait_for(state="detached")


async def take_back_a_removal(newsroom: Newsroom, story: LivePage) -> None:
    """The reader's page sees both, and loads nothing anew."""
    document, row = await story.document(), newsroom.cleo.locator(f"#row-{newsroom.entry}")
    await row.get_by_text("Remove", exact=True).click()
    await row.get_by_role("button", name="Remove from").click()
    await story.level(3)
    assert await story.ids() == []
    await newsroom.cleo.locator("#notices").get_by_role("button", name="Undo").click()
    await story.level(4)
    assert await story.ids() == [newsroom.entry]
    assert await story.document() == document
    await row.wait_for()


async def lose_redis(newsroom: Newsroom, redis: Redis) -> None:
    """The lists follow within a moment all the same."""
    cleo = newsroom.cleo
    redis.kill()
    late = newsroom.contributor.post(newsroom.slug, "While Redis was gone.", status="submitted")[
        "id"
    ]
    await cleo.locator(f"#queue #row-{late}").wait_for()
    await cleo.locator('[data-figure="redis"][data-up="down"]').wait_for()
    with Redis(redis.folder, redis.port):
        await cleo.locator('[data-figure="redis"][data-up="up"]').wait_for()
        await cleo.locator("[data-who]").get_by_text("Dana").wait_for()


@pytest.fixture
def cookie(desk: Desk) -> str:
    return "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())


def line(server: Server, slug: str, cookie: str, origin: str | None) -> Any:
    return connect(
        f"{server.ws}/desk/stories/{slug}/live",
        additional_headers={"Cookie": cookie} if cookie else None,
        origin=Origin(origin) if origin else None,
        compression=None,
        proxy=None,
    )


@pytest.mark.parametrize(
    ("origin", "signed_in", "status"),
    [
        (None, True, 403),
        ("null", True, 403),
        ("https://evil.example", True, 403),
        ("http://127.0.0.1", True, 403),
        ("https://{host}", True, 403),
        ("http://{host}.evil.example", True, 403),
        ("http://{host}", False, 401),
    ],
)
async def test_the_socket_is_for_the_desks_own_pages(
    shared_server: Server,
    editor: Editor,
    cookie: str,
    origin: str | None,
    signed_in: bool,
    status: int,
) -> None:
    slug = editor.story()
    host = shared_server.url.removeprefix("http://")
    given = origin.format(host=host) if origin else None
    # A refusal is no error. Other tests leave pages while they connect.
    error = "completing handshake"
    before = shared_server.said().count(error)
    with pytest.raises(InvalidStatus) as refused:
        async with line(shared_server, slug, cookie if signed_in else "", given):
            pass
    assert refused.value.response.status_code == status
    assert shared_server.said().count(error) == before


async def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            said: dict[str, Any] = json.loads(await socket.recv())
            if said["type"] == kind:
                return said


async def changed(socket: ClientConnection) -> list[dict[str, Any]]:
    """What was done, as far as the page is told of what."""
    while not (told := (await frame(socket, "rows"))["changed"]):
        pass  # Redis was late
    return list(told)


async def ended(socket: ClientConnection) -> int | None:
    """Waits until the server ends the connection; the code with which it does."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            while True:
                await socket.recv()
    return socket.close_code


async def test_a_contributor_hears_only_of_their_own(
    shared_server: Server, editor: Editor, desk: Desk, contributors_desk: Desk
) -> None:
    slug = editor.story()
    cookie = "; ".join(f"{n}={v}" for n, v in contributors_desk.http.cookies.items())
    async with line(shared_server, slug, cookie, shared_server.url) as socket:
        begun = (await frame(socket, "hello"))["turn"]
        draft = editor.post(slug, "A draft of another.", status="draft")["id"]
        editor.remove(slug, draft)
        # Whoever comes anew is not told by the count, either.
        async with line(shared_server, slug, cookie, shared_server.url) as anew:
            assert (await frame(anew, "hello"))["turn"] == begun
        there = contributors_desk.open(f"/desk/stories/{slug}").one(".story-desk")
        assert there.attributes["data-turn"] == str(begun)
        public = editor.post(slug, "Public.")["id"]
        [change] = await changed(socket)
        assert (change["id"], change["own"], change["status"]) == (public, False, "published")
        assert set(change) == {"id", "rev", "status", "action", "by", "own", "breaking"}
        editor.http.post(f"/api/stories/{slug}/entries/{public}/undo", json={"rev": 1})
        [change] = await changed(socket)
        assert (change["id"], change["action"]) == (public, "withdrawn")

        # An editor edits a draft, and then what the contributor has submitted.
        other = editor.post(slug, "Another draft.", status="draft")["id"]
        own = contributors_desk.http.post(
            f"/api/stories/{slug}/entries", json={"body": "Mine.", "status": "submitted"}
        ).json()["id"]
        theirs = "; ".join(f"{n}={v}" for n, v in desk.http.cookies.items())
        async with line(shared_server, slug, theirs, shared_server.url) as at_work:
            for entry in (other, own):
                await at_work.send(json.dumps({"type": "editing", "entry": entry}))
            seen: set[str | None] = set()
            while own not in seen:
                here = (await frame(socket, "presence"))["here"]
                seen |= {one["entry"] for one in here if one["role"] == "editor"}
                assert all(one["holds"] == (one["entry"] == own) for one in here)
            assert other not in seen

        # A process of another version says less of what was done, and some of it is ours to hear.
        said = {"rev": 2, "status": "draft", "action": "revised", "by": 1}
        done = [said | {"id": other}, said | {"id": own, "public": True}]
        bus = RedisBus(embedded_redis.url(shared_server.folder / "data"), "liveblog")
        await bus.publish(channel(slug), json.dumps({"turn": 99, "changed": done}).encode())
        await bus.close()
        while (heard := await changed(socket))[0]["rev"] != said["rev"]:
            assert heard[0]["id"] == own
        assert [one["id"] for one in heard] == [own]


@pytest.mark.parametrize(
    "said", ["", "{}", "[]", '{"type":"editing"}', '{"type":"editing","entry":"x"}', b"\0"]
)
async def test_a_page_that_says_what_no_page_says_is_cut_off(
    shared_server: Server, editor: Editor, cookie: str, said: str | bytes
) -> None:
    slug = editor.story()
    async with line(shared_server, slug, cookie, shared_server.url) as socket:
        await socket.send(said)
        assert await ended(socket) == 1008


@pytest.mark.parametrize("how", ["signed out", "disabled in the database"])
async def test_the_socket_ends_with_the_session(
    shared_server: Server, editor: Editor, how: str
) -> None:
    """At once where that was told, and within seconds where it was not."""
    user, leaving = await asyncio.to_thread(member, shared_server, "editor")
    cookie = "; ".join(f"{name}={value}" for name, value in leaving.http.cookies.items())
    async with line(shared_server, editor.story(), cookie, shared_server.url) as socket:
        await frame(socket, "hello")
        if how == "signed out":
            await asyncio.to_thread(leaving.http.post, "/desk/logout")
        else:
            file = shared_server.folder / "data" / "liveblog.sqlite3"
            with closing(sqlite3.connect(file, timeout=10)) as database:
                database.execute(
                    "UPDATE users SET disabled_at = created_at WHERE id = ?", (user.id,)
                )
                database.commit()
        assert await ended(socket) == SIGNED_OUT
    leaving.close()


@pytest.mark.parametrize("what", ["the story", "the role"])
async def test_who_may_less_is_told_so_and_not_called_signed_out(
    browser: Browser, shared_server: Server, editor: Editor, what: str
) -> None:
    slug = editor.story()
    held = ("contributor", (slug,)) if what == "the story" else ("editor", None)
    user, desk = await asyncio.to_thread(member, shared_server, *held)
    taken = {
        "the story": "DELETE FROM assignments WHERE user_id = ?",
        "the role": "UPDATE users SET role = 'contributor' WHERE id = ?",
    }[what]
    async with visitor(browser) as her:
        await her.become(desk)
        her.forgive(*AWAY, "Unexpected response code: 403")  # it asks again to be let in
        page = await her.open(f"{shared_server.url}/desk/stories/{slug}")
        await page.wait_for_selector(".connection[data-state=live]")
        file = shared_server.folder / "data" / "liveblog.sqlite3"
        with closing(sqlite3.connect(file, timeout=PATIENCE)) as database, database:
            database.execute(taken, (user.id,))
        said = page.locator(".connection[data-state=other]")
        await said.get_by_text("Not live: your rights have changed").wait_for()
        assert await page.locator("[data-part=status]").inner_text() == ""
        if what == "the role":
            # It is let in again, and is still the page of an editor.
            await page.locator("[data-who] bdi", has_text="(you)").wait_for()
        await said.get_by_role("link", name="Load the page again").click()
        if what == "the role":
            await page.get_by_role("button", name="Submit").wait_for()
            await page.wait_for_selector(".connection[data-state=live]")
        else:
            await page.get_by_text("not assigned").wait_for()
    desk.close()


AWAY_AND_TOLD = """
window.told = [];
window.Notification = new Proxy(Notification, {
  construct: (_, [title, { body }]) => (body && told.push(`${title}: ${body}`), {}),
});
let away = false;
Object.defineProperty(document, "hidden", { get: () => away });
window.leave = (leaves) => {
  away = leaves;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


async def at_the_desk(somebody: Visitor, server: Server, role: str, slug: str) -> tuple[Page, Desk]:
    """The page of a new user, with notifications allowed, and their desk without a browser."""
    _, desk = await asyncio.to_thread(member, server, role)
    await somebody.become(desk)
    context = somebody.context
    await context.grant_permissions(["notifications"], origin=server.url)
    await context.add_init_script(AWAY_AND_TOLD)
    page = await somebody.open(f"{server.url}/desk/stories/{slug}")
    await page.wait_for_selector(".connection[data-state=live]")
    return page, desk


# As Chrome on Android has it; presence is drawn all the same after a notice that cannot become a notification.
THROWS = """
window.Notification = new Proxy(Notification, {
  construct: () => { throw new TypeError("Illegal constructor") },
  get: (of, name) => name === "permission" ? "granted" : Reflect.get(of, name),
});
if (location.protocol !== "about:") localStorage.setItem("desk-notify", "1");
let away = false;
Object.defineProperty(document, "hidden", { get: () => away });
"""


async def test_several_that_wait_are_published_and_taken_back_at_once(
    browser: Browser, shared_server: Server, editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    async with visitor(browser) as her:
        await her.context.add_init_script(THROWS)
        _, desk = await asyncio.to_thread(member, shared_server, "editor")
        await her.become(desk)
        page = await her.open(f"{shared_server.url}/desk/stories/{slug}")
        await page.wait_for_selector(".connection[data-state=live]")
        bulk, notices = page.locator("#bulk"), page.locator("#notices")
        assert await bulk.is_hidden()
        assert await page.locator("[data-notify]").is_hidden()
        await page.evaluate("away = true")
        sent = [contributor.post(slug, f"Number {n}.", status="submitted")["id"] for n in (1, 2, 3)]
        for number in (1, 2, 3):
            await notices.get_by_text(f"New contribution: Number {number}.").wait_for()
        draft = editor.post(slug, "A draft.", status="draft")["id"]
        cards = [page.locator(f"#queue #row-{entry}") for entry in sent]
        first = cards[0].get_by_role("checkbox")
        await first.check()
        # It stays selected in a newer version, also while it has the focus.
        editor.edit(slug, sent[0], headline="Seen by many")
        await cards[0].locator(".title").get_by_text("Seen by many").wait_for()
        assert await first.is_checked()
        assert await first.evaluate("box => box === document.activeElement")
        await publish_what_was_ticked_before(page)
        await (
            page.locator("section", has=page.locator("#contributions"))
            .get_by_role("link", name="Select all")
            .click()
        )
        assert await bulk.locator("[data-selected]").text_content() == "3"
        await bulk.locator("summary").click()
        offered = bulk.locator("[name=action] option:not([disabled])")
        assert await offered.first.text_content() == "Publish"
        await bulk.get_by_role("button", name="Apply").click()
        undo = notices.locator(".undo")
        await undo.get_by_text("Done: 3. You published 3 updates.").wait_for()
        for entry in sent:
            await page.locator(f".rows #row-{entry}").wait_for()
        assert await undo.count() == 1
        assert await bulk.locator("[data-selected]").text_content() == ""
        await undo.get_by_role("button", name="Undo").click()
        await notices.get_by_text("Taken back: 3").wait_for()
        for card in cards:
            await card.and_(page.locator("[data-status=submitted]")).wait_for()
        await page.locator(".published .nothing").wait_for()
        # What was looked for stays looked for, also among what waits.
        await page.goto(f"{shared_server.url}/desk/stories/{slug}?q=draft&all=draft")
        await page.wait_for_selector(".connection[data-state=live]")
        editor.edit(slug, draft, headline="More of it")
        await page.locator("#queue .title").get_by_text("More of it").wait_for()
        assert await page.locator("#queue .card").count() == 1
        await bulk.get_by_role("button", name="Select none").click()
        await bulk.locator('[data-selected]:text-is("")').wait_for(state="attached")
        editor.edit(slug, draft, headline="And more")
        await page.locator("#queue .title").get_by_text("And more").wait_for()
        assert not await page.locator("#queue .pick input").is_checked()
        desk.close()


OFFERS = """() => {
  window.offers = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node.matches?.(".undo")) offers.push(node.textContent);
  }).observe(document.getElementById("notices"), { childList: true });
}"""


async def test_two_actions_with_several_at_once_are_each_taken_back_together(
    browser: Browser, shared_server: Server, editor: Editor
) -> None:
    """The first is not answered yet when the second begins."""
    slug = editor.story()
    answer, begin, end = (asyncio.Event() for _ in range(3))

    async def late(route: Route) -> None:
        given = await route.fetch()
        await answer.wait()
        await route.fulfill(response=given)

    async def held(route: Route) -> None:
        await begin.wait()
        given = await route.fetch()
        await end.wait()
        await route.fulfill(response=given)

    async with visitor(browser) as her:
        _, desk = await asyncio.to_thread(member, shared_server, "editor")
        await her.become(desk)
        page = await her.open(f"{shared_server.url}/desk/stories/{slug}")
        await page.wait_for_selector(".connection[data-state=live]")
        posted = [editor.post(slug, f"Number {n}.")["id"] for n in (1, 2)]
        bulk, undo = page.locator("#bulk"), page.locator("#notices .undo")

        await page.evaluate(OFFERS)

        async def do(action: str) -> None:
            for entry in posted:
                await page.locator(f"#row-{entry} .pick input").check()
            await bulk.locator("details").evaluate("details => (details.open = true)")
            await bulk.locator("[name=action]").select_option(action)
            await bulk.get_by_role("button", name="Apply").click()

        await do("key")
        await undo.get_by_text("Done: 2").wait_for()
        await page.route("**/undo", late)
        await undo.get_by_role("button", name="Undo").click()
        for entry in posted:
            await page.locator(f"#row-{entry} .mark").first.wait_for(state="detached")
        await page.route("**/bulk", held)
        await page.wait_for_timeout(700)  # until then, another press is a double click
        async with page.expect_request("**/bulk"):
            await do("remove")
        answer.set()
        await page.locator("#notices").get_by_text("Taken back: 2").wait_for()
        begin.set()
        for entry in posted:
            await page.locator(f"#row-{entry}").wait_for(state="detached")
        end.set()
        await undo.get_by_text("Done: 2").wait_for()
        offers = await page.evaluate("offers")
        assert [text[:7] for text in offers] == ["Done: 2"] * 2
    desk.close()


async def publish_what_was_ticked_before(page: Page) -> None:
    """It is not what stands there now."""
    bulk = page.locator("#bulk")
    await bulk.locator("summary").click()
    await bulk.get_by_role("button", name="Apply").click()
    refused = "Not done: Seen by many: it was changed meanwhile"
    await page.locator("#notices").get_by_text(refused).wait_for()
    assert not await page.locator(".pick input:checked").count()
    await bulk.locator("summary").click()
    await page.wait_for_timeout(700)  # until then, another press is a double click


async def test_notices_and_notes_reach_whom_they_are_for(
    shared_server: Server, editor: Editor
) -> None:
    """In the title of a page out of sight, as notifications where they are wanted, and never for one's own."""
    slug = editor.story(title="The bridge")
    here = f"/desk/stories/{slug}"
    async with (
        chromium(name=WHOLE) as browser,  # the headless shell has no notifications
        visitor(browser) as her,
        visitor(browser) as his,
    ):
        page, desk = await at_the_desk(her, shared_server, "editor", slug)
        street, sender = await at_the_desk(his, shared_server, "contributor", slug)
        title, notices = await page.title(), page.locator("#notices")

        await page.get_by_role("button", name="Notify me").click()
        await asyncio.to_thread(sender.write, slug, body="Seen by all.")
        await notices.get_by_text("New contribution: Seen by all.").wait_for()
        assert (await page.title(), await page.evaluate("told")) == (title, [])

        for somewhere in (page, street):
            await somewhere.evaluate("leave(true)")
        await asyncio.to_thread(desk.write, slug, body="Her own.", labels="breaking")
        await page.locator(".row .text").get_by_text("Her own.").wait_for()
        editor.post(slug, "Nothing much.")
        await page.locator(".row .text").get_by_text("Nothing much.").wait_for()
        await asyncio.to_thread(sender.write, slug, body="From the street.")
        await notices.get_by_text("New contribution: From the street.").wait_for()
        assert await page.title() == f"(1) {title}"
        editor.post(slug, "It fell.", labels=["Breaking"])
        await notices.get_by_text("Breaking: It fell.").wait_for()
        assert await page.title() == f"(2) {title}"
        assert await page.evaluate("told") == [
            f"{title}: New contribution: From the street.",
            f"{title}: Breaking: It fell.",
        ]
        await page.evaluate("leave(false)")
        assert await page.title() == title

        [entry] = [
            entry["id"]
            for entry in editor.http.get(f"/api/stories/{slug}/entries?status=submitted").json()[
                "entries"
            ]
            if entry["body"] == "From the street."
        ]
        # What is typed into a card goes there, whatever comes beside it; a list that could not be had is asked for again.
        card, theirs = (one.locator(f"#queue #row-{entry}") for one in (page, street))
        her.forgive("status of 503")
        await page.route("**/queue", lambda route: route.fulfill(status=503), times=1)
        await card.get_by_text("Return", exact=True).click()
        await card.get_by_label("What should change").press_sequentially("Name ")
        await asyncio.to_thread(sender.write, slug, body="A second one.")
        await page.locator("#queue .gist").get_by_text("A second one.").wait_for()
        await page.keyboard.type("it.")
        await card.get_by_text("More", exact=True).click()
        await card.get_by_label("Note (newsroom only)").fill("Which street?")
        await card.get_by_role("button", name="Add the note").click()
        await theirs.get_by_text("Which street?").wait_for()
        await card.get_by_role("button", name="Return to the author").click()
        await street.locator("#notices").get_by_text("Returned to you: From the street.").wait_for()
        await theirs.get_by_text("Name it.").wait_for()
        assert (await street.title())[:4] == "(3) "  # twice breaking news, and this
        assert await street.evaluate("told") == []  # nobody asked for any
        await street.goto(f"{shared_server.url}{here}/entries/{entry}/notes")
        assert await street.locator(".thread .said").all_inner_texts() == [
            "Which street?",
            "Name it.",
        ]
        desk.close()
        sender.close()
