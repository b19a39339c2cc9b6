"""The commands that write a story into an archive, and read archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveblog.archive.container import Container, opened
from liveblog.archive.export import export
from liveblog.archive.incoming import Incoming, Report
from liveblog.archive.load import KINDS, Importer, read
from liveblog.archive.media import ImportedMedia
from liveblog.archive.target import target
from liveblog.cli.runner import fail, run, the_editor
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom.context import Newsroom
from liveblog.process.instances import running_url
from liveblog.settings import Settings

Site = Annotated[
    str,
    typer.Option(
        "--site",
        help="The address that relative addresses of pictures in FILE belong to.",
        show_default="that of an export",
    ),
]


def export_story(
    slug: Annotated[str, typer.Argument(help="The story's name in its address.")],
    place: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="A folder, a .zip file, or s3://BUCKET/PREFIX."),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an earlier export at TARGET.")
    ] = False,
) -> None:
    """Write a story as static HTML, with story.json and media, that opens from a disk.

    It holds what readers have now: no drafts, no notes, no removed entries, no accounts.
    """

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        done = await export(newsroom, settings, slug, target(settings, place, replace=replace))
        print(f"{done.entries} entries, {done.media} media, {done.size} bytes: {place}")
        for name in done.lost:
            print(f"not there: {name}")

    run(work)


def checked_kind(kind: str | None) -> str:
    """The kind of a file. Exits if there is no such kind."""
    if kind is not None and kind not in KINDS:
        fail(f"--from: {kind!r} is not known; accepted: {', '.join(KINDS)}")
    return kind or "liveblog"


def import_archive(
    slug: str, file: Path, kind: str | None, site: str, post: str | None, *, verbose: bool
) -> bytes | None:
    """Imports an archive, and prints what could not be carried. Returns the content of a file of JSON Lines of new entries,
    None if it was imported.

    Exits with 1 if an entry was refused.
    """
    kind = checked_kind(kind)
    report = Report()
    with opened(file) as container:
        incoming = read(container, kind, site.rstrip("/"), post, report)
        if incoming is None:
            return container.document()
        _load(slug, container, incoming, report, verbose=verbose)
    return None


def _load(
    slug: str, container: Container, incoming: Incoming, report: Report, *, verbose: bool
) -> None:
    refused = 0

    async def work(newsroom: Newsroom, settings: Settings) -> None:
        nonlocal refused
        editor = await the_editor(newsroom)
        media = ImportedMedia(newsroom, editor, container, SafeFetcher(), report, settings.media_mb)
        done = await Importer(newsroom, editor, slug, media, report).load(incoming)
        refused = done.refused
        there = f", {done.there} were there already" if done.there else ""
        print(f"{done.added} entries{there}: {running_url(settings)}/stories/{slug}")
        for line in report.lines(ids=verbose):
            print(line)

    run(work)
    if refused:
        fail(f"{refused} entries were refused; --verbose names them")
