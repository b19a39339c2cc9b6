"""Sessions of the desk: who is signed in, and in which browser. Only a hash of the secret is stored."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from liveblog.errors import Conflict, Unavailable
from liveblog.models.members import Session, User
from liveblog.store.database import Database
from liveblog.store.people.accounts import COARSE, digest, end, user_from
from liveblog.store.prepared import Prepared, valued
from liveblog.store.tables import sessions, users

# Long enough for a weekend without the desk; the second is from NIST SP 800-63B, AAL1.
IDLE = timedelta(days=3)
LONGEST_SESSION = timedelta(days=30)


_OWN = [
    sessions.c[name].label(f"session_{name}")
    for name in ("id", "label", "created_at", "last_seen_at")
]
_FOUND = Prepared(
    select(users, *_OWN)
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(
        sessions.c.hash == bindparam("hash"),
        sessions.c.last_seen_at >= bindparam("used"),
        sessions.c.created_at >= bindparam("begun"),
        users.c.disabled_at.is_(None),
    )
)
_HELD = Prepared(
    select(users.c.password_hash, users.c.disabled_at)
    .where(users.c.id == bindparam("id"))
    .with_for_update(read=True)
)
_OVER = Prepared(
    delete(sessions).where(
        or_(sessions.c.last_seen_at < bindparam("used"), sessions.c.created_at < bindparam("begun"))
    )
)
_NEW = Prepared(valued(insert(sessions), sessions.c.keys()))


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, user: User, label: str, at: datetime, *, by: str | None = None) -> str:
        """Creates a session and returns its secret, which nobody can see again.

        Also ends expired sessions. `by` is the hash of the password that was checked. Raises
        `Conflict` if the user is disabled by now, or `by` is no longer the user's hash.
        """
        secret = secrets.token_urlsafe(32)
        async with self._database.write() as connection:
            # Locked until the commit: a change of the user ends this session, or is found here.
            held = await _HELD.first(connection, id=user.id)
            if held is None or held["disabled_at"] is not None:
                raise Conflict("the account was disabled meanwhile")
            if by is not None and held["password_hash"] != by:
                raise Conflict("the password was changed meanwhile")
            await _OVER.run(connection, **_limits(at))
            await _NEW.run(
                connection,
                id=secrets.token_hex(8),
                user_id=user.id,
                hash=digest(secret),
                label=label,
                created_at=at,
                last_seen_at=at,
            )
        return secret

    async def find(self, secret: str, at: datetime, *, use: bool = True) -> Session | None:
        """The session of a secret; None if it has ended or expired, or its user is disabled.

        With `use`, notes the time of use.
        """
        async with self._database.read_point() as connection:
            row = await _FOUND.first(connection, hash=digest(secret), **_limits(at))
            if row is None:
                return None
            found = _session(row, await user_from(connection, row))
        if use and at - found.last_seen_at > COARSE:
            with suppress(Unavailable):  # the request does not depend on it
                await self._touch(found.id, at)
        return found

    async def of(self, user: User, at: datetime) -> list[Session]:
        """A user's sessions, last used first."""
        query = (
            select(*_OWN)
            .where(
                sessions.c.user_id == user.id,
                sessions.c.last_seen_at >= at - IDLE,
                sessions.c.created_at >= at - LONGEST_SESSION,
            )
            .order_by(sessions.c.last_seen_at.desc(), sessions.c.created_at.desc())
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_session(row, user) for row in rows]

    async def end(self, user: User, session_id: str) -> list[str]:
        """Ends one of a user's own sessions. Returns its id, or nothing if there is no such session."""
        mine = (sessions.c.user_id == user.id) & (sessions.c.id == session_id)
        async with self._database.write() as connection:
            return await end(connection, mine)

    async def end_others(self, user: User, keep: str) -> list[str]:
        """Ends all sessions of a user except `keep`, and returns their ids."""
        others = (sessions.c.user_id == user.id) & (sessions.c.id != keep)
        async with self._database.write() as connection:
            return await end(connection, others)

    async def _touch(self, session_id: str, at: datetime) -> None:
        async with self._database.write(within=0.1) as connection:
            await connection.execute(
                update(sessions).where(sessions.c.id == session_id).values(last_seen_at=at)
            )


def _limits(at: datetime) -> dict[str, datetime]:
    """Since when a session must have been used, and have begun."""
    return {"used": at - IDLE, "begun": at - LONGEST_SESSION}


def _session(row: Mapping[Any, Any], user: User) -> Session:
    return Session(
        id=row["session_id"],
        user=user,
        label=row["session_label"],
        created_at=row["session_created_at"],
        last_seen_at=row["session_last_seen_at"],
    )
