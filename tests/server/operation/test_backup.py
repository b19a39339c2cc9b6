"""Backups: consistent while others write, the same from one database to the other, and whole or not there at all."""

from __future__ import annotations

import asyncio
import io
import json
import os
import secrets
import sqlite3
import tarfile
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backups import KEY, Desk, restored
from buckets import KEY as BUCKET_KEY
from buckets import Buckets
from paths import DATA
from processes import PATIENCE, Postgres
from sqlalchemy import delete, func, select, update

from liveblog.backup import output
from liveblog.backup.archive import MANIFEST, Writer
from liveblog.backup.progress import Progress
from liveblog.backup.save import save
from liveblog.errors import BadBackup, Conflict, SettingsError, Unavailable
from liveblog.store import Folder, Store, schema
from liveblog.store.backup.target import SqliteFile
from liveblog.store.media.bucket import Bucket
from liveblog.store.tables import entries, events, metadata, sessions, stories

pytestmark = pytest.mark.anyio
# Tables that no backup has, because their rows let somebody in. All others must be in it.
LEFT_OUT = {"sessions", "invitations", "setup_links"}
SECRET = "the name that must not be named"
GONE = '[{"id": "m1"}]'
PICTURE = b"a picture, as far as anybody here knows" * 1000


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'liveblog.sqlite3'}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (tmp_path / "a").mkdir()
    made = await Desk.open(address(tmp_path / "a"), tmp_path / "a" / "media")
    yield await made.begin()
    await made.close()


async def fill(desk: Desk) -> None:
    """Something of everything that a story has."""
    picture = await desk.upload(PICTURE, b"smaller")
    first = await desk.post(
        "The bridge **stands**. Міст стоїть. \U0001f525", key=True, topics=["bridge"]
    )
    await desk.edit(first, body="The bridge is closed.", correction="It was closed at noon.")
    await desk.post("Shown.", media=[{"id": picture, "alt": "A bridge"}], pinned=True)
    await desk.remove(await desk.post("Taken down."))
    await desk.remove(await desk.post("Purged."), purge=True)
    await desk.post("For later.", publish_at="2120-02-25T15:00:00Z")
    await desk.store.drafts.keep(desk.editor.id, 1, "new.a1", None, '{"body": "Half a sen"}', 0)
    await desk.store.accounts.add_token("ed@example.org", "laptop")
    await desk.store.sessions.begin(desk.editor, "Firefox", datetime.now(UTC))


async def test_from_one_database_to_the_other_and_back(
    desk: Desk, postgres: Postgres, tmp_path: Path
) -> None:
    await fill(desk)
    await desk.fill_empty_tables()
    before = await desk.rows()
    backup, saved = await desk.backup()
    assert (saved.files, saved.missing, saved.deleted) == (2, [], [])
    assert {*before, *LEFT_OUT} == metadata.tables.keys()
    assert [table for table, rows in before.items() if not rows] == []
    middle = postgres.database(f"backup_{secrets.token_hex(4)}")
    await restored(backup, middle, tmp_path / "b")
    there = await Desk.open(middle, tmp_path / "b")
    try:
        assert await there.rows() == before
        assert await there.faults() == []
        backup, _ = await there.backup()
        assert await taken_numbers(there.store) == []
        there.editor = desk.editor
        await there.post("It goes on, with the next numbers.")
        await there.store.accounts.add_token("ed@example.org", "another")
    finally:
        await there.close()
    await restored(backup, address(tmp_path / "c"), tmp_path / "c" / "media")
    back = await Desk.open(address(tmp_path / "c"), tmp_path / "c" / "media")
    try:
        assert await back.rows() == before
        assert await back.faults() == []
        (one,) = await back.store.stories.recent()
        assert one.epoch != (await desk.store.stories.get("kharkiv")).epoch
        for story in (desk, back):
            media = story.files.path
            assert {p.read_bytes() for p in media.rglob("*.jpg")} == {PICTURE, b"smaller"}
    finally:
        await back.close()


async def taken_numbers(store: Store) -> list[str]:
    """The tables of PostgreSQL whose next row would have the number of a row that is there."""
    found = []
    async with store.database.write() as connection:
        for table in metadata.sorted_tables:
            if (column := table.autoincrement_column) is not None:
                sequence = func.nextval(func.pg_get_serial_sequence(table.name, column.name))
                highest = (await connection.execute(select(func.max(column)))).scalar() or 0
                if (await connection.execute(select(sequence))).scalar_one() != highest + 1:
                    found.append(table.name)
    return found


