"""Restores a backup: unpacks it aside, checks all of it, changes what must not go on as it was, then puts it in place.

Until the last step nothing of the server is touched. The last step for the media adds files under names that always have
the same content, and the database follows in one step, so that a failure in between leaves the old state and some files
that nothing refers to.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from liveblog.backup.archive import Reader
from liveblog.backup.progress import Progress
from liveblog.backup.save import key_digest
from liveblog.backup.staging import Staged, stage
from liveblog.errors import Conflict, Invalid, LiveblogError, Unwritable
from liveblog.process.scratch import scratch_folder
from liveblog.store import Files, Folder, Store
from liveblog.store.backup import renewal
from liveblog.store.backup.target import Target

Purge = Callable[[Store, Files, Mapping[str, str]], Awaitable[None]]
ENTRY = re.compile(r"[A-Za-z0-9]{1,32}")
HOLDS_MEDIA = "the store of the media holds files already; nothing was restored. With --replace they are replaced"


@dataclass(frozen=True)
class Place:
    """Where a backup is restored to. `folder` is where it is unpacked: for SQLite that of the database, so that it can be
    moved; None for a temporary folder."""

    target: Target
    files: Files
    folder: Path | None


class Restored(NamedTuple):
    """What was restored. `purged` is the number of entries that were left out by a list, `same_key` whether the server has
    the SECRET_KEY of then. `undeleted` are media of before whose files could not be deleted. `goes_on` are the accounts,
    tokens, inlets and webhooks: what each is, then its values."""

    staged: Staged
    purged: int
    same_key: bool
    undeleted: list[str]
    goes_on: list[tuple[str, ...]]


async def restore(
    reader: Reader,
    place: Place,
    secret_key: str,
    new_epoch: Callable[[], str],
    purge: Purge,
    progress: Progress,
    *,
    purged: list[str],
    replace: bool = False,
) -> Restored:
    """Restores a backup. `purge` purges entries in a store: ids with the slugs of their stories.

    Raises `BadBackup`, `Conflict`, `SettingsError`, `Unavailable`. Then everything is as it was.
    """
    await place.target.check(replace=replace)
    before = await place.files.media()
    if before and not replace:
        raise Conflict(HOLDS_MEDIA)
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder("restore", place.folder))
        media = folder / "media"
        if isinstance(place.files, Folder):
            # In the folder of the media itself: a move within a file system costs nothing.
            place.files.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            media = stack.enter_context(scratch_folder("restore", place.files.path)) / "media"
        media.mkdir(mode=0o700)
        _require_room(reader, media)
        staged = await stage(reader, folder, media, progress)
        store = Store(f"sqlite:///{staged.database}")
        try:
            with reader.sound():
                await renewal.renew(store.database, new_epoch)
                left_out = await _leave_out(store, Folder(media), purged, purge)
                kept = await renewal.media_ids(store.database)
                goes_on = [row async for row in _what_goes_on(store)]
        finally:
            await store.close()
        await _put_in_place(place, staged, set(before), replace=replace)
        undeleted = [
            one for one in before if one not in kept and not await _delete(place.files, one)
        ]
    key = staged.secret_key or secret_key
    same = key_digest(key, reader.header.salt) == reader.header.key_digest
    return Restored(staged, left_out, same, undeleted, goes_on)


async def _delete(files: Files, medium: str) -> bool:
    """False if the files cannot be deleted now."""
    try:
        await files.delete(medium)
    except LiveblogError:
        return False
    return True


def read_purged(text: str) -> list[str]:
    """The ids in a list as `liveblog purged` prints it. Raises `Invalid`, which names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            if not ENTRY.fullmatch(entry):
                raise Invalid({f"--purged, line {number}": "must be the id of an entry"})
            found.append(entry)
    return found


async def _leave_out(store: Store, files: Files, purged: list[str], purge: Purge) -> int:
    """Purges the entries of a list, and what later became entries that the backup does not know."""
    if not purged:
        return 0
    found = await renewal.stories_of(store.database, purged)
    await purge(store, files, found)
    for medium in await renewal.drop_unsent(store.database):
        await files.delete(medium)
    return len(found)


async def _what_goes_on(store: Store) -> AsyncIterator[tuple[str, ...]]:
    for member in await store.accounts.members():
        state = "disabled" if member.disabled else "active"
        yield "account", member.user.email, member.user.role.value, state
        for token in await store.accounts.tokens(member.user.id):
            yield "token", member.user.email, token.label, f"{token.created_at:%Y-%m-%d %H:%M}"
    for inlet in await store.inlets.all():
        yield "inlet", str(inlet.id), inlet.kind, inlet.story
    for webhook in await store.webhooks.all():
        yield "webhook", str(webhook.id), webhook.story or "all stories", webhook.url


async def _put_in_place(place: Place, staged: Staged, before: set[str], *, replace: bool) -> None:
    added: list[str] = []
    try:
        for medium in sorted(staged.media.iterdir()):
            if medium.name not in before:
                added.append(medium.name)
            for file in sorted(medium.iterdir()):
                await place.files.adopt(f"{medium.name}/{file.name}", file)
        os.sync()  # the files are on the disk before the database refers to them
        await _to_its_end(place.target.take(staged.database, replace=replace))
    except BaseException:
        for name in added:
            await place.files.delete(name)
        raise


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Awaits work that must not be left half done. Cancelling comes too late then: the caller goes on."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    task.result()


def _require_room(reader: Reader, folder: Path) -> None:
    needed, free = reader.header.media_bytes, shutil.disk_usage(folder).free
    if needed > free:
        raise Unwritable(
            f"the media of the backup have {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free; nothing was restored"
        )
