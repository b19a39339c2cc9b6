"""What Automattic's Liveblog writes into a WordPress export, in the forms of its releases up to 1.12."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from import_desk import import_desk

from liveblog.archive import wordpress
from liveblog.archive.incoming import Incoming, Report
from liveblog.errors import Malformed
from liveblog.store import Store

pytestmark = pytest.mark.anyio


def comment(name: int, content: str, *, more: str = "", gmt: str | None = None, **meta: str) -> str:
    at = f"2022-02-25 10:{name % 60:02}:00" if gmt is None else gmt
    fields = "".join(
        f"<wp:commentmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:commentmeta>"
        for key, value in meta.items()
    )
    return (
        f"<wp:comment><wp:comment_id>{name}</wp:comment_id><wp:comment_author>Fin</wp:comment_author>"
        f"<wp:comment_date>2022-02-25 12:{name % 60:02}:00</wp:comment_date><wp:comment_date_gmt>{at}</wp:comment_date_gmt>"
        f"<wp:comment_content><![CDATA[{content}]]></wp:comment_content><wp:comment_approved>liveblog</wp:comment_approved>"
        f"<wp:comment_type>liveblog</wp:comment_type>{more}{fields}</wp:comment>"
    )


def exported(*comments: str, state: str = "<wp:status>publish</wp:status>", home: str = "https://a.example") -> str:  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        f"<title>A site</title><wp:base_blog_url>{home}</wp:base_blog_url><item><title>Live</title>"
        f"<wp:post_id>9</wp:post_id>{state}<wp:postmeta><wp:meta_key>liveblog</wp:meta_key>"
        f"<wp:meta_value>enable</wp:meta_value></wp:postmeta>{''.join(comments)}</item></channel></rss>"
    )


def read(*comments: str, report: Report | None = None, **more: str) -> Incoming:
    return wordpress.read(exported(*comments, **more).encode(), None, report or Report())


def test_a_hashtag_is_a_topic_in_the_forms_of_both_releases() -> None:
    old = 'Rain in <span class="liveblog-hash term-kharkiv">kharkiv</span>.'
    new = 'Rain in <a href="https://a.example/hashtags/kharkiv/" class="liveblog-hash term-kharkiv">kharkiv</a>.'
    for entry in read(comment(1, old), comment(2, new)).entries:
        assert (entry.values["topics"], entry.values["body"]) == (["kharkiv"], "Rain in #kharkiv.")


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ('<img src="//s.w.org/images/core/emoji/72x72/1f41d.png" class="liveblog-emoji emoji-bee" data-emoji="bee">', "\N{HONEYBEE}"),
        ('<img src="//s.w.org/images/core/emoji/72x72/1f4af.png" class="liveblog-emoji emoji-100">', "\N{HUNDRED POINTS SYMBOL}"),
        ('<img src="//s.w.org/images/core/emoji/72x72/1f1fa-1f1e6.png" class="liveblog-emoji emoji-ua">',
         "\N{REGIONAL INDICATOR SYMBOL LETTER U}\N{REGIONAL INDICATOR SYMBOL LETTER A}"),
        ('<img src="https://s.w.org/images/core/emoji/15/svg/1f525.svg" alt="\N{FIRE}" class="wp-smiley emoji">', "\N{FIRE}"),
    ],
    ids=["bee", "100", "flag", "core"],
)  # fmt: skip
def test_a_picture_of_an_emoji_is_the_emoji(picture: str, shown: str) -> None:
    (entry,) = read(comment(1, f"Said {picture} here.")).entries
    assert entry.values["body"] == f"Said {shown} here."
    assert entry.media == ()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("<wp:status>draft</wp:status>", "9 (draft)"),
        ("<wp:status>private</wp:status>", "9 (private)"),
        ("<wp:status>future</wp:status>", "9 (future)"),
        ("<wp:status>publish</wp:status><wp:post_password>secret</wp:post_password>", "9 (with a password)"),
        ("", "9 (no status)"),
    ],
)  # fmt: skip
def test_a_post_that_is_not_public_is_not_imported(state: str, told: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(comment(1, "Said."), state=state)
    assert str(refused.value).endswith(f"has no live blog that is public there: {told}")


def test_an_entry_that_was_deleted_does_not_come_back_by_a_later_edit() -> None:
    report = Report()
    gone = comment(1, "Said.")
    edits = [
        comment(2, "", liveblog_replaces="1"),
        comment(3, "Edited at once.", liveblog_replaces="1"),
    ]
    orphans = [comment(5, "More.", liveblog_replaces="4"), comment(6, "", liveblog_replaces="4")]
    found = read(gone, *edits, *orphans, comment(7, "It stays."), report=report)
    assert [entry.id for entry in found.entries] == ["7"]
    assert list(report.lines(ids=True)) == ["not carried: 1 entries that were deleted", "  1"]


def test_contributors_are_known_from_their_own_entries() -> None:
    wrote = comment(1, "Said.", more="<wp:comment_user_id>7</wp:comment_user_id>")
    named = comment(2, "Said too.", liveblog_contributors="a:2:{i:0;i:7;i:1;i:8;}").replace(
        ">Fin<", ">Ana<"
    )
    report = Report()
    entry = read(wrote, named, report=report).entries[1]
    assert [one["name"] for one in entry.values["credits"]] == ["Ana", "Fin"]
    assert list(report.lines(ids=False)) == [
        "not carried: 1 contributors whose names are not in the file"
    ]


def test_control_characters_and_times_without_a_zone_are_no_obstacle() -> None:
    report = Report()
    given = comment(1, "Sa\x08id\x0b.\t\x1f", gmt="0000-00-00 00:00:00")
    (entry,) = read(given, report=report).entries
    assert (entry.values["body"], entry.at.isoformat()) == ("Said.", "2022-02-25T12:01:00+00:00")
    assert list(report.lines(ids=True)) == [
        "not carried: 1 zones of times, which were read as UTC", "  1",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["x-unknown", "shift_jis", "hex", "utf-7"])
def test_an_encoding_that_is_not_known_is_told(encoding: str) -> None:
    written = exported(comment(1, "Said.")).replace('"UTF-8"', f'"{encoding}"')
    with pytest.raises(Malformed, match=r"^FILE: "):
        wordpress.read(written.encode(), None, Report())


def test_an_encoding_with_a_letter_for_each_byte_is_read() -> None:
    written = exported(comment(1, "Сказано.")).replace('"UTF-8"', '"windows-1251"')
    (entry,) = wordpress.read(written.encode("cp1251"), None, Report()).entries
    assert entry.values["body"] == "Сказано."


@pytest.mark.parametrize(
    "content",
    ["[embed]" * 100_000, "[caption]<img>" * 50_000, "[gallery" * 100_000, "\n" * 500_000 + "x",
     '<a class="liveblog-hash ' * 30_000, "[caption] <a" * 50_000],
    ids=["embeds", "captions", "galleries", "lines", "hashtags", "links"],
)  # fmt: skip
def test_markup_that_never_ends_costs_no_more_than_its_length(content: str) -> None:
    began = time.process_time()
    read(comment(1, content))
    assert time.process_time() - began < 8


async def test_a_site_that_moved_to_https_has_the_same_entries(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "export.xml"
    async with import_desk(tmp_path, store) as desk:
        added = []
        for home in ("http://News.example.org", "https://news.example.org"):
            file.write_text(exported(comment(1, "Said."), home=home))
            added.append((await desk.load("live", file, "wordpress"))[0].added)
    assert added == [1, 0]


async def test_an_export_that_wordpress_and_the_plugin_wrote(store: Store, tmp_path: Path) -> None:
    """WordPress 6.1 and the plugin 1.12, with an entry of each kind: `WPCOM_Liveblog_Entry` made, changed and deleted them."""
    async with import_desk(tmp_path, store) as desk:
        done, lost = await desk.load("live", "wordpress-written.xml", "wordpress")
        assert (done.added, done.refused) == (7, 0)
        found = await desk.entries("live")
        assert [entry.body for entry in found] == [
            "The line holds in #kharkiv \N{HONEYBEE} \N{HUNDRED POINTS SYMBOL} now.",
            "With **Ana**, by [Ana Reporter](<https://news.example.org/?author=-1>).",
            "Third text.\n\n<https://www.youtube.com/watch?v=dQw4w9WgXcQ>",
            "No author.",
            "No author by an edit, edited.",
            "Was key once.",
            "Control here \\]\\]> end & *it*.",
        ]
        assert [entry.key for entry in found] == [True, *[False] * 6]
        assert found[0].topics == ("kharkiv",)
        assert [one.name for one in found[1].credits] == ["Ana Reporter", "admin"]
        assert found[4].credits == ()
        assert lost == [
            "not carried: 1 entries in the trash", "  7",
            "not carried: 1 contributors whose names are not in the file", "  3",
            "not carried: 1 earlier texts of edited entries", "  4",
        ]  # fmt: skip
        # Another post, which was private, is in the file too.
        assert [story.title for story in await desk.store.stories.recent()] == ["Kharkiv & live"]
