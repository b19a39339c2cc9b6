"""People at the desk of a server on SQLite, signed in without the second that a password takes."""

from __future__ import annotations

import asyncio
import secrets
from hashlib import sha256

from desk_forms import Desk
from itsdangerous import Signer
from processes import Server
from rows import key_of, url_of

from liveblog.models.members import Role, User
from liveblog.newsroom.context import now
from liveblog.store import Store


def member(server: Server, role: str, only: tuple[str, ...] | None = None) -> tuple[User, Desk]:
    """A new user who is signed in; `only` are the slugs that a contributor is held to."""

    async def make() -> tuple[User, str]:
        store = Store(url_of(server))
        email = f"{role}-{secrets.token_hex(4)}@example.org"
        user = await store.accounts.add(email, f"A {role}", Role(role), "!")
        if only is not None:
            ids = await store.stories.ids(only)
            await store.accounts.change(
                user.id, user.role, all_stories=False, story_ids=ids.values()
            )
        secret = await store.sessions.begin(user, "A test", now())
        await store.close()
        return user, secret

    user, secret = asyncio.run(make())
    key = key_of(server)
    browser = Desk(server.url)
    signed = Signer(key, salt="liveblog_session", digest_method=sha256).sign(secret)
    browser.http.cookies.set("liveblog_session", signed.decode(), domain="127.0.0.1", path="/")
    return user, browser
