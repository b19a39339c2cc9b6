"""Exports a story: its pages, its media and `story.json`, as readers have it at one moment."""

from __future__ import annotations

from typing import NamedTuple

from pydantic_core import to_json

from liveblog.archive.document import NAME, document, media_of
from liveblog.archive.pages import Pages
from liveblog.archive.target import Target
from liveblog.errors import Unavailable
from liveblog.models.content import EntryStatus, Medium
from liveblog.newsroom.context import Newsroom
from liveblog.settings import Settings
from liveblog.store import Corrected, WholeStory

TRIES = 5  # an export begins again if an entry is removed meanwhile
AT_ONCE = 100  # corrections


class Exported(NamedTuple):
    """What an export holds. `lost` are the names of files of media that the server does not have."""

    entries: int
    media: int
    size: int
    lost: tuple[str, ...]


class _Changed(Exception):
    """An entry was taken away while its story was exported."""


async def export(newsroom: Newsroom, settings: Settings, slug: str, into: Target) -> Exported:
    """Writes a story into a target. An entry that is removed meanwhile is not in it.

    Raises `NotFound`, `Conflict`, `Unwritable`, `Unavailable`.
    """
    await newsroom.store.stories.get(slug)
    for _ in range(TRIES):
        await into.begin()
        try:
            done = await _write(newsroom, settings, slug, into)
            await into.finish()
        except _Changed:
            await into.give_up()
            continue
        except BaseException:
            await into.give_up()
            raise
        return done
    raise Unavailable("entries are being removed from the story; export it again")


async def _write(newsroom: Newsroom, settings: Settings, slug: str, into: Target) -> Exported:
    whole = await newsroom.store.whole.of(slug)
    at, site, templates = newsroom.clock(), settings.base_url, newsroom.templates
    pages = Pages(templates, site, whole, await _corrections(newsroom, slug, whole), at)
    size = 0

    async def put(name: str, content: bytes) -> None:
        nonlocal size
        size += len(content)
        await into.put(name, content)

    for name, html in pages.all():
        await put(name, html.encode())
    for name, content in pages.assets():
        await put(name, content)
    told = document(templates, site, newsroom.site.name, whole, at)
    await put(NAME, to_json(told, indent=1))
    shown = media_of(whole)
    lost: list[str] = []
    stored = await newsroom.store.media.stored([medium.id for medium in shown])
    for medium in shown:
        sizes = {name: file.size for name, file in stored[medium.id].files.items()} if medium.id in stored else {}  # fmt: skip
        for name in _names(medium):
            file = await _read(newsroom, f"{medium.id}/{name}", sizes.get(name, 0))
            if file is None:
                lost.append(f"media/{medium.id}/{name}")
            else:
                await put(f"media/{medium.id}/{name}", file)
    if {entry.id for entry in whole.entries} - await newsroom.store.whole.public_ids(slug):
        raise _Changed
    return Exported(len(whole.entries), len(shown), size, tuple(lost))


async def _corrections(newsroom: Newsroom, slug: str, whole: WholeStory) -> list[Corrected]:
    """The corrections of the story as it was when it was read: those of entries that came later, and later ones, not."""
    then = {entry.id: entry for entry in whole.entries}
    found: list[Corrected] = []
    before = None
    while True:
        _, more, before = await newsroom.store.corrections.of_story(slug, before, AT_ONCE)
        for one in more:
            entry = then.get(one.entry.id)
            if entry is None and one.entry.status is not EntryStatus.PUBLISHED:
                found.append(one)
            elif entry is not None and one.rev <= entry.rev:
                found.append(one._replace(entry=entry))
        if before is None:
            return found


def _names(medium: Medium) -> list[str]:
    return [variant.url.rpartition("/")[2] for variant in medium.variants]


async def _read(newsroom: Newsroom, name: str, size: int) -> bytes | None:
    """A file of a medium; None if it is not there."""
    try:
        return b"".join([chunk async for chunk in newsroom.files.read(name, 0, size)]) or None
    except FileNotFoundError:
        return None
