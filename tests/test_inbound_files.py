"""What comes with messages: pictures by e-mail, Telegram and Slack end in the queue without what they tell."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands import run
from conftest import SLACK_SECRET
from copies import database
from desk_client import Editor, add_token, add_user
from outside import Outside, page
from outside_server import Elsewhere, OutsideServer, outside_server
from photos import PLACE, SECRET, exiftool, jpeg, photo, recording, telling_png
from PIL import Image
from processes import NO_TLS, PATIENCE, Server, until
from test_beside import new_story
from test_media import HARMLESS, REFUSED

from liveblog.inbound.files import MB, of_slack, of_telegram, untaken_note
from liveblog.models.members import Role
from liveblog.net.signatures import HEADER, sealed, signature, unsealed
from liveblog.store import Received, Store

HOSTS = ("api.telegram.org", "slack.com", "files.slack.com", "evil.example")
BOT = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
APP = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy"
NAME = "IMG_of_Olena.jpg"


@pytest.fixture(scope="module")
def server(elsewhere: Elsewhere) -> Iterator[OutsideServer]:
    with elsewhere.server(LIVEBLOG_SLACK_SIGNING_SECRET=SLACK_SECRET) as running:
        add_user(running.env, "tips@example.org", "contributor", "Tips")
        yield running
        said = running.said()
        assert "Traceback" not in said
        assert BOT not in said
        assert APP not in said


@pytest.fixture
def editor(server: OutsideServer, token: str) -> Iterator[Editor]:
    client = Editor(server.url, token)
    yield client
    client.close()


class Correspondent:
    """Somebody who sends by an inlet of a story of their own."""

    def __init__(
        self, server: Server, editor: Editor, kind: str, token: str = "", **env: str
    ) -> None:
        self.editor, self.server, self.kind = editor, server, kind
        self.slug = editor.story()
        self.channel = "C" + self.slug.removeprefix("story-").upper()
        more = ("--channel", self.channel) if kind == "slack" else ()
        env = dict(server.env) | ({"LIVEBLOG_BOT_TOKEN": token} if token else {}) | env
        words = ("inlet", "add", kind, self.slug, "--account", "tips@example.org")
        done = run(
            *words, "--sender", "7=Correspondent B", "--sender", "olena@example.org", *more, env=env
        )
        assert done.returncode == 0, done.stderr
        self.secret = done.stdout.strip()
        self.updates = 0

    def telegram(self, number: int, kind: str = "message", update: int = 0, **said: Any) -> Any:
        self.updates = update or self.updates + 1
        message = {"message_id": number, "chat": {"id": 7}, "from": {"id": 7}} | said
        sent = {"update_id": self.updates, kind: message}
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        return self._entry(json.dumps(sent).encode(), headers)

    def slack(self, ts: str, **said: Any) -> Any:
        event = {"type": "message", "channel": self.channel, "user": "7", "ts": ts} | said
        body, stamp = json.dumps({"type": "event_callback", "event": event}), str(int(time.time()))
        made = hmac.new(SLACK_SECRET.encode(), f"v0:{stamp}:{body}".encode(), sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}
        return self._entry(body.encode(), headers)

    def mail(self, body: bytes, kind: str = "message/rfc822") -> httpx2.Response:
        signs = {HEADER: signature(self.secret, body, int(time.time())), "Content-Type": kind}
        return self.post(body, signs)

    def _entry(self, body: bytes, headers: dict[str, str]) -> Any:
        answer = self.post(body, headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["entry"]

    def post(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        address = f"{self.server.url}/api/inbound/{self.kind}"
        return httpx2.post(
            address, content=body, headers=headers, timeout=PATIENCE, trust_env=False, verify=NO_TLS
        )

    def queue(self) -> list[dict[str, Any]]:
        """What waits, the oldest first."""
        found = self.editor.http.get(f"/api/stories/{self.slug}/entries?status=submitted").json()
        rows: list[dict[str, Any]] = found["entries"]
        return sorted(rows, key=lambda row: str(row["created_at"]))

    def notes(self, entry: str) -> list[str]:
        said = self.editor.http.get(f"/api/stories/{self.slug}/entries/{entry}/notes").json()
        return [note["text"] for note in said["notes"]]

    async def has(self, *numbers: int) -> list[dict[str, Any]]:
        """The queue, once its entries have so many media each."""
        await until(lambda: [len(row["media"]) for row in self.queue()] == list(numbers))
        return self.queue()

    async def notes_of(self, entry: str, count: int = 1) -> list[str]:
        await until(lambda: len(self.notes(entry)) == count)
        return self.notes(entry)


def telegram_has(outside: Outside, file: str, content: bytes) -> str:
    """Telegram's file, and where it is."""
    path = f"photos/{file}.jpg"
    told = {"ok": True, "result": {"file_id": file, "file_size": len(content), "file_path": path}}
    at = f"/bot{BOT}/getFile"

    async def get_file(writer: Any) -> None:
        query = outside.asked[-1].path.partition("?")[2]
        known = files.get(query.removeprefix("file_id="))
        refused = page('{"ok": false, "description": "Bad Request: file is too big"}', status=400)
        writer.write(page(json.dumps(known)) if known else refused)
        await writer.drain()

    files: dict[str, Any] = getattr(outside.says.get(("api.telegram.org", at)), "files", {})
    files[file] = told
    get_file.files = files  # type: ignore[attr-defined]
    outside.says["api.telegram.org", at] = get_file
    where = f"/file/bot{BOT}/{path}"
    outside.says["api.telegram.org", where] = page(content, kind="image/jpeg")
    return where


