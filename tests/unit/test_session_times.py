"""How long a session of the desk and an invitation hold."""

from __future__ import annotations

from datetime import timedelta

from stories import a_user

from liveblog.models.members import Role
from liveblog.newsroom import accounts
from liveblog.newsroom.context import now
from liveblog.store import Store
from liveblog.web.auth.user_agent import label


async def test_a_session_ends_unused_after_three_days_and_used_after_thirty(store: Store) -> None:
    user, begun = await a_user(store), now()
    unused = await store.sessions.begin(user, "x", begun)
    assert await store.sessions.find(unused, begun + timedelta(days=3))
    assert await store.sessions.find(unused, begun + timedelta(days=6, minutes=1)) is None
    used = await store.sessions.begin(user, "x", begun)
    for day in range(2, 31, 2):
        found = await store.sessions.find(used, begun + timedelta(days=day))
        assert found is not None
    assert await store.sessions.find(used, begun + timedelta(days=30, minutes=1)) is None
    await store.sessions.begin(user, "x", begun + timedelta(days=31))
    async with store.database.read() as connection:
        left = await connection.exec_driver_sql("SELECT count(*) FROM sessions")
        assert left.scalar() == 1  # what is over is not kept


async def test_when_it_was_last_used_is_noted_coarsely(store: Store) -> None:
    user, begun = await a_user(store), now()
    secret = await store.sessions.begin(user, "x", begun)
    for minutes, noted in ((5, 0), (9, 0), (12, 12), (20, 12)):
        await store.sessions.find(secret, begun + timedelta(minutes=minutes))
        (session,) = await store.sessions.of(user, begun + timedelta(minutes=20))
        assert session.last_seen_at == begun + timedelta(minutes=noted)


def test_a_browser_is_named_without_its_version() -> None:
    names = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
        "Mobile Safari/537.36": "Chrome on Android",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
        "curl/8": "Another browser",
        "": "Another browser",
    }
    assert {agent: label(agent) for agent in names} == names


async def test_an_invitation_works_once_and_not_for_ever(store: Store) -> None:
    begun = now()
    admin = await store.accounts.add("boss@example.org", "Boss", Role.ADMIN, "!")

    async def invite() -> str:
        return await store.invitations.add(
            "New@example.org", Role.EDITOR, all_stories=True, story_ids=(), by=admin,
            at=begun, until=begun + accounts.INVITED_FOR,
        )  # fmt: skip

    first, second = await invite(), await invite()
    assert await store.invitations.find(first, begun) is None  # the newer one is in its place
    late = begun + accounts.INVITED_FOR
    assert await store.invitations.find(second, late) is None
    link = await store.invitations.find(second, late - timedelta(seconds=1))
    assert link is not None
    assert await store.invitations.use(link, "Too late", "!", late) is None
    made = await store.invitations.use(link, "New", "!", begun)
    assert made is not None
    assert (made.email, made.role) == ("new@example.org", Role.EDITOR)
    assert await store.invitations.use(link, "Again", "!", begun) is None
    assert await store.invitations.find(second, begun) is None
