"""The command line: `liveblog …`. Errors are one line on standard error, and an exit code that is not 0."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import from_json

from liveblog import __version__
from liveblog.cli_ways import inlet_app, webhook_app
from liveblog.command import fail, one_line_errors, run
from liveblog.content.markdown import rendered
from liveblog.errors import Invalid, LiveblogError, NotFound
from liveblog.members import Precision, Role, User
from liveblog.newsroom import accounts, entries, passwords, stories, texts
from liveblog.newsroom.accounts import COMMAND_LINE
from liveblog.newsroom.forms import NewEntry, NewStory, ProtectionForm, parse
from liveblog.newsroom.room import Newsroom
from liveblog.server import serve as run_server
from liveblog.serving import serving_url
from liveblog.settings import Settings
from liveblog.store import NO_PASSWORD, Store, schema

app = typer.Typer(
    help="Liveblog: a live-coverage server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="Accounts of the newsroom.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)
story_app = typer.Typer(help="Stories.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
app.add_typer(story_app, name="story")
app.add_typer(inlet_app, name="inlet")
app.add_typer(webhook_app, name="webhook")


async def the_editor(room: Newsroom) -> User:
    """On whose behalf the command line acts: its user may do anything to the database anyway."""
    account = await room.store.accounts.by_email(COMMAND_LINE)
    if account is not None:
        return account.user
    return await room.store.accounts.add(COMMAND_LINE, "Command line", Role.ADMIN, NO_PASSWORD)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if show:
        print(__version__)
        raise typer.Exit


@app.command()
@one_line_errors
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on (PORT).")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes (WEB_CONCURRENCY).")] = None,
) -> None:
    """Run the server. Migrates an SQLite database by itself."""
    run_server(Settings.read(host=host, port=port, workers=workers))


@app.command()
@one_line_errors
def demo(
    host: Annotated[str | None, typer.Option(help="The address to listen on (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on (PORT).")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Play the story in seconds.")] = False,
) -> None:
    """Show everything, with nothing to set up: a server, accounts, and a story that posts itself."""
    from liveblog.demo.play import run_demo

    run_demo(host=host, port=port, fast=fast)


@app.command()
@one_line_errors
def migrate() -> None:
    """Bring the database to the newest schema."""

    async def main() -> None:
        store = Store(Settings.read().prepare().database_url)
        try:
            await schema.migrate(store.database)
        finally:
            await store.close()

    asyncio.run(main())


@user_app.command("add")
@one_line_errors
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="The name, or a pseudonym.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    byline: Annotated[str | None, typer.Option(help="The public name, if it is another.")] = None,
) -> None:
    """Add a user. The password comes from LIVEBLOG_PASSWORD, or is asked for."""
    if email.count("@") != 1 or not all(email.split("@")) or " " in email:
        fail(f"EMAIL: {email!r} was given; accepted: an e-mail address")
    password = _password()
    passwords.check(password, name, email, field="LIVEBLOG_PASSWORD")
    public = None if byline is None else parse(ProtectionForm, {"byline": byline})

    async def work(room: Newsroom, _: Settings) -> None:
        await room.store.accounts.add(email, name, role, passwords.hash_password(password))
        if public is not None:
            await room.store.protections.change(email, **public.model_dump(exclude_unset=True))

    run(work)


@user_app.command("byline")
@one_line_errors
def set_byline(
    email: str,
    name: Annotated[str, typer.Argument(help="The public name; empty: none.")],
    handle: Annotated[str | None, typer.Option(help="What stands beside it; empty: none.")] = None,
) -> None:
    """Give a user the public name that stands in credits instead of the real one."""
    _protect(email, {"byline": name, "handle": handle})


@user_app.command("protect")
@one_line_errors
def protect_user(
    email: str,
    delay: Annotated[
        int | None,
        typer.Option(help="Minutes after the writing before which nothing is published."),
    ] = None,
    place: Annotated[Precision | None, typer.Option(help="How exactly readers see where.")] = None,
    region: Annotated[
        str | None, typer.Option(help="What readers see for the place; empty: nothing.")
    ] = None,
    place_delay: Annotated[
        str | None,
        typer.Option(help="Minutes after publication when the exact place is shown; never: never."),
    ] = None,
) -> None:
    """Set what protects a user who may be at risk, and print what does. Holds from now on."""
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

    async def work(room: Newsroom, _: Settings) -> None:
        kept = await room.store.protections.change(email, **form.model_dump(exclude_unset=True))
        print(json.dumps(kept.model_dump(mode="json"), ensure_ascii=False))

    run(work)


@user_app.command("list")
@one_line_errors
def list_users() -> None:
    """List the accounts: address, role, name, and whether they are disabled, with tabs between."""

    async def work(room: Newsroom, _: Settings) -> None:
        for member in await room.store.accounts.members():
            user, state = member.user, "disabled" if member.disabled else "active"
            if user.email != COMMAND_LINE:
                print("\t".join((user.email, user.role.value, state, user.name)))

    run(work)


@user_app.command("disable")
@one_line_errors
def disable_user(email: str) -> None:
    """Disable an account, and end its sessions and tokens at once."""

    async def work(room: Newsroom, _: Settings) -> None:
        await accounts.disable(room, await the_editor(room), (await _user(room, email)).id)

    run(work)


@user_app.command("enable")
@one_line_errors
def enable_user(email: str) -> None:
    """Enable a disabled account."""

    async def work(room: Newsroom, _: Settings) -> None:
        await accounts.enable(room, await the_editor(room), (await _user(room, email)).id)

    run(work)


@user_app.command("password")
@one_line_errors
def set_password(email: str) -> None:
    """Set a user's password, and end all of the user's sessions. It comes from LIVEBLOG_PASSWORD, or is
    asked for."""
    password = _password()

    async def work(room: Newsroom, _: Settings) -> None:
        await accounts.set_password(room, await _user(room, email), password)

    run(work)


@user_app.command("invite")
@one_line_errors
def invite_user(
    email: str, role: Annotated[Role, typer.Option(help="What the user may do.")]
) -> None:
    """Print a link that makes an account, once, within seven days. No mail is sent."""

    async def work(room: Newsroom, settings: Settings) -> None:
        form = parse(accounts.NewInvitation, {"email": email, "role": role.value})
        secret = await accounts.invite(room, await the_editor(room), form)
        print(f"{settings.public_url}/desk/invitation?token={secret}")

    run(work)


@token_app.command("add")
@one_line_errors
def add_token(
    email: str, label: Annotated[str, typer.Option(help="What the token is for.")]
) -> None:
    """Make an API token for a user and print it: it is shown this once."""

    async def work(room: Newsroom, _: Settings) -> None:
        print(await room.store.accounts.add_token(email, label))

    run(work)


@token_app.command("revoke")
@one_line_errors
def revoke_token(
    email: str, label: Annotated[str, typer.Option(help="The label it was made with.")]
) -> None:
    """Revoke a user's API tokens of a label, at once."""

    async def work(room: Newsroom, _: Settings) -> None:
        if not await room.store.accounts.revoke_tokens(email, label):
            raise NotFound(f"{email!r} has no valid token labelled {label!r}")

    run(work)