def located() -> bytes:
    """A small picture that tells where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, SECRET
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 0.0, 16.38), 3: "E", 4: (36.0, 13.0, 51.7)})
    return jpeg(exif=exif, comment=SECRET.encode())


def slack_has(outside: Outside, content: bytes, **said: Any) -> None:
    url = f"https://files.slack.com/files-pri/T1-F1/download/{NAME.lower()}"
    file = {"id": "F024BERPE", "size": len(content), "url_private_download": url} | said
    outside.tells("slack.com", "/api/files.info", {"ok": True, "file": file})
    outside.says["files.slack.com", f"/files-pri/T1-F1/download/{NAME.lower()}"] = page(
        content, kind="image/jpeg"
    )


def require_nothing_told(editor: Editor, row: dict[str, Any], folder: Path) -> None:
    """Neither the files that would be served, nor what the desk or the database have, tell of the sender."""
    folder.mkdir(exist_ok=True)
    for medium in row["media"]:
        for number, variant in enumerate(medium["variants"]):
            answer = editor.http.get(variant["url"], follow_redirects=True)
            assert answer.status_code == 200
            assert SECRET.encode() not in answer.content
            suffix = variant["url"].rpartition(".")[2]
            (folder / f"{medium['id']}-{number}.{suffix}").write_bytes(answer.content)
    pictures = [path for path in folder.iterdir() if path.suffix in {".jpg", ".webp"}]
    for about in json.loads(exiftool("-j", "-G", "-a", "-u", "-U", "-ee", *map(str, pictures))):
        told = {name for name in about if not name.startswith("File:")} - HARMLESS
        assert not told, {name: about[name] for name in told}
    shown = json.dumps(row)
    assert PLACE[0] not in shown
    assert NAME not in shown


# --- the list of what is to be fetched


async def test_a_file_is_fetched_by_one_in_its_turn_and_by_another_later(
    either_store: Store,
) -> None:
    store = either_store
    user = await store.accounts.add("tips@example.org", "Tips", Role.CONTRIBUTOR, "!")
    await new_story(store, "a")
    inlet = await store.inlets.add("telegram", "a", user, channel=None, anyone=True)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    later = now + timedelta(minutes=3)
    async with store.log.transaction("a") as tx:
        took = [await tx.inbound.take_in(inlet.id, "m", Received("e1", 1, n)) for n in (1, 2)]
        assert took == [True, False]
        assert await tx.inbound.received(inlet.id, "m") == Received("e1", 1, 1)
        await tx.inbound.add_attachments(inlet.id, "e1", ["one", "two"], now)
        await tx.inbound.add_attachments(inlet.id, "e2", [], now)
    assert await store.attachments.due(now, 8) == ["e1"]
    taken = await asyncio.gather(*(store.attachments.take("e1", now, later) for _ in range(4)))
    found = [one for one in taken if one]  # on PostgreSQL those that come at once want the same one
    while more := await store.attachments.take("e1", now, later):
        found.append(more)
    one, two = sorted(found)
    assert ((one.file, one.tries), (two.file, two.tries)) == (("one", 1), ("two", 1))
    assert await store.attachments.due(now, 8) == []
    again = await store.attachments.take("e1", later, later)
    assert again == one._replace(tries=2)
    await store.attachments.put_off(two.id, later + timedelta(hours=1))
    async with store.log.transaction("a") as tx:
        assert await tx.inbound.close_attachment(one.id)
        assert not await tx.inbound.close_attachment(one.id)
    assert await store.attachments.due(later, 8) == []
    await store.inlets.remove(inlet.id)
    assert await store.attachments.due(later + timedelta(hours=1), 8) == []


# --- e-mail


def test_a_mail_brings_its_pictures(server: OutsideServer, editor: Editor, tmp_path: Path) -> None:
    olena = Correspondent(server, editor, "email")
    mail = EmailMessage()
    mail["From"], mail["Message-ID"], mail["Subject"] = "olena@example.org", "<1@a>", "The bridge"
    mail.set_content("It stands.\n")
    mail.add_related(telling_png(), "image", "png", cid="<a@b>", filename=NAME)
    for content, kind in (
        (located(), "image/jpeg"),
        (b"%PDF-1.4", "application/pdf"),
        (REFUSED["bomb"][0], "image/png"),
        (REFUSED["cut_png"][0], "image/png"),
        (recording(tmp_path, "a.mp3"), "audio/mpeg"),
        (jpeg(), "application/octet-stream"),
        (b"-----BEGIN PGP SIGNATURE-----", "application/pgp-signature"),
    ):
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, main, sub, filename=NAME)
    mail.add_attachment(EmailMessage())
    answer = olena.mail(mail.as_bytes())
    assert answer.status_code == 202, answer.text
    (row,) = olena.queue()
    assert (row["id"], row["headline"], row["body"]) == (
        answer.json()["entry"],
        "The bridge",
        "It stands.",
    )
    assert [one["kind"] for one in row["media"]] == ["picture", "picture", "audio", "picture"]
    assert [one["alt"] for one in row["media"]] == [None] * 4
    require_nothing_told(editor, row, tmp_path / "served")
    (note,) = olena.notes(row["id"])
    assert note.startswith("4 attachments were not taken: no. 3 is not a picture (JPEG, ")
    assert "; no. 4 has too many pixels; at most 50 megapixels" in note
    assert "; no. 5 is broken or cut short" in note
    assert NAME not in note
    kept = {path.name for path in (server.folder / "data" / "media").iterdir()}
    assert olena.mail(mail.as_bytes()).json() == {"ok": True, "entry": None}
    assert {path.name for path in (server.folder / "data" / "media").iterdir()} == kept
    # Readers get what an editor has published, as ever.
    public = row["media"][0]["url"]
    assert httpx2.get(public, timeout=PATIENCE, trust_env=False, verify=NO_TLS).status_code == 404
    editor.edit(olena.slug, row["id"], status="published")
    assert httpx2.get(public, timeout=PATIENCE, trust_env=False, verify=NO_TLS).status_code == 200
    page_ = editor.http.get(
        f"/stories/{olena.slug}/entries/{row['id']}", headers={"Accept": "text/html"}
    )
    assert "not taken" not in page_.text
    assert NAME.encode() not in database(server).read_bytes()


def test_a_mail_of_pictures_alone_as_json_and_what_is_too_much(
    server: OutsideServer, editor: Editor
) -> None:
    olena = Correspondent(server, editor, "email")
    tiny = {"content": base64.b64encode(jpeg(photo(32, 32))).decode(), "name": NAME}
    sent = {"from": "olena@example.org", "message_id": "<1@a>", "text": " "}

    def say(**more: Any) -> httpx2.Response:
        return olena.mail(json.dumps(sent | more).encode(), "application/json")

    assert say().status_code == 422
    assert say(**{"from": "x@example.org"}, attachments=[tiny]).status_code == 403
    assert say(attachments=[tiny] * 21 + [{"content": "?"}, {"name": NAME}]).status_code == 202
    assert say(message_id="<2@a>", attachments=2).status_code == 202
    full, counted = olena.queue()
    assert (full["body"], len(full["media"])) == ("(A picture without words, by e-mail.)", 20)
    (note,) = olena.notes(full["id"])
    assert note == (
        "3 attachments were not taken: no. 21 is one more than an entry takes; "
        "no. 22 is one more than an entry takes; "
        "no. 23 was not passed on with the e-mail"
    )
    assert (counted["body"], counted["media"]) == ("(A file without words, by e-mail.)", [])
    assert "2 attachments were not taken" in olena.notes(counted["id"])[0]
    head = b"From: olena@example.org\r\nMessage-ID: <3@a>\r\n"
    for body in (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 1_001,
        b"\r\n" + b"\n" * 800_001,
        b"X: " + b"x" * 300_000 + b"\r\n\r\nToo long a head.",
        b"\r\n" + b"x" * 37 * MB,
    ):
        assert olena.mail(head + body).status_code == 413
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900)
    )
    assert olena.mail(head + nested).status_code in {400, 422}
    assert len(olena.queue()) == 2


# --- Telegram


def sizes(*widths: int, bytes_: int = 1_000) -> list[dict[str, Any]]:
    return [{"file_id": f"size_{w}", "width": w, "height": w, "file_size": bytes_} for w in widths]


async def test_a_picture_by_telegram_is_fetched_once(
    server: OutsideServer, outside: Outside, editor: Editor, tmp_path: Path
) -> None:
    marko = Correspondent(server, editor, "telegram", BOT)
    where = telegram_has(outside, "size_800", located())
    too_large = {"file_id": "original", "width": 9000, "height": 9000, "file_size": 20 * MB + 1}
    pictures = [*sizes(90, 800, 320), too_large]
    said: dict[str, Any] = {"photo": pictures, "caption": "The bridge", "caption_entities": []}
    first = marko.telegram(1, update=10, **said)
    assert first
    (row,) = await marko.has(1)
    assert (row["id"], row["body"]) == (first, "The bridge")
    assert (row["media"][0]["width"], row["media"][0]["height"]) == (
        480,
        640,
    )  # it lies on its side
    assert [credit["name"] for credit in row["credits"]] == ["Correspondent B"]
    require_nothing_told(editor, row, tmp_path / "served")
    assert [one.path for one in outside.asked] == [f"/bot{BOT}/getFile?file_id=size_800", where]
    assert marko.telegram(1, update=10, **said) is None
    # An edit brings the picture again: it is not fetched, and the submission is still nobody's but the sender's.
    edit = said | {"caption": "The old bridge", "edit_date": 1441645600}
    assert marko.telegram(1, "edited_message", **edit) == first
    # What is no picture is told to the desk, and a file that Telegram does not give.
    pdf = marko.telegram(
        2, document={"file_id": "pdf", "mime_type": "application/pdf", "file_name": NAME}
    )
    big = marko.telegram(3, video={"file_id": "big", "mime_type": "video/mp4"}, caption="Tanks")
    assert "it is not a picture" in (await marko.notes_of(pdf))[0]
    (note,) = await marko.notes_of(big)
    assert (
        note
        == "1 attachment was not taken: it is too large: at most 20 MB are fetched from Telegram"
    )
    assert [(one["body"], len(one["media"])) for one in marko.queue()] == [
        ("The old bridge", 1), ("(A file without words, by Telegram.)", 0), ("Tanks", 0),
    ]  # fmt: skip
    assert [one.path.rpartition("=")[2] for one in outside.asked[2:]] == ["big"]
    stored = database(server).read_bytes()
    assert BOT.encode() not in stored
    assert NAME.encode() not in stored


async def test_an_album_is_one_entry(
    server: OutsideServer, outside: Outside, editor: Editor
) -> None:
    """Telegram sends a message for each of its pictures, in any order; the words are of one of them."""
    marko = Correspondent(server, editor, "telegram", BOT)
    for number in (1, 2, 3, 4):
        telegram_has(outside, f"file_{number}", jpeg(photo(seed=number)))

    def picture(number: int, **said: Any) -> Any:
        photos = [{"file_id": f"file_{number}", "width": 1, "height": 1}]
        return marko.telegram(number, media_group_id="12", photo=photos, **said)

    first = picture(2, update=2)
    await marko.has(1)
    assert picture(1, caption="Two bridges", update=1) == first
    assert picture(1, caption="Two bridges", update=1) is None
    assert picture(3) == first
    (row,) = await marko.has(3)
    assert row["body"] == "Two bridges"
    words = picture(4, caption="This is another one")
    assert words != first
    assert [one["body"] for one in await marko.has(3, 1)] == ["Two bridges", "This is another one"]
    edit: dict[str, Any] = {"kind": "edited_message", "edit_date": 1441645600}
    assert picture(2, **edit) is None
    assert picture(1, caption="Three bridges", **edit) == first
    # Once an editor lets it out, what comes is a submission of its own.
    editor.edit(marko.slug, first, status="published")
    telegram_has(outside, "file_5", jpeg(photo(seed=5)))
    assert picture(5) not in {first, None}
    assert [one["body"] for one in await marko.has(1, 1)] == [
        "This is another one", "(A picture without words, by Telegram.)",
    ]  # fmt: skip
    published = editor.http.get(f"/api/stories/{marko.slug}/entries/{first}").json()
    assert (published["body"], len(published["media"])) == ("Three bridges", 3)


async def test_a_picture_that_comes_late_waits_for_an_editor_and_none_comes_to_what_was_purged(
    server: OutsideServer, elsewhere: Elsewhere, outside: Outside, editor: Editor
) -> None:
    marko = Correspondent(server, editor, "telegram", BOT)
    where = telegram_has(outside, "late", jpeg())
    reached, let_go = elsewhere.held("api.telegram.org", where, page(jpeg(), kind="image/jpeg"))
    said: dict[str, Any] = {
        "photo": [{"file_id": "late", "width": 1, "height": 1}],
        "caption": "Now",
    }
    first = marko.telegram(1, **said)
    await until(reached.is_set)
    editor.edit(marko.slug, first, status="published")
    let_go()
    (row,) = await marko.has(1)
    assert row["body"] == "(A file that came after its message.)"
    assert first in marko.notes(row["id"])[0]

    reached, let_go = elsewhere.held("api.telegram.org", where, page(jpeg(), kind="image/jpeg"))
    second = marko.telegram(2, **said)
    await until(reached.is_set)
    editor.remove(marko.slug, second, purge=True)
    folder = server.folder / "data" / "media"
    before = len(list(folder.iterdir()))
    let_go()
    third = marko.telegram(3, photo=said["photo"], caption="Another")
    assert [one["body"] for one in await marko.has(1, 1)] == [row["body"], "Another"]
    assert waiting(server) == []
    await until(lambda: len(list(folder.iterdir())) == before + 1)
    assert marko.notes(second) == marko.notes(third) == []


def waiting(server: Server) -> list[Any]:
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection:
        return connection.execute("SELECT file, tries FROM attachments").fetchall()


def make_due(server: Server) -> None:
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        connection.execute("UPDATE attachments SET due_at = '2020-01-01 00:00:00.000000'")


async def test_a_server_that_is_killed_loses_no_picture(tmp_path: Path) -> None:
    with outside_server(tmp_path, *HOSTS) as elsewhere, elsewhere.server() as server:
        where = telegram_has(elsewhere.outside, "one", jpeg())
        reached, _ = elsewhere.held("api.telegram.org", where, b"")
        add_user(server.env, "tips@example.org", "contributor")
        editor = Editor(server.url, add_token(server.env))
        marko = Correspondent(server, editor, "telegram", BOT)
        marko.telegram(1, photo=[{"file_id": "one", "width": 1, "height": 1}])
        await until(reached.is_set)
        server.kill()
        elsewhere.outside.says["api.telegram.org", where] = page(jpeg(), kind="image/jpeg")
        make_due(server)  # its lease is over
        same = {
            name: server.env[name] for name in ("REDIS_URL", "OUTSIDE_PORT", "OUTSIDE_CERTIFICATE")
        }
        with OutsideServer(server.folder, port=server.port, **same):
            (row,) = await marko.has(1)
            assert row["body"] == "(A picture without words, by Telegram.)"
            editor.close()


# --- Slack


async def test_a_picture_by_slack_comes_from_its_own_hosts_alone(
    server: OutsideServer, outside: Outside, editor: Editor, tmp_path: Path
) -> None:
    mara = Correspondent(server, editor, "slack", APP)
    file = {"id": "F024BERPE", "name": NAME, "mimetype": "image/png", "size": 1000}
    said: dict[str, Any] = {"subtype": "file_share", "text": "*Look*", "files": [file]}
    slack_has(outside, telling_png())
    first = mara.slack("1.1", **said)
    assert mara.slack("1.1", **said) is None
    (row,) = await mara.has(1)
    assert (row["id"], row["body"]) == (first, "**Look**")
    require_nothing_told(editor, row, tmp_path / "served")
    assert [(one.host, one.headers["authorization"]) for one in outside.asked] == [
        ("slack.com", f"Bearer {APP}"), ("files.slack.com", f"Bearer {APP}"),
    ]  # fmt: skip
    edit: dict[str, Any] = {
        "subtype": "message_changed",
        "message": said | {"user": "7", "ts": "1.1", "edited": {"ts": "2.1"}, "text": "Look"},
    }
    assert mara.slack("3.1", **edit) == first
    assert len(outside.asked) == 2
    assert mara.slack("3.2", subtype="message_deleted", deleted_ts="1.1") == first
    assert mara.queue() == []

    # The token goes to no other host, whatever Slack, or who is in its place, says.
    evil = "https://evil.example/a.jpg"
    outside.says["evil.example", "/a.jpg"] = page(jpeg(), kind="image/jpeg")
    for number, (url, reason) in enumerate({
        evil: "was not fetched: evil.example is not among the hosts that are asked",
        "https://files.slack.com@evil.example/a.jpg": "was not fetched: the address must not hold a user name",
        "http://files.slack.com/a.jpg": "was not fetched: the address must begin with https://",
        "https://slack.com.evil.example/": "was not fetched: slack.com.evil.example is not among the hosts",
    }.items()):  # fmt: skip
        slack_has(outside, b"", url_private_download=url)
        (note,) = await mara.notes_of(mara.slack(f"4.{number}", **said))
        assert reason in note
    slack_has(outside, b"", size=33 * MB)
    (note,) = await mara.notes_of(mara.slack("5.1", **said))
    assert (
        note == "1 attachment was not taken: it is too large: at most 32 MB are fetched from Slack"
    )
    slack_has(outside, b"")
    path = f"/files-pri/T1-F1/download/{NAME.lower()}"
    outside.says["files.slack.com", path] = page(status=302, location=evil)
    moved = mara.slack("5.2", **said)
    (note,) = await mara.notes_of(moved)
    assert note == (
        "An attachment is still missing: it could not be fetched: files.slack.com answers 302, without the file. "
        "It is tried again."
    )
    slack_has(outside, jpeg())
    make_due(server)
    await until(lambda: len(mara.queue()[-1]["media"]) == 1)
    assert mara.notes(moved) == [note]
    assert "evil.example" not in {one.host for one in outside.asked}


# --- tokens


def test_the_token_of_a_bot_is_set_sealed_and_forgotten(
    server: OutsideServer, outside: Outside, editor: Editor
) -> None:
    marko = Correspondent(server, editor, "telegram")
    entry = marko.telegram(1, photo=sizes(90))
    listed = run("inlet", "list", env=server.env).stdout.splitlines()[-1].split("\t")
    number = listed[0]
    assert listed[-1] == "no token"
    (note,) = marko.notes(entry)
    assert note == (
        f"1 attachment was not taken: it was not fetched: inlet {number} has no bot token "
        f"(liveblog inlet token {number})"
    )
    assert outside.asked == []

    def command(token: str, *words: str) -> tuple[int, str]:
        done = run(
            "inlet", "token", number, *words, env=dict(server.env) | {"LIVEBLOG_BOT_TOKEN": token}
        )
        assert done.stdout == ""
        return done.returncode, done.stderr

    for wrong in (APP, "", "1:short"):
        code, said = command(wrong)
        assert code == 1
        assert said.startswith("liveblog: LIVEBLOG_BOT_TOKEN: ")
        assert wrong == "" or wrong not in said
    assert command(BOT) == (0, "")
    assert run("inlet", "list", env=server.env).stdout.splitlines()[-1].split("\t")[-1] == "token"
    assert command(BOT, "--forget") == (0, "")
    assert (
        run("inlet", "list", env=server.env).stdout.splitlines()[-1].split("\t")[-1] == "no token"
    )


def test_what_is_sealed_opens_by_the_same_key_purpose_and_salt_alone() -> None:
    closed = sealed("a key", "bot", "salt", BOT)
    assert BOT not in closed
    assert unsealed("a key", "bot", "salt", closed) == BOT
    for key, purpose, salt, text in (
        ("another", "bot", "salt", closed),
        ("a key", "inlet", "salt", closed),
        ("a key", "bot", "pepper", closed),
        ("a key", "bot", "salt", closed[:-8] + "AAAAAAA="),
        ("a key", "bot", "salt", ""),
    ):
        assert unsealed(key, purpose, salt, text) is None


@pytest.mark.parametrize(
    ("of", "message", "files", "what"),
    [
        (of_telegram, {"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, ("v",), "recording"),
        (of_telegram, {"animation": {"file_id": "a"}, "document": {"file_id": "a"}}, ("a",), "video"),
        (of_telegram, {"document": {"file_id": "d", "mime_type": "image/png"}}, ("d",), "picture"),
        (of_telegram, {"photo": [None, {"file_id": "../x"}]}, (), "picture"),
        (of_telegram, {"photo": "odd", "video": 1}, (), "picture"),
        (of_slack, {"files": [{"id": "F1"}, {"id": "f2"}, None]}, ("F1",), "picture"),
        (of_slack, {"files": [{"id": "F1", "mimetype": "text/plain"}]}, (), "file"),
        (of_slack, {"files": {"id": "F1"}}, (), "picture"),
    ],
)  # fmt: skip
def test_only_what_can_be_fetched_is_asked_for(
    of: Callable[[dict[str, Any]], Any], message: dict[str, Any], files: tuple[str, ...], what: str
) -> None:
    found = of(message)
    assert (found.files, found.what) == (files, what)


def test_a_note_of_many_is_short() -> None:
    note = untaken_note(dict.fromkeys(range(1, 31), "is odd"), 30)
    assert note.startswith("30 attachments were not taken: no. 1 is odd; ")
    assert note.endswith("no. 8 is odd; and 22 more")
