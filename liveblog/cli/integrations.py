"""The commands for inlets (messages that come in) and webhooks (events that go out)."""

from __future__ import annotations

import os
import sys
from typing import Annotated, cast, get_args

import typer

from liveblog.cli.runner import fail, one_line_errors, run
from liveblog.errors import Conflict, NotFetched, NotFound
from liveblog.inbound import attachments, submissions
from liveblog.inbound.chat_files import TOKENS
from liveblog.models.integrations import Inlet, InletKind
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom.context import Newsroom
from liveblog.process.instances import running_url
from liveblog.settings import Settings
from liveblog.webhooks import events
from liveblog.webhooks.receivers import Receivers

KINDS = get_args(InletKind)

Number = Annotated[int, typer.Argument(help="The number that `list` shows.")]

inlet_app = typer.Typer(
    help="Inlets: messages from Slack, Telegram and e-mail.", no_args_is_help=True
)
webhook_app = typer.Typer(help="Webhooks: events for other servers.", no_args_is_help=True)


@inlet_app.command("add")
@one_line_errors
def add_inlet(
    kind: Annotated[str, typer.Argument(help="slack, telegram or email.")],
    slug: Annotated[str, typer.Argument(help="The story's name in its address.")],
    account: Annotated[str, typer.Option(help="The e-mail address of the user who submits.")],
    sender: Annotated[
        list[str] | None,
        typer.Option(
            help="Who may send, by id or address; ID=NAME credits a name. Repeatable.",
            show_default="nobody",
        ),
    ] = None,
    anyone: Annotated[bool, typer.Option("--anyone", help="Anyone else may send too.")] = False,
    channel: Annotated[
        str | None,
        typer.Option(help="The id of the Slack channel, such as C024BE91L.", show_default="none"),
    ] = None,
) -> None:
    """Take messages from outside into a story's queue, and print the secret. It cannot be shown
    again.

    Files of chat messages are fetched with the token of the chat's bot, from LIVEBLOG_BOT_TOKEN.
    """
    _check_inlet(kind, channel)
    if not sender and not anyone:
        fail("--sender: nothing was given; name who may send, or give --anyone")
    token = os.environ.get("LIVEBLOG_BOT_TOKEN")
    if token:
        _check_token(kind, token)

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        found = await newsroom.store.accounts.by_email(account)
        if found is None:
            raise NotFound(f"no user {account!r}")
        others = await newsroom.store.inlets.all("slack") if channel else []
        if any(one.channel == channel for one in others):
            raise Conflict(f"--channel: {channel!r} has an inlet already")
        inlet = await newsroom.store.inlets.add(
            cast("InletKind", kind), slug, found.user, channel=channel, anyone=anyone
        )
        known: dict[str, str | None] = {}
        for given in sender or []:
            name, _, credit = given.partition("=")
            known[submissions.digest(settings.secret_key, inlet, name)] = credit.strip() or None
        await newsroom.store.inlets.allow(inlet, known)
        if token:
            await _keep_token(newsroom, settings, inlet, token)
        print(f"{running_url(settings)}/api/inbound/{kind}", file=sys.stderr)
        if kind != "slack":
            print(submissions.secret(settings.secret_key, inlet))

    run(work)


@inlet_app.command("token")
@one_line_errors
def set_token(
    number: Number,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the token instead.")] = False,
) -> None:
    """Set the token of a chat's bot, with which files of messages are fetched.

    The token is read from LIVEBLOG_BOT_TOKEN, or asked for.
    """

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        inlet = await newsroom.store.inlets.find(number)
        if forget:
            await newsroom.store.inlets.keep_token(inlet, None)
            return
        token = os.environ.get("LIVEBLOG_BOT_TOKEN") or _ask_for_token()
        _check_token(inlet.kind, token)
        await _keep_token(newsroom, settings, inlet, token)

    run(work)


def _check_inlet(kind: str, channel: str | None) -> None:
    if kind not in KINDS:
        fail(f"KIND: {kind!r} was given; accepted: {', '.join(KINDS)}")
    if (kind == "slack") != bool(channel):
        fail("--channel: is for slack, and needed there: the id of a channel, such as C024BE91L")


