"""Checks a database together with the files of its media."""

from __future__ import annotations

from collections.abc import AsyncIterator

from liveblog.store import Files, Store
from liveblog.store.backup import faults, renewal


async def check(store: Store, files: Files) -> AsyncIterator[str]:
    """Yields one line for each fault, in words for people. A server may run meanwhile.

    Raises `Unavailable` if the database or the store of the media does not answer.
    """
    async for fault in faults.faults(store.database):
        yield fault
    after = ""
    while listed := await renewal.files(store.database, after):
        for medium, kept in listed:
            for name, size in kept:
                found = await files.size(f"{medium}/{name}")
                if found == size or not await renewal.files_of(store.database, medium):
                    continue  # in the second case it was deleted meanwhile
                if found is None:
                    yield f"media {medium}/{name}: is missing"
                else:
                    yield f"media {medium}/{name}: has {found} bytes instead of {size}"
        after = listed[-1][0]
    unknown = set(await files.media()) - await renewal.media_ids(store.database)
    if unknown:  # a second look: a file comes before its row, and goes before it
        unknown &= set(await files.media())
        for medium in sorted(unknown - await renewal.media_ids(store.database)):
            yield f"media {medium}: has files, but the database does not know it"
