"""Links that work once: for a new account, or a new password. Only a hash of the secret is stored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from liveblog.models.members import Invitation, Role, User
from liveblog.store.database import Database
from liveblog.store.people.accounts import add_user, assign, digest, taken, user_from
from liveblog.store.tables import invitations, users


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        email: str,
        role: Role,
        *,
        all_stories: bool,
        story_ids: Sequence[int],
        by: User,
        at: datetime,
        until: datetime,
        user_id: int | None = None,
    ) -> str:
        """Creates a link and returns its secret, which nobody can see again.

        Deletes earlier links for the address, and expired ones. Raises `Conflict` if the address
        has an account and the link is not for it.
        """
        secret, address = secrets.token_urlsafe(32), email.strip().lower()
        async with self._database.write() as connection:
            known = await connection.execute(select(users.c.id).where(users.c.email == address))
            if known.scalar() != user_id:
                raise taken(email)
            await connection.execute(
                delete(invitations).where(
                    or_(invitations.c.email == address, invitations.c.expires_at < at)
                )
            )
            await connection.execute(
                insert(invitations).values(
                    hash=digest(secret),
                    user_id=user_id,
                    email=address,
                    role=role.value,
                    all_stories=all_stories,
                    stories=list(story_ids),
                    created_by=by.id,
                    created_at=at,
                    expires_at=until,
                )
            )
        return secret

    async def find(self, secret: str, at: datetime) -> Invitation | None:
        """The invitation of a secret; None if it was used, withdrawn or has expired."""
        return await self._one(invitations.c.hash == digest(secret), at)

    async def for_new(self, email: str, at: datetime) -> Invitation | None:
        """The invitation of an address that has no account yet; None if there is none."""
        address = invitations.c.email == email.strip().lower()
        return await self._one(address & invitations.c.user_id.is_(None), at)

    async def waiting(self, at: datetime) -> list[Invitation]:
        """The links that were not used yet, newest first."""
        query = select(invitations).where(invitations.c.expires_at > at)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(invitations.c.id.desc()))
            return [_invitation(row) for row in rows.mappings()]

    async def withdraw(self, invitation_id: int) -> int:
        """Deletes a link. Returns 0 if there was none, else 1."""
        async with self._database.write() as connection:
            done = await connection.execute(
                delete(invitations).where(invitations.c.id == invitation_id)
            )
            return done.rowcount

    async def use(
        self, invitation: Invitation, name: str, password_hash: str, at: datetime
    ) -> User | None:
        """Uses an invitation, and returns the new account.

        None if the link was used or withdrawn meanwhile. Raises `Conflict` if the address has an
        account by now.
        """
        values = {
            "email": invitation.email,
            "name": name,
            "role": invitation.role.value,
            "all_stories": invitation.all_stories,
            "password_hash": password_hash,
            "created_at": at,
        }
        try:
            async with self._database.write() as connection:
                used = await connection.execute(
                    delete(invitations).where(
                        invitations.c.id == invitation.id, invitations.c.expires_at > at
                    )
                )
                if not used.rowcount:
                    return None
                user_id = await add_user(connection, values)
                await assign(connection, user_id, invitation.stories)
                made = await connection.execute(select(users).where(users.c.id == user_id))
                return await user_from(connection, made.mappings().one())
        except IntegrityError:
            raise taken(invitation.email) from None

    async def _one(self, which: ColumnElement[bool], at: datetime) -> Invitation | None:
        query = select(invitations).where(which, invitations.c.expires_at > at)
        async with self._database.read_point() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _invitation(row) if row else None


def _invitation(row: Any) -> Invitation:
    return Invitation(**{name: row[name] for name in Invitation.model_fields})