async def test_a_backup_under_load_has_what_was_acknowledged_before_it_began(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveblog.backup.save.PART_BYTES", 4_000)
    acknowledged: list[str] = []
    ends = asyncio.Event()

    async def post() -> None:
        while not ends.is_set():
            entry = await desk.post(f"Update {len(acknowledged)}.")
            acknowledged.append(entry.id)
            await desk.edit(entry, body="Changed at once.")

    posting = [asyncio.create_task(post()) for _ in range(3)]
    while len(acknowledged) < 20:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)
    before = set(acknowledged)
    backup, _ = await desk.backup()
    went_on = len(acknowledged) - len(before)
    ends.set()
    await asyncio.gather(*posting)
    assert went_on > 0
    await restored(backup, address(tmp_path / "b"), tmp_path / "b" / "media")
    there = await Desk.open(address(tmp_path / "b"), tmp_path / "b" / "media")
    try:
        assert await there.faults() == []
        found = await there.rows()
        assert before <= {row["id"] for row in found["entries"]}
        seqs = sorted(row["seq"] for row in found["events"])
        assert seqs == list(range(1, found["stories"][0]["head"] + 1))
    finally:
        await there.close()


async def test_sessions_and_links_are_not_in_a_backup(desk: Desk, tmp_path: Path) -> None:
    await fill(desk)
    backup, saved = await desk.backup()
    assert LEFT_OUT & saved.header.rows.keys() == set()
    assert KEY.encode() not in backup
    await restored(backup, address(tmp_path / "b"), tmp_path / "m")
    store = Store(address(tmp_path / "b"))
    try:
        async with store.database.read() as connection:
            assert (await connection.execute(sessions.select())).all() == []
    finally:
        await store.close()


