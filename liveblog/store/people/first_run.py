"""The first run: the link that makes the first admin, and what they choose for the site.

The link works once, and only while there is no account. Both are checked in the transaction that makes the account.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import and_, delete, exists, not_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.members import OWN_ACCOUNTS, Role, User
from liveblog.models.site import SiteChoices
from liveblog.store.database import Database, upsert
from liveblog.store.people.accounts import NO_PASSWORD, add_user, digest, taken
from liveblog.store.tables import SETUP_LINK, THE_SITE, setup_links, site_choices, users

# Disabled accounts count: somebody has set up this site. The server's own do not, because nobody can sign in with one.
_ACCOUNT = exists().where(
    not_(
        and_(
            users.c.email.in_(OWN_ACCOUNTS),
            users.c.password_hash == NO_PASSWORD,
            users.c.oidc_subject.is_(None),
        )
    )
)


class FirstRun:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_account = False

    async def is_over(self) -> bool:
        """Whether there is an account. No account is ever deleted, so once there is one, no database is asked."""
        if not self._has_account:
            async with self._database.read_point() as connection:
                self._has_account = await _has_account(connection)
        return self._has_account

    async def add_link(self, at: datetime, until: datetime) -> str | None:
        """Creates the link in the place of an earlier one, and returns its secret, which nobody can see again.

        None if there is an account.
        """
        secret = secrets.token_urlsafe(32)
        values = {"hash": digest(secret), "created_at": at, "expires_at": until}
        async with self._database.write() as connection:
            if await _has_account(connection):
                return None
            new = upsert(connection, setup_links).values(id=SETUP_LINK, **values)
            await connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))
        return secret

    async def is_valid(self, secret: str, at: datetime) -> bool:
        """Whether a link works: it was not used or replaced, is not too old, and there is no account."""
        link = exists().where(setup_links.c.hash == digest(secret), setup_links.c.expires_at > at)
        async with self._database.read_point() as connection:
            return bool((await connection.execute(select(link & ~_ACCOUNT))).scalar())

    async def use(
        self,
        secret: str,
        email: str,
        name: str,
        password_hash: str,
        choices: SiteChoices,
        at: datetime,
    ) -> User | None:
        """Uses the link: makes the first admin, and keeps the choices. Returns the admin.

        None if the link does not work any more. Of those who use it at once, one gets the account: the others wait for
        the row that is deleted here, and then do not find it. Raises `Conflict` for the address of an account of the
        server's own; then the link still works.
        """
        admin = {
            "email": email,
            "name": name,
            "role": Role.ADMIN.value,
            "password_hash": password_hash,
            "created_at": at,
        }
        this_link = (setup_links.c.hash == digest(secret)) & (setup_links.c.expires_at > at)
        try:
            async with self._database.write() as connection:
                used = await connection.execute(delete(setup_links).where(this_link))
                if not used.rowcount or await _has_account(connection):
                    return None
                user_id = await add_user(connection, admin)
                kept = choices.model_dump() | {"chosen_at": at}
                new = upsert(connection, site_choices).values(id=THE_SITE, **kept)
                await connection.execute(
                    new.on_conflict_do_update(index_elements=["id"], set_=kept)
                )
        except IntegrityError:
            raise taken(email) from None
        self._has_account = True
        return User(id=user_id, email=email, name=name, role=Role.ADMIN)

    async def choices(self) -> SiteChoices | None:
        """What the first admin chose for the site; None if nobody has."""
        query = select(*(site_choices.c[name] for name in SiteChoices.model_fields))
        async with self._database.read_point() as connection:
            row = (await connection.execute(query)).mappings().first()
        return SiteChoices.model_validate(dict(row)) if row else None


async def _has_account(connection: AsyncConnection) -> bool:
    return bool((await connection.execute(select(_ACCOUNT))).scalar())
