"""The verbs of the first run: the link of `liveblog setup`, and what its page does."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from liveblog.errors import Conflict, NotFound
from liveblog.models.members import User
from liveblog.models.site import LANGUAGE, LONGEST_LANGUAGE, LONGEST_SITE_NAME, SiteChoices
from liveblog.newsroom import passwords
from liveblog.newsroom.accounts import Email, short
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.fields import Line, at_most
from liveblog.newsroom.forms import TimeZone
from liveblog.newsroom.password_checks import Asker
from liveblog.newsroom.validation import Form

VALID_FOR = timedelta(hours=1)
GONE = (
    "It was used or replaced, is more than an hour old, or somebody has an account by now. "
    "If nobody has, run liveblog setup again."
)
OVER = "there is an account already; an admin can invite others, or use: liveblog user invite"


class FirstAdmin(Form):
    """The form of the page: the first admin, without the password, and what they choose for the site."""

    email: Email
    name: Annotated[Line, AfterValidator(short)]
    site_name: Annotated[Line, at_most(LONGEST_SITE_NAME)]
    timezone: TimeZone
    language: Annotated[str, Field(pattern=LANGUAGE), at_most(LONGEST_LANGUAGE)]
    signs: bool

    @property
    def choices(self) -> SiteChoices:
        """What is chosen for the site."""
        return SiteChoices(
            name=self.site_name, timezone=self.timezone, language=self.language, signs=self.signs
        )


def address(desk: str, secret: str) -> str:
    """The address of the page, at a desk's address without a slash at the end."""
    return f"{desk}/desk/setup?token={secret}"


async def make_link(newsroom: Newsroom) -> str:
    """Returns the secret of a link that makes the first admin, valid for one hour. An earlier link ends.

    Nobody can see the secret again. Raises `Conflict` if there is an account.
    """
    at = newsroom.clock()
    secret = await newsroom.store.first_run.add_link(at, at + VALID_FOR)
    if secret is None:
        raise Conflict(OVER)
    return secret


async def require_link(newsroom: Newsroom, secret: str) -> None:
    """Raises `NotFound` if the link does not work."""
    if not await newsroom.store.first_run.is_valid(secret, newsroom.clock()):
        raise NotFound(GONE)


async def finish(newsroom: Newsroom, secret: str, form: FirstAdmin, password: str) -> User:
    """Uses the link: makes the first admin, and keeps what they choose. Returns the admin.

    The database keeps what settings fix, too: it holds on a day without them. Raises `NotFound` if the link
    does not work (any more), `Invalid` for the password, `Conflict` for the address, and `Busy`.
    """
    await require_link(newsroom, secret)
    passwords.check(password, form.name, form.email)
    password_hash = await passwords.hashed(password, Asker("the first admin", known=True))
    made = await newsroom.store.first_run.use(
        secret, form.email, form.name, password_hash, form.choices, newsroom.clock()
    )
    if made is None:
        raise NotFound(GONE)
    newsroom.take_choices(form.choices)
    return made