async def test_what_was_purged_later_is_in_no_byte_of_what_is_restored(
    desk: Desk, tmp_path: Path
) -> None:
    picture = await desk.upload(SECRET.encode() * 100)
    free = await desk.upload(SECRET.encode() * 200)
    entry = await desk.post(f"It was {SECRET}.", key=True, media=[{"id": picture}])
    await desk.edit(entry, body=f"It was, we hear, {SECRET}.")
    other = await desk.post("This stays.")
    await desk.store.drafts.keep(desk.editor.id, 1, "new.a1", None, json.dumps({"body": SECRET}), 0)
    backup, _ = await desk.backup()
    assert SECRET.encode() in backup
    # Sent after the backup, from the draft, with the upload.
    later = await desk.post(SECRET, media=[{"id": free}])
    await desk.remove(entry, purge=True)
    await desk.remove(later, purge=True)
    purged = await desk.store.purges.since(None)
    assert purged == [entry.id, later.id]
    tomorrow = datetime(2199, 1, 1, tzinfo=UTC)
    assert await desk.store.purges.since(tomorrow) == []
    done = await restored(
        backup, address(tmp_path / "b"), tmp_path / "b" / "media", purged=[*purged, "eunknown"]
    )
    assert done.purged == 1
    left = [path for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["liveblog.sqlite3"]
    assert [path for path in left if SECRET.encode() in path.read_bytes()] == []
    there = await Desk.open(address(tmp_path / "b"), tmp_path / "b" / "media")
    try:
        assert await there.faults() == []
        assert await there.store.purges.since(None) == [entry.id]
        assert (await there.store.stories.entry("kharkiv", other.id))[1].body == "This stays."
    finally:
        await there.close()


async def test_media_that_are_not_there_do_not_stop_a_backup(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file is missing, one is cut short, and one medium is purged meanwhile."""
    missing, cut, kept = [await desk.upload(PICTURE, PICTURE) for _ in range(3)]
    purged = await desk.post("Soon gone.", media=[{"id": await desk.upload(b"x" * 600_000)}])
    (gone,) = purged.media
    media = desk.files.path
    (media / missing / "1.jpg").unlink()
    (media / cut / "0.jpg").write_bytes(PICTURE[:1000])
    read = desk.files.read

    async def slowly(name: str, start: int, end: int) -> AsyncIterator[bytes]:
        if name.startswith(gone.id):
            await desk.remove(purged, purge=True)
        async for chunk in read(name, start, end):
            yield chunk

    monkeypatch.setattr(desk.files, "read", slowly)
    backup, saved = await desk.backup()
    lost = {f"{missing}/1.jpg", f"{cut}/0.jpg"}
    assert (set(saved.missing), saved.deleted) == (lost, [f"{gone.id}/0.jpg"])
    done = await restored(backup, address(tmp_path / "b"), tmp_path / "m")
    assert set(done.staged.lost) == lost | {f"{gone.id}/0.jpg"}
    there = await Desk.open(address(tmp_path / "b"), tmp_path / "m")
    try:
        assert len(await there.faults()) == 3
        assert (tmp_path / "m" / kept / "0.jpg").read_bytes() == PICTURE
        assert not (tmp_path / "m" / cut / "0.jpg").exists()
    finally:
        await there.close()


async def test_a_bucket_is_saved_and_restored(desk: Desk, tmp_path: Path) -> None:
    large = os.urandom(1_500_000)  # more than one part
    picture = await desk.upload(PICTURE, large)
    backup, _ = await desk.backup()
    with Buckets(tmp_path / "s3") as buckets:
        place = f"s3://desk/live?endpoint=http://127.0.0.1:{buckets.port}"
        bucket = Bucket(place, (BUCKET_KEY, BUCKET_KEY))
        await restored(backup, address(tmp_path / "b"), tmp_path, files=bucket)
        assert buckets.media() == {
            f"{picture}/0.jpg": len(PICTURE),
            f"{picture}/1.jpg": len(large),
        }
        there = await Desk.open(address(tmp_path / "b"), tmp_path)
        try:
            there.files = bucket  # type: ignore[assignment]  # another kind of the same
            assert await there.faults() == []
            assert (await there.backup())[1].files == 2
        finally:
            await there.close()
        with pytest.raises(Conflict, match="holds files already"):
            await restored(backup, address(tmp_path / "c"), tmp_path, files=bucket)
        await desk.upload(b"another")
        (tmp_path / "d").mkdir()
        empty = await Desk.open(address(tmp_path / "d"), tmp_path / "none")
        without, _ = await (await empty.begin()).backup()
        await empty.close()
        await restored(without, address(tmp_path / "b"), tmp_path, files=bucket, replace=True)
        assert buckets.media() == {}


@pytest.mark.parametrize("release", ["0.1.0", "0.2.0"])
async def test_a_backup_of_an_older_schema_is_migrated(release: str, tmp_path: Path) -> None:
    backup = await of_release(release, tmp_path / "old.sqlite3")
    upgraded = Store(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    await schema.migrate(upgraded.database)
    await upgraded.close()
    await restored(backup, address(tmp_path / "b"), tmp_path / "m")
    expected = await Desk.open(f"sqlite:///{tmp_path / 'old.sqlite3'}", tmp_path / "m")
    there = await Desk.open(address(tmp_path / "b"), tmp_path / "m")
    try:
        assert await there.rows() == await expected.rows()
        assert await there.faults() == []
    finally:
        await there.close()
        await expected.close()


async def test_what_holds_something_is_only_replaced_if_that_was_asked_for(
    desk: Desk, postgres: Postgres, tmp_path: Path
) -> None:
    await fill(desk)
    backup, _ = await desk.backup()
    url = postgres.database(f"backup_{secrets.token_hex(4)}")
    for target in (url, address(tmp_path / "b")):
        await restored(backup, target, tmp_path / "media")
        there = await Desk.open(target, tmp_path / "media")
        there.editor = desk.editor
        newer = await there.post(
            "Written after the backup.", media=[{"id": await there.upload(b"x")}]
        )
        before = await there.rows()
        await there.close()
        files = {path: path.read_bytes() for path in (tmp_path / "media").rglob("*.jpg")}
        with pytest.raises(Conflict, match="--replace"):
            await restored(backup, target, tmp_path / "elsewhere")
        there = await Desk.open(target, tmp_path / "media")
        assert await there.rows() == before
        await there.close()
        assert {p: p.read_bytes() for p in (tmp_path / "media").rglob("*.jpg")} == files
        if target is url:
            misfit = changed(backup, "rows/users", b'"name":"Ed"', rb'"name":"E\u0000d"')
            with pytest.raises(Conflict, match="does not take the rows of the table users;"):
                await restored(misfit, target, tmp_path / "media", replace=True)
            there = await Desk.open(target, tmp_path / "media")
            assert await there.rows() == before
            await there.close()
            assert {p: p.read_bytes() for p in (tmp_path / "media").rglob("*.jpg")} == files
        await restored(backup, target, tmp_path / "media", replace=True)
        there = await Desk.open(target, tmp_path / "media")
        assert newer.id not in str(await there.rows())
        assert await there.rows() == await desk.rows()
        assert await there.faults() == []
        await there.close()
        assert len(list((tmp_path / "media").rglob("*.jpg"))) == 2
        for path in (tmp_path / "media").iterdir():
            for file in path.iterdir():
                file.unlink()
            path.rmdir()


async def test_a_database_in_use_and_a_folder_with_media_are_left_alone(
    desk: Desk, tmp_path: Path
) -> None:
    await fill(desk)
    backup, _ = await desk.backup()
    await desk.post("The server runs.")
    with pytest.raises(Unavailable, match="stop it first"):
        await restored(backup, address(tmp_path / "a"), tmp_path / "a" / "media", replace=True)
    assert len(await desk.rows()) > 10
    with pytest.raises(Conflict, match="holds files already"):
        await restored(backup, address(tmp_path / "b"), tmp_path / "a" / "media")
    assert not (tmp_path / "b" / "liveblog.sqlite3").exists()


async def test_a_damaged_database_is_replaced(desk: Desk, tmp_path: Path) -> None:
    await fill(desk)
    backup, _ = await desk.backup()
    place = tmp_path / "b"
    place.mkdir()
    for suffix in ("", "-wal", "-shm"):
        (place / f"liveblog.sqlite3{suffix}").write_bytes(b"no database" * 1000)
    with pytest.raises(Conflict, match="--replace"):
        await restored(backup, address(place), place / "media")
    await restored(backup, address(place), place / "media", replace=True)
    there = await Desk.open(address(place), place / "media")
    try:
        assert await there.faults() == []
    finally:
        await there.close()


def members(backup: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(backup)) as archive:
        return [(info, archive.extractfile(info).read()) for info in archive]  # type: ignore[union-attr]


def written(parts: list[tuple[str, bytes]]) -> bytes:
    """A backup of these members, with a right manifest."""
    out = io.BytesIO()
    with Writer(out, 0) as writer:
        for name, content in parts:
            if name != MANIFEST:
                writer.add(name, content)
        writer.finish()
    return out.getvalue()


def changed(backup: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The backup with other bytes in the members whose names begin so; its manifest is right again."""
    parts = [(info.name, content) for info, content in members(backup)]
    assert any(one.startswith(name) and old in content for one, content in parts)
    return written([(n, c.replace(old, new) if n.startswith(name) else c) for n, c in parts])


def with_member(backup: bytes, info: tarfile.TarInfo) -> bytes:
    """The backup with another member after its head."""
    head = 512 + len(members(backup)[0][1]) + -len(members(backup)[0][1]) % 512
    return backup[:head] + info.tobuf(tarfile.GNU_FORMAT) + backup[head:]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


async def test_whatever_is_wrong_with_a_backup_is_refused_in_one_line(
    desk: Desk, tmp_path: Path
) -> None:
    picture = await desk.upload(PICTURE)
    await desk.post("Shown.", media=[{"id": picture}])
    good, _ = await desk.backup()
    media = f"media/{picture}/0.jpg"
    text = good.index(b"Shown.")
    image = good.index(PICTURE)
    last = good.index(MANIFEST.encode())
    huge = member(media)
    huge.size = 8 * 1024**4
    old = await of_release("0.1.0", tmp_path / "old.sqlite3")
    zeros = io.BytesIO()
    with tarfile.open(fileobj=zeros, mode="w") as archive:
        archive.addfile(member("notes.txt"))
    cases = {
        "empty": (b"", "is not a backup"),
        "text": (b"SELECT 1;\n" * 1000, "is not a backup"),
        "another tar": (zeros.getvalue(), "is not a backup"),
        "compressed": (b"\x1f\x8b" + bytes(600), "gzip -dc FILE"),
        "cut in its head": (good[:700], "cut short"),
        "cut in the rows": (good[:text], "cut short"),
        "cut between members": (good[: last // 512 * 512], "cut short"),
        "cut in the media": (good[: image + 512], "cut short"),
        "cut at the end": (good[:-1024], "cut short"),
        "a bit in a row": (good[:text] + b"X" + good[text + 1 :], "damaged at rows/entries-"),
        "a bit in a picture": (good[:image] + b"X" + good[image + 1 :], f"damaged at {media}"),
        "a bit in the manifest": (good.replace(b'"end":true', b'"enf":true'), "damaged"),
        "more after the end": (good + b"more", "goes on after its end"),
        "a link": (with_member(good, member(media, tarfile.SYMTYPE, "/etc/passwd")), "holds a link"),
        "a hard link": (with_member(good, member(media, tarfile.LNKTYPE, "x")), "holds a link"),
        "a device": (with_member(good, member(media, tarfile.CHRTYPE)), "holds a device"),
        "a folder": (with_member(good, member("media", tarfile.DIRTYPE)), "holds a folder"),
        "an extended header": (with_member(good, member("x", tarfile.XHDTYPE)), "a strange kind"),
        "a way up": (with_member(good, member("media/../../x")), "holds 'media/../../x'"),
        "another way up": (with_member(good, member("media/m1/..")), "holds 'media/m1/..'"),
        "an absolute path": (with_member(good, member("/etc/cron.d/x")), "holds '/etc/cron.d/x'"),
        "more than there is": (with_member(good, huge), "so"),
        "a part too large": (large_part(good), "larger than a part"),
        "no such table": (renamed(good, "rows/users-", "rows/others-"), "does not belong there"),
        "another order": (out_of_order(good), "does not belong there"),
        "a column more": (changed(good, "rows/users", b'{"id":', b'{"x":1,"id":'), "do not fit"),
        "a wrong value": (changed(good, "rows/users", b'"id":1,', b'"id":"1",'), "do not fit"),
        "no reference": (changed(good, "rows/entries", b'"story_id":1', b'"story_id":7'), "do not fit"),
        "no JSON": (changed(good, "rows/users", b"{", b"["), "do not fit"),
        "deep JSON": (changed(good, "rows/users", b'{"id"', b"[" * 100_000 + b'{"id"'), "do not fit"),
        "rows less": (dropped(good, "rows/events-"), "not have the rows that its head names"),
        "a deep head": (written([("liveblog-backup.json", b"[" * 100_000)]), "is not a backup"),
        "a time without a zone": (changed(good, "rows/users", b'+00:00"', b'"'), "do not fit"),
        "files of no kind": (changed(good, "rows/media", b'"files":[{', b'"files":[1,{'), "no server stores"),
        "a strange role": (changed(good, "rows/users", b'"admin"', b'"emperor"'), "no server stores"),
        "an older one, with media": (with_member(old, member("media/m1/0.jpg")), "does not know"),
        "a newer format": (changed(good, "liveblog-backup", b'"format": 1', b'"format": 2'), "format '2'"),
        "a newer schema": (changed(good, "liveblog-backup", b'"schema_revision": "', b'"schema_revision": "9'), "does not know"),
    }  # fmt: skip
    place = tmp_path / "b"
    for name, (backup, why) in cases.items():
        with pytest.raises(BadBackup) as caught:
            await restored(backup, address(place), place / "media")
        assert why in str(caught.value), name
        assert str(caught.value).startswith("b.tar: "), name
        assert "\n" not in str(caught.value), name
        left = [p for p in place.rglob("*") if p.is_file()]
        assert left == [], name
    await restored(good, address(place), place / "media")


async def of_release(release: str, path: Path) -> bytes:
    """A backup of a database of an earlier release, which is at `path` then."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATA / f"liveblog-{release}.sql").read_text())
    store = Store(f"sqlite:///{path}")
    out = io.BytesIO()
    try:
        at = await schema.current(store.database)
        saved = await save(store, Folder(path.parent / "none"), out, KEY, Progress(""))
        assert saved.header.schema_revision == at != schema.newest()
    finally:
        await store.close()
    return out.getvalue()


def large_part(backup: bytes) -> bytes:
    info = member("rows/users-000000.jsonl")
    info.size = 65 * 1024**2
    return with_member(backup, info)


def renamed(backup: bytes, old: str, new: str) -> bytes:
    return written([(i.name.replace(old, new), content) for i, content in members(backup)])


def dropped(backup: bytes, name: str) -> bytes:
    return written([(i.name, c) for i, c in members(backup) if not i.name.startswith(name)])


def out_of_order(backup: bytes) -> bytes:
    rows = [(info.name, c) for info, c in members(backup) if not info.name.startswith("media/")]
    return written([*rows, next(one for one in rows if one[0].startswith("rows/users-"))])


async def test_check_names_each_fault_in_a_line(desk: Desk) -> None:
    await fill(desk)
    assert await desk.faults() == []
    rows = (await desk.rows())["entries"]
    (shown,) = [one for one in rows if one["body"] == "Shown."]
    (taken_down,) = [one["id"] for one in rows if one["body"] == "Taken down."]
    (edited,) = [one["id"] for one in rows if one["corrections"]]
    medium = shown["media"][0]["id"]
    async with desk.store.database.write() as connection:
        await connection.execute(delete(events).where(events.c.seq == 2))
        await connection.execute(update(stories).values(head=99))
        await connection.execute(update(events).where(events.c.seq == 3).values(payload="{}"))
        await connection.execute(update(entries).where(entries.c.id == shown["id"]).values(rev=7))
    (desk.files.path / medium / "0.jpg").unlink()
    (desk.files.path / medium / "1.jpg").write_bytes(b"short")
    path = Path(desk.store.database.engine.url.database or "")
    with closing(sqlite3.connect(path)) as connection_, connection_:
        connection_.execute("UPDATE tokens SET user_id = 77")
        connection_.execute("UPDATE entries SET media = ? WHERE body = 'Taken down.'", (GONE,))
    (desk.files.path / ("m" + "0" * 32)).mkdir()
    last = max(row["seq"] for row in (await desk.rows())["events"])
    faults = await desk.faults()
    assert faults == [
        "tokens: rows that refer to users that are not there: 1",
        f"story kharkiv: its head is 99, its last event {last}",
        "story kharkiv: event 2 is missing",
        "story kharkiv: event 3 says that it is another",
        *sorted(
            f"entry {one}: it is published in revision {rev}, its last event is entry.published of revision 1"
            for one, rev in ((edited, 2), (shown["id"], 7))
        ),
        f"entry {shown['id']}: revision 7 is missing in its history",
        f"media m1: entry {taken_down} shows it, but it is not there",
        f"media {medium}/0.jpg: is missing",
        f"media {medium}/1.jpg: has 5 bytes instead of 7",
        f"media m{'0' * 32}: has files, but the database does not know it",
    ]


async def test_a_full_disk_is_named_and_not_taken_for_the_database(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb") as full:
        monkeypatch.setattr("sys.stdout", full)
        with (
            pytest.raises(SettingsError, match=r"^FILE: standard output .* \(No space left"),
            output.private_file("-") as out,
        ):
            await save(desk.store, desk.files, out, KEY, Progress(""))


async def test_a_restore_that_is_cancelled_in_its_last_step_is_whole(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(desk)
    backup, _ = await desk.backup()
    begun, cancelled = asyncio.Event(), threading.Event()
    loop, move = asyncio.get_running_loop(), SqliteFile._move

    def slowly(target: SqliteFile, made: Path) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert cancelled.wait(PATIENCE)
        move(target, made)

    monkeypatch.setattr(SqliteFile, "_move", slowly)
    place = tmp_path / "b"
    restoring = asyncio.create_task(restored(backup, address(place), place / "media"))
    await begun.wait()
    restoring.cancel()
    await asyncio.sleep(0)  # it is told
    cancelled.set()
    await restoring
    there = await Desk.open(address(place), place / "media")
    try:
        assert await there.faults() == []
        assert await there.rows() == await desk.rows()
    finally:
        await there.close()


def fail_in(target: Path) -> None:
    with output.private_file(str(target)) as file:
        file.write(b"nothing")
        raise BadBackup("it fails")


def test_a_file_is_its_owners_alone_and_there_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0)
    try:
        target = tmp_path / "b.tar"
        with output.private_file(str(target)) as file:
            (part,) = tmp_path.iterdir()
            assert part.stat().st_mode & 0o777 == 0o600
            file.write(b"half")
            assert not target.exists()
        assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"half", 0o600)
        with pytest.raises(BadBackup):
            fail_in(target)
        assert target.read_bytes() == b"half"
        assert list(tmp_path.iterdir()) == [target]
        abandoned, other = (tmp_path / f".{name}.0123abcd" for name in ("b.tar", "c.tar"))
        for left in (abandoned, other):
            left.write_bytes(b"left by a process that was killed")
        with output.private_file(str(target)), output.private_file(str(target)):
            assert not abandoned.exists()
            assert len(list(tmp_path.glob(".b.tar.*"))) == 2  # both are being written
        assert other.exists()
        with (tmp_path / "standard").open("wb") as standard, monkeypatch.context() as patched:
            patched.setattr("sys.stdout", standard)
            with output.private_file("-") as file:
                file.write(b"\xff")
            assert (tmp_path / "standard").read_bytes() == b"\xff"
        for wrong in (str(tmp_path), "/dev/null", str(tmp_path / "no" / "b.tar"), "a\0b"):
            with pytest.raises(SettingsError, match="FILE: "), output.private_file(wrong):
                pass
    finally:
        os.umask(before)
