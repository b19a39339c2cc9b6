"""Users and their API tokens. Passwords and tokens are only ever stored hashed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from liveblog.errors import Conflict, NotFound
from liveblog.models import Role, User
from liveblog.store.database import Database
from liveblog.store.tables import tokens, users

TOKEN_PREFIX = "lb_"  # noqa: S105 - how our tokens begin, so that scanners for leaks know them


class Account(NamedTuple):
    """A user and the hash of the password."""

    user: User
    password_hash: str


def _digest(token: str) -> str:
    # Tokens have 256 random bits: a plain hash cannot be guessed back, and can be looked up.
    return hashlib.sha256(token.encode()).hexdigest()


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, email: str, name: str, role: Role, password_hash: str) -> User:
        """Raises `Conflict` where the e-mail address is taken."""
        values = {
            "email": email.strip().lower(),
            "name": name,
            "role": role.value,
            "password_hash": password_hash,
            "created_at": datetime.now(UTC),
        }
        try:
            async with self._database.write() as connection:
                made = await connection.execute(insert(users).values(values).returning(users.c.id))
                identity = made.scalar_one()
        except IntegrityError:
            message = f"{email!r} has an account already"
            raise Conflict(f"email: {message}", {"email": message}) from None
        return User(id=identity, email=values["email"], name=name, role=role)

    async def by_email(self, email: str) -> Account | None:
        return await self._one(users.c.email == email.strip().lower())

    async def by_id(self, user_id: int) -> Account | None:
        return await self._one(users.c.id == user_id)

    async def by_token(self, token: str) -> User | None:
        """The user of a token that is valid; None of one that is unknown or revoked."""
        found = await self._one(
            users.c.id
            == select(tokens.c.user_id)
            .where(tokens.c.hash == _digest(token), tokens.c.revoked_at.is_(None))
            .scalar_subquery()
        )
        return found.user if found else None

    async def add_token(self, email: str, label: str) -> str:
        """Makes a token and returns it: the only time that it can be seen. Raises `NotFound`."""
        account = await self.by_email(email)
        if account is None:
            raise NotFound(f"no user {email!r}")
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        async with self._database.write() as connection:
            await connection.execute(
                insert(tokens).values(
                    user_id=account.user.id,
                    label=label,
                    hash=_digest(token),
                    created_at=datetime.now(UTC),
                )
            )
        return token

    async def revoke_tokens(self, email: str, label: str) -> int:
        """Revokes a user's tokens of that label and returns how many there were."""
        account = await self.by_email(email)
        if account is None:
            raise NotFound(f"no user {email!r}")
        async with self._database.write() as connection:
            done = await connection.execute(
                update(tokens)
                .where(
                    tokens.c.user_id == account.user.id,
                    tokens.c.label == label,
                    tokens.c.revoked_at.is_(None),
                )
                .values(revoked_at=datetime.now(UTC))
            )
            return done.rowcount

    async def _one(self, condition: object) -> Account | None:
        query = select(users).where(condition)  # type: ignore[arg-type]  # any SQL condition
        async with self._database.look_up() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        user = User(id=row["id"], email=row["email"], name=row["name"], role=Role(row["role"]))
        return Account(user, row["password_hash"])
