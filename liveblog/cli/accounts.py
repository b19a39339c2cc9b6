"""The commands for accounts and their API tokens."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from liveblog.cli.runner import fail, one_line_errors, run, the_editor
from liveblog.errors import Conflict, Invalid, NotFound
from liveblog.models.members import COMMAND_LINE, Member, Precision, Role
from liveblog.newsroom import accounts, passwords
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import ProtectionForm
from liveblog.newsroom.validation import parse
from liveblog.settings import Settings

user_app = typer.Typer(help="Accounts of the newsroom.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The e-mail address of the account.")]


@user_app.command("add")
@one_line_errors
def add_user(
    email: Email,
    name: Annotated[str, typer.Option(help="The name, or a pseudonym.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    byline: Annotated[
        str | None, typer.Option(help="The public name.", show_default="the name")
    ] = None,
) -> None:
    """Add a user. The password is read from LIVEBLOG_PASSWORD, or asked for."""
    if email.count("@") != 1 or not all(email.split("@")) or " " in email:
        fail(f"EMAIL: {email!r} was given; accepted: an e-mail address")
    public = None if byline is None else parse(ProtectionForm, {"byline": byline})

    async def work(newsroom: Newsroom, _: Settings) -> None:
        if await newsroom.store.accounts.by_email(email):
            raise Conflict(f"email: {email!r} has an account already")
        password = _password(name, email)
        await newsroom.store.accounts.add(email, name, role, passwords.hash_password(password))
        if public is not None:
            await accounts.protect_address(newsroom, email, public)

    run(work)


@user_app.command("role")
@one_line_errors
def set_role(
    email: Email, role: Annotated[Role, typer.Argument(help="What the user may do.")]
) -> None:
    """Change what a user may do, at once. A contributor stays assigned to the same stories."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        member = await _member(newsroom, email)
        part = accounts.Part(role=role, all_stories=member.all_stories, stories=member.assigned)
        await accounts.change_part(newsroom, await the_editor(newsroom), member.user.id, part)

    run(work)


@user_app.command("byline")
@one_line_errors
def set_byline(
    email: Email,
    name: Annotated[str, typer.Argument(help="The public name; empty for none.")],
    handle: Annotated[
        str | None,
        typer.Option(help="The handle beside the name; empty for none.", show_default="unchanged"),
    ] = None,
) -> None:
    """Give a user a public name, which credits show instead of the real one."""
    _protect(email, {"byline": name, "handle": handle})


@user_app.command("protect")
@one_line_errors
def protect_user(
    email: Email,
    delay: Annotated[
        int | None,
        typer.Option(
            help="Minutes from writing to the earliest publication.",
            show_default="unchanged",
        ),
    ] = None,
    place: Annotated[
        Precision | None,
        typer.Option(help="How exactly readers see the place.", show_default="unchanged"),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="The region that readers see for the place; empty for none.",
            show_default="unchanged",
        ),
    ] = None,
    place_delay: Annotated[
        str | None,
        typer.Option(
            help="Minutes from publication until the exact place is shown, or never.",
            show_default="unchanged",
        ),
    ] = None,
) -> None:
    """Set how a user who may be at risk is protected from now on, and print it as JSON."""
    minutes: object = place_delay
    if place_delay is not None and place_delay.isascii() and place_delay.isdigit():
        minutes = int(place_delay)
    sent = {"delay": delay, "place": place, "region": region, "place_delay": minutes}
    _protect(email, sent)


def _protect(email: str, sent: Mapping[str, object]) -> None:
    given = {name: value for name, value in sent.items() if value is not None}
    form = parse(
        ProtectionForm,
        given | ({"place_delay": None} if sent.get("place_delay") == "never" else {}),
    )

    async def work(newsroom: Newsroom, _: Settings) -> None:
        kept = await accounts.protect_address(newsroom, email, form)
        print(json.dumps(kept.model_dump(mode="json"), ensure_ascii=False))

    run(work)


