"""The command for the first run: `liveblog setup`."""

from __future__ import annotations

import typer

from liveblog.cli.runner import one_line_errors, run
from liveblog.newsroom import first_run
from liveblog.newsroom.context import Newsroom
from liveblog.process.instances import running_url
from liveblog.settings import Settings


def setup() -> None:
    """Print a link to the page that makes the first admin, valid for one hour. An earlier link ends.

    The page also names the site. The link works once, and only while there is no account.
    """

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        secret = await first_run.make_link(newsroom)
        desk = settings.desk_url if settings.desk_host else running_url(settings)
        print(first_run.address(desk, secret))

    run(work)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(one_line_errors(setup))
