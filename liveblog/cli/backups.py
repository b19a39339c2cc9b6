"""The commands for backups: `liveblog backup`, `restore`, `check`, `purged`."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import replace as changed
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from liveblog import logs
from liveblog.app import make_files, make_newsroom, redis_url
from liveblog.backup import output
from liveblog.backup.archive import Reader
from liveblog.backup.check import check as faults_of
from liveblog.backup.progress import Progress
from liveblog.backup.restore import Place, Restored, read_purged
from liveblog.backup.restore import restore as restore_backup
from liveblog.backup.save import Saved, save
from liveblog.backup.staging import stage
from liveblog.bus.redis import RedisBus
from liveblog.cli.runner import fail, one_line_errors, prepared, the_editor
from liveblog.errors import SettingsError
from liveblog.newsroom.context import nobody_else, told_nobody
from liveblog.newsroom.entries import removal
from liveblog.newsroom.stories import new_epoch
from liveblog.process.scratch import scratch_folder
from liveblog.settings import Settings
from liveblog.store import Files, Folder, Store, schema
from liveblog.store.backup.target import database_file, target_of

OTHER_KEY = (
    "This server's SECRET_KEY is not the one of the backup. Webhooks are signed with new secrets, inlets have new secrets "
    "and know no senders, and bots' tokens cannot be read any more (docs/backup.md#the-secret-key)"
)
KEY_IS_SET = "SECRET_KEY is set, so the key in the backup was not stored. Set SECRET_KEY to it: tar -xOf FILE secret_key"

Quiet = Annotated[
    bool, typer.Option("--quiet", help="Print nothing unless something is wrong, for cron.")
]


def backup(
    file: Annotated[str, typer.Argument(help="The file to write; - is standard output.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put SECRET_KEY into the backup, too.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write everything that the server keeps, media included, to one file. The server may run meanwhile.

    Only you can read the file. It appears under its name when it is whole, and replaces a file of that name.
    """

    async def work() -> None:
        settings = prepared(needs_database=True)
        store, progress = Store(settings.database_url), Progress("Saving")
        try:
            with output.private_file(file) as out:
                done = await save(
                    store,
                    make_files(settings),
                    out,
                    settings.secret_key,
                    progress,
                    with_key=with_key,
                )
        finally:
            progress.end()
            await store.close()
        _say_saved(done, quiet=quiet)

    _run(work())


