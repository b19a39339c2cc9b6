"""Users and their API tokens. Only hashes of passwords and tokens are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, NotFound
from liveblog.models.members import ApiToken, Invitation, Member, Role, User
from liveblog.store.database import Database
from liveblog.store.prepared import Prepared
from liveblog.store.tables import assignments, invitations, sessions, stories, tokens, users

TOKEN_PREFIX = "lb_"  # noqa: S105 - by which scanners for leaks recognize our tokens
# The precision of "last used" times. It saves writes, and leaves less of a trail.
COARSE = timedelta(minutes=10)
_BY_TOKEN = Prepared(
    select(users, tokens.c.id.label("token"), tokens.c.last_used_at)
    .join(tokens, tokens.c.user_id == users.c.id)
    .where(
        tokens.c.hash == bindparam("hash"),
        tokens.c.revoked_at.is_(None),
        users.c.disabled_at.is_(None),
    )
)
_BY = {
    name: Prepared(select(users).where(users.c[name] == bindparam(name)))
    for name in ("id", "email", "oidc_subject")
}
_ASSIGNED = Prepared(
    select(assignments.c.story_id).where(assignments.c.user_id == bindparam("user_id"))
)
NO_PASSWORD = "!"  # noqa: S105 - no password has this hash


class Account(NamedTuple):
    """A user, the hash of the password, and whether the account is disabled."""

    user: User
    password_hash: str
    disabled: bool = False


def digest(secret: str) -> str:
    # A plain hash, which can be looked up. Nobody can guess a secret of 256 random bits.
    """The hash by which a secret is stored and found."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def user_from(connection: AsyncConnection, row: Mapping[Any, Any]) -> User:
    """The user of a row of `users`, with the stories to which a contributor is restricted."""
    role, only = Role(row["role"]), None
    if role is Role.CONTRIBUTOR and not row["all_stories"]:
        assigned = await _ASSIGNED.all(connection, user_id=row["id"])
        only = frozenset(one["story_id"] for one in assigned)
    return User(id=row["id"], email=row["email"], name=row["name"], role=role, stories=only)