def _ask_for_token() -> str:
    if not sys.stdin.isatty():
        fail("LIVEBLOG_BOT_TOKEN: nothing was given; set it, or run this in a terminal to be asked")
    return str(typer.prompt("Token", hide_input=True))


def _check_token(kind: str, token: str) -> None:
    if kind not in TOKENS:
        fail("LIVEBLOG_BOT_TOKEN: is for slack and telegram; e-mails bring their files with them")
    form, example = TOKENS[kind]
    if not form.fullmatch(token):
        fail(f"LIVEBLOG_BOT_TOKEN: a value (not shown) was given; accepted for {kind}: {example}")


async def _keep_token(newsroom: Newsroom, settings: Settings, inlet: Inlet, token: str) -> None:
    sealed = attachments.seal(settings.secret_key, inlet, token)
    await newsroom.store.inlets.keep_token(inlet, sealed)


@inlet_app.command("list")
@one_line_errors
def list_inlets() -> None:
    """List the inlets: number, kind, story, account, channel, senders, credited names, and
    whether there is a bot's token, separated by tabs."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        for one in await newsroom.store.inlets.all():
            credited = ", ".join(sorted(name for name in one.senders.values() if name)) or "-"
            who = f"senders: {len(one.senders)}{', and anyone' if one.anyone else ''}"
            token = "-" if one.kind == "email" else "token" if one.token else "no token"
            about = (one.id, one.kind, one.story, one.user.email, one.channel or "-", who)
            words = (*about, credited, token)
            print("\t".join(map(str, words)))

    run(work)


@inlet_app.command("remove")
@one_line_errors
def remove_inlet(number: Number) -> None:
    """Close an inlet, at once. Entries that came in by it stay."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        await newsroom.store.inlets.remove(number)

    run(work)


@webhook_app.command("add")
@one_line_errors
def add_webhook(
    url: Annotated[str, typer.Argument(help="The address to send events to, https://…")],
    story: Annotated[
        str | None, typer.Option(help="The slug of one story.", show_default="all stories")
    ] = None,
) -> None:
    """Send every event from now on to an address, and print the secret that signs them. It cannot
    be shown again.

    The address must be public and use https, or be in LIVEBLOG_WEBHOOK_NETWORKS.
    """

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        try:
            await Receivers(settings.webhook_networks, SafeFetcher()).check(url)
        except NotFetched as error:
            fail(f"URL: {error}")
        webhook = await newsroom.store.webhooks.add(url, story)
        print(f"webhook {webhook.id}", file=sys.stderr)
        print(events.secret(settings.secret_key, webhook))

    run(work)


@webhook_app.command("list")
@one_line_errors
def list_webhooks() -> None:
    """List the webhooks: number, story, state, address, separated by tabs."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        for webhook in await newsroom.store.webhooks.all():
            state = "well"
            if webhook.failing_since:
                state = f"fails since {webhook.failing_since:%Y-%m-%dT%H:%M:%SZ}"
            if webhook.disabled_at:
                state = f"disabled at {webhook.disabled_at:%Y-%m-%dT%H:%M:%SZ}"
            print("\t".join((str(webhook.id), webhook.story or "all stories", state, webhook.url)))

    run(work)


@webhook_app.command("log")
@one_line_errors
def show_webhook_log(number: Number) -> None:
    """Show the last 50 tries, newest first: time, story, event, status or error, duration, next try."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        for tried in await newsroom.store.webhooks.log(number):
            again = f"again at {tried.next_at:%H:%M:%SZ}" if tried.next_at else "-"
            result = str(tried.status) if tried.status is not None else tried.error or "-"
            event = f"{tried.seq} {tried.kind.value}"
            words = (f"{tried.at:%Y-%m-%dT%H:%M:%SZ}", tried.story, event, result)
            print("\t".join((*words, f"{tried.milliseconds} ms", again)))

    run(work)


@webhook_app.command("enable")
@one_line_errors
def enable_webhook(number: Number) -> None:
    """Enable a webhook again, at once, starting with the events that it missed."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        await newsroom.store.webhooks.enable(number)

    run(work)


@webhook_app.command("remove")
@one_line_errors
def remove_webhook(number: Number) -> None:
    """Stop sending events to an address, at once."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        await newsroom.store.webhooks.remove(number)

    run(work)
