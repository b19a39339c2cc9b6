"""The first run: `liveblog setup`, the page behind its link, and what the first admin chooses for the site."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import PASSWORD, Editor, add_user
from desk_forms import Desk, Page
from processes import PATIENCE, Server, environment, free_port
from rows import rows, url_of
from stories import a_user

from liveblog.models.content import Entry, EntryStatus
from liveblog.models.members import COMMAND_LINE, DEMO_TELLER, Precision, Protection, Role, User
from liveblog.models.site import SiteChoices
from liveblog.newsroom.context import now
from liveblog.newsroom.safety.pseudonyms import credited
from liveblog.store import NO_PASSWORD, Author, Store, schema
from liveblog.store.backup.renewal import renew
from liveblog.store.people.accounts import digest
from liveblog.web.auth.sessions import ADDRESS_TRIES

LINK = re.compile(r"http://127\.0\.0\.1:\d+/desk/setup\?token=([A-Za-z0-9_-]{43})")
CHOSEN = SiteChoices(name="The Courier", timezone="Europe/Kyiv", language="uk", signs=True)
FILLED = {
    "email": "Ann@Example.org",
    "name": "Ann of the desk",
    "password": PASSWORD,
    "site_name": "The Courier",
    "timezone": "Europe/Kyiv",
    "language": "uk",
    "signs": "yes",
}


@pytest.fixture(scope="module")
def empty_server(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], dict[str, Any]]
) -> Iterator[Server]:
    """A server without accounts. No test makes one."""
    with Server(tmp_path_factory.mktemp("first"), **new_database()) as server:
        yield server
        assert "Traceback" not in server.said(), "an answer was a 500"


@pytest.fixture
def stranger(empty_server: Server) -> Iterator[Desk]:
    browser = Desk(empty_server.url)
    yield browser
    browser.close()


def link(server: Server) -> str:
    """A new link, as `liveblog setup` prints it."""
    done = run("setup", env=server.env)
    assert (done.returncode, done.stderr) == (0, "")
    assert LINK.fullmatch(done.stdout.strip()), done.stdout
    return done.stdout.strip().removeprefix(server.url)


# --- the store: the link and the transaction


@pytest.fixture
async def store(tmp_path: Path, new_database: Callable[[], dict[str, Any]]) -> AsyncIterator[Store]:
    made = Store(await asyncio.to_thread(address, tmp_path, new_database))
    await schema.migrate(made.database)
    yield made
    await made.close()


def address(folder: Path, new_database: Callable[[], dict[str, Any]]) -> str:
    url: str = new_database().get("DATABASE_URL") or f"sqlite:///{folder / 'liveblog.sqlite3'}"
    return url


async def use(store: Store, secret: str, email: str = "ann@example.org") -> User | None:
    return await store.first_run.use(secret, email, "Ann", "a hash", CHOSEN, now())


async def a_link(store: Store, lasts: float = 60) -> str:
    secret = await store.first_run.add_link(now(), now() + timedelta(seconds=lasts))
    assert secret is not None
    return secret


async def test_a_link_works_once_for_its_time_and_only_the_newest(store: Store) -> None:
    late, replaced = await a_link(store, -1), await a_link(store)
    secret = await a_link(store)
    for wrong in (late, replaced, "", secret[:-1]):
        assert not await store.first_run.is_valid(wrong, now())
        assert await use(store, wrong) is None
    assert not await store.first_run.is_over()
    admin = await use(store, secret)
    assert admin is not None
    assert admin.role is Role.ADMIN
    assert await store.first_run.choices() == CHOSEN
    assert await use(store, secret, "bob@example.org") is None
    assert await store.first_run.is_over()
    assert await store.first_run.add_link(now(), now() + timedelta(hours=1)) is None


async def test_an_account_made_meanwhile_ends_the_link_in_the_transaction(store: Store) -> None:
    secret = await a_link(store)
    await a_user(store)
    assert not await store.first_run.is_valid(secret, now())
    assert await use(store, secret, "bob@example.org") is None
    assert [member.user.email for member in await store.accounts.members()] == ["ann@example.org"]


async def test_of_many_who_use_a_link_at_once_one_gets_the_account(
    tmp_path: Path, new_database: Callable[[], dict[str, Any]]
) -> None:
    url = await asyncio.to_thread(address, tmp_path, new_database)
    everybody = [Store(url) for _ in range(4)]
    store = everybody[0]
    await schema.migrate(store.database)
    secret = await a_link(store)
    made = await asyncio.gather(
        *(use(one, secret, f"{n}@example.org") for n, one in enumerate(everybody * 2))
    )
    assert sum(user is not None for user in made) == 1
    assert len(await store.accounts.members()) == 1
    for one in everybody:
        await one.close()


async def test_the_servers_own_accounts_do_not_count_but_others_do(store: Store) -> None:
    for email in (COMMAND_LINE, DEMO_TELLER):
        await store.accounts.add(email, "A program", Role.ADMIN, NO_PASSWORD)
    assert not await store.first_run.is_over()
    own = await store.accounts.by_email(DEMO_TELLER)
    assert own is not None
    await store.accounts.set_password(own.user.id, "a hash")
    assert await store.first_run.is_over()


async def test_a_disabled_account_and_one_for_single_sign_on_count(store: Store) -> None:
    for email, disabled in (("sso@example.org", False), ("old@example.org", True)):
        user = await store.accounts.add(email, "Somebody", Role.EDITOR, NO_PASSWORD)
        if disabled:
            await store.accounts.disable(user.id)
        assert await store.first_run.add_link(now(), now()) is None


async def test_a_restored_backup_has_no_link_but_the_choices(store: Store) -> None:
    secret = await a_link(store)
    assert await use(store, secret) is not None
    await renew(store.database, lambda: "new")
    assert await store.first_run.choices() == CHOSEN


def test_only_the_hash_is_stored_and_a_restore_ends_the_link(empty_server: Server) -> None:
    secret = link(empty_server).partition("=")[2]
    kept = rows(empty_server, "SELECT * FROM setup_links")
    assert [row["hash"] for row in kept] == [digest(secret)]
    assert secret not in str(kept)

    async def restored() -> bool:
        store = Store(url_of(empty_server))
        await renew(store.database, lambda: "new")
        valid = await store.first_run.is_valid(secret, now())
        await store.close()
        return valid

    assert not asyncio.run(restored())


# --- who signs


def test_who_is_signed_and_by_which_name() -> None:
    at = now()
    entry = Entry(
        id="e1", story_id=1, status=EntryStatus.PUBLISHED, body="x", body_html="x", created_at=at
    )

    def signed(signs: bool, email: str = "ann@example.org", **protection: Any) -> list[str]:
        ann = Author("Ann Real", email, Protection(**protection))
        return [credit.name for credit in credited(entry, ann, signs=signs).credits]

    assert signed(False) == []
    assert signed(True) == ["Ann Real"]
    assert signed(True, byline="Fin") == signed(False, byline="Fin") == ["Fin"]
    assert signed(True, delay=30) == signed(True, handle="@fin") == []
    assert signed(True, place=Precision.REGION, region="Donbas") == []
    assert signed(True, COMMAND_LINE) == []
    assert credited(entry, None, signs=True) == entry


# --- the desk of a server without accounts


def test_the_desk_says_how_to_make_the_first_account(stranger: Desk) -> None:
    page = stranger.open("/desk")
    assert "liveblog setup" in page.one("section.sheet").text()
    assert not page.tree.css("input[type=password]")


def test_the_link_leads_to_a_page_that_tells_nobody_where_it_is(
    empty_server: Server, stranger: Desk
) -> None:
    path = link(empty_server)
    answer = stranger.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert stranger.http.get(path).status_code == 200  # opening it does not use it up
    assert path.partition("=")[2] not in empty_server.said()


def test_wrong_fields_are_named_all_at_once_and_nothing_is_lost(
    empty_server: Server, stranger: Desk
) -> None:
    form = stranger.open(link(empty_server)).form("/desk/setup")
    typed = {
        "email": "ann",
        "name": " ",
        "password": "short",
        "site_name": "x" * 101,
        "timezone": "Kharkiv",
        "language": "ukrainian",
        "signs": "yes",
    }
    page = stranger.send(form, typed)
    assert page.status == 422
    for name in ("Email", "Name", "Password", "Site name", "Timezone", "Language"):
        assert f"{name}: must" in page.alerts, page.alerts
    again = page.form("/desk/setup").values
    assert again == form.values | typed | {"password": ""}
    # The address of the command line's account is taken; the link still works.
    run("story", "add", "first", "--title", "First", env=empty_server.env)
    page = stranger.send(page.form("/desk/setup"), FILLED | {"email": COMMAND_LINE})
    assert page.status == 409
    assert "has an account already" in page.alerts
    assert stranger.send(page.form("/desk/setup"), FILLED | {"password": "x"}).status == 422


def test_a_form_of_another_site_is_refused(empty_server: Server, stranger: Desk) -> None:
    form = stranger.open(link(empty_server)).form("/desk/setup")
    answer = stranger.http.post(
        "/desk/setup", data=form.values | FILLED, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert not rows(empty_server, "SELECT * FROM site_choices")


def test_wrong_links_are_refused_and_counted(empty_server: Server, stranger: Desk) -> None:
    page = stranger.open("/desk/setup?token=wrong")
    assert page.status == 404
    assert "liveblog setup" in page.alerts
    assert stranger.http.post("/desk/setup", data=FILLED).status_code == 404
    away = {"X-Forwarded-For": "203.0.113.77"}
    tries = [
        stranger.http.get("/desk/setup?token=wrong", headers=away).status_code
        for _ in range(ADDRESS_TRIES + 1)
    ]
    assert set(tries[:ADDRESS_TRIES]) == {404}
    assert tries[-1] == 429
    # From elsewhere the link works.
    assert stranger.http.get(link(empty_server)).status_code == 200


def test_the_first_admin_is_signed_in_and_all_of_it_holds_at_once(
    tmp_path: Path, new_database: Callable[[], dict[str, Any]]
) -> None:
    """Two servers on one database and one Redis: neither needs a restart."""
    settings = new_database()
    with (
        Server(tmp_path, **settings) as server,
        Server(tmp_path / "two", **{"LIVEBLOG_DATA": str(tmp_path / "data")} | settings) as other,
    ):
        ann, bob, elsewhere = Desk(server.url), Desk(server.url), Desk(other.url)
        assert "Liveblog" in elsewhere.http.get("/").text
        path = link(server)
        forms = [one.open(path).form("/desk/setup") for one in (ann, bob)]
        start = threading.Barrier(2)

        def send(at: int) -> Page:
            start.wait(PATIENCE)
            return (ann, bob)[at].send(forms[at], FILLED | {"email": f"{at}@example.org"})

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(send, range(2)))
        assert sorted(page.status for page in answers) == [200, 404]
        first = (ann, bob)[[page.status for page in answers].index(200)]
        users = rows(server, "SELECT email, role FROM users")
        assert [row["role"] for row in users] == ["admin"]
        assert first.open("/desk/users").status == 200
        assert "The Courier" in first.http.get("/").text
        awaited(lambda: "The Courier" in elsewhere.http.get("/").text)

        made = first.http.post("/desk/stories", data={"slug": "kharkiv", "title": "Kharkiv"})
        assert made.status_code == 200
        story = rows(server, "SELECT timezone, language FROM stories")[0]
        assert (story["timezone"], story["language"]) == ("Europe/Kyiv", "uk")
        first.write("kharkiv", body="Signed.")
        first.write("kharkiv", body="By another.", credits="text | Fin")
        token = run("token", "add", users[0]["email"], "--label", "x", env=server.env)
        editor = Editor(other.url, token.stdout.strip())
        entries = editor.http.get("/api/stories/kharkiv/entries").json()["entries"]
        assert {entry["body"]: entry["credits"][0]["name"] for entry in entries} == {
            "Signed.": "Ann of the desk",
            "By another.": "Fin",
        }
        run("post", "kharkiv", "From a command.", env=server.env)
        newest = editor.http.get("/api/stories/kharkiv/entries").json()["entries"][0]
        assert (newest["body"], newest["credits"]) == ("From a command.", [])

        done = run("setup", env=server.env)
        assert (done.returncode, done.stdout) == (1, "")
        assert "there is an account already" in done.stderr
        assert elsewhere.open(path).status == 404
        assert elsewhere.open("/desk").tree.css_matches("input[type=password]")
        for browser in (ann, bob, elsewhere, editor):
            browser.close()


def test_a_setting_wins_and_the_page_says_so(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "LIVEBLOG_SITE_NAME": "The Fixed Times",
        "LIVEBLOG_TIMEZONE": "Asia/Tokyo",
        "LIVEBLOG_LANGUAGE": "de",
        "LIVEBLOG_SIGN_UPDATES": "off",
    }
    with Server(tmp_path, **settings) as server:
        ann = Desk(server.url)
        page = ann.open(link(server))
        for setting, value in settings.items():
            assert setting in page.tree.text()
            assert value in page.tree.text() or value == "off"
        form = page.form("/desk/setup")
        assert form.values.keys() == {"token", "email", "name", "password"}
        assert ann.send(form, FILLED).status == 200  # what is fixed is not taken from the form
        assert "The Fixed Times" in ann.http.get("/").text
        ann.http.post("/desk/stories", data={"slug": "tokyo", "title": "Tokyo"})
        story = rows(server, "SELECT timezone, language FROM stories")[0]
        assert (story["timezone"], story["language"]) == ("Asia/Tokyo", "de")
        ann.write("tokyo", body="Unsigned.")
        assert rows(server, "SELECT credits FROM entries")[0]["credits"] in ("[]", [])
        ann.close()


# --- `liveblog serve`


def test_serve_prints_the_link_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    with Server(tmp_path / "file") as server:
        assert "Liveblog serves" in server.said()
        assert "token=" not in server.said()
        assert not rows(server, "SELECT * FROM setup_links")
        add_user(server.env, "ann@example.org", "admin")
    env = environment(LIVEBLOG_DATA=str(tmp_path / "data"), PORT=str(free_port()))
    assert "Nobody has an account yet" in on_a_terminal(env, "token=")
    add_user(env, "ann@example.org", "admin")
    assert "token=" not in on_a_terminal(env, "Liveblog serves")


def on_a_terminal(env: dict[str, str], awaited: str) -> str:
    """What `liveblog serve` prints on a terminal, until it has printed that and its line is complete."""
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "liveblog", "serve"]
    server = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = ""
    try:
        while not re.search(f"{awaited}.*\n", said):
            more = _read(terminal)
            assert more, f"it ended: {said}"
            said += more
        server.terminate()
        while more := _read(terminal):
            said += more
        assert server.wait(PATIENCE) == 0
    finally:
        server.kill()
        server.wait(PATIENCE)
        os.close(terminal)
    return said


def _read(terminal: int) -> str:
    """What is printed next; empty at the end. Fails if nothing is printed for long."""
    assert select.select([terminal], [], [], PATIENCE)[0], "nothing is printed"
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # the last process that had it open has ended
        return ""


def awaited(holds: Callable[[], bool]) -> None:
    """Asks until it holds: another process is told through Redis."""
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it does not hold")
