"""Imports of one file: once, also at once; what was purged stays away; what a file holds is never obeyed."""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from commands import run
from import_desk import ImportDesk, archived, import_desk, said
from processes import Server

from liveblog.archive.incoming import Report
from liveblog.archive.load import MOST_A_SECOND, Loaded
from liveblog.errors import LiveblogError
from liveblog.newsroom import stories
from liveblog.newsroom.entries.imports import take_over
from liveblog.newsroom.forms import NewStory
from liveblog.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(tmp_path: Path, store: Store) -> AsyncIterator[ImportDesk]:
    async with import_desk(tmp_path, store) as made:
        yield made


@pytest.fixture
async def either_desk(tmp_path: Path, either_store: Store) -> AsyncIterator[ImportDesk]:
    async with import_desk(tmp_path, either_store) as made:
        yield made


async def test_two_imports_at_once_are_one(either_desk: ImportDesk) -> None:
    desk = either_desk
    points = [{"text": "It began.", "entry": "e0000000000000001", "at": "2022-02-25T11:00:00Z"}]
    given = archived(*(said(f"e{number:016x}", number) for number in range(20)), points=points)
    file = desk.folder / "story.json"
    file.write_text(json.dumps(given))
    await desk.actor()
    done = [one for one, _ in await asyncio.gather(*(desk.load("live", file) for _ in range(3)))]
    assert sum(one.added for one in done) == 20
    assert [one.added + one.there for one in done] == [20, 20, 20]
    assert sorted(one.made for one in done) == [False, False, True]
    assert len(await desk.entries("live")) == 20
    story = await desk.store.stories.get("live")
    assert [point.text for point in story.points] == ["It began."]
    # Readers got each entry once, and all in order.
    told = [event for event in desk.told if event.entry_id]
    assert len({event.entry_id for event in told}) == len(told) == 20
    assert [event.seq for event in desk.told] == list(range(1, story.head + 1))


async def test_an_entry_that_was_purged_here_comes_back_into_no_story(
    either_desk: ImportDesk,
) -> None:
    """Neither the original, nor the copy of another story, nor that of another system."""
    desk = either_desk
    first = archived(said("e00000000000000aa", 1), said("e00000000000000bb", 2))
    await desk.load_json("first", first)
    copied = {entry.body: entry.id for entry in await desk.entries("first")}
    await desk.purge("first", copied["Said by e00000000000000aa."])
    for slug in ("first", "second"):
        done, lost = await desk.load_json(slug, first)
        assert (done.added, done.there) == ((0, 1) if slug == "first" else (1, 0))
        assert lost[:2] == ["not carried: 1 entries that were purged here", "  e00000000000000aa"]
        assert [entry.body for entry in await desk.entries(slug)] == ["Said by e00000000000000bb."]
    # An export of the story itself: the entries have the ids of here.
    original = copied["Said by e00000000000000bb."]
    await desk.purge("first", original)
    done, lost = await desk.load_json("third", archived(said(original, 2)))
    assert (done.added, lost[1]) == (0, f"  {original}")

    await desk.load("final", "superdesk-match.jsonl", "superdesk")
    comment = (await desk.entries("final"))[1]
    await desk.purge("final", comment.id)
    done, lost = await desk.load("again", "superdesk-match.jsonl", "superdesk")
    assert done.added == 2
    assert "  5ea0000000000000000000a2" in lost


async def test_an_import_into_a_story_that_is_there_leaves_room_for_others(
    desk: ImportDesk,
) -> None:
    await desk.load_json("live", archived(said("e0")))
    clock = asyncio.get_running_loop().time
    began = clock()
    await desk.load_json("live", archived(*(said(f"e{number}", number) for number in range(1, 16))))
    assert clock() - began >= 15 / MOST_A_SECOND
    assert [event.seq for event in desk.told] == list(range(1, 17))


