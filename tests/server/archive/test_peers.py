"""Live blogs of other systems become stories here: by exports in the forms that those systems write."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import run
from import_desk import IMPORTS, ImportDesk, import_desk

from liveblog.archive import pages
from liveblog.archive.export import export
from liveblog.archive.load import Loaded
from liveblog.archive.target import target
from liveblog.settings import Settings
from liveblog.store import Store

pytestmark = pytest.mark.anyio

PRIVATE = (
    ".private@",
    "192.0.2.44",
    "mika.login",
    "A comment of a reader",
    "nobody has seen",
    "taken down",
    "Buy this",
)


@pytest.fixture
async def desk(tmp_path: Path, store: Store) -> AsyncIterator[ImportDesk]:
    async with import_desk(tmp_path, store) as made:
        yield made


def nothing_private(folder: Path) -> None:
    for file in folder.glob("liveblog.sqlite3"):
        with closing(sqlite3.connect(file)) as database:
            dump = "\n".join(database.iterdump())
        assert [word for word in PRIVATE if word in dump] == []
        assert "<script" not in dump
        assert "javascript:" not in dump


async def test_a_wordpress_export(desk: ImportDesk, tmp_path: Path) -> None:
    done, lost = await desk.load("kharkiv", "wordpress-plain.xml", "wordpress")
    assert done == Loaded(added=3, there=0, refused=0, made=True)
    story = await desk.store.stories.get("kharkiv")
    assert (story.title, story.status.value, story.language) == (
        "Kharkiv: as it happened",
        "ended",
        "en-US",
    )
    key, edited, video = await desk.entries("kharkiv")
    assert key.body == (
        "The city centre **has not been hit** so far, 2\\*3 people say.\n\n"
        "More at [our page](<https://news.example.org/live>). #kharkiv"
    )
    assert (key.key, key.topics, [one.name for one in key.credits]) == (
        True,
        ("kharkiv",),
        ["Fin", "Ana & Co"],
    )
    assert key.credits[0].url == "https://fin.example"
    assert str(key.published_at) == "2022-02-25 10:01:02+00:00"
    assert (edited.body, edited.credits, str(edited.edited_at)) == (
        "The new text, with a picture.", (), "2022-02-25 10:50:00+00:00",
    )  # fmt: skip
    (picture,) = edited.media
    assert (picture.alt, picture.caption, picture.width) == (
        "An empty street",
        "Sumska street at noon",
        600,
    )
    assert "\N{CANDLE} here" in video.body
    assert [card.url for card in video.embeds] in (
        [],
        ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"],
    )
    assert lost == [
        "not carried: 1 entries in the trash", "  105",
        "not carried: 1 contributors whose names are not in the file", "  101",
        "not carried: 1 earlier texts of edited entries", "  102",
    ]  # fmt: skip
    # It does not look as if it had happened here: the revision is the import, now.
    (revision,) = await desk.store.stories.history(key)
    assert revision.action == "imported"
    assert revision.at > done_before(desk)
    nothing_private(tmp_path)

    events = len(desk.told)
    assert await desk.load("kharkiv", "wordpress-plain.xml", "wordpress") == (
        Loaded(added=0, there=3), lost,
    )  # fmt: skip
    assert len(desk.told) == events


def done_before(desk: ImportDesk) -> Any:
    return min(event.at for event in desk.told if event.entry_id).replace(microsecond=0)


async def test_a_wordpress_export_with_blocks_shortcodes_and_two_live_blogs(
    desk: ImportDesk,
) -> None:
    with pytest.raises(
        Exception, match=r"choose one with --post: 9 \(Wahlabend\), 10 \(Noch einer\)"
    ):
        await desk.load("wahl", "wordpress-blocks.xml", "wordpress")
    done, lost = await desk.load("wahl", "wordpress-blocks.xml", "wordpress", "9")
    assert done.added == 2
    first, second = await desk.entries("wahl")
    assert first.body == (
        "## Erste Prognose\n\n- Partei A: 25 %\n- Partei B: 24 %\n\n"
        "> Ein knappes Rennen.\n>\n> *Die Wahlleiterin*\n\n<https://vimeo.com/76979871>"
    )
    assert second.key
    assert second.body.endswith("\n\n<https://twitter.com/a/status/1442167218541826052>")
    assert "/key" not in second.body
    assert lost == ["not carried: 1 shortcodes without an address", "  1"]


async def test_posts_of_superdesk(desk: ImportDesk, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no story 'briefing'"):  # its posts do not tell of the blog
        await desk.load("briefing", "superdesk-posts.json", "superdesk")
    done, lost = await desk.load("final", "superdesk-match.jsonl", "superdesk")
    assert (done.added, done.made) == (3, True)
    story = await desk.store.stories.get("final")
    assert (story.title, story.summary, story.status.value) == (
        "Cup final",
        "All of it, live.",
        "ended",
    )
    score, comment, end = await desk.entries("final")
    assert score.body == (
        "**Rot-Weiß 2\N{EN DASH}1 Blau**\n\nRot-Weiß: Ada (12\N{PRIME}), Bo (80\N{PRIME})\n\nBlau: Cy (44\N{PRIME})"
    )
    assert [(one.pinned, one.key) for one in (score, comment, end)] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    assert [one.name for one in comment.credits] == ["Sportredaktion", "Leserin Eva"]
    assert (
        end.body
        == "<https://player.vimeo.com/video/76979871>\n\nAbpfiff. [Bericht](<https://example.org/a_b_>)"
    )
    assert lost == [
        "not carried: 1 advertisements", "  5ea0000000000000000000a3",
        "not carried: 1 pins: a story here has one, the newest is kept", "  5ea0000000000000000000a1",
    ]  # fmt: skip

    # Into a story that is there already: its pin stays.
    done, lost = await desk.load("final", "superdesk-posts.json", "superdesk")
    assert (done.added, done.made) == (2, False)
    first = next(
        one for one in await desk.entries("final") if one.headline == "The ministry speaks"
    )
    assert (first.key, first.pinned, first.labels, first.topics) == (
        True,
        False,
        ("Press briefing",),
        ("Berlin",),
    )
    assert [one.name for one in first.credits] == ["Mika K."]
    assert [(one.caption, one.credit) for one in first.media] == [("The hall", "Ana")]
    assert str(first.edited_at) == "2020-04-28 13:05:00+00:00"
    assert "not carried: 1 pins, because the story has a pinned entry" in lost
    assert (await desk.load("final", "superdesk-posts.json", "superdesk"))[0] == Loaded(0, 2)
    nothing_private(tmp_path)


async def test_a_picture_that_cannot_be_had_becomes_a_link(
    desk: ImportDesk, tmp_path: Path
) -> None:
    text = (IMPORTS / "wordpress-plain.xml").read_text()
    for address, reason in (
        ("https://127.0.0.1/a.jpg", "not a number"),
        ("https://news.example.org/gone.jpg", "status 404"),
    ):
        (tmp_path / "changed.xml").write_text(
            text.replace("https://news.example.org/files/street.jpg", address)
        )
        slug = f"s-{len(address)}"
        done, lost = await desk.load(slug, str(tmp_path / "changed.xml"), "wordpress")
        assert done.added == 3
        entry = (await desk.entries(slug))[1]
        assert entry.media == ()
        assert entry.body.endswith(f"[Sumska street at noon](<{address}>)")
        assert any(reason in row for row in lost)


async def test_an_export_of_many_entries_has_several_parts(
    desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.load("kharkiv", "wordpress-plain.xml", "wordpress")
    monkeypatch.setattr(pages, "PART", 2)
    whole = await desk.store.whole.of("kharkiv")
    made = dict(pages.Pages(desk.newsroom.templates, "", whole, [], desk.newsroom.clock()).all())
    oldest, _, newest = (entry.id for entry in whole.entries)
    assert [f'<article id="{oldest}"' in made[name] for name in ("index.html", "page-2.html")] == [
        False,
        True,
    ]
    assert 'class="older" href="page-2.html"' in made["index.html"]
    assert 'class="newer" href="index.html"' in made["page-2.html"]
    assert f'href="page-2.html#{oldest}"' in made["index.html"]  # the key event
    assert f'href="../index.html#{newest}"' in made[f"entries/{newest}.html"]
    assert f'href="../page-2.html#{oldest}"' in made[f"entries/{oldest}.html"]


async def test_an_entry_that_is_removed_meanwhile_is_not_in_the_export(
    desk: ImportDesk, tmp_path: Path
) -> None:
    await desk.load("final", "superdesk-match.jsonl", "superdesk")
    gone = (await desk.entries("final"))[0]
    place = target(Settings(), str(tmp_path / "out.zip"), replace=False)

    class Slow:
        """A target that takes so long that somebody removes an entry."""

        begin, finish, give_up = place.begin, place.finish, place.give_up

        async def put(self, name: str, content: bytes) -> None:
            await place.put(name, content)
            if name == "corrections.html" and gone in await desk.entries("final"):
                await desk.purge("final", gone.id)

    done = await export(desk.newsroom, Settings(), "final", Slow())
    assert done.entries == 2
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert not [
            name
            for name in archive.namelist()
            if "Rot-Wei" in archive.read(name).decode(errors="replace")
        ]
    assert not beside(tmp_path)


def beside(folder: Path) -> list[Path]:
    """What an export has left beside its place."""
    return list(folder.glob(".out*"))


@pytest.fixture(scope="module")
def env(shared_server: Any) -> dict[str, str]:
    return dict(shared_server.env)


async def test_values_of_wrong_kinds_are_left_out_and_told(
    env: dict[str, str], tmp_path: Path
) -> None:
    good = {"id": "e1", "published_at": "2022-02-25T10:00:00Z", "body": "Said."}
    odd = {"id": 2, "published_at": "2022-02-25T10:01:00Z", "body": "Odd.", "topics": 3, "credits": [3], "labels": ["x" * 50],
           "verification": [], "media": [{"file": 3}], "embeds": [{"url": "javascript:1"}], "headline": "x" * 400,
           "revisions": [{"rev": "x"}]}  # fmt: skip
    late = {"id": "e3", "published_at": "2199-02-25T10:00:00Z", "body": "To come."}
    told = {"title": "Odd", "related": 3, "points": [{"text": "p", "entry": []}, {"text": 3}, {"text": "p", "at": "2022-02-25"}],
            "topics": ["a b"], "status": "over", "timezone": "Nowhere", "cover": 3}  # fmt: skip
    document = {
        "format": "liveblog-story",
        "version": 1,
        "story": told,
        "entries": [good, odd, late],
    }
    (tmp_path / "story.json").write_text(json.dumps(document))
    args = ("import", "odd-values", str(tmp_path / "story.json"), "--verbose")
    done = await asyncio.to_thread(run, *args, env=env)
    assert done.returncode == 1
    assert done.stdout.startswith("2 entries: ")
    for what in (
        "headline",
        "topics",
        "credits",
        "labels",
        "verified",
        "cards",
        "past",
        "status",
        "timezone",
    ):
        assert f"values of {what} that are not accepted here" in done.stdout
    assert "publish_at: lies in the future" in done.stdout
    assert done.stderr == "liveblog: 1 entries were refused; --verbose names them\n"


BOMB = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("wordpress", BOMB, "has a document type (<!DOCTYPE>)"),
        ("wordpress", b"<rss><channel>", "is not valid XML in line 1"),
        ("wordpress", b"<html/>", "is no WordPress export"),
        ("wordpress", b"<rss><channel><item><title>x</title></item></channel></rss>", "no post with comments of the type liveblog"),
        ("superdesk", b'{"_items": 3}', "must be the JSON of Live Blog's API"),
        ("superdesk", b"[" * 100_000, "is not valid JSON"),
        ("liveblog", b'{"format": "liveblog-story", "version": 9}', "is of version 9; this release reads version 1"),
        ("liveblog", b'{"format": "other"}', "has the format 'other'"),
        ("liveblog", b'{"entries": [3]}', "entries must be a list of objects"),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    kind: str, content: bytes, message: str, env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    done = await asyncio.to_thread(run, "import", "nowhere", str(file), "--from", kind, env=env)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
