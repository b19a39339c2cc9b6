"""What all commands share: errors in one line, and a newsroom made from the settings."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import typer

from liveblog import logs
from liveblog.app import make_newsroom, redis_url
from liveblog.bus.redis import RedisBus
from liveblog.errors import LiveblogError, SettingsError
from liveblog.models.members import COMMAND_LINE, Role, User
from liveblog.newsroom.context import Newsroom
from liveblog.settings import Settings
from liveblog.store import NO_PASSWORD, Store, schema
from liveblog.store.backup.target import database_file

P = ParamSpec("P")


def fail(message: str) -> NoReturn:
    """Prints one line, whatever the message contains, and exits with code 1."""
    print(f"liveblog: {' '.join(message.split())}", file=sys.stderr)
    raise typer.Exit(1)


def one_line_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Decorates a command: a known error is printed in one line, and exits with code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LiveblogError as error:
            fail(str(error))
        except UnicodeEncodeError:
            fail("an argument is not UTF-8")
        except BrokenPipeError:
            raise typer.Exit(1) from None

    return guarded


def prepared(*, needs_database: bool) -> Settings:
    """The settings. With `needs_database`, nothing is made for a database that is not there."""
    settings = Settings.read()
    url = settings.database_url or f"sqlite:///{settings.data / 'liveblog.sqlite3'}"
    path = database_file(url)
    if needs_database and path is not None and not path.exists():
        raise SettingsError(f"LIVEBLOG_DATA: there is no database {str(path)!r}")
    return settings.prepare()


@asynccontextmanager
async def open_newsroom(settings: Settings) -> AsyncIterator[Newsroom]:
    """A newsroom made from the settings, with or without a running server.

    If a server runs, its readers are told through Redis. If not, the event log has the events.
    Raises `SettingsError` if the database does not have the schema of this release.
    """
    store = Store(settings.database_url)
    bus = RedisBus(redis_url(settings), settings.redis_prefix)
    try:
        if settings.sqlite:
            await schema.migrate(store.database)
        else:
            await schema.check(store.database)
        newsroom = make_newsroom(settings, store, bus)
        await newsroom.read_choices()
        yield newsroom
    finally:
        await bus.close()
        await store.close()


async def the_editor(newsroom: Newsroom) -> User:
    """The account of the command line, created if it is missing. It is an admin: whoever runs
    commands can change the database anyway."""
    account = await newsroom.store.accounts.by_email(COMMAND_LINE)
    if account is not None:
        return account.user
    return await newsroom.store.accounts.add(COMMAND_LINE, "Command line", Role.ADMIN, NO_PASSWORD)


def run(work: Callable[[Newsroom, Settings], Coroutine[Any, Any, None]]) -> None:
    """Runs a command's work in the newsroom of the settings."""

    async def main() -> None:
        settings = Settings.read().prepare()
        logs.set_up("error" if "LIVEBLOG_LOG_LEVEL" not in os.environ else settings.log_level)
        async with open_newsroom(settings) as newsroom:
            await work(newsroom, settings)

    asyncio.run(main())
