"""The verbs on accounts: invite, accept, change a password or a role, disable; tokens and sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from liveblog.errors import Conflict, Forbidden, Invalid, NotFound
from liveblog.models.members import COMMAND_LINE, Invitation, Protection, Role, User
from liveblog.newsroom import media, passwords
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
GONE = "This link does not work: it was used, withdrawn, or is too old. Ask for a new one."


def _address(value: str) -> str:
    if not re.fullmatch(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", value) or len(value) > 320:
        raise ValueError("must be an e-mail address")
    return value.lower()


def short(value: str) -> str:
    """Checks that a name or label has at most 200 characters. Raises `ValueError`."""
    if len(value) > 200:
        raise ValueError("must have at most 200 characters")
    return value


Email = Annotated[str, BeforeValidator(str.strip), AfterValidator(_address)]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=200)]


class Part(Form):
    """The role of a user, and the stories that a contributor may see.

    Without `all_stories`, a contributor sees only `stories` (slugs). Editors and admins see all
    stories.
    """

    role: Annotated[Role, Field(strict=False)]
    all_stories: bool = True
    stories: Slugs = ()


class NewInvitation(Part):
    email: Email


class Joining(Form):
    name: Annotated[Line, AfterValidator(short)]


class NewToken(Form):
    label: Annotated[Line, AfterValidator(short)]


async def invite(newsroom: Newsroom, actor: User, form: NewInvitation) -> str:
    """Returns the secret of a link that creates one account. Nobody can see the secret again.

    The link is valid for 7 days. Raises `Forbidden`, `Conflict` if the address has an account, and
    `Invalid` for stories that do not exist.
    """
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
    """Returns the secret of a link that sets a new password, once. Nobody can see the secret again.

    The link is valid for 1 day. Raises `Forbidden`, `NotFound`, and `Conflict` for one's own
    account.
    """
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
    """Returns the invitation of a link. Raises `NotFound` if the link was used, withdrawn or is too old."""
    found = await newsroom.store.invitations.find(secret, newsroom.clock())
    if found is None:
        raise NotFound(GONE)
    return found


async def accept(newsroom: Newsroom, secret: str, name: str, password: str) -> User:
    """Uses a link: creates the account, or sets the new password and ends the account's sessions.

    Raises `NotFound` if the link is no longer valid or the account is disabled, `Conflict` if the
    address has an account by now, `Invalid` for the password, and `Busy`.
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
    """Deletes a link that was not used. Raises `Forbidden`, `NotFound`."""
    require(actor, Right.MANAGE_USERS)
    if not await newsroom.store.invitations.withdraw(invitation_id):
        raise NotFound("there is no such link any more")


async def change_part(newsroom: Newsroom, actor: User, user_id: int, form: Part) -> None:
    """Changes a user's role and the stories that they are assigned to.

    Raises `Forbidden`, `NotFound`, `Conflict` for one's own account, and `Invalid`.
    """
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.store.accounts.change(
        user.id,
        form.role,
        all_stories=form.all_stories,
        story_ids=await _story_ids(newsroom, form.stories),
    )


async def protect(newsroom: Newsroom, actor: User, user_id: int, form: ProtectionForm) -> None:
    """Changes how a user is protected, from now on. The actor's own account is allowed.

    Raises `Forbidden`, `NotFound`.
    """
    require(actor, Right.MANAGE_USERS)
    user = await _known(newsroom, user_id)
    await protect_address(newsroom, user.email, form)


async def protect_address(newsroom: Newsroom, email: str, form: ProtectionForm) -> Protection:
    """Changes how the user with this address is protected, and deletes portraits that would show who that is.

    Returns the whole protection. Raises `NotFound`.
    """
    store = newsroom.store
    kept = await store.protections.change(email, **form.model_dump(exclude_unset=True))
    for portrait in await store.directory.hide_protected():
        await media.retire(newsroom, portrait)
    return kept


async def disable(newsroom: Newsroom, actor: User, user_id: int) -> None:
    """Disables an account and ends its sessions, tokens and links at once.

    Raises `Forbidden`, `NotFound`, and `Conflict` for one's own account.
    """
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.sessions_ended(await newsroom.store.accounts.disable(user.id))


async def enable(newsroom: Newsroom, actor: User, user_id: int) -> None:
    """Enables a disabled account. Raises `Forbidden`, `NotFound`, and `Conflict` for one's own account."""
    require(actor, Right.MANAGE_USERS)
    user = await _other(newsroom, actor, user_id)
    await newsroom.store.accounts.enable(user.id)


async def change_password(
    newsroom: Newsroom, actor: User, current: str, new: str, *, keep: str | None
) -> None:
    """Changes the actor's password and ends all of their sessions except `keep`.

    Raises `Invalid` naming `current` or `password`, and `Busy`.
    """
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
    except Conflict:  # the password was changed during the check
        raise wrong from None
    await newsroom.sessions_ended(ended)


async def set_password(newsroom: Newsroom, user: User, new: str) -> None:
    """Sets a user's password from the command line, and ends all of the user's sessions.

    Raises `Invalid`, `Busy`.
    """
    passwords.check(new, user.name, user.email)
    password_hash = await passwords.hashed(new, Asker("command line", known=True))
    ended = await newsroom.store.accounts.set_password(user.id, password_hash)
    await newsroom.sessions_ended(ended)


async def end_session(newsroom: Newsroom, actor: User, session_id: str) -> None:
    """Ends one of the actor's own sessions. Raises `NotFound`."""
    ended = await newsroom.store.sessions.end(actor, session_id)
    if not ended:
        raise NotFound("that session has ended already")
    await newsroom.sessions_ended(ended)


async def end_other_sessions(newsroom: Newsroom, actor: User, keep: str) -> None:
    """Ends all of the actor's sessions except `keep`."""
    await newsroom.sessions_ended(await newsroom.store.sessions.end_others(actor, keep))


async def make_token(newsroom: Newsroom, actor: User, form: NewToken) -> str:
    """Creates an API token and returns it. Nobody can see it again.

    Raises `Conflict` if the actor has `MOST_TOKENS` tokens.
    """
    if len(await newsroom.store.accounts.tokens(actor.id)) >= MOST_TOKENS:
        raise Conflict(f"you have {MOST_TOKENS} tokens; revoke one first")
    return await newsroom.store.accounts.add_token(actor.email, form.label)


async def revoke_token(newsroom: Newsroom, actor: User, token_id: int) -> None:
    """Revokes one of the actor's own tokens. Raises `NotFound`."""
    if not await newsroom.store.accounts.revoke_token(actor.id, token_id):
        raise NotFound("that token was revoked already")


async def sign_on(newsroom: Newsroom, email: str, name: str, subject: str) -> User:
    """Returns the user whom an identity provider has authenticated.

    The account is found by `subject`, else by the verified `email`. If there is none, an invitation
    of `email` is used up to create it. The account is then bound to the subject.

    Raises `Forbidden` if the address is not known here or belongs to another subject, or if the
    account is disabled.
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
    """Returns another user's account. Nobody may change their own, so there is always an admin.

    Raises `NotFound`, `Conflict`.
    """
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
        raise Invalid({"stories": f"{names}: must be the addresses of stories that exist"})
    return list(known.values())