@user_app.command("list")
@one_line_errors
def list_users() -> None:
    """List the accounts: address, role, whether disabled, and name, separated by tabs."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        for member in await newsroom.store.accounts.members():
            user, state = member.user, "disabled" if member.disabled else "active"
            if user.email != COMMAND_LINE:
                print("\t".join((user.email, user.role.value, state, user.name)))

    run(work)


@user_app.command("disable")
@one_line_errors
def disable_user(email: Email) -> None:
    """Disable an account, and end its sessions and tokens at once."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        await accounts.disable(
            newsroom, await the_editor(newsroom), (await _member(newsroom, email)).user.id
        )

    run(work)


@user_app.command("enable")
@one_line_errors
def enable_user(email: Email) -> None:
    """Enable a disabled account."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        await accounts.enable(
            newsroom, await the_editor(newsroom), (await _member(newsroom, email)).user.id
        )

    run(work)


@user_app.command("password")
@one_line_errors
def set_password(email: Email) -> None:
    """Set a user's password, and end all of the user's sessions.

    The password is read from LIVEBLOG_PASSWORD, or asked for.
    """

    async def work(newsroom: Newsroom, _: Settings) -> None:
        user = (await _member(newsroom, email)).user
        await accounts.set_password(newsroom, user, _password(user.name, user.email))

    run(work)


@user_app.command("invite")
@one_line_errors
def invite_user(
    email: Annotated[str, typer.Argument(help="The e-mail address that the link is for.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
) -> None:
    """Print a link that creates one account, valid for seven days. No mail is sent."""

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        form = parse(accounts.NewInvitation, {"email": email, "role": role.value})
        secret = await accounts.invite(newsroom, await the_editor(newsroom), form)
        print(f"{settings.desk_url}/desk/invitation?token={secret}")

    run(work)


@token_app.command("add")
@one_line_errors
def add_token(
    email: Email, label: Annotated[str, typer.Option(help="What the token is for.")]
) -> None:
    """Create an API token for a user and print it. It cannot be shown again."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        print(await newsroom.store.accounts.add_token(email, label))

    run(work)


@token_app.command("revoke")
@one_line_errors
def revoke_token(
    email: Email, label: Annotated[str, typer.Option(help="The label of the token.")]
) -> None:
    """Revoke a user's API tokens with a label, at once."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        if not await newsroom.store.accounts.revoke_tokens(email, label):
            raise NotFound(f"{email!r} has no valid token labelled {label!r}")

    run(work)


@token_app.command("list")
@one_line_errors
def list_tokens(
    email: Annotated[
        str | None,
        typer.Argument(help="The e-mail address of one account.", show_default="all accounts"),
    ] = None,
) -> None:
    """List the valid API tokens: account, label, created and last used (UTC), separated by tabs."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        members = (
            [await _member(newsroom, email)] if email else await newsroom.store.accounts.members()
        )
        for member in members:
            for token in await newsroom.store.accounts.tokens(member.user.id):
                used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
                made = f"{token.created_at:%Y-%m-%d %H:%M}"
                print("\t".join((member.user.email, token.label, made, used)))

    run(work)


async def _member(newsroom: Newsroom, email: str) -> Member:
    """The member with this address. Raises `NotFound`."""
    wanted = email.strip().lower()
    for member in await newsroom.store.accounts.members():
        if member.user.email == wanted:
            return member
    raise NotFound(f"no user {email!r}")


def _password(*about: str) -> str:
    """Reads a new password from LIVEBLOG_PASSWORD, or asks until one is accepted.

    `about` is what an attacker knows of the user. Raises `Invalid`.
    """
    given = os.environ.get("LIVEBLOG_PASSWORD")
    if given:
        passwords.check(given, *about, field="LIVEBLOG_PASSWORD")
        return given
    if not sys.stdin.isatty():
        fail("LIVEBLOG_PASSWORD: nothing was given; set it, or run this in a terminal to be asked")
    question = f"Password (at least {passwords.SHORTEST} characters; a few words do well)"
    while True:
        asked = str(typer.prompt(question, hide_input=True, confirmation_prompt=True))
        try:
            passwords.check(asked, *about, field="The password")
        except Invalid as error:
            print(error.detail, file=sys.stderr)
        else:
            return asked
