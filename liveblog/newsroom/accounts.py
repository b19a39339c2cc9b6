"""The verbs on accounts: invite, accept, change a password or a role, disable; tokens and sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from liveblog.errors import Conflict, Forbidden, Invalid, NotFound
from liveblog.models.members import Invitation, Role, User
from liveblog.newsroom import passwords
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.fields import Line
from liveblog.newsroom.forms import ProtectionForm, Slug
from liveblog.newsroom.password_checks import Asker
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.validation import Form
from liveblog.store import NO_PASSWORD

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(days=1)
MOST_TOKENS = 50
# On whose behalf the command line acts. It has no password, and nobody can sign in as it.
COMMAND_LINE = "command-line@localhost"
GONE = "This link does not work: it was used, withdrawn, or is too old. Ask for a new one."


def _address(value: str) -> str:
    if not re.fullmatch(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", value) or len(value) > 320:
        raise ValueError("must be an e-mail address")
    return value.lower()


def _short(value: str) -> str:
    if len(value) > 200:
        raise ValueError("must have at most 200 characters")
    return value


Email = Annotated[str, BeforeValidator(str.strip), AfterValidator(_address)]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=200)]


class Part(Form):
    """What somebody may do. Without `all_stories` a contributor is held to `stories`, which are slugs;
    editors and admins see all."""

    role: Annotated[Role, Field(strict=False)]
    all_stories: bool = True
    stories: Slugs = ()


class NewInvitation(Part):
    email: Email


class Joining(Form):
    name: Annotated[Line, AfterValidator(_short)]


class NewToken(Form):
    label: Annotated[Line, AfterValidator(_short)]


async def invite(newsroom: Newsroom, actor: User, form: NewInvitation) -> str:
    """The secret of a link that makes an account, once. Raises `Forbidden`, `Conflict`, `Invalid`."""
    require(actor, Right.MANAGE_USERS)
    at = newsroom.clock()
    return await newsroom.store.invitations.add(
        form.email,
        form.role,
        all_stories=form.all_stories,
        story_ids=await _story_ids(newsroom, form.stories),
        by=actor,
        at=at,
        until=at + INVITED_FOR,
    )


async def reset(newsroom: Newsroom, actor: User, user_id: int) -> str:
    """The secret of a link that gives an account a new password, once. Raises `Forbidden`, `NotFound`,
    `Conflict`."""
    require(actor, Right.MANAGE_USERS)
    user, at = await _other(newsroom, actor, user_id), newsroom.clock()
    return await newsroom.store.invitations.add(
        user.email,
        user.role,
        all_stories=True,
        story_ids=(),
        by=actor,
        at=at,
        until=at + RESET_FOR,
        user_id=user.id,
    )


async def invitation(newsroom: Newsroom, secret: str) -> Invitation:
    """What a link is for. Raises `NotFound`."""
    found = await newsroom.store.invitations.find(secret, newsroom.clock())
    if found is None:
        raise NotFound(GONE)
    return found


async def accept(newsroom: Newsroom, secret: str, name: str, password: str) -> User:
    """Uses a link: makes the account, or sets its password and ends its sessions.

    Raises `NotFound` where the link is used up, `Conflict`, `Invalid`, `Busy`.
    """
    link = await invitation(newsroom, secret)
    passwords.check(password, name, link.email)
    password_hash = await passwords.hashed(password, Asker(f"link {link.id}", known=True))
    if link.user_id is None:
        made = await newsroom.store.invitations.use(link, name, password_hash, newsroom.clock())
        if made is None:
            raise NotFound(GONE)
        return made
    ended = await newsroom.store.accounts.set_password(link.user_id, password_hash, using=link)
    await newsroom.sessions_ended(ended)
    account = await newsroom.store.accounts.by_id(link.user_id)
    if account is None or account.disabled:
        raise NotFound(GONE)
    return account.user


async def withdraw(newsroom: Newsroom, actor: User, invitation_id: int) -> None:
    """Raises `Forbidden`, `NotFound`."""
    require(actor, Right.MANAGE_USERS)
    if not await newsroom.store.invitations.withdraw(invitation_id):
        raise NotFound("there is no such link any more")


async def change_part(newsroom: Newsroom, actor: User, user_id: int, form: Part) -> None:
    """Raises `Forbidden`, `NotFound`, `Conflict` for one's own account, `Invalid`."""
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.store.accounts.change(
        user.id,
        form.role,
        all_stories=form.all_stories,
        story_ids=await _story_ids(newsroom, form.stories),
    )


async def protect(newsroom: Newsroom, actor: User, user_id: int, form: ProtectionForm) -> None:
    """What protects somebody from now on; one's own account may be protected as well.

    Raises `Forbidden`, `NotFound`.
    """
    require(actor, Right.MANAGE_USERS)
    user = await _known(newsroom, user_id)
    await newsroom.store.protections.change(user.email, **form.model_dump(exclude_unset=True))


