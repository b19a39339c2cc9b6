"""The command line: `liveblog …`. An error is one line on standard error, and an exit code other than 0."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import from_json

from liveblog import __version__
from liveblog.byte_order import utf8
from liveblog.cli import backups, diagnosis, first_run
from liveblog.cli.accounts import token_app, user_app
from liveblog.cli.archive import Site, export_story, import_archive
from liveblog.cli.integrations import inlet_app, webhook_app
from liveblog.cli.runner import fail, one_line_errors, run, the_editor
from liveblog.content.markup.markdown import rendered
from liveblog.errors import Invalid, LiveblogError
from liveblog.models.content import StoryStatus
from liveblog.newsroom import stories, texts
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import NewEntry, NewStory, StoryChange
from liveblog.newsroom.validation import parse
from liveblog.process.instances import running_url
from liveblog.server import serve as run_server
from liveblog.settings import Settings
from liveblog.store import Store, schema

app = typer.Typer(
    help="Liveblog: a live-coverage server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
story_app = typer.Typer(help="Stories.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
app.add_typer(story_app, name="story")
app.add_typer(inlet_app, name="inlet")
app.add_typer(webhook_app, name="webhook")


def _default(name: str) -> str:
    """The default of an option, as `--help` shows it."""
    field = Settings.model_fields[name]
    return f"{field.alias}, or {field.default}"


Host = Annotated[
    str | None, typer.Option(help="The address to listen on.", show_default=_default("host"))
]
Port = Annotated[
    int | None, typer.Option(help="The port to listen on.", show_default=_default("port"))
]
Slug = Annotated[str, typer.Argument(help="The story's name in its address.")]


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    os.umask(0o077)  # files that a command creates are private to its user
    if show:
        print(__version__)
        raise typer.Exit


@app.command()
@one_line_errors
def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Server processes.", show_default=_default("workers")),
    ] = None,
) -> None:
    """Run the server. An SQLite database is migrated automatically."""
    run_server(Settings.read(host=host, port=port, workers=workers))


@app.command()
@one_line_errors
def demo(
    host: Host = None,
    port: Port = None,
    fast: Annotated[bool, typer.Option("--fast", help="Play the story in seconds.")] = False,
) -> None:
    """Run a demonstration that needs no setup: a server, accounts, and a story that posts itself."""
    from liveblog.demo.play import run_demo

    run_demo(host=host, port=port, fast=fast)


@app.command()
@one_line_errors
def migrate() -> None:
    """Upgrade the database to the newest schema."""

    async def main() -> None:
        store = Store(Settings.read().prepare().database_url)
        try:
            await schema.migrate(store.database)
        finally:
            await store.close()

    asyncio.run(main())


@story_app.command("add")
@one_line_errors
def add_story(
    slug: Annotated[str, typer.Argument(help="Its name in its address: a-z, 0-9 and hyphens.")],
    title: Annotated[str, typer.Option(help="The headline.")],
) -> None:
    """Add a story that is live from now on, and print its address."""

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        form = parse(NewStory, {"slug": slug, "title": title})
        story = await stories.open_story(newsroom, await the_editor(newsroom), form)
        print(f"{running_url(settings)}/stories/{story.slug}")

    run(work)


@story_app.command("list")
@one_line_errors
def list_stories() -> None:
    """List the stories, last changed first: slug, status, number of the last change and title,
    separated by tabs."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        for story in await newsroom.store.stories.recent(limit=None):
            print("\t".join((story.slug, story.status.value, str(story.head), story.title)))

    run(work)


@story_app.command("status")
@one_line_errors
def set_story_status(
    slug: Slug,
    status: Annotated[StoryStatus, typer.Argument(help="The new status.")],
    until: Annotated[
        str | None,
        typer.Option(
            help="With paused: when it goes on, such as 2022-02-25T09:00:00+02:00.",
            show_default="open",
        ),
    ] = None,
) -> None:
    """Change a story's status. Readers are told at once."""

    async def work(newsroom: Newsroom, _: Settings) -> None:
        values = {"status": status.value} | ({"paused_until": until} if until else {})
        form = parse(StoryChange, values)
        await stories.change_story(newsroom, await the_editor(newsroom), slug, form)

    run(work)


@app.command()
@one_line_errors
def post(
    slug: Slug,
    text: Annotated[
        str | None, typer.Argument(help="Markdown.", show_default="standard input")
    ] = None,
) -> None:
    """Append an entry to a story and print its address."""
    body = text if text is not None else _standard_input()

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        form = parse(NewEntry, {"body": body})
        done = await edit.publish(newsroom, await the_editor(newsroom), slug, form)
        print(f"{running_url(settings)}/stories/{slug}/entries/{done.entry.id}")

    run(work)


app.command("export")(one_line_errors(export_story))


@app.command("import")
@one_line_errors
def import_entries(
    slug: Slug,
    file: Annotated[
        Path,
        typer.Argument(
            help="An export (folder, .zip, story.json), JSON of the API or of /events, or JSON Lines in UTF-8."
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--from", help="The system: liveblog, wordpress or superdesk.", show_default="liveblog"
        ),
    ] = None,
    site: Site = "",
    post: Annotated[
        str | None,
        typer.Option(
            help="The id of the WordPress post, if FILE has several live blogs.",
            show_default="none",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Name what could not be carried.")
    ] = False,
) -> None:
    """Take over a story from an export or from another system, or append the entries of a JSON Lines file.

    Entries keep their times and authors, and are marked as imported. What was imported before is not imported again;
    entries of JSON Lines have no ids, so they are appended each time. Every line is checked before the first entry is
    stored.
    """
    lines = import_archive(slug, file, kind, site, post, verbose=verbose)
    if lines is None:
        return
    forms = read_entries(file.name, lines)

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        editor = await the_editor(newsroom)
        for form in forms:
            await edit.publish(newsroom, editor, slug, form)
        print(f"{len(forms)} entries: {running_url(settings)}/stories/{slug}")

    run(work)


backups.register(app)
diagnosis.register(app)
first_run.register(app)


def read_entries(name: str, content: bytes) -> list[NewEntry]:
    """The entries of a JSON Lines file of that name. Raises `Invalid`, which names the line."""
    try:
        lines = utf8(content).splitlines()
    except UnicodeDecodeError:
        fail(f"FILE: {name!r} is broken UTF-16")
    forms = []
    for number, written in enumerate(lines, 1):
        line = utf8(written)  # byte order marks of files that were joined
        if not line.strip():
            continue
        try:
            form = parse(NewEntry, from_json(line, allow_inf_nan=False))
            texts.seen(rendered(form.body))
            forms.append(form)
        except ValueError as error:
            raise Invalid({f"{name} line {number}": f"is not valid JSON: {error}"}) from None
        except LiveblogError as error:
            raise Invalid({f"{name} line {number}": str(error)}) from None
    return forms


def _standard_input() -> str:
    try:
        return utf8(sys.stdin.buffer.read()).decode()
    except UnicodeDecodeError:
        fail("TEXT: standard input is not UTF-8")


def main() -> None:
    """The entry point. Usage errors are one line, too."""
    try:
        sys.exit(app(standalone_mode=False))  # returns the exit code of a `typer.Exit`, or None
    except typer.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        message = " ".join(error.format_message().split())
        if message:  # there is none if the help was shown
            print(f"liveblog: {message}", file=sys.stderr)
        sys.exit(2)