async def add_user(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Inserts a user and returns its id. Raises `IntegrityError` if the e-mail address is taken."""
    made = await connection.execute(insert(users).values(values).returning(users.c.id))
    identity: int = made.scalar_one()
    return identity


async def assign(connection: AsyncConnection, user_id: int, story_ids: Iterable[int]) -> None:
    """Replaces the stories that a user is assigned to. Stories that do not exist are left out."""
    await connection.execute(delete(assignments).where(assignments.c.user_id == user_id))
    there = await connection.execute(select(stories.c.id).where(stories.c.id.in_(list(story_ids))))
    rows = [{"user_id": user_id, "story_id": story} for story in there.scalars()]
    if rows:
        await connection.execute(insert(assignments), rows)


class Accounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, email: str, name: str, role: Role, password_hash: str) -> User:
        """Creates an account. Raises `Conflict` if the e-mail address is taken."""
        values = {
            "email": email.strip().lower(),
            "name": name,
            "role": role.value,
            "password_hash": password_hash,
            "created_at": datetime.now(UTC),
        }
        try:
            async with self._database.write() as connection:
                identity = await add_user(connection, values)
        except IntegrityError:
            raise taken(email) from None
        return User(id=identity, email=values["email"], name=name, role=role)

    async def by_email(self, email: str) -> Account | None:
        """The account of an address, disabled or not; None if there is none."""
        return await self._one("email", email.strip().lower())

    async def by_id(self, user_id: int) -> Account | None:
        """The account with this id, disabled or not; None if there is none."""
        return await self._one("id", user_id)

    async def by_subject(self, subject: str) -> Account | None:
        """The account that is bound to this subject of an identity provider."""
        return await self._one("oidc_subject", subject)

    async def bind_subject(self, user_id: int, subject: str) -> bool:
        """Binds an account to one subject of an identity provider. False if it is bound already."""
        async with self._database.write() as connection:
            done = await connection.execute(
                update(users)
                .where(users.c.id == user_id, users.c.oidc_subject.is_(None))
                .values(oidc_subject=subject)
            )
            return done.rowcount == 1

    async def members(self) -> list[Member]:
        """All accounts, by name."""
        held = (
            select(assignments.c.user_id, stories.c.slug)
            .join(stories, stories.c.id == assignments.c.story_id)
            .order_by(stories.c.slug)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(select(users))).mappings().all()
            slugs: dict[int, list[str]] = {}
            for user_id, slug in await connection.execute(held):
                slugs.setdefault(user_id, []).append(slug)
        found = [
            Member(
                user=User(id=row["id"], email=row["email"], name=row["name"], role=row["role"]),
                created_at=row["created_at"],
                disabled=row["disabled_at"] is not None,
                all_stories=row["all_stories"],
                assigned=tuple(slugs.get(row["id"], ())),
                has_password=row["password_hash"] != NO_PASSWORD,
            )
            for row in rows
        ]
        return sorted(found, key=lambda member: member.user.name.casefold())

    async def change(
        self, user_id: int, role: Role, *, all_stories: bool, story_ids: Iterable[int]
    ) -> None:
        """Sets the role and the stories of an account.

        Unless it is an admin's, links that it created are deleted. Raises `NotFound`.
        """
        async with self._database.write() as connection:
            await self._update(
                connection, user_id, {"role": role.value, "all_stories": all_stories}
            )
            await assign(connection, user_id, story_ids)
            if role is not Role.ADMIN:
                made = delete(invitations).where(invitations.c.created_by == user_id)
                await connection.execute(made)

    async def set_password(
        self,
        user_id: int,
        password_hash: str,
        *,
        keep: str | None = None,
        using: Invitation | None = None,
        instead_of: str | None = None,
    ) -> list[str]:
        """Sets the password, ends all sessions except `keep`, and deletes links for a new password.

        Returns the ids of the ended sessions. With `using`, only if that link still exists. With
        `instead_of`, only if that is still the hash. Raises `NotFound`, `Conflict`.
        """
        async with self._database.write() as connection:
            links = delete(invitations).where(invitations.c.user_id == user_id)
            used = await connection.execute(links.returning(invitations.c.id))
            if using is not None and using.id not in set(used.scalars()):
                raise NotFound("the link was used or withdrawn")
            if instead_of is not None:
                held = select(users.c.password_hash).where(users.c.id == user_id).with_for_update()
                if (await connection.execute(held)).scalar() != instead_of:
                    raise Conflict("the password was changed meanwhile")
            await self._update(connection, user_id, {"password_hash": password_hash})
            mine = sessions.c.user_id == user_id
            return await end(connection, mine & (sessions.c.id != keep) if keep else mine)

    async def disable(self, user_id: int) -> list[str]:
        """Disables an account, ends its sessions and tokens, and deletes links for it and by it.

        Returns the ids of the ended sessions. Raises `NotFound`.
        """
        at = datetime.now(UTC)
        async with self._database.write() as connection:
            await self._update(connection, user_id, {"disabled_at": at})
            links = (invitations.c.user_id == user_id) | (invitations.c.created_by == user_id)
            await connection.execute(delete(invitations).where(links))
            await connection.execute(
                update(tokens)
                .where(tokens.c.user_id == user_id, tokens.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
            return await end(connection, sessions.c.user_id == user_id)

    async def enable(self, user_id: int) -> None:
        """Enables an account. Raises `NotFound`."""
        async with self._database.write() as connection:
            await self._update(connection, user_id, {"disabled_at": None})

    async def by_token(self, token: str) -> User | None:
        """The user of a valid token; None if it is unknown or revoked, or the user is disabled."""
        async with self._database.read_point() as connection:
            row = await _BY_TOKEN.first(connection, hash=digest(token))
            if row is None:
                return None
            user = await user_from(connection, row)
        at = datetime.now(UTC)
        if row["last_used_at"] is None or at - row["last_used_at"] > COARSE:
            async with self._database.write() as connection:
                await connection.execute(
                    update(tokens).where(tokens.c.id == row["token"]).values(last_used_at=at)
                )
        return user

    async def add_token(self, email: str, label: str) -> str:
        """Creates a token and returns it: nobody can see it again. Raises `NotFound`."""
        user = await self._known(email)
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        async with self._database.write() as connection:
            await connection.execute(
                insert(tokens).values(
                    user_id=user.id,
                    label=label,
                    hash=digest(token),
                    created_at=datetime.now(UTC),
                )
            )
        return token

    async def tokens(self, user_id: int) -> list[ApiToken]:
        """A user's valid tokens, newest first."""
        query = (
            select(tokens)
            .where(tokens.c.user_id == user_id, tokens.c.revoked_at.is_(None))
            .order_by(tokens.c.id.desc())
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [ApiToken(**{name: row[name] for name in ApiToken.model_fields}) for row in rows]

    async def revoke_token(self, user_id: int, token_id: int) -> int:
        """Revokes one of a user's own tokens. Returns 0 if there is no such valid token, else 1."""
        return await self._revoke(user_id, tokens.c.id == token_id)

    async def revoke_tokens(self, email: str, label: str) -> int:
        """Revokes a user's tokens with this label, and returns their number. Raises `NotFound`."""
        user = await self._known(email)
        return await self._revoke(user.id, tokens.c.label == label)

    async def _revoke(self, user_id: int, which: ColumnElement[bool]) -> int:
        async with self._database.write() as connection:
            done = await connection.execute(
                update(tokens)
                .where(tokens.c.user_id == user_id, which, tokens.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
            return done.rowcount

    async def _known(self, email: str) -> User:
        account = await self.by_email(email)
        if account is None:
            raise NotFound(f"no user {email!r}")
        return account.user

    @staticmethod
    async def _update(connection: AsyncConnection, user_id: int, values: dict[str, Any]) -> None:
        done = await connection.execute(update(users).where(users.c.id == user_id).values(values))
        if not done.rowcount:
            raise NotFound(f"no user {user_id}")

    async def _one(self, name: str, value: int | str) -> Account | None:
        async with self._database.read_point() as connection:
            row = await _BY[name].first(connection, **{name: value})
            if row is None:
                return None
            user = await user_from(connection, row)
        return Account(user, row["password_hash"], row["disabled_at"] is not None)


async def end(connection: AsyncConnection, which: ColumnElement[bool]) -> list[str]:
    """Ends sessions and returns their ids."""
    ended = await connection.execute(delete(sessions).where(which).returning(sessions.c.id))
    return list(ended.scalars())


def taken(email: str) -> Conflict:
    """The error if an address has an account."""
    message = f"{email!r} has an account already"
    return Conflict(f"email: {message}", {"email": message})