@story_app.command("add")
@one_line_errors
def add_story(slug: str, title: Annotated[str, typer.Option(help="The headline.")]) -> None:
    """Add a story, live from now on, and print its address."""

    async def work(room: Newsroom, settings: Settings) -> None:
        form = parse(NewStory, {"slug": slug, "title": title})
        story = await stories.open_story(room, await the_editor(room), form)
        print(f"{serving_url(settings)}/stories/{story.slug}")

    run(work)


@app.command()
@one_line_errors
def post(
    slug: str,
    text: Annotated[
        str | None, typer.Argument(help="Markdown; read from standard input if left out.")
    ] = None,
) -> None:
    """Append an entry to a story and print its address."""
    body = text if text is not None else _standard_input()

    async def work(room: Newsroom, settings: Settings) -> None:
        form = parse(NewEntry, {"body": body})
        done = await entries.publish(room, await the_editor(room), slug, form)
        print(f"{serving_url(settings)}/stories/{slug}/entries/{done.entry.id}")

    run(work)


@app.command("import")
@one_line_errors
def import_entries(slug: str, file: Path) -> None:
    """Append the entries of a JSON Lines file to a story, in their order.

    Every line is checked before the first is stored.
    """
    forms = read_entries(file)

    async def work(room: Newsroom, settings: Settings) -> None:
        editor = await the_editor(room)
        for form in forms:
            await entries.publish(room, editor, slug, form)
        print(f"{len(forms)} entries: {serving_url(settings)}/stories/{slug}")

    run(work)


def read_entries(file: Path) -> list[NewEntry]:
    """The entries of a JSON Lines file. Raises `Invalid` naming the line."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        fail(f"FILE: {str(file)!r} cannot be read ({error.strerror})")
    forms = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            form = parse(NewEntry, from_json(line, allow_inf_nan=False))
            texts.seen(rendered(form.body))
            forms.append(form)
        except ValueError as error:
            raise Invalid({f"{file.name} line {number}": f"is not valid JSON: {error}"}) from None
        except LiveblogError as error:
            raise Invalid({f"{file.name} line {number}": str(error)}) from None
    return forms


async def _user(room: Newsroom, email: str) -> User:
    account = await room.store.accounts.by_email(email)
    if account is None:
        raise NotFound(f"no user {email!r}")
    return account.user


def _password() -> str:
    return os.environ.get("LIVEBLOG_PASSWORD") or _ask_for_password()


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        fail("LIVEBLOG_PASSWORD: nothing was given; set it, or run this in a terminal to be asked")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        fail("TEXT: standard input is not UTF-8")


def main() -> None:
    """The entry point: usage errors of the command line are one line, too."""
    try:
        sys.exit(app(standalone_mode=False))  # gives the exit code of a `typer.Exit`, or None
    except typer.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        message = " ".join(error.format_message().split())
        if message:  # none where the help was shown because nothing was given
            print(f"liveblog: {message}", file=sys.stderr)
        sys.exit(2)
