"""Slack, Telegram and e-mail: what is signed and whose sender is known becomes a submission, once."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
from chats import SLACK_SECRET, from_slack, inlet, queue
from commands import run
from desk_client import Editor, add_user
from processes import NO_TLS, PATIENCE, Server
from rows import change, everything_in, rows

from liveblog.net.signatures import HEADER, signature, signed, signed_by_slack


@pytest.fixture(scope="module")
def account(shared_server: Server) -> str:
    email = f"tips-{secrets.token_hex(4)}@example.org"
    add_user(shared_server.env, email, "contributor")
    return email


@pytest.fixture
def outside(shared_server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=shared_server.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
    ) as client:
        yield client


def test_the_signature_of_slack_is_the_documented_one() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    given = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signed_by_slack(SLACK_SECRET, "1531420618", given, body, 1531420700)
    assert not signed_by_slack(SLACK_SECRET, "1531420618", given, body, 1531420618 + 301)
    assert not signed_by_slack(SLACK_SECRET, "1531420619", given, body, 1531420700)
    assert not signed_by_slack(SLACK_SECRET, "1531420618", given, body + b" ", 1531420700)
    assert not signed_by_slack(SLACK_SECRET, "", "", body, 1531420700)


def test_our_signature_holds_for_its_body_secret_and_hour_alone() -> None:
    header = signature("secret", b"{}", 1_000)
    assert signed("secret", header, b"{}", 1_299)
    for secret, given, body, now in [
        ("other", header, b"{}", 1_000),
        ("secret", header, b"{ }", 1_000),
        ("secret", header, b"{}", 1_301),
        ("secret", header, b"{}", 699),
        ("secret", header.replace("t=1000", "t=1001"), b"{}", 1_000),
        ("secret", "", b"{}", 1_000),
        ("secret", "t=١٢,v1=" + "0" * 64, b"{}", 12),
    ]:
        assert not signed(secret, given, body, now)


def test_a_message_with_more_markup_than_an_update_takes_is_kept_as_it_was_typed(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    slug = editor.story()
    options = ("--channel", "C_MANY", "--sender", "U061F7AUR=K.")
    inlet(shared_server, "slack", slug, account, *options)
    event = {"type": "message", "channel": "C_MANY", "user": "U061F7AUR", "ts": "1355517529.2"}
    sent = {"type": "event_callback", "event": event | {"text": "a\n\n" * 12_000 + "the end"}}
    assert from_slack(outside, sent).status_code == 200
    (typed,) = queue(editor, slug)
    assert typed["body"].startswith("```\na\n")
    assert typed["body"].endswith("the end\n```")
    notes = editor.http.get(f"/api/stories/{slug}/entries/{typed['id']}/notes").json()["notes"]
    assert "more markup than an update takes" in notes[0]["text"]


SPOKEN = {"user": "U061F7AUR", "ts": "1355517523.000005"}


class Channel:
    """A channel of Slack whose sender may write to a story of its own."""

    def __init__(self, slug: str, outside: httpx2.Client) -> None:
        self.slug = slug
        self.name = "C" + slug.removeprefix("story-").upper()
        self.sender = ("--channel", self.name, "--sender", "U061F7AUR=K., in Kharkiv")
        self._outside = outside

    def say(self, **event: Any) -> Any:
        """The entry that an event makes or changes; `None` where it does neither."""
        whole = {"type": "message", "channel": self.name} | event
        sent = {"type": "event_callback", "event_id": "Ev0PV52K21", "event": whole}
        answer = from_slack(self._outside, sent)
        assert answer.status_code == 200, answer.text
        return answer.json()["entry"]


@pytest.fixture
def channel(shared_server: Server, editor: Editor, account: str, outside: httpx2.Client) -> Channel:
    made = Channel(editor.story(), outside)
    assert inlet(shared_server, "slack", made.slug, account, *made.sender) == ""
    return made


def test_a_channel_of_slack_has_one_inlet(
    shared_server: Server, account: str, channel: Channel
) -> None:
    words = ("inlet", "add", "slack", channel.slug, "--account", account, *channel.sender)
    twice = run(*words, env=shared_server.env)
    assert twice.returncode == 1
    assert "has an inlet already" in twice.stderr


def test_slack_is_answered_where_it_has_signed(outside: httpx2.Client) -> None:
    hello = {"token": "T", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY", "type": "url_verification"}
    assert from_slack(outside, hello).json() == {"challenge": hello["challenge"]}
    assert from_slack(outside, hello, time.time() - 400).status_code == 401
    assert outside.post("/api/inbound/slack", json=hello).status_code == 401


def test_slack_says(editor: Editor, channel: Channel) -> None:
    text = "*Two* loud <https://example.org/b?x=1&amp;y=2|blasts> near <@U0LAN0Z89>\n&gt; A &lt;witness&gt;"
    first = channel.say(text=text, **SPOKEN)
    assert first
    assert channel.say(text=text, **SPOKEN) is None  # Slack tries again where it has not heard us
    left_out: list[dict[str, Any]] = [
        {"text": "I am a stranger", "user": "U000", "ts": "1355517524.000005"},
        {"text": "I am a bot", "bot_id": "B1", "subtype": "bot_message", "ts": "1.1"},
        {"text": "in a thread", **SPOKEN, "ts": "1355517525.1", "thread_ts": "1355517523.000005"},
        {"text": "joined", "subtype": "channel_join", **SPOKEN, "ts": "1355517526.1"},
        {"text": "   ", **SPOKEN, "ts": "1355517527.1"},
        {"text": "elsewhere", **SPOKEN, "channel": "C_OTHER", "ts": "1355517528.1"},
        {"subtype": "message_changed", "message": {"text": "unfurled", **SPOKEN}},
        {"subtype": "message_changed", "message": "odd"},
    ]
    for event in left_out:
        assert channel.say(**event) is None
    (row,) = queue(editor, channel.slug)
    assert row["id"] == first
    assert row["body"] == (
        "**Two** loud [blasts](<https://example.org/b?x=1&y=2>) near @…\n\n> A \\<witness>"
    )
    assert row["credits"] == [
        {"role": "text", "name": "K., in Kharkiv", "handle": None, "url": None}
    ]


def test_a_long_message_of_slack_is_cut(editor: Editor, channel: Channel) -> None:
    long = channel.say(text="ж" * 39_000, **SPOKEN | {"ts": "1355517529.1"})
    (cut,) = queue(editor, channel.slug)
    assert cut["id"] == long
    assert len(cut["body"].encode()) <= 64 * 1024
    assert cut["body"].endswith("ж […]")


def test_slack_edits_and_deletes(editor: Editor, channel: Channel) -> None:
    slug = channel.slug
    first = channel.say(text="Two blasts", **SPOKEN)
    changed = {"text": "_Three_ blasts", **SPOKEN, "edited": {"ts": "1355517600.000000"}}
    assert channel.say(subtype="message_changed", message=changed) == first
    older = changed | {"text": "Older", "edited": {"ts": "1355517590.000000"}}
    assert channel.say(subtype="message_changed", message=older) is None
    assert [entry["body"] for entry in queue(editor, slug)] == ["*Three* blasts"]

    # What an editor has touched is the editor's; what the sender says then stands beside it.
    editor.edit(slug, first, body="Three blasts were heard.", status="published")
    four = changed | {"text": "Four blasts", "edited": {"ts": "1355517700.000000"}}
    beside = channel.say(subtype="message_changed", message=four)
    assert beside not in {first, None}
    assert [entry["body"] for entry in queue(editor, slug)] == ["Four blasts"]
    deleted: dict[str, Any] = {"subtype": "message_deleted", "deleted_ts": "1355517523.000005"}
    assert channel.say(**deleted) == beside
    assert channel.say(**deleted) is None
    assert queue(editor, slug) == []
    gone = editor.http.get(f"/api/stories/{slug}/entries/{beside}").json()
    assert (gone["status"], gone["body"]) == ("removed", "")
    kept = editor.http.get(f"/api/stories/{slug}/entries/{first}").json()
    assert kept["body"] == "Three blasts were heard."


def test_a_server_that_dies_before_it_notes_what_it_took_loses_no_edit(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    slug = editor.story()
    secret = inlet(shared_server, "telegram", slug, account, "--anyone")
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}

    def say(number: int, **more: Any) -> Any:
        message = {"message_id": 1, "chat": {"id": 1}, "from": {"id": 1}} | more
        kind = "edited_message" if "edit_date" in more else "message"
        sent = {"update_id": number, kind: message}
        return outside.post("/api/inbound/telegram", json=sent, headers=headers).json()["entry"]

    first = say(1, text="A blast")
    of_first = "FROM inbound WHERE entry_id = :first"
    assert len(rows(shared_server, f"SELECT 1 {of_first}", first=first)) == 1
    change(shared_server, f"DELETE {of_first}", first=first)
    for _ in range(2):
        say(2, text="Two blasts", edit_date=1441645600)
        assert [(row["id"], row["body"]) for row in queue(editor, slug)] == [(first, "Two blasts")]


def test_telegram_texts_captions_and_edits(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    slug = editor.story()
    secret = inlet(shared_server, "telegram", slug, account, "--sender", "1111111=Correspondent B")

    def update(token: str = secret, **sent: Any) -> httpx2.Response:
        headers = {b"X-Telegram-Bot-Api-Secret-Token": token.encode()}
        return outside.post("/api/inbound/telegram", json=sent, headers=headers)

    def told(**sent: Any) -> Any:
        answer = update(**sent)
        assert answer.status_code == 200, answer.text
        return answer.json()["entry"]

    message: dict[str, Any] = {
        "date": 1441645532,
        "chat": {"last_name": "Test Lastname", "id": 1111111, "type": "private"},
        "message_id": 1365,
        "from": {"last_name": "Test Lastname", "id": 1111111, "first_name": "Test Firstname"},
        "text": "🔥 Bold and italics, see https://example.org/a_b",
        "entities": [
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "italic", "offset": 12, "length": 7},
            {"type": "url", "offset": 25, "length": 23},
            {"type": "odd", "offset": -1, "length": "x"},
        ],
    }
    assert update("wrong", update_id=1, message=message).status_code == 401
    assert update("\u00e4", update_id=1, message=message).status_code == 401
    first = told(update_id=10000, message=message)
    assert told(update_id=10000, message=message) is None
    stranger = message | {"from": {"id": 2}, "chat": {"id": 2}, "message_id": 9}
    assert told(update_id=10001, message=stranger) is None
    assert told(update_id=10002, message=message | {"message_id": 10, "text": "\n"}) is None
    assert told(update_id=10003, callback_query={"id": "1"}) is None
    (row,) = queue(editor, slug)
    assert row["id"] == first
    assert row["body"] == "🔥 **Bold** and *italics*, see <https://example.org/a_b>"
    assert [credit["name"] for credit in row["credits"]] == ["Correspondent B"]

    edited = message | {"edit_date": 1441646600, "text": "Edited text", "entities": []}
    assert told(update_id=10004, edited_message=edited) == first
    again = edited | {"text": "Edited again"}  # within the same second
    assert told(update_id=10005, edited_message=again) == first
    assert told(update_id=10004, edited_message=edited) is None
    photo = {name: message[name] for name in ("date", "chat", "from")} | {
        "message_id": 1366,
        "caption": "The bridge",
        "caption_entities": [
            {"type": "text_link", "offset": 4, "length": 6, "url": "https://b.org"}
        ],
    }
    assert told(update_id=10006, message=photo)
    bodies = [entry["body"] for entry in queue(editor, slug)]
    assert bodies == ["Edited again", "The [bridge](<https://b.org>)"]
    shown = editor.http.get(f"/api/stories/{slug}/entries?status=submitted").text
    shown += editor.http.get(f"/api/stories/{slug}/entries/{first}/history").text
    assert "1111111" not in shown
    assert "Lastname" not in shown


class Mailbox:
    """An address for e-mails to a story of its own."""

    def __init__(self, slug: str, secret: str, outside: httpx2.Client) -> None:
        self.slug = slug
        self.outside = outside
        self._secret = secret

    def json(self, body: bytes, at: float = 0) -> httpx2.Response:
        return self._mail(body, "application/json", at)

    def whole(self, mail: bytes) -> httpx2.Response:
        return self._mail(mail, "message/rfc822", 0)

    def _mail(self, body: bytes, kind: str, at: float) -> httpx2.Response:
        signs = signature(self._secret, body, int(time.time() + at))
        headers = {HEADER: signs, "Content-Type": kind}
        return self.outside.post("/api/inbound/email", content=body, headers=headers)


@pytest.fixture
def mailbox(shared_server: Server, editor: Editor, account: str, outside: httpx2.Client) -> Mailbox:
    slug = editor.story()
    secret = inlet(shared_server, "email", slug, account, "--sender", "Olena@Example.org")
    return Mailbox(slug, secret, outside)


def test_an_email_as_json(editor: Editor, mailbox: Mailbox) -> None:
    sent = {
        "from": "Olena K. <olena@example.org>",
        "subject": "  Water\n is back ",
        "text": "Water is *back*.\r\n\r\nAll districts.\r\n-- \r\nOlena K., +380 44 123 45 67\r\n",
        "message_id": "<1@example.org>",
        "attachments": [{"name": "IMG_1.jpg"}],
    }
    body = json.dumps(sent).encode()
    first = mailbox.json(body)
    assert (first.status_code, first.json()["ok"]) == (202, True)
    again = mailbox.json(body)  # a replay, within the five minutes
    assert again.json() == {"ok": True, "entry": None}
    assert mailbox.json(body, at=-301).status_code == 401
    plain = {"Content-Type": "application/json"}
    assert (
        mailbox.outside.post("/api/inbound/email", content=body, headers=plain).status_code == 401
    )
    assert mailbox.json(json.dumps(sent | {"from": "x@example.org"}).encode()).status_code == 403
    wrong = mailbox.json(json.dumps({"from": "olena@example.org", "text": 1}).encode())
    assert wrong.status_code == 422
    assert [error["field"] for error in wrong.json()["errors"]] == ["message_id", "text"]
    rows = queue(editor, mailbox.slug)
    assert [(row["headline"], row["body"]) for row in rows] == [
        ("Water is back", "Water is \\*back\\*.\n\nAll districts.")
    ]
    assert [row["credits"] for row in rows] == [[]]
    assert "olena" not in json.dumps(rows).casefold()


def test_an_email_as_it_is(editor: Editor, mailbox: Mailbox) -> None:
    whole = EmailMessage()
    whole["From"], whole["Subject"] = "olena@example.org", "Світло є"
    whole["Message-ID"] = "<2@example.org>"
    whole.set_content("Світло є в центрі.\n\nOn Friday the desk wrote:\n> Is there light?\n")
    whole.add_alternative("<p>Not this one.</p>", subtype="html")
    whole.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="secret-name.png")
    assert mailbox.whole(whole.as_bytes()).status_code == 202
    only_html = EmailMessage()
    only_html["From"], only_html["Message-ID"] = "olena@example.org", "<3@example.org>"
    only_html.set_content(
        "<style>p{}</style><p>By <b>hand</b></p><script>1</script>", subtype="html"
    )
    assert mailbox.whole(only_html.as_bytes()).status_code == 202
    rows = queue(editor, mailbox.slug)
    assert [(row["headline"], row["body"]) for row in rows] == [
        ("Світло є", "Світло є в центрі."),
        (None, "By **hand**"),
    ]
    assert [row["credits"] for row in rows] == [[], []]
    everything = json.dumps(rows)
    assert "olena" not in everything.casefold()
    assert "secret-name" not in everything


def test_an_email_that_is_too_deep_or_broken(editor: Editor, mailbox: Mailbox) -> None:
    # Of somebody who may not send, nothing is read; of others, as much as takes no time.
    deep = EmailMessage()
    deep["From"], deep["Message-ID"] = "x@example.org", "<4@example.org>"
    deep.set_content("<div>" * 20_000, subtype="html")
    assert mailbox.whole(deep.as_bytes()).status_code == 403
    deep.replace_header("From", "olena@example.org")
    assert mailbox.whole(deep.as_bytes()).status_code == 202
    (cut,) = queue(editor, mailbox.slug)
    assert cut["body"].startswith("(A message")
    path = f"/api/stories/{mailbox.slug}/entries/{cut['id']}/notes"
    notes = editor.http.get(path).json()["notes"]
    assert [note["text"] for note in notes] == ["The e-mail was cut: its HTML is too long."]
    for broken in (
        b"",
        b"\xff\xfe\x00",
        b"From: olena@example.org\r\n\r\n",
        b"From: =?\r\n =?x?q?",
    ):
        assert mailbox.whole(broken).status_code in {400, 403, 422}
    assert queue(editor, mailbox.slug) == [cut]


@pytest.mark.parametrize(
    "given",
    [
        "olena@example.org <eve@example.com>",
        "<olena@example.org> <eve@example.com>",
        "<olena@example.org>eve@example.com",
        "olena@example.org)<eve@example.com>",
        "olena@example.org(<eve@example.com>",
        "olena@example.org [eve@example.com]",
        "olena@example.org, eve@example.com",
        "olena@example.org: eve@example.com;",
        "olena@example.org\r\nFrom: eve@example.com",
        "olena@=?utf-8?q?example=2Eorg?=",
        "=?utf-8?q?olena?= @example.org",
        "=?us-ascii?q?o?=lena@example.org",
        "olena(@eve.example.com)@example.org",
        "olena@example.org" + "\r\n ".join([" " * 900] * 20) + " <eve@example.com>",
        "olena@example.org (" + "\r\n ".join(["x" * 900] * 20) + ") <eve@example.com>",
    ],
)
def test_a_sender_that_programs_read_differently_is_nobody(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client, given: str
) -> None:
    """The mail server has checked the other address."""
    slug = editor.story()
    secret = inlet(shared_server, "email", slug, account, "--sender", "olena@example.org=Olena")

    def mail(body: bytes, kind: str) -> int:
        headers = {HEADER: signature(secret, body, int(time.time())), "Content-Type": kind}
        return outside.post("/api/inbound/email", content=body, headers=headers).status_code

    rest = "\r\nMessage-ID: <1@example.org>\r\nSubject: Water\r\n\r\nWater is back.\r\n"
    assert mail(f"From: {given}{rest}".encode(), "message/rfc822") == 403
    sent = {"from": given, "message_id": "<2@example.org>", "text": "Water is back."}
    assert mail(json.dumps(sent).encode(), "application/json") == 403
    for usual in (
        "Olena K. <Olena@example.org>",
        "olena@example.org (Olena)",
        '"K., Olena" <olena@example.org>',
        "=?utf-8?B?0J7Qu9C10L3QsA==?= =?utf-8?q?_K=2E?= <olena@example.org>",
        '"=?utf-8?Q?Ol=C3=A9na?=" <olena@example.org>',
        "=?utf-8?q?Ol=C3=A9na?=<olena@example.org>",
    ):
        assert mail(f"From: {usual}{rest}".encode(), "message/rfc822") == 202, usual
    assert [row["credits"][0]["name"] for row in queue(editor, slug)] == ["Olena"]


def test_mails_of_known_senders_are_taken_whatever_they_look_like(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    slug = editor.story()
    secret = inlet(shared_server, "email", slug, account, "--sender", "ann@example.org=Ann")

    def send(body: bytes) -> Any:
        headers = {HEADER: signature(secret, body, int(time.time()))}
        headers["Content-Type"] = "message/rfc822"
        answer = outside.post("/api/inbound/email", content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def taken(body: bytes) -> tuple[dict[str, Any], list[str]]:
        entry = send(body)["entry"]
        (row,) = [row for row in queue(editor, slug) if row["id"] == entry]
        found = editor.http.get(f"/api/stories/{slug}/entries/{entry}/notes").json()["notes"]
        return row, [note["text"] for note in found]

    head = b"From: ann@example.org\r\nSubject: =?utf8mb4?B?0JLQvtC00LA=?=\r\n"
    row, notes = taken(head + b"Message-ID: <1@a>\r\n\r\nTwo dead.\r\n--\r\nAnn\r\n")
    assert (row["headline"], row["body"], notes) == (
        "Вода",
        "Two dead.",
        ["What looks like a signature below a line of dashes was left out."],
    )
    assert [credit["name"] for credit in row["credits"]] == ["Ann"]

    forward = (
        b"FYI\r\n\r\n---------- Forwarded message ---------\r\nFrom: Marko <marko@example.com>\r\n"
    )
    forward += b"Date: Mon, 30 Nov 2026 at 06:50\r\nSubject: Water\r\n\r\nNo water.\r\n"
    row, notes = taken(head + b"Message-ID: <2@a>\r\n\r\n" + forward)
    assert (row["body"], row["credits"]) == ("FYI\n\n> No water.", [])
    assert len(notes) == 1
    assert notes[0].startswith("Forwarded by e-mail. Who wrote it is not kept.")
    assert row["verification"]["status"] == "unverified"

    unlabelled = head + "\r\nВода".encode("koi8-u")  # noqa: RUF001
    row, notes = taken(unlabelled)
    assert row["body"] == "Вода"
    assert "read as koi8_u" in notes[0]
    assert send(unlabelled) == {"ok": True, "entry": None}

    row, notes = taken(head + b"Message-ID: <3@a>\r\n\r\n")
    assert (row["headline"], row["body"]) == ("Вода", "(A message without words, by e-mail.)")
    many = b"Message-ID: <4@a>\r\n\r\n" + b"> a\r\n\r\n1. b\r\n\r\n" * 25_000
    row, notes = taken(head + many)
    assert "was cut" in notes[0]
    cells = ("<table>" + ("<tr>" + "<td>7" * 12) * 200 + "</table>").encode() * 3
    row, _ = taken(head + b"Message-ID: <6@a>\r\nContent-Type: text/html\r\n\r\n<p>A</p>" + cells)
    assert row["body"].count("| 7 ") == 7_200
    before = len(queue(editor, slug))
    reply = send(head + b"Message-ID: <5@a>\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n")
    assert reply == {"ok": True, "entry": None, "left_out": "it is an automatic reply"}
    assert len(queue(editor, slug)) == before


def test_headers_that_take_long_to_read_keep_no_other_mail_waiting(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    """One of them took seconds, anew for each look at it, and a mail has up to 1,000 parts."""
    slug = editor.story()
    secret = inlet(shared_server, "email", slug, account, "--anyone")
    long = "; a=b" * 3000
    part = f"--x\r\nContent-Type: text/plain{long}\r\nContent-Disposition: inline{long}\r\n\r\nWater.\r\n"
    head = f"From: {'a.' * 7000}\r\nMessage-ID: <1@example.org>\r\nSubject: Water{long}\r\n"
    mixed = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    body = (head + mixed + part * 100 + "--x--\r\n").encode()
    headers = {HEADER: signature(secret, body, int(time.time())), "Content-Type": "message/rfc822"}
    assert outside.post("/api/inbound/email", content=body, headers=headers).status_code == 202
    assert [row["body"] for row in queue(editor, slug)] == ["\n\n".join(["Water."] * 100)]


def test_inlets_are_listed_without_telling_who_sends_and_closed_at_once(
    shared_server: Server, editor: Editor, account: str, outside: httpx2.Client
) -> None:
    slug = editor.story()
    secret = inlet(shared_server, "telegram", slug, account, "--sender", "77=B", "--anyone")
    (line,) = [
        line
        for line in run("inlet", "list", env=shared_server.env).stdout.splitlines()
        if slug in line
    ]
    number, *told = line.split("\t")
    assert told == [
        "telegram", slug, account, "-", "senders: 1, and anyone", "B", "no token",
    ]  # fmt: skip
    assert secret.encode() not in everything_in(shared_server)
    assert run("inlet", "remove", number, env=shared_server.env).returncode == 0
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    assert outside.post("/api/inbound/telegram", json={}, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("fax", "s", "--account", "a@b.c"),
            "KIND: 'fax' was given; accepted: slack, telegram, email",
        ),
        (
            ("slack", "s", "--account", "a@b.c", "--anyone"),
            "--channel: is for slack, and needed there",
        ),
        (("email", "s", "--account", "a@b.c"), "--sender: nothing was given"),
        (("email", "s", "--account", "no@b.c", "--anyone"), "no user 'no@b.c'"),
    ],
)
def test_what_an_inlet_needs(shared_server: Server, args: tuple[str, ...], said: str) -> None:
    done = run("inlet", "add", *args, env=shared_server.env)
    assert done.returncode == 1
    assert said in done.stderr