async def disable(newsroom: Newsroom, actor: User, user_id: int) -> None:
    """Ends the account's sessions, tokens and links at once. Raises `Forbidden`, `NotFound`, `Conflict`."""
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.sessions_ended(await newsroom.store.accounts.disable(user.id))


async def enable(newsroom: Newsroom, actor: User, user_id: int) -> None:
    """Raises `Forbidden`, `NotFound`, `Conflict`."""
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.store.accounts.enable(user.id)


async def change_password(
    newsroom: Newsroom, actor: User, current: str, new: str, *, keep: str | None
) -> None:
    """Ends all of the user's sessions but `keep`. Raises `Invalid` naming `current` or `password`, `Busy`."""
    passwords.check(new, actor.name, actor.email)
    account = await newsroom.store.accounts.by_id(actor.id)
    known = account.password_hash if account else None
    wrong = Invalid({"current": "is not your password"})
    asker = Asker(f"user {actor.id}", known=True)
    if not await passwords.matches(current, known, asker):
        raise wrong
    password_hash = await passwords.hashed(new, asker)
    try:
        ended = await newsroom.store.accounts.set_password(
            actor.id, password_hash, keep=keep, instead_of=known
        )
    except Conflict:  # changed while it was checked
        raise wrong from None
    await newsroom.sessions_ended(ended)


async def set_password(newsroom: Newsroom, user: User, new: str) -> None:
    """For who runs commands on the server. Raises `Invalid`."""
    passwords.check(new, user.name, user.email)
    password_hash = await passwords.hashed(new, Asker("command line", known=True))
    ended = await newsroom.store.accounts.set_password(user.id, password_hash)
    await newsroom.sessions_ended(ended)


async def end_session(newsroom: Newsroom, actor: User, session_id: str) -> None:
    """Ends one of the actor's own. Raises `NotFound`."""
    ended = await newsroom.store.sessions.end(actor, session_id)
    if not ended:
        raise NotFound("that session has ended already")
    await newsroom.sessions_ended(ended)


async def end_other_sessions(newsroom: Newsroom, actor: User, keep: str) -> None:
    await newsroom.sessions_ended(await newsroom.store.sessions.end_others(actor, keep))


async def make_token(newsroom: Newsroom, actor: User, form: NewToken) -> str:
    """The token, which nobody sees again. Raises `Conflict`."""
    if len(await newsroom.store.accounts.tokens(actor.id)) >= MOST_TOKENS:
        raise Conflict(f"you have {MOST_TOKENS} tokens; revoke one first")
    return await newsroom.store.accounts.add_token(actor.email, form.label)


async def revoke_token(newsroom: Newsroom, actor: User, token_id: int) -> None:
    """One of the actor's own. Raises `NotFound`."""
    if not await newsroom.store.accounts.revoke_token(actor.id, token_id):
        raise NotFound("that token was revoked already")


async def sign_on(newsroom: Newsroom, email: str, name: str, subject: str) -> User:
    """The user whom an identity provider vouches for: by the subject it was bound to, else by the
    verified address of an account or of an invitation, which is used up.

    Raises `Forbidden` where the address is not known here, or is another subject's.
    """
    accounts = newsroom.store.accounts
    account = await accounts.by_subject(subject)
    if account is None:
        account = await accounts.by_email(email)
        if account is None:
            link = await newsroom.store.invitations.for_new(email, newsroom.clock())
            made = link and await newsroom.store.invitations.use(
                link, name, NO_PASSWORD, newsroom.clock()
            )
            account = await accounts.by_id(made.id) if made else None
        if account is None:
            raise Forbidden(
                f"{email} has no account here, and no invitation. Ask an admin for one."
            )
        if account.user.email == COMMAND_LINE or not await accounts.bind_subject(
            account.user.id, subject
        ):
            raise Forbidden(f"the account of {email} belongs to another sign-on")
    if account.disabled:
        raise Forbidden("this account is disabled")
    return account.user


async def _other(newsroom: Newsroom, actor: User, user_id: int) -> User:
    """Nobody locks themselves out: there is always an admin."""
    user = await _known(newsroom, user_id)
    if user.id == actor.id:
        raise Conflict("this is your own account; another admin can change it")
    return user


async def _known(newsroom: Newsroom, user_id: int) -> User:
    account = await newsroom.store.accounts.by_id(user_id)
    if account is None or account.user.email == COMMAND_LINE:
        raise NotFound("there is no such account")
    return account.user


async def _story_ids(newsroom: Newsroom, slugs: tuple[str, ...]) -> list[int]:
    known = await newsroom.store.stories.ids(slugs) if slugs else {}
    if unknown := [slug for slug in slugs if slug not in known]:
        names = ", ".join(repr(slug) for slug in unknown)
        raise Invalid({"stories": f"{names}: must be the addresses of stories that there are"})
    return list(known.values())