def restore(
    file: Annotated[str, typer.Argument(help="A backup; - is standard input.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the database and the media hold.")
    ] = False,
    purged: Annotated[
        Path | None,
        typer.Option(
            help="A list of ids, as liveblog purged prints it: these entries are left out.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Restore a backup, and list the accounts, tokens, inlets and webhooks that go on, separated by tabs.

    It goes into the database and the store of media that the settings name. Stop the servers first. The backup may be of SQLite or PostgreSQL, and of an earlier release. Sessions and links end.
    If anything is wrong with the backup, nothing is changed.
    """
    left_out = _read_purged(purged) if purged is not None else []

    async def work() -> None:
        given = Settings.read()
        settings = prepared(needs_database=False)
        path = database_file(settings.database_url)
        if path is not None and not path.parent.is_dir():
            raise SettingsError(f"DATABASE_URL: the folder of {str(path)!r} is not there")
        place = Place(
            target_of(settings.database_url),
            make_files(settings),
            path.resolve().parent if path else None,
        )
        progress = Progress("Restoring")

        async def purge(store: Store, files: Files, found: Mapping[str, str]) -> None:
            await _purge(settings, store, files, found)

        try:
            with output.opened(file) as source, Reader(source, _label(file)) as reader:
                done = await restore_backup(
                    reader, place, settings.secret_key, new_epoch, purge, progress,
                    purged=left_out, replace=replace,
                )  # fmt: skip
        finally:
            progress.end()
        _say_restored(done, len(left_out))
        if done.staged.secret_key and settings.sqlite and not given.secret_key:
            _keep_key(settings.data / "secret_key", done.staged.secret_key)
        elif done.staged.secret_key not in {None, settings.secret_key}:
            print(KEY_IS_SET, file=sys.stderr)
        if not done.same_key:
            print(OTHER_KEY, file=sys.stderr)
        for row in done.goes_on:
            print("\t".join(" ".join(word.split()) for word in row))

    _run(work())


def check(
    file: Annotated[
        str | None,
        typer.Argument(help="A backup; - is standard input.", show_default="the database"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Check the database and the files of its media, or a backup. Print a line for each fault; then the exit code is 1.

    A backup is read whole and unpacked in a temporary folder, without its media. The server may run meanwhile.
    """

    async def work() -> None:
        found = await (_faults_of_server() if file is None else _faults_of_backup(file))
        for fault in found:
            print(" ".join(fault.split()))
        if found:
            raise typer.Exit(1)
        if not quiet:
            print("No faults.", file=sys.stderr)

    _run(work())


def purged(
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="The first day (UTC), such as 2026-11-30.", show_default="all"
        ),
    ] = None,
) -> None:
    """Print the ids of the entries that were purged, for restore --purged."""
    at = _day(since) if since is not None else None

    async def work() -> None:
        store = Store(prepared(needs_database=True).database_url)
        try:
            await schema.check(store.database)
            for entry in await store.purges.since(at):
                print(entry)
        finally:
            await store.close()

    _run(work())


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (backup, restore, check, purged):
        app.command()(one_line_errors(command))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs a command's work. A signal ends it as an error does, so that nothing half done is left."""
    ended_by: list[int] = []

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def end(number: int, _: object) -> None:
            ended_by.append(number)
            output.interrupt()
            loop.call_soon_threadsafe(task.cancel)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup(1) sets it
                signal.signal(number, end)
        await work

    logs.set_up("error")
    try:
        asyncio.run(main())
    except asyncio.CancelledError:
        raise typer.Exit(128 + ended_by[0]) from None
    except OSError as error:
        fail(f"{error.filename or 'FILE'}: cannot be read or written ({error.strerror})")


def _say_saved(done: Saved, *, quiet: bool) -> None:
    for name in done.missing:
        print(f"liveblog: media {name}: is missing; the backup is without it", file=sys.stderr)
    for name in done.deleted:
        print(f"liveblog: media {name}: was deleted meanwhile", file=sys.stderr)
    if quiet:
        return
    rows = sum(done.header.rows.values())
    print(
        f"Saved: {_number(rows, 'row')} and {_number(done.files, 'media file')}, "
        f"as of {done.header.at:%Y-%m-%d %H:%M:%S} UTC.",
        file=sys.stderr,
    )


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _say_restored(done: Restored, wanted: int) -> None:
    for name in done.staged.lost:
        print(f"liveblog: media {name}: is not in the backup", file=sys.stderr)
    for medium in done.undeleted:
        print(f"liveblog: media {medium}: is of before, and could not be deleted", file=sys.stderr)
    header = done.staged.header
    print(
        f"Restored: stories {header.rows.get('stories', 0):,}, entries {header.rows.get('entries', 0):,}, "
        f"as of {header.at:%Y-%m-%d %H:%M:%S} UTC. Sessions and links have ended.",
        file=sys.stderr,
    )
    if wanted:
        print(f"Purged: {done.purged:,} of the {wanted:,} entries of the list.", file=sys.stderr)


async def _purge(settings: Settings, store: Store, files: Files, found: Mapping[str, str]) -> None:
    """Purges entries of a database that nobody uses yet: nobody is told."""

    async def silent(*_: object) -> None:
        """Tells nobody."""

    bus = RedisBus(redis_url(settings), settings.redis_prefix)  # connects to nothing
    try:
        newsroom = changed(
            make_newsroom(settings, store, bus),
            files=files, announce=silent, sessions_ended=told_nobody, announced=nobody_else,
        )  # fmt: skip
        await removal.purge_again(newsroom, await the_editor(newsroom), found)
    finally:
        await bus.close()


def _keep_key(path: Path, key: str) -> None:
    """Stores the SECRET_KEY of a backup in the data folder."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600)
    fresh.write_text(key, encoding="utf-8")
    fresh.replace(path)


async def _faults_of_server() -> list[str]:
    settings = prepared(needs_database=True)
    store = Store(settings.database_url)
    try:
        await schema.check(store.database)
        return [fault async for fault in faults_of(store, make_files(settings))]
    finally:
        await store.close()


async def _faults_of_backup(file: str) -> list[str]:
    progress = Progress("Checking")
    with scratch_folder("check") as folder, output.opened(file) as source:
        media = folder / "media"
        media.mkdir()
        with Reader(source, _label(file)) as reader:
            try:
                staged = await stage(reader, folder, media, progress, only_check=True)
            finally:
                progress.end()
            store = Store(f"sqlite:///{staged.database}")
            try:
                with reader.sound():
                    return [fault async for fault in faults_of(store, Folder(media))]
            finally:
                await store.close()


def _label(file: str) -> str:
    return "standard input" if file == output.STANDARD else file


def _read_purged(path: Path) -> list[str]:
    try:
        return read_purged(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        fail(f"--purged: {str(path)!r} cannot be read ({why})")


def _day(given: str) -> datetime:
    try:
        return datetime.combine(datetime.strptime(given, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007 - a day
    except ValueError:
        fail(f"--since: {given!r} was given; accepted: a day such as 2026-11-30")
