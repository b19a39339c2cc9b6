"""Sessions of the desk: new at each sign-in, seen, ended, and over after a time."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from commands import run
from desk_client import PASSWORD, Editor
from desk_forms import Desk
from members import member
from processes import PATIENCE, Server
from rows import url_of
from stories import a_user

from liveblog.bus.redis import Message, RedisBus, Subscribed
from liveblog.errors import Conflict
from liveblog.models.members import Role, User
from liveblog.newsroom import accounts
from liveblog.newsroom.context import now
from liveblog.presence.desks import SESSIONS
from liveblog.process import embedded_redis
from liveblog.store import Store

COOKIE, DEVICE = "liveblog_session", "liveblog_device"


def test_a_sign_in_makes_a_new_session_whatever_the_browser_came_with(
    shared_server: Server, editor_email: str
) -> None:
    """Session fixation: what an attacker put there is worth nothing, before and after."""
    user, planted = member(shared_server, "contributor")
    del user
    victim = Desk(shared_server.url)
    fixed = planted.http.cookies[COOKIE]
    victim.http.cookies.set(COOKIE, fixed, domain="127.0.0.1", path="/")
    answer = victim.sign_in(editor_email)
    fresh = answer.cookies[COOKIE]
    assert fresh != fixed
    assert planted.http.get("/api/stories").status_code == 401
    again = victim.sign_in(editor_email).cookies[COOKIE]
    assert again not in {fresh, fixed}
    forged = Desk(shared_server.url)
    forged.http.cookies.set(COOKIE, "a" * 43 + "." + "b" * 43)
    assert forged.http.get("/api/stories").status_code == 401
    # A copy of the cookie is worth nothing after signing out.
    copied = Desk(shared_server.url)
    copied.http.cookies.set(COOKIE, again, domain="127.0.0.1", path="/")
    assert copied.http.get("/api/stories").status_code == 200
    victim.send(victim.open("/desk").form("/desk/logout"))
    assert copied.http.get("/api/stories").status_code == 401
    for browser in (planted, victim, forged, copied):
        browser.close()


def test_under_https_the_cookies_are_the_hosts_own(
    shared_server: Server, editor_email: str
) -> None:
    browser = Desk(shared_server.url)
    answer = browser.http.post(
        "/desk/login",
        data={"email": editor_email, "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
        follow_redirects=False,
    )
    browser.close()
    cookies = answer.headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in cookies] == [f"__Host-{n}" for n in (COOKIE, DEVICE)]
    for cookie in cookies:
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)


async def test_all_processes_are_told_which_sessions_have_ended(shared_server: Server) -> None:
    bus = RedisBus(embedded_redis.url(shared_server.folder / "data"), "liveblog")
    await bus.subscribe(SESSIONS)
    told = bus.messages()
    assert isinstance(await anext(told), Subscribed)
    user, browser = await asyncio.to_thread(member, shared_server, "editor")
    key = browser.http.cookies[COOKIE]
    secret = key.rpartition(".")[0]
    store = Store(url_of(shared_server))
    session = await store.sessions.find(secret, now())
    other = await store.sessions.begin(user, "Another", now())
    away = await store.sessions.find(other, now())
    assert session is not None
    assert away is not None

    page = browser.open("/desk/account")
    ended = browser.send(page.form(f"/desk/account/sessions/{away.id}/end"))
    assert "has ended" in ended.one("[role=status]").text()
    assert await next_ended(told) == [away.id]
    assert await store.sessions.find(other, now()) is None

    token = await store.accounts.add_token(user.email, "x")
    client = Editor(shared_server.url, token)
    assert client.http.get("/api/stories").status_code == 200
    assert run("user", "disable", user.email, env=shared_server.env).returncode == 0
    assert await next_ended(told) == [session.id]
    assert client.http.get("/api/stories").status_code == 401
    assert browser.http.get("/api/stories").status_code == 401
    assert run("user", "enable", user.email, env=shared_server.env).returncode == 0
    listed = run("user", "list", env=shared_server.env).stdout.splitlines()
    assert f"{user.email}\teditor\tactive\tA editor" in listed
    assert client.http.get("/api/stories").status_code == 401
    assert browser.http.get("/api/stories").status_code == 401
    client.close()
    browser.close()
    await store.close()
    await bus.close()


async def next_ended(told: AsyncIterator[Message | Subscribed]) -> list[str]:
    message = await anext(told)
    assert isinstance(message, Message)
    assert message.channel == SESSIONS
    ids: list[str] = json.loads(message.data)
    return ids


def test_a_changed_password_ends_the_other_sessions(shared_server: Server) -> None:
    user, browser = member(shared_server, "editor")
    env = shared_server.env | {"LIVEBLOG_PASSWORD": PASSWORD}
    assert run("user", "password", user.email, env=env).returncode == 0
    assert browser.http.get("/api/stories").status_code == 401
    assert browser.sign_in(user.email).status_code == 303
    elsewhere = Desk(shared_server.url)
    assert elsewhere.sign_in(user.email).status_code == 303
    here = "/desk/account/password"
    form = browser.open("/desk/account").form(here)
    wrong = browser.send(form, current="not mine at all", password="words that nobody guesses")
    assert wrong.status == 422
    assert "is not your password" in wrong.alerts
    for weak in ("short", "aaaaaaaaaaaaaa", "Password 1234", user.email, "x" * 257):
        assert browser.send(form, current=PASSWORD, password=weak).status == 422, weak
    assert elsewhere.http.get("/api/stories").status_code == 200
    done = browser.send(form, current=PASSWORD, password="words that nobody guesses")
    assert "is changed" in done.one("[role=status]").text()
    assert elsewhere.http.get("/api/stories").status_code == 401
    assert browser.sign_in(user.email).status_code == 403
    assert browser.sign_in(user.email, "words that nobody guesses").status_code == 303
    browser.close()
    elsewhere.close()


def test_who_signs_in_while_the_password_is_changed_is_not_signed_in(shared_server: Server) -> None:
    """Whoever knows the old one and tries without end has always a try on its way."""
    user, owner = member(shared_server, "editor")
    env = shared_server.env | {"LIVEBLOG_PASSWORD": PASSWORD}
    assert run("user", "password", user.email, env=env).returncode == 0
    assert owner.sign_in(user.email).status_code == 303
    changed, begun = threading.Event(), threading.Semaphore(0)
    thieves = [Desk(shared_server.url) for _ in range(2)]

    def guess(thief: Desk) -> None:
        while not changed.is_set():
            thief.http.cookies.clear()
            thief.sign_in(user.email)
            begun.release()

    with ThreadPoolExecutor(2) as at_it:
        tries = [at_it.submit(guess, thief) for thief in thieves]
        try:
            assert begun.acquire(timeout=PATIENCE)
            form = owner.open("/desk/account").form("/desk/account/password")
            done = owner.send(form, current=PASSWORD, password="words that nobody guesses")
            assert "is changed" in done.one("[role=status]").text()
        finally:
            changed.set()
        for one in tries:
            one.result()
    for thief in thieves:
        assert thief.http.get("/api/stories").status_code == 401
        thief.close()
    assert owner.http.get("/api/stories").status_code == 200
    owner.close()


async def test_a_password_that_was_changed_meanwhile_opens_and_changes_nothing(
    either_store: Store,
) -> None:
    store = either_store
    user = await a_user(store)
    await store.accounts.set_password(user.id, "$new", instead_of="!")
    with pytest.raises(Conflict):
        await store.sessions.begin(user, "x", now(), by="!")
    with pytest.raises(Conflict):
        await store.accounts.set_password(user.id, "$another", instead_of="!")
    assert await store.sessions.of(user, now()) == []
    assert await store.sessions.begin(user, "x", now(), by="$new")
    # Nor does one begin in a disabled account, which would go on when that is enabled again.
    await store.accounts.disable(user.id)
    for by in ("$new", None):
        with pytest.raises(Conflict):
            await store.sessions.begin(user, "x", now(), by=by)


async def test_links_that_an_admin_made_end_with_the_admin(either_store: Store) -> None:
    """A link for an account, or for a colleague's new password, would be a way back in."""
    store, begun = either_store, now()
    boss = await store.accounts.add("boss@example.org", "Boss", Role.ADMIN, "!")
    other = await store.accounts.add("other@example.org", "Other", Role.ADMIN, "!")

    async def links(by: User) -> list[str]:
        made = []
        for email, user_id in (("new@example.org", None), ("boss@example.org", boss.id)):
            made.append(
                await store.invitations.add(
                    email, Role.ADMIN, all_stories=True, story_ids=(), by=by, at=begun,
                    until=begun + accounts.RESET_FOR, user_id=user_id,
                )
            )  # fmt: skip
        return made

    first = await links(other)
    await store.accounts.change(other.id, Role.EDITOR, all_stories=True, story_ids=())
    second = await links(boss)
    await store.accounts.change(other.id, Role.ADMIN, all_stories=True, story_ids=())
    assert [await store.invitations.find(link, begun) is None for link in first] == [True, True]
    assert all([await store.invitations.find(link, begun) for link in second])
    third = await links(other)
    await store.accounts.disable(other.id)
    assert [await store.invitations.find(link, begun) for link in third] == [None, None]
