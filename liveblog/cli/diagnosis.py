"""The command that looks for what is wrong: `liveblog doctor`."""

from __future__ import annotations

import asyncio

import typer

from liveblog import logs
from liveblog.app import make_files, redis_url
from liveblog.bus.redis import RedisBus
from liveblog.cli.runner import one_line_errors, prepared
from liveblog.doctor import Finding, examine
from liveblog.store import Store


def doctor() -> None:
    """Look for what keeps the server from working: settings, database, Redis, media, room, limits, clock, proxy.

    Each check is one line: ok or wrong, what was looked at, what was found, and what to do. Exit with 1 if something is wrong.
    """
    logs.set_up("error")

    async def work() -> list[Finding]:
        settings = prepared(needs_database=True)
        store, bus = (
            Store(settings.database_url),
            RedisBus(redis_url(settings), settings.redis_prefix),
        )
        try:
            return await examine(settings, store, bus, make_files(settings))
        finally:
            await bus.close()
            await store.close()

    found = [Finding("settings", "are accepted"), *asyncio.run(work())]
    for one in found:
        words = ["wrong" if one.advice else "ok", one.name, one.says, *filter(None, [one.advice])]
        print("\t".join(" ".join(word.split()) for word in words))
    if any(one.advice for one in found):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(one_line_errors(doctor))
