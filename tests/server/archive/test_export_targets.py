"""Where an export is written, while its story goes on: whole or not there, and never with what was purged meanwhile."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from buckets import KEY, Buckets
from import_desk import ImportDesk, archived, import_desk, said

from liveblog.archive.export import export
from liveblog.archive.target import Target, target
from liveblog.errors import Unwritable
from liveblog.newsroom.entries import edit
from liveblog.newsroom.forms import EntryChange, NewEntry
from liveblog.settings import Settings
from liveblog.store import Store

pytestmark = pytest.mark.anyio


class Meanwhile:
    """A target before whose first file with a name something happens."""

    def __init__(self, place: Target, name: str, happens: Callable[[], Awaitable[object]]) -> None:
        self.begin, self.finish, self.give_up = place.begin, place.finish, place.give_up
        self._place, self._name, self._happens = place, name, happens
        self._waits = True

    async def put(self, name: str, content: bytes) -> None:
        if name == self._name and self._waits:
            self._waits = False
            await self._happens()
        await self._place.put(name, content)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
async def desk(tmp_path: Path, store: Store) -> AsyncIterator[ImportDesk]:
    async with import_desk(tmp_path, store) as made:
        await made.load_json("live", archived(*(said(f"e{n}", n) for n in range(3))))
        yield made


async def test_a_bucket_keeps_nothing_of_an_entry_that_is_purged_while_its_copy_is_replaced(
    desk: ImportDesk, tmp_path: Path
) -> None:
    gone = (await desk.entries("live"))[1].id
    settings = Settings(media_key=KEY, media_secret=KEY)
    with Buckets(tmp_path / "s3") as buckets:
        address = f"s3://desk/out?endpoint=http://127.0.0.1:{buckets.port}"
        await export(desk.newsroom, settings, "live", target(settings, address, replace=False))
        assert f"entries/{gone}.html" in buckets.media("out")
        place = target(settings, address, replace=True)
        purged = Meanwhile(place, "story.json", lambda: desk.purge("live", gone))
        assert (await export(desk.newsroom, settings, "live", purged)).entries == 2
        files = [path for path in (tmp_path / "s3").rglob("*_object") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if gone.encode() in path.read_bytes()] == []
    assert f"entries/{gone}.html" not in buckets.media("out")


async def test_an_export_is_of_one_moment(desk: ImportDesk, tmp_path: Path) -> None:
    """Corrections that come meanwhile are not in it: not that of a newer entry, nor a newer one of an entry in it."""
    actor, old = await desk.actor(), (await desk.entries("live"))[0].id
    stories = desk.newsroom.store.whole
    of = stories.of

    async def corrected(entry: str) -> None:
        change = EntryChange(body="The later text.", correction="The later correction.")
        await edit.revise(desk.newsroom, actor, "live", entry, change)

    async def read(slug: str) -> object:
        whole = await of(slug)
        newer = await edit.publish(desk.newsroom, actor, slug, NewEntry(body="The later entry."))
        await corrected(newer.entry.id)
        await corrected(old)
        return whole

    stories.of = read  # type: ignore[method-assign,assignment]
    place = tmp_path / "out"
    await export(desk.newsroom, Settings(), "live", target(Settings(), str(place), replace=False))
    for page in place.rglob("*.html"):
        assert "later" not in page.read_text()
        for address in re.findall(r'href="((?:\.\./)*entries/[^"#]*)', page.read_text()):
            assert (page.parent / address).is_file()


async def test_a_folder_without_a_name_is_a_place_too(
    desk: ImportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    (here / "below").mkdir(parents=True)
    (here / "below").rmdir()
    monkeypatch.chdir(here)
    for again in (False, True):
        place = target(Settings(), ".", replace=again)
        await export(desk.newsroom, Settings(), "live", place)
        assert (here / "index.html").is_file()
        monkeypatch.chdir(here)
    assert [name for name in names(tmp_path) if name.startswith(".")] == []


@pytest.mark.parametrize("name", ["out", "out.zip"])
async def test_a_place_that_cannot_be_taken_at_the_end_keeps_the_earlier_export(
    desk: ImportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = tmp_path / name
    await export(desk.newsroom, Settings(), "live", target(Settings(), str(place), replace=False))
    before = names(tmp_path)
    earlier = place.stat().st_mtime_ns
    rename = Path.rename

    def full(self: Path, to: Path) -> Path:
        if Path(to) == place and ".old" not in self.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", full)
    monkeypatch.setattr(Path, "replace", full)
    again = target(Settings(), str(place), replace=True)
    with pytest.raises(Unwritable, match="No space left"):
        await export(desk.newsroom, Settings(), "live", again)
    assert place.stat().st_mtime_ns == earlier
    assert names(tmp_path) == before