async def test_an_import_that_was_broken_off_is_finished_by_the_next(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cover = {"url": "https://pictures.example.org/a.jpg", "alt": "A street"}
    points = [{"text": "It began.", "entry": "e1", "at": "2022-02-25T11:00:00Z"}]
    given = archived(*(said(f"e{number}", number) for number in range(3)), points=points, cover=cover)  # fmt: skip

    async def broken_off(*args: Any) -> Any:
        if args[4].body.endswith("e1."):
            raise KeyboardInterrupt
        return await take_over(*args)

    monkeypatch.setattr("liveblog.archive.load.take_over", broken_off)
    with pytest.raises(KeyboardInterrupt):
        await desk.load_json("live", given)
    monkeypatch.undo()
    done, lost = await desk.load_json("live", given)
    assert done == Loaded(added=2, there=1)
    story = await desk.store.stories.get("live")
    assert story.cover is not None
    assert story.cover.alt == "A street"
    # The Brief rests on entries that were not here yet: that is told, and never silently lost.
    assert lost == ["not carried: 1 points of the Brief, because the story was there already", "  story"]  # fmt: skip


async def test_two_entries_of_one_id_are_told(desk: ImportDesk) -> None:
    given = archived(said("e1", 1), said("e1", 2, body="Another text."))
    done, lost = await desk.load_json("live", given)
    assert done == Loaded(added=1, made=True)
    assert lost == ["not carried: 1 entries with the id of an earlier one of the file", "  e1"]
    assert [entry.body for entry in await desk.entries("live")] == ["Said by e1."]


async def test_odd_values_are_told_and_never_stored(either_desk: ImportDesk) -> None:
    desk = either_desk
    smuggled: dict[str, Any] = {
        "status": "published", "created_by": 1, "story_id": 1, "withheld": {"dateline": "Hidden place"},
        "embargo_until": "2199-01-01T00:00:00Z", "at_once": True, "break_embargo": True, "notes": [{"text": "Hidden note"}],
        "body_html": "<script>Hidden html</script>", "html": "<script>Hidden html</script>", "seq": 10**30, "rev": 10**30,
    }  # fmt: skip
    odd = [
        said("e\0", 1),
        said("x" * 100_000, 2, body="A long name."),
        said("e3", 3, **smuggled),
        said("e4", 4, published_at="9999-12-31T23:59:59-14:00"),
        said("e5", 5, published_at="0001-01-01T00:00:00+14:00"),
        said("e6", 6, published_at="2022-02-25T12:00:00+05:45"),
        said("e7", 7, body="Zero\0 width."),
        said("e8", 8, verification={"status": "confirmed", "at": "2022-02-25T11:00:00Z", "settled_by": "e\0x"}),
        said("e9", 9, occurred_at="2199-01-01T00:00:00Z"),
    ]  # fmt: skip
    related = ["\0", "x" * 5000, *(f"s-{number}" for number in range(5000))]
    await stories.open_story(
        desk.newsroom, await desk.actor(), NewStory(slug="s-0", title="Related")
    )
    done, lost = await desk.load_json("live", archived(*odd, related=related))
    assert (done.added, done.refused) == (7, 2)
    found = {entry.body: entry for entry in await desk.entries("live")}
    assert "Hidden" not in repr(found)
    entry = found["Said by e3."]
    assert (entry.embargo_until, entry.rev, entry.created_by) == (
        None,
        1,
        (await desk.actor()).id,
    )
    assert found["Said by e6."].published_at.isoformat() == "2022-02-25T06:15:00+00:00"  # type: ignore[union-attr]
    assert (await desk.store.stories.get("live")).related == ("s-0",)
    assert "not carried: 1 links to the entry that settled another" in lost
    assert "not carried: 1 values of occurred_at that are not accepted here" in lost


async def test_a_file_outside_is_refused_before_anything_is_stored(desk: ImportDesk) -> None:
    (desk.folder / "media").mkdir(exist_ok=True)
    (desk.folder / "media" / "link").symlink_to("/etc/passwd")
    for name in ("../secret", "/etc/passwd", "media/link"):
        bad = said("e2", 2, media=[{"file": name, "url": ""}])
        file = desk.folder / "story.json"
        file.write_text(json.dumps(archived(said("e1", 1), bad)))
        with pytest.raises(LiveblogError, match=r"outside of it|holds a link"):
            await desk.load("live", file)
        assert await desk.store.stories.ids(["live"]) == {}


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_packing_that_unpacks_at_once_is_refused(desk: ImportDesk, packing: int) -> None:
    """A zip file may say any size; bzip2 and LZMA fill the memory before the true one is seen."""
    file = desk.folder / "story.zip"
    with zipfile.ZipFile(file, "w", packing) as made:
        made.writestr("story.json", json.dumps(archived(said("e1", 1))))
    with pytest.raises(LiveblogError, match="packed in a way that is not known here"):
        await desk.load("live", file)


def test_a_report_does_not_command_the_terminal() -> None:
    report = Report()
    report.lost("things", "e1\x1b]0;title\x07\n\u202elater" + "x" * 10_000)
    told = list(report.lines(ids=True))[1]
    assert told.isprintable()
    assert len(told) < 600


@pytest.mark.parametrize("kind", ["lines", "story"])
async def test_a_pipe_is_read_once(shared_server: Server, kind: str, tmp_path: Path) -> None:
    content = '{"body": "A line."}\n{"body": "Another."}\n'
    slug, env = f"piped-{kind}", shared_server.env
    if kind == "story":
        content = json.dumps(archived(said("e1"), said("e2", 1)))
    else:
        await asyncio.to_thread(run, "story", "add", slug, "--title", "Piped", env=env)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done, _ = await asyncio.gather(
        asyncio.to_thread(run, "import", slug, str(pipe), env=env),
        asyncio.to_thread(pipe.write_text, content),
    )
    assert (done.stdout.split(":")[0], done.stderr) == ("2 entries", "")
